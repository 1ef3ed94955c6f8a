"""Columns and numbers of a CSV file: any usual delimiter, quotes, comments, ragged rows, header or none."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from chimera_tui.domain.inventory import FieldFact, GroupFact, RowFact
from chimera_tui.domain.limits import DEFAULTS, Limits
from chimera_tui.services.inventory.facts_rows import standing_out
from chimera_tui.services.inventory.units import cell_unit, parse_number, summarise_by_unit, unit_of


@dataclass(slots=True)
class Parts:
    """What a parser found; becomes `FileFacts`."""

    rows: int = 0
    names: tuple[str, ...] = ()
    fields: tuple[FieldFact, ...] = ()
    problems: list[str] = field(default_factory=list)
    best: tuple[RowFact, ...] = ()
    groups: tuple[GroupFact, ...] = ()


_DELIMITERS = ",;\t"
_SNIFFED_LINES = 20
LONGEST_CELL = 1 << 26
_PRINTED_BY_PROFILER = re.compile(r"==\w+==")


def read_csv(text: str, limits: Limits = DEFAULTS) -> Parts:
    """Columns in order, numeric ones summarised. With `;` between the cells a comma is a decimal comma."""
    parts = Parts()
    lines, comment = without_comments(text)
    delimiter = delimiter_of(lines)
    rows = rows_of(lines, delimiter, parts.problems, limits.csv_width)
    if not rows:
        parts.problems.append("no rows")
        return parts
    decimal_comma = delimiter == ";"
    header, units, data = header_of(rows, split_comment(comment, delimiter), decimal_comma)
    parts.rows = len(data)
    parts.names = tuple(header)
    ragged = sum(len(row) != len(header) for row in data)
    if ragged:
        parts.problems.append(f"{ragged} of {len(data)} rows have more or fewer cells than the header")
    parts.fields = _summaries(header, units, data, decimal_comma, parts, limits.columns)
    parts.best, parts.groups = standing_out(header, parts.fields, data, decimal_comma)
    return parts


def lines_of(text: str) -> list[str]:
    """Lines with their ends."""
    if any(c in text for c in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
        # only CR and LF end a line of a file; str.splitlines knows more
        return io.StringIO(text, newline="").readlines()
    return text.splitlines(keepends=True) if "\r" in text or "\n" in text else [text]


def without_comments(text: str) -> tuple[list[str], str]:
    """Lines with their ends, leading comments and blank lines dropped; the last leading comment."""
    lines = lines_of(text)
    comment = ""
    start = 0
    for line in lines:
        stripped = line.strip()
        if stripped.startswith("#") and not _is_header_with_number_sign(stripped):
            comment = stripped.lstrip("# ")
        elif stripped and not _PRINTED_BY_PROFILER.match(stripped):
            break
        start += 1
    return lines[start:], comment


def _is_header_with_number_sign(line: str) -> bool:
    """`#,name,ms`: a column called #, not a comment."""
    return len(line) > 1 and line[1] in _DELIMITERS


def delimiter_of(lines: Sequence[str]) -> str:
    """The one that cuts most of the first lines into the same number of cells, more cells first."""
    head = [line for line in lines[:_SNIFFED_LINES] if line.strip()]
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        try:
            counts = Counter(len(row) for row in csv.reader(head, delimiter=delimiter) if row)
        except csv.Error:
            continue
        cells, times = max(counts.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        score = (times / counts.total() if cells > 1 else 0.0, cells)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def rows_of(
    lines: Sequence[str], delimiter: str, problems: list[str], width: int = DEFAULTS.csv_width
) -> list[list[str]]:
    """Rows with anything in them, comments left out, at most `width` cells of each; what breaks the reading, or is
    left out, is added to `problems`."""
    csv.field_size_limit(LONGEST_CELL)
    rows: list[list[str]] = []
    widest = 0
    try:
        for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True):
            if row and any(row) and not (row[0].startswith("#") and len(rows) > 0):
                if len(row) > width:
                    widest = max(widest, len(row))
                    del row[width:]
                rows.append(row)
    except csv.Error as error:
        problems.append(f"broken CSV after row {len(rows)}: {error}")
    if widest:
        problems.append(f"rows of up to {widest:,} cells: only the first {width:,} read (limits.csv_width)")
    return rows


