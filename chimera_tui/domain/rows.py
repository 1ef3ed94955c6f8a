"""Rows that other tools append to their files: the columns of numbers in them, over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

RowsKind = Literal["csv", "jsonl", "json"]
Axis = Literal["time", "appeared", "row"]
"""What a value stands over. Time: a column of the file that is a time. Appeared: when the row was seen to come, of
those that came while somebody looked. Row: its number in the file, from 1."""

MOST_COLUMNS = 64
"""Columns of numbers that are kept of a file."""
MOST_POINTS = 20_000
"""Values that are kept of a column: all of the newest rows, older ones thinned evenly."""

_KINDS: dict[str, RowsKind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
_SOUGHT = (
    ("tok/s",),
    ("throughput", "avg_ts"),
    ("ttft", "time_to_first"),
    ("latency", "duration", "elapsed"),
)
"""What somebody who opens a plot wants to see first: a column's unit, or a part of its name."""


def rows_kind(path: str) -> RowsKind | None:
    """How rows stand in a file of that name; None when there are none to be expected."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return _KINDS.get(name[dot:].lower()) if dot > 0 else None


@dataclass(frozen=True, slots=True)
class GrowthColumn:
    """A column of numbers."""

    name: str
    """As the file names it; a key inside others is `a.b`."""
    unit: str
    """As its name or its cells tell it, e.g. `ms`; empty when they do not."""
    count: int
    """Cells that hold a number."""
    others: int
    """Cells that hold something else: text, NaN, a number with another unit."""


@dataclass(frozen=True, slots=True)
class GrowthSeries:
    """One column's values over the axis, with what they come to."""

    name: str
    unit: str
    points: tuple[tuple[int, float], ...]
    """(ns since the epoch or number of the row, value), in the order of the axis; where there are more than were
    asked for, the least and the most of every so many."""
    count: int
    """Of all rows, as are the other figures but the median."""
    min: float | None
    median: float | None
    """Of the `kept` values: exact where that is all of them."""
    max: float | None
    last: float | None
    kept: int


@dataclass(frozen=True, slots=True)
class Growth:
    """What a file's rows tell, and how they come."""

    path: str
    kind: RowsKind
    rows: int
    """Of the file, as far as they are whole; of one that is only read from near its end, those behind that."""
    columns: tuple[GrowthColumn, ...]
    """In the order of the file."""
    series: tuple[GrowthSeries, ...]
    """Of the columns that were asked for, in that order; else of the one that `preferred` names."""
    axis: Axis
    axes: tuple[Axis, ...]
    """Those that there are."""
    time_column: str
    """Empty when no column is a time."""
    resolution_ns: int
    """How long before its stamp a row may have come, when the axis is `appeared`."""
    rows_per_minute: float | None
    """Over the last five minutes of rows; None where no time of them is known."""
    grown_ns: int
    """UTC since the epoch: when the file was written last as rows came; 0 when there are no rows."""
    told_ns: int
    """UTC since the epoch, by the clock of whoever tells this."""
    is_behind: bool = False
    """There was so much to read that it was not all read yet: the next answer tells more."""
    notes: tuple[str, ...] = ()
    """What a person should know, a phrase each: what was thinned or left out, that the file started over."""


def preferred(columns: Sequence[GrowthColumn]) -> str:
    """The column to begin with: a token rate, else TTFT, else some duration, else one with a unit, else the first;
    empty without any."""
    for words in _SOUGHT:
        for column in columns:
            if any(word == column.unit or word in column.name.lower() for word in words):
                return column.name
    with_unit = [column for column in columns if column.unit] or columns
    return with_unit[0].name if with_unit else ""
