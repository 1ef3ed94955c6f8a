"""Blocks of Markdown as lines: headings, lists, quotes, tables, code, rules and paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chimera_tui.tui.markdown.code import BLOCK, Highlighter, code_lines
from chimera_tui.tui.markdown.inline import inline_spans
from chimera_tui.tui.markdown.lines import EMPTY, Line, Span, clean, prefixed, styled
from chimera_tui.tui.markdown.table import Cell, Table, column_widths, table_lines
from chimera_tui.tui.markdown.tree import Node, is_too_deep
from chimera_tui.tui.markdown.wrap import chop, fold, wrap

_BULLETS = "•◦▪"
_TASKS = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}
_NARROW = 6
"""Cells that must be left for text; a container that would leave fewer takes no room of its own."""
_CODE_INDENT = 2


@dataclass(frozen=True, slots=True)
class Resume:
    """How a piece goes on inside a block that was too long to wait for.

    `header` is put before the piece's source so that it parses within the same lists, quote, table or fence;
    nothing that begins in its first `skip` lines is drawn again.
    """

    header: str = ""
    skip: int = 0
    numbers: tuple[int, ...] = ()
    """First numbers of the ordered lists that go on, outermost first."""
    inside: bool = False
    gap: bool = False
    """A blank line stood in the source before the piece."""
    joint: str | None = None
    """What joins this piece to the unfinished last line of the one before; None when that line was whole."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What one piece hands to the next: an unfinished line, and the column widths of a table that goes on."""

    spans: tuple[Span, ...] = ()
    widths: tuple[int, ...] | None = None


class PieceRenderer:
    """Renders one piece of source, `width` cells wide. `carried` is read before and written while rendering."""

    def __init__(
        self,
        source: str,
        resume: Resume,
        carried: Carried,
        highlighter: Highlighter,
        *,
        goes_on: bool = False,
        keep_last_line: bool = False,
    ) -> None:
        self._source = source.split("\n")
        self._resume = resume
        self._pending = carried.spans if resume.joint is not None else ()
        self._widths = carried.widths if resume.inside else None
        self._orphan: tuple[Span, ...] = ()
        self._fresh = resume.inside
        self._highlighter = highlighter
        self._goes_on = goes_on
        self._keep_last_line = keep_last_line
        self._last_leaf: Node | None = None
        self.carried = Carried()

    def render(self, nodes: Sequence[Node], width: int, style: str) -> list[Line]:
        """All blocks with the blank lines between them."""
        if is_too_deep(nodes):
            text = self._source[self._resume.skip :]
            lines = [Line(spans) for line in text for spans in wrap([(clean(line), style)], width)]
        else:
            self._last_leaf = last_leaf(nodes) if self._goes_on else None
            lines = self._blocks(nodes, width, style, 0, top=True)
        orphan = self._orphan or self._pending
        return [Line(orphan), *lines] if orphan else lines

    def _blocks(
        self, nodes: Sequence[Node], width: int, style: str, depth: int, *, top: bool = False
    ) -> list[Line]:
        lines: list[Line] = []
        previous = ""
        for node in nodes:
            fresh = self._fresh
            gap = self._take_gap(node.start) if not node.is_container else False
            rows = self._block(node, width, style, depth)
            if not rows:
                self._fresh = fresh
                continue
            if gap or (lines and (previous != "heading" if top else self._blank_before(node.start))):
                lines.append(EMPTY)
            lines += rows
            previous = node.kind
        return lines

    def _block(self, node: Node, width: int, style: str, depth: int) -> list[Line]:
        match node.kind:
            case "paragraph":
                return self._text(node, width, style)
            case "heading":
                return self._heading(node, width, style)
            case "bullet_list" | "ordered_list":
                return self._list(node, width, style, depth)
            case "blockquote":
                return self._quote(node, width, style, depth)
            case "fence" | "code_block":
                return self._code(node, width)
            case "table":
                return self._table(node, width, style)
            case "hr":
                self._give_up_pending()
                return [Line((("─" * width, styled(style, "rule")),))]
            case _:
                return self._literal(node, width, style)

    def _text(self, node: Node, width: int, style: str) -> list[Line]:
        return self._leaf(node, wrap([*self._take_pending(), *_inline(node, style)], width))

    def _heading(self, node: Node, width: int, style: str) -> list[Line]:
        if node.start < self._resume.skip:
            return []
        self._give_up_pending()
        name = node.token.tag
        rows = wrap(_inline(node, styled(style, name)), width)
        lines = [Line(row) for row in rows]
        if name == "h1" and lines:
            lines.append(Line((("━" * max(line.cells for line in lines), styled(style, name)),)))
        return lines

    def _list(self, node: Node, width: int, style: str, depth: int) -> list[Line]:
        lines: list[Line] = []
        for index, item in enumerate(node.children):
            drawn = item.start >= self._resume.skip
            gap = False
            if drawn:
                self._give_up_pending()
                gap = self._take_gap(item.start)
            if node.kind == "ordered_list":
                marker = f"{node.number + index}{node.token.markup} "
            else:
                marker = f"{_BULLETS[depth % len(_BULLETS)]} "
            rows = self._item(item, marker, width, style, depth, drawn=drawn)
            if rows and (gap or (lines and self._blank_before(item.start))):
                lines.append(EMPTY)
            lines += rows
        return lines

    def _item(self, item: Node, marker: str, width: int, style: str, depth: int, *, drawn: bool) -> list[Line]:
        marker = _with_task(item, marker)
        room = width - len(marker)
        inner = room if room >= _NARROW else width
        rows = self._blocks(item.children, inner, style, depth + 1)
        bullet = (marker, styled(style, "task_done" if "☑" in marker else "bullet"))
        if inner == width:
            marks = [Line(((piece, bullet[1]),)) for piece, _ in chop(marker.rstrip(), width, width)]
            return [*marks, *rows] if drawn else rows
        indent = (" " * len(marker), "")
        lines = [prefixed(indent, row) if row.spans or row.fill else row for row in rows]
        if not drawn:
            return lines
        first = prefixed(bullet, rows[0]) if rows else Line((bullet,))
        return [first, *lines[1:]]

    def _quote(self, node: Node, width: int, style: str, depth: int) -> list[Line]:
        bar = ("▌ ", styled(style, "quote"))
        inner = width - len(bar[0])
        narrow = inner < _NARROW
        rows = self._blocks(node.children, width if narrow else inner, styled(style, "quote"), depth)
        return rows if narrow else [prefixed(bar, row) for row in rows]

    def _code(self, node: Node, width: int) -> list[Line]:
        indent = _CODE_INDENT if width >= _NARROW + _CODE_INDENT else 0
        lead: tuple[Span, ...] = ((" " * indent, BLOCK),) if indent else ()
        source = code_lines(node.token.content)
        if not any(source) and node.start < self._resume.skip:
            return []
        pending = self._take_pending()
        rows: list[tuple[Span, ...]] = []
        for spans in self._highlighter.spans(source, node.token.info if node.kind == "fence" else ""):
            rows += fold([*pending, *spans], width - indent) or [()]
            pending = ()
        return [Line((*lead, *line.spans), BLOCK) for line in self._leaf(node, rows)]

    def _table(self, node: Node, width: int, style: str) -> list[Line]:
        resumed = node.start < self._resume.skip
        table = _table_of(node, style)
        if resumed and not table.rows:
            return []
        self._give_up_pending()
        widths = self._widths if resumed else None
        if widths is None:
            widths = column_widths(table, width, with_slack=node is self._last_leaf)
        self.carried = Carried(widths=widths)
        return table_lines(table, widths, width, with_head=not resumed)

    def _literal(self, node: Node, width: int, style: str) -> list[Line]:
        """HTML: shown as it was written."""
        self._give_up_pending()
        look = styled(style, "html")
        lines = code_lines(node.token.content)
        return [Line(row) for line in lines for row in fold([(line, look)] if line else [], width) or [()]]

    def _leaf(self, node: Node, rows: list[tuple[Span, ...]]) -> list[Line]:
        """Keep back the last line of a leaf that goes on in the next piece."""
        if self._keep_last_line and node is self._last_leaf and len(rows) > 1:
            self.carried = Carried(spans=rows.pop())
        return [Line(row) for row in rows]

    def _take_pending(self) -> tuple[Span, ...]:
        """The unfinished line of the piece before, for the first leaf of this one."""
        pending, self._pending = self._pending, ()
        joint = self._resume.joint
        return (*pending, (joint, pending[-1][1])) if pending and joint else pending

    def _give_up_pending(self) -> None:
        """The text did not go on as a paragraph after all: the unfinished line stands alone, before all else."""
        if self._pending:
            self._orphan, self._pending = self._pending, ()

    def _take_gap(self, start: int) -> bool:
        """Whether a blank line parts the first block that is drawn from the piece before."""
        if not self._fresh:
            return False
        self._fresh = False
        return self._resume.gap or (start > self._resume.skip and self._blank_before(start))

    def _blank_before(self, line: int) -> bool:
        return is_blank(self._source[line - 1]) if line else False


