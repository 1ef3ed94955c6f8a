"""The checked numbers of one agent's texts, in reading order, and the findings among them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import replace
from sys import intern
from typing import NamedTuple

from chimera_tui.domain.grounding import CheckedNumber, FactPlace, Verdict
from chimera_tui.tui.markdown.sources import Spot

MOST_NUMBERS = 20_000
"""Of one agent; further ones are counted by whoever checked them, and not marked."""


class Placed(NamedTuple):
    """A checked number, and the spot of its first character. In the order of the texts."""

    spot: Spot
    number: CheckedNumber


def _spot(placed: Placed) -> Spot:
    return placed.spot


class CheckedNumbers:
    """Grows as texts are checked."""

    def __init__(self) -> None:
        self._all: list[Placed] = []
        self._findings: list[Placed] = []
        """Those that are not supported."""
        self._places: dict[FactPlace | None, FactPlace | None] = {}

    def __len__(self) -> int:
        return len(self._all)

    @property
    def findings(self) -> Sequence[Placed]:
        return self._findings

    def add(self, text: int, numbers: Iterable[CheckedNumber]) -> None:
        """Numbers of a text, each once; what is no claim is passed over."""
        for number in numbers:
            if not number.verdict.is_claim or len(self._all) >= MOST_NUMBERS:
                continue
            placed = Placed(Spot(text, number.line, number.start), self._shared(number))
            insort(self._all, placed, key=_spot)
            if number.verdict is not Verdict.SUPPORTED:
                insort(self._findings, placed, key=_spot)

    def _shared(self, number: CheckedNumber) -> CheckedNumber:
        """With words and a place that others have as well: half of the memory of a long text's numbers."""
        return replace(
            number,
            text=intern(number.text),
            subject=intern(number.subject),
            place=self._places.setdefault(number.place, number.place),
            why=intern(number.why),
        )

    def between(self, first: Spot, end: Spot) -> Sequence[Placed]:
        """Those that begin at or after one spot and before another."""
        return self._all[bisect_left(self._all, first, key=_spot) : bisect_left(self._all, end, key=_spot)]

    def step(self, here: Spot | None, direction: int) -> Placed | None:
        """The next finding behind a spot, or the one before it with -1, round at the ends; None without any."""
        if not self._findings:
            return None
        if here is None:
            return self._findings[0 if direction > 0 else -1]
        if direction > 0:
            index = bisect_right(self._findings, here, key=_spot)
        else:
            index = bisect_left(self._findings, here, key=_spot) - 1
        return self._findings[index % len(self._findings)]

    def place_of(self, placed: Placed) -> str:
        """`2 of 7`; empty for what is no finding."""
        index = bisect_left(self._findings, placed.spot, key=_spot)
        is_there = index < len(self._findings) and self._findings[index] is placed
        return f"{index + 1} of {len(self._findings)}" if is_there else ""
