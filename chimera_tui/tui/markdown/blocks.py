"""A growing Markdown text as lines: a finished block becomes lines once, only the open block is rendered anew."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from chimera_tui.tui.markdown.code import Highlighter
from chimera_tui.tui.markdown.cut import Cut, Cutter
from chimera_tui.tui.markdown.lines import EMPTY, Line, Span, clean, prefixed, styled
from chimera_tui.tui.markdown.packed import Sink
from chimera_tui.tui.markdown.pieces import Mark, Marks, lead_of
from chimera_tui.tui.markdown.render import Carried, PieceRenderer, Resume
from chimera_tui.tui.markdown.tree import Node, Parser, number_lists
from chimera_tui.tui.markdown.wrap import wrap

WINDOW = 2_048
"""Characters a block may have before parts of it are settled; bounds the work of one flush."""
LIST_WINDOW = 768
"""The same for lists, whose items part cleanly: they are most of what models write."""

_LISTS = ("bullet_list", "ordered_list")
_LIST = re.compile(r"\s*(?:[-+*]|\d{1,9}[.)])\s")
"""How a text begins that a list may fill."""
_ONLY_MARKERS = re.compile(r"[-=*+#>|:~`_ \t]*")


@dataclass(slots=True)
class _State:
    """What the next piece needs to know of those before it."""

    resume: Resume = field(default_factory=Resume)
    carried: Carried = field(default_factory=Carried)
    previous: str = ""
    """Kind of the last top-level block, empty at the beginning."""
    references: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> _State:
        return _State(self.resume, self.carried, self.previous, dict(self.references))


class _Parsed(NamedTuple):
    """A piece behind its header, and its blocks."""

    source: str
    nodes: list[Node]
    environment: dict[str, Any]
    """Of the parser: the link definitions known behind it."""


class Document:
    """One Markdown text. Settled lines go to the end of `lines` and never change again.

    Where it is cut depends on the text alone, never on how it arrived: any split into chunks gives the same lines.
    """

    def __init__(
        self,
        width: int,
        lines: Sink,
        parser: Parser,
        *,
        marks: Marks | None = None,
        offset: int = 0,
        style: str = "",
        prefix: Span | None = None,
        window: int = WINDOW,
    ) -> None:
        self._width = max(1, width - (len(prefix[0]) if prefix else 0))
        self._lines = lines
        self._parser = parser
        self._style = style
        self._prefix = prefix
        self._window = window
        self._list_window = min(LIST_WINDOW, window)
        self._highlighter = Highlighter()
        self._buffer = ""
        self._held_return = False
        self._state = _State()
        self._open_view: list[Line] | None = None
        self._left_one = False
        """All but the last block was settled just now."""
        self.marks = Marks() if marks is None else marks
        """Of every settled piece."""
        self.lead = 0  # as in `Mark`, of the piece that is next
        self.settled_chars = offset
        """The offset in the source of what is not settled yet."""

    def feed(self, text: str) -> None:
        """Take more text; blocks that it finishes are settled."""
        if self._held_return:
            text = "\r" + text
        self._held_return = text.endswith("\r")
        if self._held_return:
            text = text[:-1]
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not text:
            return
        self._buffer += text
        self._open_view = None
        if "\n" in text or len(self._buffer) >= self._window:
            self._settle()

    def finish(self) -> None:
        """Close the open block: its lines are settled as they are."""
        if self._held_return:
            self._held_return = False
            self._buffer += "\n"
            self._settle()
        self._mark()
        self._lines.extend(self._rest(self._buffer, self._state))
        self.settled_chars += len(self._buffer)
        self._buffer = ""
        self._open_view = []
        self._state = _State()

    def open_lines(self) -> list[Line]:
        """The lines of the open block as it is now."""
        if self._open_view is None:
            shown = self._buffer
            last = shown.rfind("\n") + 1
            if _ONLY_MARKERS.fullmatch(shown, last):
                # A lone `-` or `#` says too little: it would flash as a heading's underline before its text comes.
                shown = shown[:last]
            self._open_view = self._rest(shown, self._state.copy())
        return self._open_view

    def _settle(self) -> None:
        at = 0
        while True:
            window = self._buffer[at : at + self._window]
            is_all = at + len(window) == len(self._buffer)
            self._left_one = False
            taken = self._settle_window(window)
            if taken is None:
                break
            at += taken
            if self._left_one and is_all and len(window) - taken < self._list_window:
                break  # what is left is the last block: to look at it again would find no more
        self._buffer = self._buffer[at:]

    def _settle_window(self, window: str) -> int | None:
        """Settle what is finished in the window; the number of characters settled, None when nothing was."""
        if len(window) >= self._list_window and _LIST.match(self._state.resume.header + window):
            taken = self._settle_items(window[: self._list_window])
            if taken is not None:
                return taken
        complete = _complete_lines(window)
        nodes = self._outline(complete)
        if len(nodes) > 1:
            return self._settle_blocks(complete, nodes, len(window))
        if len(window) < self._window:
            return None
        if 4 * len(complete) < 3 * len(window):
            complete, nodes = window, self._outline(window)
        return self._settle_part(window, self._cutter(complete, nodes).cut())

    def _settle_items(self, window: str) -> int | None:
        """The same for a window that a single list fills: whole items or blocks of items only."""
        complete = _complete_lines(window)
        nodes = self._outline(complete)
        if len(nodes) != 1 or nodes[0].kind not in _LISTS:
            return None
        cut = self._cutter(complete, nodes).cut_between()
        return self._settle_part(window, cut) if cut else None

    def _settle_blocks(self, text: str, nodes: list[Node], available: int) -> int:
        """All but the last one, up to a list that `_settle_items` would part if it stood at the beginning."""
        taken = 0
        for node, piece in zip(nodes, self._split(text, nodes)[:-1], strict=False):
            if taken and node.kind in _LISTS and available - taken >= self._list_window:
                break
            self._emit(piece)
            taken += len(piece)
        else:
            self._left_one = True
        return taken

    def _settle_part(self, window: str, cut: Cut) -> int:
        self._emit(window[: cut.length], cut)
        return cut.length

    def _outline(self, text: str) -> list[Node]:
        return self._parser.outline(self._state.resume.header + text) if text else []

    def _cutter(self, text: str, nodes: list[Node]) -> Cutter:
        resume = self._state.resume
        number_lists(nodes, resume.numbers)
        return Cutter(resume.header + text, len(resume.header), nodes)

    def _split(self, text: str, nodes: list[Node], *, to_end: bool = False) -> list[str]:
        """Source per top-level block; what stands between two blocks belongs to the second.

        With `to_end` what follows the last block (link definitions) is a piece of its own.
        """
        header = self._state.resume.header
        source = header + text
        ends = _line_ends(source)
        borders = [max(ends[min(node.end, len(ends) - 1)], len(header)) for node in nodes]
        if borders and not (to_end and source[borders[-1] :].strip()):
            borders.pop()
        borders = [len(header), *borders, len(source)]
        return [source[start:end] for start, end in pairwise(borders)]

    def _emit(self, piece: str, cut: Cut | None = None) -> None:
        self._mark()
        self._lines.extend(self._render(piece, self._state, cut))
        self.settled_chars += len(piece)
        self.lead = lead_of(piece, self._state.carried.spans)

    def _mark(self) -> None:
        self.marks.append(Mark(len(self._lines), self.settled_chars, self.lead))

    def _rest(self, text: str, state: _State) -> list[Line]:
        """Lines of the text after the last settled piece."""
        if not text and not state.resume.header:
            return self._left(state)
        parsed = self._parse(text, state)
        pieces = self._split(text, parsed.nodes, to_end=True)
        if len(pieces) == 1:  # as it is most of the time
            return self._draw(parsed, state) + self._left(state)
        return [line for piece in pieces for line in self._render(piece, state)] + self._left(state)

    def _left(self, state: _State) -> list[Line]:
        """The unfinished line that no piece has taken on."""
        return self._finished([Line(state.carried.spans)]) if state.carried.spans else []

    def _render(self, piece: str, state: _State, cut: Cut | None = None) -> list[Line]:
        """Lines of one piece; `state` is brought on to the next."""
        return self._draw(self._parse(piece, state), state, cut)

    def _parse(self, piece: str, state: _State) -> _Parsed:
        source = state.resume.header + piece
        environment: dict[str, Any] = {"references": dict(state.references)}
        return _Parsed(source, self._parser.blocks(source, environment), environment)

    def _draw(self, parsed: _Parsed, state: _State, cut: Cut | None = None) -> list[Line]:
        resume, source, nodes, environment = state.resume, parsed.source, parsed.nodes, parsed.environment
        known = len(state.references)
        state.references = environment["references"]
        number_lists(nodes, resume.numbers)
        renderer = PieceRenderer(
            source,
            resume,
            state.carried,
            self._highlighter,
            goes_on=cut is not None,
            keep_last_line=cut is not None and cut.keeps_last_line,
        )
        lines = self._definitions(environment, known, source)
        body = renderer.render(nodes, self._width, self._style)
        if lines and body:
            lines.append(EMPTY)
        lines += body
        if lines and state.previous not in ("", "heading") and not resume.inside:
            lines.insert(0, EMPTY)
        if lines:
            state.previous = _last_kind(nodes)
        state.carried = renderer.carried
        state.resume = cut.resume if cut else Resume()
        return self._finished(lines)

    def _definitions(self, environment: dict[str, Any], known: int, source: str) -> list[Line]:
        """Link definitions as they were written: a link that came before its definition shows only its label."""
        found = [*list(environment["references"].values())[known:], *environment.get("duplicate_refs", ())]
        rows = source.split("\n")
        look = styled(self._style, "url")
        return [
            Line(spans)
            for entry in found
            for row in rows[entry["map"][0] : entry["map"][1]]
            for spans in wrap([(clean(row.strip()), look)], self._width)
        ]

    def _finished(self, lines: list[Line]) -> list[Line]:
        if self._prefix is None:
            return lines
        return [prefixed(self._prefix, line) for line in lines]


def _complete_lines(text: str) -> str:
    return text[: text.rfind("\n") + 1]


def _last_kind(nodes: list[Node]) -> str:
    return nodes[-1].kind if nodes else "definition"


def _line_ends(source: str) -> list[int]:
    """Offset at which each line begins, and the end of the text."""
    starts = [0]
    at = source.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = source.find("\n", at + 1)
    if starts[-1] != len(source):
        starts.append(len(source))
    return starts
