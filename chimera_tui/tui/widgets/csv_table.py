"""A CSV file as a table: delimiter guessed, ragged rows kept, numbers at the right, the size bounded and said."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import mode
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from chimera_tui.domain.names import printable
from chimera_tui.tui.formatting import count, crop
from chimera_tui.tui.widgets.line_view import LineView

MOST_ROWS = 10_000
MOST_COLUMNS = 100
WIDEST_CELL = 40
"""Terminal cells of one column."""
_DELIMITERS = (",", ";", "\t")
_SAMPLE_LINES = 20
_LONGEST_CELL = 1 << 17
"""Characters; a longer one means that a quote was never closed."""


@dataclass(frozen=True, slots=True)
class CsvData:
    """What is shown of a CSV file; every row is as long as `header`."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rows_in_all: int
    columns_in_all: int
    numeric: tuple[bool, ...]
    """Per column: nothing but numbers and empty cells, and at least one number."""

    def note(self, truncated: bool) -> str:
        """How much of the file this is."""
        least = "at least " if truncated else ""
        rows = f"{count(self.rows_in_all)} rows" if self.rows_in_all != 1 else "1 row"
        if len(self.rows) < self.rows_in_all or truncated:
            rows = f"first {count(len(self.rows))} of {least}{rows}"
        if len(self.header) < self.columns_in_all:
            return f"{rows}, first {len(self.header)} of {count(self.columns_in_all)} columns"
        return f"{rows}, {self.columns_in_all} column{'' if self.columns_in_all == 1 else 's'}"


def guess_delimiter(text: str) -> str:
    """Of `,`, `;` and tab the one that most lines have equally often; a comma when none occurs."""
    lines = [line for line in text[:65_536].split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES] if line.strip()]

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = [_outside_quotes(line).count(delimiter) for line in lines]
        usual = mode(counts) if counts else 0
        return (counts.count(usual) if usual else 0, usual)

    return max(_DELIMITERS, key=agreement)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def read_csv(text: str) -> CsvData:
    """Parse; raises csv.Error for what is no CSV, such as a field of more than 131,072 characters."""
    text = text.removeprefix("\ufeff")
    shown: list[tuple[str, ...]] = []
    rows_in_all = columns_in_all = 0
    csv.field_size_limit(_LONGEST_CELL)  # a setting of the whole process, so never taken for granted
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=guess_delimiter(text)):
        if not row:
            continue
        rows_in_all += 1
        columns_in_all = max(columns_in_all, len(row))
        if len(shown) <= MOST_ROWS:
            shown.append(tuple(row[:MOST_COLUMNS]))
    width = min(columns_in_all, MOST_COLUMNS)
    table = [row + ("",) * (width - len(row)) for row in shown]
    has_header = bool(table) and not all(_is_number(cell) for cell in table[0])
    header = table.pop(0) if has_header else tuple(str(number) for number in range(1, width + 1))
    rows = tuple(table[:MOST_ROWS])
    numeric = tuple(_is_numeric([row[column] for row in rows]) for column in range(width))
    return CsvData(header, rows, rows_in_all - has_header, columns_in_all, numeric)


Spot = tuple[int | None, int | None]
"""(row, column) of a table, each None where it is not shown."""


def spot_of(data: CsvData, field: str, row: int) -> Spot:
    """Where a column's value of a data row, counted from 1, stands among `data.rows`; without a row, the column.

    Comments, a header below them and a row of units are no data.
    """
    heads = [(data.header, 0), *((line, index + 1) for index, line in enumerate(data.rows[:_SAMPLE_LINES]))]
    column, first = next(
        ((found, begins) for head, begins in heads if (found := _column(head, field)) is not None), (None, 0)
    )
    rows = range(first, len(data.rows))
    if len(rows) > 1 and not _has_number(data.rows[first]) and _has_number(data.rows[first + 1]):
        rows = rows[1:]
    places = (index for index in rows if any(data.rows[index]) and not data.rows[index][0].startswith("#"))
    return next(islice(places, row - 1, None), None) if row > 0 else None, column


def _column(header: Sequence[str], field: str) -> int | None:
    """By name, by `name (2)` for the second of that name, by `column 3`; of `name.key` that of `name`."""
    names: list[str] = []
    for index, raw in enumerate(header, start=1):
        name = raw.strip() or f"column {index}"
        times = sum(name == each.strip() for each in header[: index - 1])
        names.append(f"{name} ({times + 1})" if times else name)
    if field in names:
        return names.index(field)
    if all(name.isdigit() for name in names) and field.startswith("column ") and field[7:] in names:
        return names.index(field[7:])
    longer = [index for index, name in enumerate(names) if field.startswith(f"{name}.")]
    return max(longer, key=lambda index: len(names[index]), default=None)


def _has_number(cells: Iterable[str]) -> bool:
    return any(_is_number(cell) for cell in cells)


def _is_numeric(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(_is_number(cell) for cell in filled)


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().removesuffix("%"))
    except ValueError:
        return False
    return True


class CsvTable(LineView):
    """The table under its header, which stays; every cell is text, never markup."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "csv-table--header",
        "csv-table--odd",
        "csv-table--fact-line",
        "csv-table--fact",
    }

    fixed_lines = 1

    def __init__(self, data: CsvData, spot: Spot = (None, None)) -> None:
        """`spot` is marked and brought into view."""
        super().__init__()
        self._spot = spot
        self._numeric = data.numeric
        self._rows = [tuple(map(_shown, row)) for row in (data.header, *data.rows)]
        self._widths = [max(map(cell_len, column)) for column in zip(*self._rows, strict=True)]
        self.set_extent(sum(self._widths) + 2 * len(self._widths), len(self._rows))

    def on_mount(self) -> None:
        if self._spot != (None, None):
            self.call_after_refresh(self._go_to, *self._spot)

    def _go_to(self, row: int | None, column: int | None) -> None:
        """Across no further than it takes; down so that some rows above are seen too."""
        behind = 0 if column is None else sum(self._widths[: column + 1]) + 2 * (column + 1)
        y = max(0, (row or 0) - self.size.height // 3)
        self.scroll_to(x=max(0, behind - self.size.width), y=y, animate=False)

    def line(self, index: int) -> Strip:
        looks = ("csv-table--header",) if index == 0 else ("csv-table--odd",) if index % 2 else ()
        cells = [_padded(*cell) for cell in zip(self._rows[index], self._widths, self._numeric, strict=True)]
        row, column = self._spot
        is_here = row is not None and index == row + 1
        if not is_here and column is None:
            return Strip([Segment("".join(cells), self.looks(*looks))])
        looks = ("csv-table--fact-line",) if is_here else looks
        fact = (*looks, "csv-table--fact") if is_here or row is None else looks
        parts = [
            Segment(cell, self.looks(*(fact if each == column else looks))) for each, cell in enumerate(cells)
        ]
        return Strip(parts)


def _shown(text: str) -> str:
    return crop(printable(text[: 4 * WIDEST_CELL]), WIDEST_CELL)


def _padded(text: str, width: int, numeric: bool) -> str:
    pad = " " * (width - cell_len(text))
    return f"{pad}{text}  " if numeric else f"{text}{pad}  "
