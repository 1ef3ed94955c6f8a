"""Lines of braille dots through points, and letters at points; two columns and four rows of dots per cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Point = tuple[int, float]
Mark = tuple[int, float, str]
"""(x, value, letter)."""
Span = tuple[float, float]
"""Both ends, the first below the other."""

_BASE = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Of a cell, by row and column of dots."""
SEVERAL = "*"
"""Where letters that differ fall into one cell."""


def span_of(values: Iterable[float]) -> Span:
    """From the least to the most, never empty: one value stands in the middle of its span."""
    known = list(values)
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low == high:
        room = abs(low) * 0.05 or 1.0
        return low - room, high + room
    return low, high


def line_plot(points: Sequence[Point], across: Span, up: Span, width: int, height: int) -> list[str]:
    """`height` lines of `width` cells, top first, with a line from each point to the next; `points` in order of x.

    What lies beyond the spans is left out.
    """
    cells = [[0] * width for _ in range(height)]

    def dot(x: int, y: int) -> None:
        cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]

    before: tuple[int, int] | None = None
    for place in _places(points, across, up, 2 * width, 4 * height):
        for x, y in _between(before, place):
            dot(x, y)
        before = place
    return ["".join(chr(_BASE + dots) for dots in row) for row in cells]


def _places(points: Sequence[Point], across: Span, up: Span, width: int, height: int) -> Iterable[tuple[int, int]]:
    """Where the points stand in the dots, without repetitions."""
    last: tuple[int, int] | None = None
    for x, value in points:
        if across[0] <= x <= across[1] and up[0] <= value <= up[1]:
            place = (_place(x, across, width), height - 1 - _place(value, up, height))
            if place != last:
                yield place
            last = place


def _place(value: float, span: Span, size: int) -> int:
    # halved first: the distance of two large values may overflow
    share = (value / 2 - span[0] / 2) / (span[1] / 2 - span[0] / 2)
    return min(size - 1, max(0, round(share * (size - 1))))


def _between(before: tuple[int, int] | None, place: tuple[int, int]) -> Iterable[tuple[int, int]]:
    """All dots behind `before` up to `place`."""
    if before is None:
        return [place]
    (x0, y0), (x1, y1) = before, place
    steps = max(abs(x1 - x0), abs(y1 - y0))
    return [(x0 + (x1 - x0) * step // steps, y0 + (y1 - y0) * step // steps) for step in range(1, steps + 1)]


def mark_plot(marks: Sequence[Mark], across: Span, up: Span, width: int, height: int) -> list[str]:
    """The same with a letter at each point and no line."""
    cells = [[" "] * width for _ in range(height)]
    for x, value, letter in marks:
        if across[0] <= x <= across[1] and up[0] <= value <= up[1]:
            column, row = _place(x, across, width), height - 1 - _place(value, up, height)
            here = cells[row][column]
            cells[row][column] = letter if here in (" ", letter) else SEVERAL
    return ["".join(row) for row in cells]
