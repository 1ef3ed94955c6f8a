"""Where a query occurs in lines that still grow: what has settled is looked through once, in slices."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, overload

from chimera_tui.tui.markdown.lines import Line

SLICE_LINES = 150
"""Lines looked through in one go; the event loop is served between two slices."""

Point = tuple[int, int]
"""(line, character in it)."""

_GAP = r"(?: +| *\n[ ┊▌]*)"
"""What may stand between two words: spaces, or the end of a line and the indent or bar that begins the next."""


class Match(NamedTuple):
    """From `start` up to `end`; over a line's end when the words of the query stand on two lines."""

    start: Point
    end: Point

    @property
    def lines(self) -> range:
        return range(self.start[0], self.end[0] + 1)


class Lines(Protocol):
    """What can be searched: the first `settled_count` lines never change."""

    @property
    def settled_count(self) -> int: ...
    @property
    def line_count(self) -> int: ...
    def line(self, index: int) -> Line: ...


class LineSearch(Sequence[Match]):
    """All matches found so far, in order, none over another. A capital letter in the query makes case matter."""

    def __init__(self, query: str) -> None:
        """`query` has at least one word; its words match with any space or one line's end between them."""
        words = query.split()
        self._reach = len(words) - 1
        """So many lines' ends can a match stretch over."""
        smart = re.NOFLAG if any(letter.isupper() for letter in query) else re.IGNORECASE
        self._pattern = re.compile(_GAP.join(map(re.escape, words)), smart)
        self._settled: list[Match] = []
        self._open: list[Match] = []
        self._seen = 0
        """Matches that begin before this line are settled."""

    def __len__(self) -> int:
        return len(self._settled) + len(self._open)

    @overload
    def __getitem__(self, index: int) -> Match: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Match]: ...
    def __getitem__(self, index: int | slice) -> Match | Sequence[Match]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        first_open = len(self._settled)
        return self._settled[index] if index < first_open else self._open[index - first_open]

    def follow(self, lines: Lines, limit: int = SLICE_LINES) -> bool:
        """Look through `limit` more settled lines, and through the open ones once they are reached; True then."""
        last = max(self._seen, lines.settled_count - self._reach)
        end = min(self._seen + limit, last)
        if end > self._seen:
            self._settled += self._find(lines, self._seen, end)
            self._seen = end
        self._open = self._find(lines, end, lines.line_count) if end == last else []
        return end == last

    def first_from(self, point: Point) -> int:
        """The number of the first match that begins at or after the point; the count when there is none."""
        return bisect_left(self, point, key=lambda match: match.start)

    def touching(self, first: int, end: int) -> Iterator[Match]:
        """Matches of which a part lies on the lines from `first` up to `end`."""
        for index in range(self.first_from((first - self._reach, 0)), len(self)):
            match = self[index]
            if match.start[0] >= end:
                return
            if match.end[0] >= first:
                yield match

    def _find(self, lines: Lines, first: int, end: int) -> list[Match]:
        """Matches that begin on the lines from `first` up to `end` and after the last one that settled."""
        texts = [lines.line(index).text for index in range(first, min(end + self._reach, lines.line_count))]
        starts = [0]
        for text in texts:
            starts.append(starts[-1] + len(text) + 1)
        at = 0
        if self._settled and self._settled[-1].end > (first, 0):
            line, character = self._settled[-1].end
            at = starts[line - first] + character
        limit = starts[min(end - first, len(texts))]

        def point(offset: int) -> Point:
            line = bisect_right(starts, offset) - 1
            return first + line, offset - starts[line]

        found: list[Match] = []
        for match in self._pattern.finditer("\n".join(texts), at):
            if match.start() >= limit:
                break
            found.append(Match(point(match.start()), point(match.end())))
        return found
