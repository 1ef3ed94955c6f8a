"""Which part of the source became which lines, piece by piece."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chimera_tui.tui.markdown.lines import Span

_MARKUP = 32
"""Characters that a line may have in the source beside twice those that are shown."""


class Mark(NamedTuple):
    """Where a piece begins."""

    line: int
    offset: int
    """In the source."""
    lead: int = 0
    """So many characters before it may be shown on its first line: the one before ended within a line."""


class Marks:
    """Grows at its end. Three numbers each and no tuples: there is one for every block of a text."""

    def __init__(self) -> None:
        self._lines, self._offsets, self._leads = array("Q"), array("Q"), array("L")

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> Mark:
        return Mark(self._lines[index], self._offsets[index], self._leads[index])

    def append(self, mark: Mark) -> None:
        self._lines.append(mark.line)
        self._offsets.append(mark.offset)
        self._leads.append(mark.lead)

    def behind(self, index: int) -> Iterator[Mark]:
        """Those that follow."""
        return (self[each] for each in range(index + 1, len(self)))

    def index_of_line(self, line: int) -> int:
        """Of the last mark at or before a line; -1 when there is none."""
        return bisect_right(self._lines, line) - 1

    def index_of_offset(self, offset: int) -> int:
        """Of the last mark at or before an offset in the source; -1 when there is none."""
        return bisect_right(self._offsets, offset) - 1


class Piece(NamedTuple):
    """Lines, and the part of the record that they were made of."""

    first: int
    end: int
    """Line behind the last one."""
    start: int
    """Offset in the record."""
    stop: int
    lead: int = 0
    """As in `Mark`."""


def lead_of(piece: str, unfinished: Iterable[Span]) -> int:
    """How much of a piece's source its unfinished last line may be made of."""
    shown = sum(len(text) for text, _ in unfinished)
    return min(len(piece), 2 * shown + _MARKUP) if shown else 0
