"""The checked numbers of one agent's texts, in reading order, and the findings among them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from typing import NamedTuple, overload

from chimera_tui.domain.grounding import CheckedNumber
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.tui.markdown.sources import Spot

MOST_NUMBERS = 20_000
"""Of one agent; further ones are counted by whoever checked them, and not marked."""


class Placed(NamedTuple):
    """A checked number, and the spot of its first character. In the order of the texts."""

    spot: Spot
    number: CheckedNumber


def _where(number: CheckedNumber) -> tuple[int, int]:
    return number.line, number.start


class InOrder(Sequence[Placed]):
    """Numbers of some texts in reading order; their spots are made when somebody looks, since thousands are never
    looked at."""

    def __init__(self) -> None:
        self._texts: dict[int, list[CheckedNumber]] = {}
        """By number of the text, which begin in that order."""

    def add(self, text: int, number: CheckedNumber) -> None:
        if text not in self._texts:
            self._texts = dict(sorted([*self._texts.items(), (text, [])]))
        insort(self._texts[text], number, key=_where)

    def __len__(self) -> int:
        return sum(map(len, self._texts.values()))

    @overload
    def __getitem__(self, index: int) -> Placed: ...
    @overload
    def __getitem__(self, index: slice) -> list[Placed]: ...
    def __getitem__(self, index: int | slice) -> Placed | list[Placed]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        place = index if index >= 0 else len(self) + index
        for text, numbers in self._texts.items():
            if 0 <= place < len(numbers):
                number = numbers[place]
                return Placed(Spot(text, number.line, number.start), number)
            place -= len(numbers)
        raise IndexError(index)

    def before(self, spot: Spot) -> int:
        """How many begin before it."""
        return self._earlier(spot) + bisect_left(self._texts.get(spot.text, ()), spot[1:], key=_where)

    def until(self, spot: Spot) -> int:
        """How many begin there or before."""
        return self._earlier(spot) + bisect_right(self._texts.get(spot.text, ()), spot[1:], key=_where)

    def _earlier(self, spot: Spot) -> int:
        return sum(len(numbers) for text, numbers in self._texts.items() if text < spot.text)


class CheckedNumbers:
    """Grows as texts are checked."""

    def __init__(self) -> None:
        self._all = InOrder()
        self._findings = InOrder()
        """Those that are not supported."""

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
            self._all.add(text, number)
            if number.verdict is not Verdict.SUPPORTED:
                self._findings.add(text, number)

    def between(self, first: Spot, end: Spot) -> range:
        """Where those stand in the order of all that begin at or after one spot and before another."""
        return range(self._all.before(first), self._all.before(end))

    def at(self, places: range) -> Sequence[Placed]:
        """Those that stand there."""
        return self._all[places.start : places.stop]

    def step(self, here: Spot | None, direction: int) -> Placed | None:
        """The next finding behind a spot, or the one before it with -1, round at the ends; None without any."""
        if not self._findings:
            return None
        if here is None:
            return self._findings[0 if direction > 0 else -1]
        index = self._findings.until(here) if direction > 0 else self._findings.before(here) - 1
        return self._findings[index % len(self._findings)]

    def place_of(self, placed: Placed) -> str:
        """`2 of 7`; empty for what is no finding."""
        index = self._findings.before(placed.spot)
        is_there = index < len(self._findings) and self._findings[index].spot == placed.spot
        return f"{index + 1} of {len(self._findings)}" if is_there else ""
