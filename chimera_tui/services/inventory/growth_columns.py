"""Which columns of a growing file are kept, and their cells as numbers and times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chimera_tui.domain.rows import MOST_COLUMNS
from chimera_tui.services.inventory.facts_csv import plain_numbers
from chimera_tui.services.inventory.growth_cells import Table
from chimera_tui.services.inventory.growth_times import Clock, clock_of
from chimera_tui.services.inventory.units import parse_number, unit_of

_MOST_CLOCKS = 16
_JUDGED_BY = 100
"""Filled cells of every batch, until one of them is a number: a column of text is not read further."""
_CLOCKED_BY = 5
_LONGEST_NAME = 500
"""Characters; a longer one is none that anybody would choose."""
_MOST_COUNTED = 20_000
"""Names of columns that found no room, so that they can be counted."""


@dataclass(slots=True)
class Numbers:
    """The cells of one column in some rows."""

    values: list[float]
    """One for each row; NaN where there is no number."""
    others: int = 0
    """Filled cells that hold no number."""
    unit: str = ""
    """As it stands behind the numbers."""


@dataclass(slots=True)
class Batch:
    """Rows that came together, by columns."""

    count: int
    numbers: dict[str, Numbers] = field(default_factory=dict)
    times: dict[str, list[int | None]] = field(default_factory=dict)
    """ns since the epoch."""


Read = Callable[[Sequence[Any], str], Numbers]
"""Cells of one column, with the unit that is known of it, as numbers."""


class ColumnPicker:
    """Keeps the first `MOST_COLUMNS` columns that hold a number; of more, those whose name tells a unit first."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._clocks: dict[str, Clock] = {}
        self._units: dict[str, str] = {}
        """Of the columns of numbers that are kept."""
        self._left_out: set[str] = set()
        self._filled: dict[str, int] = {}
        """How many filled cells came in columns without a number so far."""

    @property
    def left_out(self) -> int:
        """Columns of numbers for which there was no room."""
        return len(self._left_out)

    def pick(self, table: Table, units: Mapping[str, str] | None = None) -> Batch:
        """`units` as a row of the file tells them."""
        batch = Batch(table.count)
        for name in (*self._clocks, *self._units):
            if name in table:
                self._take(batch, name, table.cells(name))
        for name in self._not_known(table):
            if filled := table.filled(name):
                self._judge(batch, name, table, filled, (units or {}).get(name, ""))
        return batch

    def _not_known(self, table: Table) -> list[str]:
        known = self._clocks.keys() | self._units.keys() | self._left_out
        names = [name for name in table.names if name not in known and len(name) <= _LONGEST_NAME]
        if len(names) > MOST_COLUMNS and len(self._units) < MOST_COLUMNS:
            names.sort(key=lambda name: not unit_of(name))
        return names

    def _judge(self, batch: Batch, name: str, table: Table, filled: Sequence[Any], unit: str) -> None:
        """A column in which no number was seen yet."""
        clock = clock_of(name, filled[:_CLOCKED_BY]) if len(self._clocks) < _MOST_CLOCKS else None
        if clock is not None:
            self._clocks[name] = clock
            self._take(batch, name, table.cells(name))
            return
        unit = unit or unit_of(name)
        if not any(map(math.isfinite, self._read(filled[:_JUDGED_BY], unit).values)):
            if len(self._filled) < _MOST_COUNTED or name in self._filled:
                self._filled[name] = self._filled.get(name, 0) + len(filled)
        elif len(self._units) < MOST_COLUMNS:
            self._units[name] = unit
            self._take(batch, name, table.cells(name))
            batch.numbers[name].others += self._filled.pop(name, 0)
        elif len(self._left_out) < _MOST_COUNTED:
            self._left_out.add(name)

    def _take(self, batch: Batch, name: str, cells: Sequence[Any]) -> None:
        if (clock := self._clocks.get(name)) is not None:
            batch.times[name] = clock(cells)
            return
        numbers = self._read(cells, self._units[name])
        self._units[name] = numbers.unit = self._units[name] or numbers.unit
        batch.numbers[name] = numbers


def csv_numbers(cells: Sequence[str], unit: str, *, decimal_comma: bool) -> Numbers:
    """Cells of text; a number with another unit than the column's is none of its numbers."""
    plain = plain_numbers(cells, decimal_comma)
    if plain is not None:
        return Numbers(plain)
    numbers = Numbers([])
    for cell in cells:
        value = math.nan
        if cell and not cell.isspace():
            found = parse_number(cell, decimal_comma=decimal_comma)
            known = unit or numbers.unit
            if found is None or not math.isfinite(found[0]) or (found[1] and known and found[1] != known):
                numbers.others += 1
            else:
                value = found[0]
                numbers.unit = numbers.unit or found[1]
        numbers.values.append(value)
    return numbers


def json_numbers(cells: Sequence[object], unit: str) -> Numbers:
    """Values of JSON; texts and booleans are no numbers."""
    numbers = Numbers([])
    for cell in cells:
        value = math.nan
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            try:
                value = float(cell)
            except OverflowError:
                value = math.inf
        if not math.isfinite(value):
            numbers.others += cell is not None
            value = math.nan
        numbers.values.append(value)
    return numbers
