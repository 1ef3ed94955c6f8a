"""The rows of a CSV file that grows, piece by piece."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from chimera_tui.services.inventory.facts_csv import (
    LONGEST_CELL,
    delimiter_of,
    header_of,
    is_unit_row,
    lines_of,
    split_comment,
    without_comments,
)
from chimera_tui.services.inventory.growth_cells import CsvTable
from chimera_tui.services.inventory.growth_columns import Batch, ColumnPicker, Numbers, csv_numbers
from chimera_tui.services.inventory.units import cell_unit

_MOST_COLUMNS = 20_000
"""Columns behind these are not looked at."""
_LONGEST_OPEN = 256 << 10
"""Characters of a row that is held back because a quote of it is open; then the quote is taken for a stray one."""


class CsvRows:
    """Give it whole lines; it tells whole rows. Delimiter and header are those of the first lines."""

    def __init__(self) -> None:
        self.stray_quotes = 0
        """Lines left out because the quote in them was never closed."""
        self.repeated_headers = 0
        self.ragged = 0
        """Rows with more or fewer cells than the header."""
        self._delimiter = ""
        self._comment = ""
        self._places: dict[str, int] = {}
        """The columns by name."""
        self._written: list[str] | None = None
        """The header as it stands in the file, empty for a file without one; None before the first row."""
        self._units: dict[str, str] = {}
        self._has_data = False
        self._open = ""
        self._may_hold_comments = False
        self._picker = ColumnPicker(self._numbers)

    @property
    def is_open(self) -> bool:
        """Whether the end of the last row is awaited, because a quote is open."""
        return bool(self._open)

    @property
    def columns_left_out(self) -> int:
        return self._picker.left_out

    def begin(self, head: str) -> None:
        """The beginning of a file of which only the end will follow: for its header."""
        self._named(self._records(self._lines(head), head))
        self._open = ""

    def feed(self, text: str) -> Batch | None:
        """The rows of some more lines; None when there are none yet."""
        text, self._open = self._open + text, ""
        rows = self._named(self._records(self._lines(text), text))
        return self._batch(rows) if rows else None

    def _lines(self, text: str) -> list[str]:
        if self._delimiter:
            return lines_of(text)
        lines, comment = without_comments(text)
        self._comment = comment or self._comment
        if lines:
            self._delimiter = delimiter_of(lines)
        return lines

    # ---- lines to rows -----------------------------------------------------------------------------------

    def _records(self, lines: list[str], text: str) -> list[list[str]]:
        """`text` are the lines before they were cut."""
        csv.field_size_limit(LONGEST_CELL)  # a setting of the whole process
        self._may_hold_comments = "#" in text
        if '"' not in text:
            if not self._may_hold_comments:
                return list(self._reader(lines))
            return list(
                self._reader(line for index, line in enumerate(lines) if not self._is_comment(index, line))
            )
        rows: list[list[str]] = []
        while lines:
            found, begun = self._quoted_records(lines)
            rows += found
            self._open = "".join(lines[begun:])
            if len(self._open) <= _LONGEST_OPEN:
                break
            self.stray_quotes += 1
            lines, self._open = lines[begun + 1 :], ""
        return rows

    def _quoted_records(self, lines: Sequence[str]) -> tuple[list[list[str]], int]:
        """The rows, and at which line one begins whose quote is still open, else their number."""
        rows: list[list[str]] = []
        at_start, begun, ended = True, 0, 0

        def fed() -> Iterator[str]:
            nonlocal at_start, begun, ended
            for index, line in enumerate(lines):
                if at_start:
                    if self._is_comment(index, line):
                        continue  # a comment may hold a quote of its own
                    begun = index
                at_start, ended = False, index + 1
                yield line

        for row in self._reader(fed()):
            rows.append(row)
            at_start = True
        last = lines[begun:ended]
        if rows and sum(line.count('"') for line in last) % 2 and self._ends_open(last):
            rows.pop()
            return rows, begun
        return rows, len(lines)

    def _is_comment(self, index: int, line: str) -> bool:
        """A line, or the first cell of a row; a header may begin so, too."""
        return line.startswith("#") and (self._written is not None or index > 0)

    def _ends_open(self, lines: Sequence[str]) -> bool:
        try:
            for _ in self._reader(lines, strict=True):
                pass
        except csv.Error as error:
            return "unexpected end of data" in str(error)
        return False

    def _reader(self, lines: Iterator[str] | Sequence[str], *, strict: bool = False) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self._delimiter or ",", skipinitialspace=True, strict=strict)

    # ---- rows to columns ---------------------------------------------------------------------------------

    def _named(self, rows: list[list[str]]) -> list[list[str]]:
        """The rows of data: without header, units, comments and what is empty."""
        rows = [
            row
            for index, row in enumerate(rows)
            if any(row) and not (self._may_hold_comments and self._is_comment(index, row[0]))
        ]
        if not rows:
            return []
        if self._written is None:
            comment = split_comment(self._comment, self._delimiter)
            header, units, data = header_of(rows, comment, self._delimiter == ";")
            self._places = {name: place for place, name in enumerate(header[:_MOST_COLUMNS])}
            self._written = [] if data is rows else rows[0]
            self._tell_units(units)
            rows = data
        elif self._written and not self._has_data and is_unit_row(rows[0]):
            self._tell_units([cell_unit(cell) or cell.strip() for cell in rows[0]])
            rows = rows[1:]
        found = [row for row in rows if row != self._written]
        self.repeated_headers += len(rows) - len(found)
        self._has_data = self._has_data or bool(found)
        return found

    def _tell_units(self, units: Sequence[str]) -> None:
        self._units = dict(zip(self._places, units, strict=False))

    def _batch(self, rows: list[list[str]]) -> Batch:
        width = len(self._places)
        ragged = sum(len(row) != width for row in rows)
        if ragged:
            self.ragged += ragged
        return self._picker.pick(CsvTable(self._places, rows), self._units)

    def _numbers(self, cells: Sequence[str], unit: str) -> Numbers:
        return csv_numbers(cells, unit, decimal_comma=self._delimiter == ";")
