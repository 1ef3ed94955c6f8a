"""Every number of a CSV file: by column and data row, whatever else the column holds."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.services.inventory.facts_csv import (
    delimiter_of,
    header_of,
    rows_of,
    split_comment,
    without_comments,
)
from chimera_tui.services.inventory.facts_json import load_json
from chimera_tui.services.inventory.numbers_found import LONGEST_LABEL, Harvest, is_stamp
from chimera_tui.services.inventory.numbers_json import numbers_of_document
from chimera_tui.services.inventory.numbers_written import HAS_DIGIT, numbers_in
from chimera_tui.services.inventory.units import cell_unit, parse_number, unit_of

_LONGEST_LIST = 10_000
"""Characters of a cell with several numbers."""
_UNIT_COLUMNS = frozenset({"unit", "units"})


def harvest_csv(text: str, harvest: Harvest) -> None:
    """Cells that are numbers, several numbers, or small JSON documents (`column.key`); rows from 1."""
    lines, comment = without_comments(text)
    delimiter = delimiter_of(lines)
    problems: list[str] = []
    rows = rows_of(lines, delimiter, problems, harvest.limits.csv_width)
    for problem in problems:
        harvest.say(problem)
    if not rows:
        harvest.say("no rows")
        return
    decimal_comma = delimiter == ";"
    header, units, data = header_of(rows, split_comment(comment, delimiter), decimal_comma)
    table = _Table(harvest, header, units, decimal_comma)
    for number, row in enumerate(data, start=1):
        table.take(number, row)


class _Table:
    """One CSV as its rows go by."""

    def __init__(self, harvest: Harvest, header: Sequence[str], units: Sequence[str], decimal_comma: bool) -> None:
        self._harvest = harvest
        self._names = list(header)
        self._told = [
            (units[index] if index < len(units) else "") or unit_of(name) for index, name in enumerate(header)
        ]
        self._plain = [-1] * len(header)
        """The field of a column's numbers that have no unit of their own, once there is one."""
        self._unit_column = next((i for i, name in enumerate(header) if name.lower() in _UNIT_COLUMNS), -1)
        self._decimal_comma = decimal_comma

    def take(self, number: int, row: Sequence[str]) -> None:
        """The numbers of one row, and then its label, which belongs to all of them."""
        while len(row) > len(self._names):
            self._names.append(f"column {len(self._names) + 1}")
            self._told.append("")
            self._plain.append(-1)
        values: list[tuple[int, float, str]] = []
        texts: list[str] = []
        documents: list[tuple[int, object]] = []
        for index, cell in enumerate(row):
            if not cell or self._is_plain(index, cell, values):
                continue
            if cell[0] == "{" and cell[-1] == "}":
                documents.append((index, load_json(cell)[0]))
            else:
                self._look_at(index, cell, values, texts)
        unit = self._unit_of_row(row)
        label = self._harvest.label(texts) if texts else 0
        for index, value, written in values:
            self._harvest.add(
                self._field(index, written or ("" if self._told[index] else unit)), value, number, label
            )
        for index, document in documents:
            numbers_of_document(document, self._harvest, self._names[index], number, texts)

    def _is_plain(self, index: int, cell: str, values: list[tuple[int, float, str]]) -> bool:
        """Take a number as programs write it, which most cells are."""
        if self._decimal_comma or "_" in cell or cell[-1:].isalpha():
            return False
        try:
            values.append((index, float(cell), ""))
        except ValueError:
            return False
        return True

    def _look_at(self, index: int, cell: str, values: list[tuple[int, float, str]], texts: list[str]) -> None:
        """A cell that is no plain number: one with its unit, a time, a text, several numbers."""
        found = parse_number(cell, decimal_comma=self._decimal_comma)
        if found is not None:
            values.append((index, *found))
            return
        text = cell.strip()
        if is_stamp(text):
            self._harvest.stamp(text)
            return
        if len(text) <= LONGEST_LABEL:
            texts.append(text)
        if len(text) <= _LONGEST_LIST and HAS_DIGIT(text):
            values.extend((index, *one) for one in numbers_in(text, any_words=False))

    def _unit_of_row(self, row: Sequence[str]) -> str:
        return cell_unit(row[self._unit_column]) if 0 <= self._unit_column < len(row) else ""

    def _field(self, index: int, unit: str) -> int:
        if unit:
            return self._harvest.field(self._names[index], unit)
        if self._plain[index] < 0:
            self._plain[index] = self._harvest.field(self._names[index], self._told[index])
        return self._plain[index]