def split_comment(comment: str, delimiter: str) -> list[str]:
    return next(csv.reader([comment], delimiter=delimiter, skipinitialspace=True), []) if comment else []


def header_of(
    rows: list[list[str]], comment: list[str], decimal_comma: bool
) -> tuple[list[str], list[str], list[list[str]]]:
    """Column names, their units as a second header row gives them, and the rows of data."""
    first = rows[0]
    filled = [cell for cell in first if cell.strip()]
    numbers = sum(parse_number(cell, decimal_comma=decimal_comma) is not None for cell in filled)
    if filled and numbers * 2 > len(filled):
        if len(comment) == len(first) and len(comment) > 1:
            return _unique(comment), [], rows
        return [f"column {index}" for index in range(1, len(first) + 1)], [], rows
    data = rows[1:]
    units: list[str] = []
    if len(data) > 1 and is_unit_row(data[0]):
        units = [cell_unit(cell) or cell.strip() for cell in data[0]]
        data = data[1:]
    return _unique(first), units, data


def is_unit_row(row: Sequence[str]) -> bool:
    """Profilers write units below the names: nothing but short words, and some of them units."""
    filled = [cell.strip() for cell in row if cell.strip()]
    return any(map(cell_unit, filled)) and all(len(cell) <= 24 and parse_number(cell) is None for cell in filled)


def _unique(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for index, raw in enumerate(names, start=1):
        name = raw.strip() or f"column {index}"
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique


def _summaries(
    header: Sequence[str],
    units: Sequence[str],
    data: Sequence[Sequence[str]],
    decimal_comma: bool,
    parts: Parts,
    most: int,
) -> tuple[FieldFact, ...]:
    facts: list[FieldFact] = []
    endless = 0
    for index, name in enumerate(header):
        cells = [row[index] for row in data if index < len(row)]
        values, filled, not_finite = _numbers(cells, decimal_comma)
        endless += not_finite
        if not values or 2 * sum(map(len, values.values())) < filled:
            continue
        if len(facts) >= most:
            parts.problems.append(f"more than {most:,} numeric columns: the rest left out (limits.columns)")
            break
        told = (units[index] if index < len(units) else "") or unit_of(name)
        facts.extend(summarise_by_unit(name, values, told))
    if endless:
        parts.problems.append(f"{endless} numbers too large to hold, skipped")
    return tuple(facts)


def _numbers(cells: Sequence[str], decimal_comma: bool) -> tuple[dict[str, list[float]], int, int]:
    """Finite values by the unit written behind them, how many cells are filled, how many are not finite."""
    plain = plain_numbers(cells, decimal_comma)
    if plain is not None:
        return {"": plain}, len(plain), 0
    values: dict[str, list[float]] = {}
    filled = endless = 0
    for cell in cells:
        if not cell or cell.isspace():
            continue
        filled += 1
        found = parse_number(cell, decimal_comma=decimal_comma)
        if found is None:
            continue
        if math.isfinite(found[0]):
            values.setdefault(found[1], []).append(found[0])
        else:
            endless += 1
    return values, filled, endless


def plain_numbers(cells: Sequence[str], decimal_comma: bool) -> list[float] | None:
    """The values of a column of nothing but numbers, as programs write them; None when some cell needs a look."""
    text = "".join(cells)
    if not text or "_" in text or (decimal_comma and "," in text):
        return None
    try:
        values = list(map(float, cells))
    except ValueError:
        return None
    return values if all(map(math.isfinite, values)) else None
