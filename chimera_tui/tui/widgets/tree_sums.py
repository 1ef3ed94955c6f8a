"""Running sums over the rows of a folder's folders, in which one of them can change."""

from __future__ import annotations

from collections.abc import Sequence


class RowSums:
    """A Fenwick tree of sizes of at least 1: a change and a question cost O(log n), making it O(n)."""

    __slots__ = ("_sums", "_widest", "total")

    def __init__(self, sizes: Sequence[int]) -> None:
        self.total = sum(sizes)
        self._sums = [0, *sizes]
        for place in range(1, len(self._sums)):
            above = place + (place & -place)
            if above < len(self._sums):
                self._sums[above] += self._sums[place]
        self._widest = 1 << len(sizes).bit_length() >> 1

    def add(self, place: int, rows: int) -> None:
        """The one at that place, from 0, has so many more."""
        self.total += rows
        place += 1
        while place < len(self._sums):
            self._sums[place] += rows
            place += place & -place

    def append(self, size: int) -> None:
        """One more behind all others."""
        self.total += size
        place = len(self._sums)
        below, end = place - 1, place & (place - 1)
        while below > end:
            size += self._sums[below]
            below &= below - 1
        self._sums.append(size)
        self._widest = 1 << place.bit_length() >> 1

    def before(self, place: int) -> int:
        """What those before that place have together."""
        rows = 0
        while place:
            rows += self._sums[place]
            place &= place - 1
        return rows

    def find(self, row: int) -> tuple[int, int]:
        """In which place a row below `total` lies, and at which row that begins."""
        place, start, width = 0, 0, self._widest
        while width:
            right = place + width
            if right < len(self._sums) and start + self._sums[right] <= row:
                place = right
                start += self._sums[right]
            width >>= 1
        return place, start
