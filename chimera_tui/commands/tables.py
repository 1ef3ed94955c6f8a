"""Tables of plain text for a terminal of any width: what is too wide goes on below, and no figure is torn."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Sequence

GAP = "  "
_LEAST_TEXT = 24
"""Cells that folded text needs; with less the columns go on below."""
_OWN_LINE = "    "

Row = Sequence[str]


def table_lines(
    rows: Sequence[Row], *, right: Collection[int] = (), keys: int | None = None, width: int | None = None
) -> Iterator[str]:
    """The rows as lines, the columns in `right` set to the right; all on one line without a `width`.

    Where that is too narrow, a last column of text is folded at its words. Otherwise the columns that do not fit
    go on in a further block, which begins with the first `keys` columns as well; by default those before the
    first of `right`.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if width is None or _total(widths) <= width:
        yield from (_line(row, widths, right) for row in rows)
        return
    last = len(widths) - 1
    room = width - _total(widths[:last]) - len(GAP)
    if last not in right and room >= _LEAST_TEXT:
        for row in rows:
            yield from _folded(row, [*widths[:last], room], right)
        return
    kept = min(right, default=1) if keys is None else keys
    for number, columns in enumerate(_blocks(widths, kept, width)):
        if number:
            yield ""
        placed = [place for place, column in enumerate(columns) if column in right]
        for row in rows:
            yield _line([row[column] for column in columns], [widths[column] for column in columns], placed)


def fitting(widths: Sequence[int], ranks: Sequence[int], width: int | None) -> list[int]:
    """The columns that fit beside each other, those of the smallest rank first; every one without a `width`."""
    kept: list[int] = []
    for column in sorted(range(len(widths)), key=lambda column: ranks[column]):
        if width is None or _total([widths[each] for each in [*kept, column]]) <= width:
            kept.append(column)
    return sorted(kept)


def _blocks(widths: Sequence[int], keys: int, width: int) -> Iterator[list[int]]:
    """Columns of each block; one that is too wide by itself has a block of its own."""
    first = list(range(keys))
    block = list(first)
    for column in range(keys, len(widths)):
        if len(block) > keys and _total([widths[each] for each in [*block, column]]) > width:
            yield block
            block = list(first)
        block.append(column)
    yield block


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _line(cells: Row, widths: Sequence[int], right: Collection[int]) -> str:
    parts = [
        cell.rjust(width) if column in right else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return GAP.join(parts).rstrip()


def _folded(cells: Row, widths: Sequence[int], right: Collection[int]) -> Iterator[str]:
    """A word that is longer than the column, a path or a digest, stays whole on a line of its own."""
    *before, text = cells
    if max(map(len, text.split()), default=0) > widths[-1]:
        yield _line(before, widths[:-1], right)
        yield _OWN_LINE + text
        return
    for number, part in enumerate(textwrap.wrap(text, widths[-1], break_on_hyphens=False) or [""]):
        yield _line([*(before if number == 0 else [""] * len(before)), part], widths, right)
