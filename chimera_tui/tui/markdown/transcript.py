"""All that one agent wrote: sections, answers and thinking, recorded as it came and laid out for one width."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

from chimera_tui.tui.markdown.blocks import Document
from chimera_tui.tui.markdown.lines import EMPTY, Line, Span, clean
from chimera_tui.tui.markdown.packed import PackedLines
from chimera_tui.tui.markdown.pieces import Mark, Marks, Piece
from chimera_tui.tui.markdown.sources import Sources
from chimera_tui.tui.markdown.tree import Parser
from chimera_tui.tui.markdown.wrap import chop

Kind = Literal["answer", "thinking", "section", "end"]
Cursor = tuple[int, int, int]
"""(part, block, offset) in a `Record`."""

_BLOCK_CHARS = 4_096
_THINKING: Span = ("┊ ", "thinking")


@dataclass(slots=True)
class _Part:
    kind: Kind
    blocks: list[str] = field(default_factory=list)


class Record:
    """What was fed, in order; readers at any width follow it with a cursor of their own."""

    def __init__(self) -> None:
        self.sources = Sources()
        self._parts: list[_Part] = []
        self._starts: list[int] = []
        """Offset of each part: so many characters were fed before it."""
        self._chars = 0

    def __bool__(self) -> bool:
        return bool(self._parts)

    @property
    def chars(self) -> int:
        """How much was fed."""
        return self._chars

    def add(self, kind: Kind, text: str) -> None:
        """Take text that is not empty. Answers and thinking grow, a section or an end stands alone."""
        if not self._parts or self._parts[-1].kind != kind or kind in ("section", "end"):
            self._parts.append(_Part(kind))
            self._starts.append(self._chars)
        if kind == "answer":
            self.sources.add(self._chars, text)
        self._chars += len(text)
        blocks = self._parts[-1].blocks
        if blocks and len(blocks[-1]) < _BLOCK_CHARS:
            blocks[-1] += text
        else:
            blocks.append(text)

    def read(self, cursor: Cursor, limit: int) -> tuple[Kind, str, Cursor] | None:
        """At most `limit` characters of one part, and the cursor after them; None at the end."""
        part, block, offset = cursor
        while part < len(self._parts):
            blocks = self._parts[part].blocks
            while block < len(blocks):
                text = blocks[block][offset : offset + limit]
                if text:
                    return self._parts[part].kind, text, (part, block, offset + len(text))
                if block + 1 == len(blocks):
                    break
                block, offset = block + 1, 0
            if part + 1 == len(self._parts):
                return None
            part, block, offset = part + 1, 0, 0
        return None

    def text(self, start: int, end: int) -> str:
        """What stands from one offset up to another, within the part in which it begins."""
        index = bisect_right(self._starts, start) - 1
        if index < 0:
            return ""
        found: list[str] = []
        at = self._starts[index]
        for block in self._parts[index].blocks:
            if at >= end:
                break
            if at + len(block) > start:
                found.append(block[max(0, start - at) : end - at])
            at += len(block)
        return "".join(found)

    @property
    def answer(self) -> str:
        """The text of all answers, a blank line between two of them; without thinking and section titles."""
        return "\n\n".join("".join(part.blocks) for part in self._parts if part.kind == "answer")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in the source that survives a change of width."""

    offset: int
    lines_below: int


class Transcript:
    """A record as lines `width` cells wide, followed slice by slice."""

    def __init__(self, width: int, parser: Parser) -> None:
        self.width = width
        self.lines = PackedLines()
        """Settled: they never change again."""
        self._parser = parser
        self._cursor: Cursor = (0, 0, 0)
        self._taken = 0
        self._marks = Marks()
        self._document: Document | None = None
        self._kind: Kind = "end"

    def follow(self, record: Record, limit: int) -> bool:
        """Take up to `limit` characters of what is new; True when nothing is left."""
        while limit > 0:
            found = record.read(self._cursor, limit)
            if found is None:
                return True
            kind, text, self._cursor = found
            self._take(kind, text)
            limit -= len(text)
        return record.read(self._cursor, 1) is None

    def open_lines(self) -> list[Line]:
        """The lines of the block that is still being written."""
        return self._document.open_lines() if self._document else []

    def anchor(self, line: int) -> Anchor:
        index = self._marks.index_of_line(line)
        if index < 0:
            return Anchor(0, line)
        mark = self._marks[index]
        return Anchor(mark.offset, line - mark.line)

    def line_of(self, anchor: Anchor) -> int:
        """The line that shows what the anchor points to, as near as the new width allows."""
        index = self._marks.index_of_offset(anchor.offset)
        first = self._marks[index].line if index >= 0 else 0
        end = self._marks[index + 1].line if index + 1 < len(self._marks) else len(self.lines)
        return max(0, min(first + anchor.lines_below, max(first, end - 1)))

    def settled_piece(self, line: int) -> Piece | None:
        """The piece of Markdown that this settled line was made of, or stands behind."""
        return self._piece(self._marks.index_of_line(line))

    def settled_piece_at(self, offset: int) -> Piece | None:
        """The settled piece in which this offset of the record lies."""
        return self._piece(self._marks.index_of_offset(offset))

    def _piece(self, index: int) -> Piece | None:
        if index < 0:
            return None
        mark = self._marks[index]
        behind = self._marks[index + 1] if index + 1 < len(self._marks) else self.open_mark
        return Piece(mark.line, behind.line, mark.offset, behind.offset, mark.lead)

    @property
    def open_mark(self) -> Mark:
        """What has not settled begins there."""
        if self._document is None:
            return Mark(len(self.lines), self._taken)
        return Mark(len(self.lines), self._document.settled_chars, self._document.lead)

    @property
    def taken_chars(self) -> int:
        """How much of the record these lines show."""
        return self._taken

    def _take(self, kind: Kind, text: str) -> None:
        if kind != self._kind or kind in ("section", "end"):
            self._close()
            if self.lines and kind != "end" and self._kind != "section":
                self.lines.append(EMPTY)
            self._kind = kind
        if kind == "section":
            self.lines.append(section_line(text, self.width))
        elif kind != "end":
            self._open_document(kind).feed(text)
        self._taken += len(text)

    def _open_document(self, kind: Kind) -> Document:
        if self._document is None:
            thinking = kind == "thinking"
            self._document = Document(
                self.width,
                self.lines,
                self._parser,
                marks=self._marks,
                offset=self._taken,
                style="thinking" if thinking else "",
                prefix=_THINKING if thinking else None,
            )
        return self._document

    def _close(self) -> None:
        if self._document is not None:
            self._document.finish()
            self._document = None


def section_line(title: str, width: int) -> Line:
    """A rule with a label: `── analysis ─────`."""
    lead = "── " if width >= 12 else ""
    room = width - len(lead)
    label, cells = next(chop(clean(title), room, max(1, room)))
    rest = room - cells - 1
    spans: list[Span] = [(lead, "rule")] if lead else []
    spans.append((label, "section"))
    if rest > 0:
        spans.append((f" {'─' * rest}", "rule"))
    return Line(tuple(spans))
