"""Every number of a Markdown file that has a name: in tables, in `key: value` pairs, behind `key=`."""

from __future__ import annotations

import re

from chimera_tui.services.inventory.facts_markdown import (
    FENCE,
    HEADING,
    cells_of,
    heads_of,
    is_row,
    is_separator,
    plain,
    too_wide,
)
from chimera_tui.services.inventory.numbers_found import LONGEST_LABEL, Harvest
from chimera_tui.services.inventory.numbers_tables import TableKind, kind_of_table, row_label
from chimera_tui.services.inventory.numbers_written import HAS_DIGIT, leading_numbers, numbers_in
from chimera_tui.services.inventory.units import cell_unit, unit_of

_PIECES = re.compile(
    r"\s(?=#{2,6}\s+\S)"
    r"|\s(?=[-•]\s+(?:\*\*)?[^-:=|#]{1,60}[:=])"
    r"|\s\|\s"
    r"|\s(?=\*\*[^*:]{1,80}(?::\*\*|\*\*:))"
)
"""Where another heading, bullet or bold key begins on the same line, as when line ends were lost."""
_TAIL_HEADING = re.compile(r"\s(#{2,6})\s+([^#|]{1,120})\s*$")
_BULLET = re.compile(r"(\s*)(?:[-*+•]|\d+[.)])\s+(.*)")
_ASSIGNED = re.compile(r"(?<![\w./%-])([A-Za-z_][\w./%-]{0,60})\s?[=≈]\s?(?=[~<>≥≤+-]{0,2}\.?\d)")
_LONGEST_ASSIGNED = 40
_LONGEST_KEY = 80
_DATE_IN_WORDS = re.compile(
    r"\b(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+)?(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
    r"\s+(?:(?P<day2>\d{1,2})(?:st|nd|rd|th)?,?\s+)?(?P<year>20\d\d)\b"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def harvest_markdown(text: str, harvest: Harvest) -> None:
    """Cells become `heading › column`, or `heading › metric` where rows name metrics; pairs `heading › key`.

    Places are lines from 1. Code blocks are read for pairs only.
    """
    harvest.stamp(text)
    _dates_in_words(text, harvest)
    lines = text.replace("\r\n", "\n").split("\n")
    harvest.say(too_wide(lines))
    page = _Page(harvest, lines)
    page.read()


def _dates_in_words(text: str, harvest: Harvest) -> None:
    for match in _DATE_IN_WORDS.finditer(text):
        day = int(match["day2"] or match["day"] or 0)
        if 1 <= day <= 31:
            month = _MONTHS.index(match["month"].lower()) + 1
            harvest.stamp(f"{match['year']}-{month:02d}-{day:02d}")


class _Page:
    """One document as its lines go by."""

    def __init__(self, harvest: Harvest, lines: list[str]) -> None:
        self._harvest = harvest
        self._lines = lines
        self._headings: list[tuple[int, str]] = []
        """The present heading and those above it, with their levels."""
        self._bullets: list[tuple[int, str]] = []
        """The bullets around, with their indents."""

    def read(self) -> None:
        """All lines, once each."""
        fence, index, lines = "", 0, self._lines
        while index < len(lines):
            line = lines[index]
            index += 1
            first = line.lstrip()[:1]
            if not first:
                continue
            opened = FENCE.match(line) if first in "`~" else None
            if fence:
                if opened and opened[1].startswith(fence) and not line.strip(" `~"):
                    fence = ""
                else:
                    bullet = _BULLET.fullmatch(line)
                    self._text(bullet[2] if bullet else line.strip(), index)
            elif opened:
                fence = opened[1]
            elif "|" in line and index < len(lines) and is_separator(lines[index]):
                index = self._table(index)
            else:
                self._line(line, index)

    # ---- headings, bullets and pairs -------------------------------------------------------------------

    def _line(self, line: str, number: int) -> None:
        bullet = _BULLET.fullmatch(line)
        if bullet is not None:
            self._bullet(len(bullet[1].expandtabs()), bullet[2])
            line = bullet[2]
        elif not line[:1].isspace():
            self._bullets.clear()
        for piece in _PIECES.split(line):
            heading = HEADING.fullmatch(piece)
            if heading is not None:
                self._heading(len(heading[1]), plain(heading[2]))
                continue
            self._text(piece.strip().removeprefix("- ").removeprefix("• "), number)

    def _heading(self, level: int, text: str) -> None:
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, text))
        self._bullets.clear()

    def _bullet(self, indent: int, text: str) -> None:
        while self._bullets and self._bullets[-1][0] >= indent:
            self._bullets.pop()
        self._bullets.append((indent, _head_of(plain(text))))

    def _text(self, text: str, number: int) -> None:
        """A line or a piece of one: what is assigned in it, or its key and value."""
        text = plain(text)
        if not HAS_DIGIT(text):
            return
        key, value = _pair(text)
        assigned = list(_ASSIGNED.finditer(value or text))
        for match in assigned:
            start = match.end()
            for one in numbers_in((value or text)[start : start + _LONGEST_ASSIGNED])[:1]:
                self._add(match[1], one, number, [key])
        if key and not assigned:
            for one in leading_numbers(value):
                self._add(key, one, number, [])

    def _add(self, name: str, one: tuple[float, str], number: int, texts: list[str]) -> None:
        value, written = one
        field = self._harvest.field(self._path(name), written or unit_of(name))
        around = [text for _, text in reversed(self._bullets[:-1])]
        self._harvest.add(field, value, number, self._harvest.label([*texts, *around, *self._above()]))

    def _path(self, name: str) -> str:
        return f"{self._headings[-1][1]} › {name}" if self._headings else name

    def _above(self) -> list[str]:
        """The headings above the present one, the nearest first."""
        return [text for _, text in reversed(self._headings[:-1])]

    # ---- tables ----------------------------------------------------------------------------------------

    def _table(self, separator: int) -> int:
        """Take a table whose separator line is given; the index of the first line behind it."""
        lines = self._lines
        before, bar, _ = lines[separator - 1].partition("|")
        if bar and before.strip():
            self._line(before, separator)
        columns = heads_of(lines[separator - 1], lines[separator])
        end = separator + 1
        while is_row(lines, end):
            end += 1
        rows = [cells_of(line) for line in lines[separator + 1 : end]]
        kind = kind_of_table(columns, rows)
        label: list[str] = []
        for number, row in enumerate(rows, start=separator + 2):
            label = row_label(row, label)
            self._row(kind, columns, row, label, number)
        tail = _TAIL_HEADING.search(lines[end - 1]) if end > separator + 1 else None
        if tail is not None:
            self._heading(len(tail[1]), plain(tail[2]))
        return end

    def _row(self, kind: TableKind, columns: list[str], row: list[str], label: list[str], number: int) -> None:
        harvest = self._harvest
        metric = label[0] if label else ""
        texts = harvest.label([*label[kind.rows_are_metrics :], *self._above()])
        told = cell_unit(row[kind.unit_column]) if 0 <= kind.unit_column < len(row) else ""
        for index, (column, cell) in enumerate(zip(columns, row, strict=False)):
            numbers = leading_numbers(cell)
            if not numbers or (kind.rows_are_metrics and index == 0):
                continue
            column = column or f"column {index + 1}"
            name, unit = column, unit_of(column)
            if kind.rows_are_metrics:
                name = f"{metric} › {column}" if kind.several_values else metric
                unit = unit_of(metric) or unit
            for value, written in numbers:
                field = harvest.field(self._path(name), written or unit or told)
                harvest.add(field, value, number, texts)


def _pair(text: str) -> tuple[str, str]:
    """Key and value of `key: value` or `key = value`, both empty when it is neither."""
    for mark in (": ", " = "):
        key, found, value = text.partition(mark)
        key = key.strip(" \t\"'")
        if found and len(key) <= _LONGEST_KEY and "|" not in key and any(c.isalpha() for c in key):
            return key, value.strip()
    return "", ""


def _head_of(text: str) -> str:
    """What a bullet is about: its key, or all of it when it is short."""
    head = (_pair(text)[0] or text).rstrip(":")
    return head if len(head) <= LONGEST_LABEL else ""
