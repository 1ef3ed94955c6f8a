"""Where the lines of each text that an agent wrote stand in the record of all that was fed."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import NamedTuple


class Spot(NamedTuple):
    """A character of a text; `line` counts from 1, `column` from 0."""

    text: int
    """Number of the text, in the order in which they began."""
    line: int
    column: int


class _Stretch(NamedTuple):
    """Answer without a gap: from here on the record holds one text."""

    offset: int
    """In the record."""
    text: int
    at: int
    """In the text."""


class Sources:
    """Thinking may part a text in the record, never in the text."""

    def __init__(self) -> None:
        self._line_starts: list[array[int]] = []
        """Per text, in characters from its beginning."""
        self._chars: list[int] = []
        """Per text."""
        self._newest: dict[str, int] = {}
        self._stretches: list[_Stretch] = []
        self._end = -1
        """Of the last stretch, in the record."""

    def begin(self, name: str) -> None:
        """What is added from here on is a text of its own; a later one of the same name takes the name over."""
        self._newest[name] = len(self._chars)
        self._line_starts.append(array("Q", (0,)))
        self._chars.append(0)
        self._end = -1

    def add(self, offset: int, text: str) -> None:
        """Some more of the newest text, at this offset of the record."""
        if not self._chars:
            self.begin("")
        number = len(self._chars) - 1
        begins = self._chars[number]
        if offset != self._end:
            self._stretches.append(_Stretch(offset, number, begins))
        starts = self._line_starts[number]
        at = text.find("\n")
        while at >= 0:
            starts.append(begins + at + 1)
            at = text.find("\n", at + 1)
        self._chars[number] += len(text)
        self._end = offset + len(text)

    def number_of(self, name: str) -> int | None:
        """The newest text of that name."""
        return self._newest.get(name)

    def offset_of(self, spot: Spot) -> int | None:
        """In the record; None for what has not been added (yet)."""
        if not 0 <= spot.text < len(self._chars):
            return None
        starts = self._line_starts[spot.text]
        if not 1 <= spot.line <= len(starts):
            return None
        at = starts[spot.line - 1] + spot.column
        end = starts[spot.line] if spot.line < len(starts) else self._chars[spot.text]
        if not starts[spot.line - 1] <= at < end:
            return None
        index = bisect_right(self._stretches, (spot.text, at), key=lambda each: (each.text, each.at)) - 1
        found = self._stretches[index]
        return found.offset + at - found.at

    def spot_of(self, offset: int) -> Spot | None:
        """The character of a text that stands at, or was last before, this offset of the record."""
        index = bisect_right(self._stretches, offset, key=lambda each: each.offset) - 1
        if index < 0:
            return None
        found = self._stretches[index]
        at = min(found.at + offset - found.offset, self._chars[found.text])
        if index + 1 < len(self._stretches) and self._stretches[index + 1].text == found.text:
            at = min(at, self._stretches[index + 1].at)
        line = bisect_right(self._line_starts[found.text], at)
        return Spot(found.text, line, at - self._line_starts[found.text][line - 1])
