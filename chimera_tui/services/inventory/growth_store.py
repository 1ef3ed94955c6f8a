"""The columns of one growing file as they are kept: all newest rows, older ones thinned evenly, figures exact."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import itemgetter
from statistics import median

from chimera_tui.domain.rows import MOST_POINTS, Axis, GrowthColumn, GrowthSeries
from chimera_tui.services.inventory.growth_columns import Batch, Numbers

_NEWEST = MOST_POINTS // 2
"""Rows that are never thinned."""
_OLDER = MOST_POINTS // 4
"""Rows to which the older ones are thinned, so that it is not done anew for every row."""
_UNKNOWN = 0
"""In place of a time."""
_PACE_NS = 300_000_000_000
"""Rows per minute are those of so long before the newest."""
_KNOWN_SHARE = 0.9
"""Of its cells that a column of times must hold."""

Point = tuple[int, float]


@dataclass(slots=True)
class _Column:
    values: array[float]
    """One for each row that is kept; NaN where there is no number."""
    unit: str = ""
    count: int = 0
    others: int = 0
    min: float = math.inf
    max: float = -math.inf
    last: float = math.nan

    def take(self, numbers: Numbers) -> None:
        self.values.extend(numbers.values)
        self.unit = self.unit or numbers.unit
        self.others += numbers.others
        known = [value for value in numbers.values if value == value]
        if known:
            self.count += len(known)
            self.min = min(self.min, min(known))
            self.max = max(self.max, max(known))
            self.last = known[-1]

    @property
    def is_of_numbers(self) -> bool:
        return 2 * self.count >= self.count + self.others


@dataclass(slots=True)
class GrowthStore:
    """Add rows as they come; ask for series."""

    rows: int = 0
    thinned_by: int = 1
    """Of the older rows every so many-th is kept."""
    _rows: array[int] = field(default_factory=lambda: array("q"))
    """Numbers of the rows that are kept."""
    _appeared: array[int] = field(default_factory=lambda: array("q"))
    _times: dict[str, array[int]] = field(default_factory=dict)
    _columns: dict[str, _Column] = field(default_factory=dict)
    _best_times: str | None = None
    """Name of the column; None when it must be looked for."""

    def add(self, batch: Batch, appeared_ns: int = _UNKNOWN) -> None:
        """Rows that came; `appeared_ns` is when, UTC since the epoch, where somebody saw it."""
        kept, count = len(self._rows), batch.count
        self._best_times = None
        self._rows.extend(range(self.rows + 1, self.rows + count + 1))
        self.rows += count
        self._appeared.extend(array("q", [appeared_ns]) * count)
        nothing = Numbers([math.nan] * count)
        for name in batch.numbers:
            if name not in self._columns:
                self._columns[name] = _Column(array("d", [math.nan]) * kept)
        for name, column in self._columns.items():
            column.take(batch.numbers.get(name, nothing))
        for name in batch.times:
            if name not in self._times:
                self._times[name] = array("q", [_UNKNOWN]) * kept
        for name, times in self._times.items():
            told = batch.times.get(name)
            times.extend(array("q", [_UNKNOWN]) * count if told is None else [each or _UNKNOWN for each in told])
        if len(self._rows) > MOST_POINTS:
            self._thin()

    def _thin(self) -> None:
        newest = len(self._rows) - _NEWEST
        older = self._rows[:newest]
        while sum(row % self.thinned_by == 0 for row in older) > _OLDER:
            self.thinned_by *= 2
        stays = [row % self.thinned_by == 0 for row in older] + [True] * _NEWEST
        self._rows = array("q", compress(self._rows, stays))
        self._appeared = array("q", compress(self._appeared, stays))
        for name, times in self._times.items():
            self._times[name] = array("q", compress(times, stays))
        for column in self._columns.values():
            column.values = array("d", compress(column.values, stays))

    # ---- what is there -----------------------------------------------------------------------------------

    def columns(self) -> list[GrowthColumn]:
        """Those of which at least half of the filled cells are numbers."""
        return [
            GrowthColumn(name, each.unit, each.count, each.others)
            for name, each in self._columns.items()
            if each.is_of_numbers
        ]

    @property
    def time_column(self) -> str:
        """The column of times that tells the rows apart best; empty without any."""
        if self._best_times is None:
            fit = [name for name, times in self._times.items() if self._tells_time(times)]
            self._best_times = min(
                fit, key=lambda name: (not _rises(self._times[name]), "time" not in name.lower()), default=""
            )
        return self._best_times

    def _tells_time(self, times: array[int]) -> bool:
        known = len(times) - times.count(_UNKNOWN)
        return known >= max(2, _KNOWN_SHARE * len(times)) and len(set(times)) > known // 100 + 1

    def axes(self) -> list[Axis]:
        """The best one first."""
        axes: list[Axis] = ["time"] if self.time_column else []
        seen = len(self._appeared) - self._appeared.count(_UNKNOWN)
        if seen and len(set(self._appeared) - {_UNKNOWN}) > 1:
            # what was there before has no place on that axis: it is the better one when it shows most of the rows
            axes += ["appeared", "row"] if 2 * seen > len(self._appeared) else ["row", "appeared"]
        else:
            axes.append("row")
        return axes

    def rows_per_minute(self) -> float | None:
        """Over the last five minutes of rows, by the file's times, else by when they were seen."""
        times = self._times[self.time_column] if self.time_column else self._appeared
        known = [each for each in times[-_NEWEST:] if each != _UNKNOWN]
        if not known:
            return None
        newest = max(known)
        recent = [each for each in known if each >= newest - _PACE_NS]
        oldest = min(recent)
        if newest == oldest:
            return None
        return sum(each > oldest for each in recent) * 60e9 / (newest - oldest)

    def series(self, name: str, axis: Axis, most: int) -> GrowthSeries:
        """At most about `most` points. Raises KeyError for a column that is not there."""
        column = self._columns[name]
        values = [value for value in column.values if value == value]
        return GrowthSeries(
            name,
            column.unit,
            tuple(self._points(column, axis, most)),
            column.count,
            column.min if column.count else None,
            median(values) if values else None,
            column.max if column.count else None,
            column.last if column.count else None,
            len(values),
        )

    def _points(self, column: _Column, axis: Axis, most: int) -> Iterable[Point]:
        times = self._times[self.time_column] if axis == "time" else self._appeared
        xs: Sequence[int] = self._rows if axis == "row" else times
        ys: Sequence[float] = column.values
        if math.isnan(sum(ys)) or (axis != "row" and _UNKNOWN in xs):
            stays = [y == y and x != _UNKNOWN for x, y in zip(xs, ys, strict=True)]
            xs, ys = list(compress(xs, stays)), list(compress(ys, stays))
        if not _rises(xs):
            points = sorted(zip(xs, ys, strict=True), key=itemgetter(0))
            xs, ys = [x for x, _ in points], [y for _, y in points]
        return _fewer(xs, ys, most)


def _rises(times: Sequence[int]) -> bool:
    known = list(times)
    return known == sorted(known)  # which is one pass when they do


def _fewer(xs: Sequence[int], ys: Sequence[float], most: int) -> Iterable[Point]:
    """The least and the most of every so many, so that no peak is lost."""
    if len(xs) <= most:
        return zip(xs, ys, strict=True)
    step = math.ceil(len(xs) / max(1, most // 2))
    found: list[Point] = []
    for at in range(0, len(xs), step):
        part = ys[at : at + step]
        ends = {at + part.index(min(part)), at + part.index(max(part))}
        found += [(xs[index], ys[index]) for index in sorted(ends)]
    return found
