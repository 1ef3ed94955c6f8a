"""A stretch of lines that the reader has drawn with the mouse, cell by cell, and lines with stretches marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import split_graphemes

from chimera_tui.tui.markdown.lines import Line, Span

Cell = tuple[int, int]
"""(line, cell in it)."""


def characters(text: str, first: int, last: int | None) -> tuple[int, int]:
    """The slice of text that covers the cells `first` to `last`, both included; to the end without `last`.

    A wide character of which one cell is meant is meant whole.
    """
    if text.isascii():
        return min(first, len(text)), len(text) if last is None else min(last + 1, len(text))
    start = end = len(text)
    used = 0
    for begin, stop, cells in split_graphemes(text)[0]:
        used += cells
        if used > first:
            start = min(start, begin)
        if last is not None and used > last:
            end = stop
            break
    return min(start, end), end


def marked(line: Line, start: int, end: int, style: str) -> Line:
    """The line with `style` over its characters from `start` up to `end`; a grapheme is marked whole."""
    text = line.text
    if not text[start : end + 1].isascii():  # each ASCII character is a grapheme
        touched = [(a, b) for a, b, _ in split_graphemes(text)[0] if a < end and b > start]
        start, end = (touched[0][0], touched[-1][1]) if touched and start < end else (start, start)
    spans: list[Span] = []
    at = 0
    for piece, look in line.spans:
        low, high = (min(max(place - at, 0), len(piece)) for place in (start, end))
        parts = ((piece[:low], look), (piece[low:high], f"{look} {style}".lstrip()), (piece[high:], look))
        spans += [part for part in parts if part[0]] if low < high else [(piece, look)]
        at += len(piece)
    return Line(tuple(spans), line.fill)


def amount(text: str) -> str:
    """How much text it is: `3 lines, 1,204 characters`."""
    counts = ((text.count("\n") + 1, "line"), (len(text), "character"))
    return ", ".join(f"{count:,} {word}{'s' if count != 1 else ''}" for count, word in counts)


@dataclass(frozen=True, slots=True)
class Selection:
    """From the cell where the mouse went down to the cell it is over, both included, in either order."""

    anchor: Cell
    head: Cell

    def __bool__(self) -> bool:
        return self.anchor != self.head

    @property
    def lines(self) -> range:
        first, last = sorted((self.anchor[0], self.head[0]))
        return range(first, last + 1)

    def on(self, index: int, text: str) -> tuple[int, int]:
        """The slice of the text of a line that is selected; an empty one when none is."""
        (top, left), (bottom, right) = sorted((self.anchor, self.head))
        if not self or not top <= index <= bottom:
            return 0, 0
        return characters(text, left if index == top else 0, right if index == bottom else None)

    def text(self, line_text: Callable[[int], str], line_count: int) -> str:
        """What is selected, without the spaces at the ends of lines."""
        rows: list[str] = []
        for index in self.lines[: max(0, line_count - self.lines.start)]:
            text = line_text(index)
            start, end = self.on(index, text)
            rows.append(text[start:end].rstrip())
        return "\n".join(rows)
