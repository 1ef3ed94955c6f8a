"""Tables that always fit: columns shrink by wrapping their cells, and give way to a list when there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len

from chimera_tui.tui.markdown.lines import Line, Span, styled
from chimera_tui.tui.markdown.wrap import BREAK, wrap

Cell = list[Span]
_SEPARATOR = " │ "
_LEAST = 4
"""Cells below which a column is not worth having."""

STACKED: tuple[int, ...] = ()
"""Instead of column widths: there is no room for columns, every cell has a line of its own."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table, its cells as spans; every row has as many cells as the head."""

    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    aligns: Sequence[str]
    """`left`, `right`, `center` or empty, per column."""
    style: str = ""


def column_widths(table: Table, width: int, *, with_slack: bool = False) -> tuple[int, ...]:
    """Natural widths when they fit, else whole words where they fit, and the rest shared; STACKED without room.

    With `with_slack` columns get half as much again where there is room, for rows that are still to come.
    """
    count = len(table.head)
    available = width - len(_SEPARATOR) * (count - 1)
    measured = [[_measure(row[column]) for row in (table.head, *table.rows)] for column in range(count)]
    natural = [max(1, *(line for line, _ in column)) for column in measured]
    if sum(natural) <= available:
        slack = _levelled([cells // 2 + 2 for cells in natural], available - sum(natural)) if with_slack else ()
        return tuple(cells + more for cells, more in zip_longest(natural, slack, fillvalue=0))
    if available < _LEAST * count:
        return STACKED
    words = [max(1, *(word for _, word in column)) for column in measured]
    if sum(words) > available:
        return tuple(_levelled(natural, available))
    more = _levelled([line - word for line, word in zip(natural, words, strict=True)], available - sum(words))
    return tuple(word + extra for word, extra in zip(words, more, strict=True))


def _measure(cell: Cell) -> tuple[int, int]:
    """Cells of the longest line and of the longest word."""
    text = "".join("\n" if span == BREAK else span[0] for span in cell)
    return max(map(cell_len, text.split("\n"))), max(map(cell_len, text.split()), default=0)


def _levelled(natural: Sequence[int], available: int) -> list[int]:
    """Narrow columns keep what they need; the rest share what is left evenly, leftmost first."""
    widths = [0] * len(natural)
    left = available
    by_need = sorted(range(len(natural)), key=lambda column: (natural[column], column))
    for position, column in enumerate(by_need):
        share = left // (len(by_need) - position)
        widths[column] = min(natural[column], share)
        left -= widths[column]
    return widths


def table_lines(table: Table, widths: tuple[int, ...], width: int, *, with_head: bool) -> list[Line]:
    """Lines of at most `width` cells. Without its head a table goes on where an earlier part of it stopped."""
    if widths == STACKED:
        return _stacked(table, width, with_head=with_head)
    bar = styled(table.style, "table")
    lines: list[Line] = []
    if with_head:
        lines += _row(table.head, table.aligns, widths, bar)
        lines.append(Line((("─┼─".join("─" * column for column in widths), bar),)))
    for row in table.rows:
        lines += _row(row, table.aligns, widths, bar)
    return lines


def _row(cells: Sequence[Cell], aligns: Sequence[str], widths: Sequence[int], bar: str) -> list[Line]:
    columns = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(1, *(len(column) for column in columns))
    last = len(columns) - 1
    lines = []
    for index in range(height):
        spans: list[Span] = []
        for position, column in enumerate(columns):
            spans += _padded(column[index] if index < len(column) else (), aligns[position], widths[position])
            if position < last:
                spans.append((_SEPARATOR, bar))
        if spans and not spans[-1][0].strip(" "):
            spans.pop()
        lines.append(Line(tuple(spans)))
    return lines


def _padded(spans: Sequence[Span], align: str, width: int) -> list[Span]:
    room = width - sum(cell_len(text) for text, _ in spans)
    before = room if align == "right" else room // 2 if align == "center" else 0
    parts: list[Span] = [(" " * before, ""), *spans, (" " * (room - before), "")]
    return [part for part in parts if part[0]]


def _stacked(table: Table, width: int, *, with_head: bool) -> list[Line]:
    lines: list[Line] = []
    rule = Line((("─" * width, styled(table.style, "table")),))
    for number, row in enumerate(table.rows):
        if number or not with_head:
            lines.append(rule)
        for name, cell in zip(table.head, row, strict=True):
            label: Cell = [*name, (": ", styled(table.style, "th"))] if name else []
            lines += [Line(spans) for spans in wrap([*label, *cell], width)]
    if not table.rows and with_head:
        lines += [Line(spans) for name in table.head for spans in wrap(name, width)]
    return lines
