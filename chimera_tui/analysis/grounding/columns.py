"""One field of one file as a column of numbers, and what several of them come to."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from chimera_tui.analysis.grounding.statistics_of import Statistics, statistics_of
from chimera_tui.analysis.grounding.words import name_key, quantity_of, statistic_of, words_of
from chimera_tui.domain.names import FileKind

MOST_FOUND = 400
"""Numbers with one value that are looked at."""
_POOLED_MOST = 200_000
_JOINT = re.compile(r"\.|\s›\s")


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of one file."""

    file: int
    """Index into `Facts.numbers`."""
    index: int
    """Of the number within that file."""
    value: float
    column: int
    """Index into `Facts.columns`."""


@dataclass(frozen=True)
class Column:
    """One field of one file."""

    number: int
    """Index into `Facts.columns`."""
    file: int
    kind: FileKind
    path: str
    """Of the file."""
    name: str
    unit: str
    values: array[float]
    indices: array[int]
    """Of the values within the file's numbers."""

    @cached_property
    def _order(self) -> tuple[list[float], list[int]]:
        """Values in order, and the number of each within the file."""
        pairs = sorted(zip(self.values, self.indices, strict=True))
        return [value for value, _ in pairs], [index for _, index in pairs]

    def between(self, low: float, high: float) -> list[Fact]:
        """Its values from `low` to `high`, both included; at most `MOST_FOUND`."""
        values, indices = self._order
        first, last = bisect_left(values, low), bisect_right(values, high)
        return [
            Fact(self.file, indices[at], values[at], self.number)
            for at in range(first, min(last, first + MOST_FOUND))
        ]

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(words_of(self.name))

    @cached_property
    def _last(self) -> str:
        """The last component of its name."""
        return _JOINT.split(self.name)[-1]

    @cached_property
    def leaf(self) -> str:
        """What it is pooled with others by: its last component, as names are compared."""
        return name_key(self._last.replace("[]", ""))

    @cached_property
    def leaf_words(self) -> frozenset[str]:
        return frozenset(words_of(self._last))

    @cached_property
    def quantity(self) -> str:
        return quantity_of(self._last) or quantity_of(self.name)

    @cached_property
    def statistic(self) -> str:
        """What it says itself to be: `mean`, `p99`, …; empty for plain values."""
        return statistic_of(self._last)


@dataclass(frozen=True, slots=True)
class Scope:
    """Some values that a mean or an extreme can be meant of."""

    over: str
    """Empty for one column by itself, else ` over 3 files`."""
    column: Column
    """The first of its columns."""
    all: Statistics
    positive: Statistics | None
    """Without the zeros of failed runs; None where there are none."""


def scopes_of(columns: Iterable[tuple[Column, Sequence[float]]]) -> Iterator[Scope]:
    """See `Facts.scopes`; columns without values are passed over."""
    filled = [(column, values) for column, values in columns if len(values)]
    for column, values in filled:
        yield _scope("", column, values)
    groups: dict[tuple[str, ...], list[tuple[Column, Sequence[float]]]] = {}
    for column, values in filled:
        folder = column.path.rpartition("/")[0]
        for key in (
            (column.leaf,),
            (column.leaf, column.kind.value),
            (column.leaf, folder),
            (column.name,),
            ("",),
        ):
            groups.setdefault(key, []).append((column, values))
    for members in groups.values():
        if len(members) > 1:
            pooled = [value for _, values in members for value in values][:_POOLED_MOST]
            yield _scope(f" over {len(members)} files", members[0][0], pooled)
            means = [statistics_of(values).mean for _, values in members]
            yield _scope(f" of the means of {len(members)} files", members[0][0], means)


def _scope(over: str, column: Column, values: Sequence[float]) -> Scope:
    all_ = statistics_of(values)
    positive = [value for value in values if value > 0] if all_.min <= 0 < all_.max else []
    return Scope(over, column, all_, statistics_of(positive) if positive else None)
