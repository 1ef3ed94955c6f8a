"""Headings, tables and `key: value` bullets of a Markdown report, as far as they hold numbers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from chimera_tui.domain.limits import DEFAULTS, Limits
from chimera_tui.services.inventory.facts_csv import Parts
from chimera_tui.services.inventory.units import parse_leading, parse_number, summarise_by_unit, unit_of

HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
BULLET = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(.*)")
_LONGEST_SEPARATOR = 10 * DEFAULTS.csv_width
"""Characters; the pattern takes 150 bytes of memory for each cell of a line."""
_SEPARATOR = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_CELL_END = re.compile(r"(?<!\\)\|")
_MARKS = re.compile(r"\*\*|__|`|(?<!\w)[*_]|[*_](?!\w)")
_DIGIT = re.compile(r"\d")
_KEY = re.compile(r"([^:=|]{1,80}?)\s*:\s+(.+)")


@dataclass(slots=True)
class _Page:
    headings: list[str] = field(default_factory=list)
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """By path, then by unit."""
    endless: int = 0

    def add(self, name: str, number: tuple[float, str], told: str) -> None:
        """One value under the present heading."""
        path = f"{self.headings[-1]} › {name}" if self.headings else name
        value, written = number
        if not math.isfinite(value):
            self.endless += 1
            return
        self.values.setdefault(path, {}).setdefault(written or told, []).append(value)


def read_markdown(text: str, limits: Limits = DEFAULTS) -> Parts:
    """Columns of tables become `heading › column`, bullets `heading › key`; code blocks are passed over."""
    lines = text.replace("\r\n", "\n").split("\n")
    page = _Page()
    _read_lines(lines, page)
    parts = Parts(rows=len(lines) - (not lines[-1]), names=tuple(page.headings))
    facts = [fact for path, values in page.values.items() for fact in summarise_by_unit(path, values, "")]
    most = limits.columns
    parts.fields = tuple(facts[:most])
    if len(facts) > most:
        parts.problems.append(f"{len(facts):,} different numbers: only the first {most:,} kept (limits.columns)")
    if wide := too_wide(lines):
        parts.problems.append(wide)
    if page.endless:
        parts.problems.append(f"{page.endless} numbers too large to hold, skipped")
    return parts


def _read_lines(lines: list[str], page: _Page) -> None:
    fence = ""
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        first = line.lstrip()[:1]  # most lines are of none of these kinds, and no pattern need say so
        if not first:
            continue
        opened = FENCE.match(line) if first in "`~" else None
        if fence:
            if opened and opened[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        elif opened:
            fence = opened[1]
        elif first == "#" and (heading := HEADING.fullmatch(line)):
            page.headings.append(plain(heading[2]))
        elif "|" in line and index < len(lines) and is_separator(lines[index]):
            index = _read_table(lines, index, page)
        elif (first in "-*+" or first.isdecimal()) and (bullet := BULLET.fullmatch(line)):
            _read_pair(bullet[1], page)
        elif first == "*" and line.lstrip().startswith("**"):
            _read_pair(line.strip(), page)


def is_separator(line: str) -> bool:
    """Whether it is the line below a table's head."""
    return (
        len(line) <= _LONGEST_SEPARATOR and "|" in line and "-" in line and _SEPARATOR.fullmatch(line) is not None
    )


def _read_table(lines: list[str], separator: int, page: _Page) -> int:
    """Take a table whose separator line is given; the index of the first line behind it."""
    columns = heads_of(lines[separator - 1], lines[separator])
    end = separator + 1
    while is_row(lines, end):
        end += 1
    rows = [cells_of(line) for line in lines[separator + 1 : end]]
    if len(columns) == 2 and all(parse_number(row[0]) is None for row in rows):
        # metric and value: the row says what it is, not the column
        for label, *cell in rows:
            _add_cells(page, [label], cell)
    else:
        for row in rows:
            _add_cells(page, columns, row)
    return end


def _add_cells(page: _Page, columns: list[str], cells: list[str]) -> None:
    for index, (column, cell) in enumerate(zip(columns, cells, strict=False), 1):
        number = parse_number(cell)
        if number is not None:
            page.add(column or f"column {index}", number, unit_of(column))


def is_row(lines: list[str], index: int) -> bool:
    """Whether a table goes on with this line; the head of another one does not."""
    if index >= len(lines) or "|" not in lines[index]:
        return False
    return index + 1 >= len(lines) or not is_separator(lines[index + 1])


def heads_of(line: str, separator: str) -> list[str]:
    """A table's columns; what stands before them on the line, where line ends were lost, is none of them."""
    cells = cells_of(line)
    return cells if line.lstrip().startswith("|") else cells[-len(cells_of(separator)) :]


def cells_of(line: str) -> list[str]:
    """The cells of a table's row without their marks."""
    inside = line.strip().removeprefix("|").removesuffix("|")
    most = DEFAULTS.csv_width
    cells = _CELL_END.split(inside, most) if "\\" in inside else inside.split("|", most)
    return [plain(cell) for cell in cells[:most]]


def too_wide(lines: list[str]) -> str:
    """What to say of a table with more cells in a row than `cells_of` gives; empty when there is none."""
    most = DEFAULTS.csv_width
    widest = max((line.count("|") for line in lines if len(line) > most), default=0)
    return f"rows of up to {widest:,} cells: only the first {most:,} read" if widest > most + 1 else ""


def _read_pair(text: str, page: _Page) -> None:
    colon = text.find(":")
    if colon < 0 or _DIGIT.search(text, colon) is None:
        return
    pair = _KEY.fullmatch(plain(text))
    if pair is None:
        return
    number = parse_leading(pair[2])
    if number is not None:
        page.add(pair[1].strip(), number, unit_of(pair[1]))


def plain(text: str) -> str:
    """Text without the marks of bold, italic and code."""
    if "*" in text or "_" in text or "`" in text:
        text = _MARKS.sub("", text)
    return text.replace("\\|", "|").strip()