def is_blank(line: str) -> bool:
    """Nothing but white space and quote markers."""
    return not line.strip("> \t")


def last_leaf(nodes: Sequence[Node]) -> Node | None:
    """The block without blocks of its own that the text ends in."""
    if not nodes:
        return None
    node = nodes[-1]
    while node.is_container and node.children:
        node = node.children[-1]
    return node


def _inline(node: Node, style: str) -> list[Span]:
    return [span for child in node.children for span in inline_spans(child.token.children or (), style)]


def _with_task(item: Node, marker: str) -> str:
    """The marker with a box for `[ ]` or `[x]`, which is taken out of the item's text."""
    if not item.children or item.children[0].kind != "paragraph":
        return marker
    tokens = [token for child in item.children[0].children for token in child.token.children or ()]
    box = _TASKS.get(tokens[0].content[:4]) if tokens and tokens[0].type == "text" else None
    if box is None:
        return marker
    tokens[0].content = tokens[0].content[4:]
    return f"{box} " if marker[0] in _BULLETS else f"{marker}{box} "


def _table_of(node: Node, style: str) -> Table:
    head: list[Cell] = []
    rows: list[list[Cell]] = []
    aligns: list[str] = []
    for section in node.children:
        for row in section.children:
            in_head = section.kind == "thead"
            cells = [_inline(cell, styled(style, "th") if in_head else style) for cell in row.children]
            if in_head:
                head = cells
                aligns = [str(cell.token.attrs.get("style", "")).rpartition(":")[2] for cell in row.children]
            else:
                rows.append(cells)
    return Table(head, rows, aligns, style)
