"""Small plots of braille characters: two columns and four levels of dots per cell."""

from __future__ import annotations

from collections.abc import Sequence

BLANK = "⠀"
_BASE = 0x2800
_LEFT = (0x00, 0x40, 0x44, 0x46, 0x47)
_RIGHT = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
"""Dots of a cell's column when its lowest 0…4 are filled."""


def binned(points: Sequence[tuple[int, float | None]], bins: int, span_ns: int) -> list[float | None]:
    """The means of (time, value) points in equal bins over the last `span_ns`; a bin without a value is None.

    Bins stand on the clock, not on the newest point, so that what was drawn moves but does not change its shape.
    """
    if not points or bins <= 0:
        return [None] * max(0, bins)
    width = max(1, -(-span_ns // bins))
    last = points[-1][0] // width
    sums = [0.0] * bins
    counts = [0] * bins
    for at_ns, value in points:
        index = bins - 1 - (last - at_ns // width)
        if value is not None and 0 <= index < bins:
            sums[index] += value
            counts[index] += 1
    return [total / count if count else None for total, count in zip(sums, counts, strict=True)]


def bridged(values: Sequence[float | None], reach: int) -> list[float | None]:
    """Gaps of at most `reach` bins hold the value before: that bins are finer than the samples is no gap."""
    result = list(values)
    last = -1
    for index, value in enumerate(values):
        if value is None:
            continue
        if last >= 0 and 1 < index - last <= reach + 1:
            result[last + 1 : index] = [values[last]] * (index - last - 1)
        last = index
    return result


def plot(values: Sequence[float | None], low: float, high: float, height: int = 1) -> list[str]:
    """`height` lines, top first, of half as many cells as there are values, filled from below.

    A value at or below `low` still has the lowest dot, so that zero is not mistaken for a gap; None leaves its
    column empty.
    """
    levels = 4 * height
    reach = high - low
    filled = [0 if value is None else _level(value, low, reach, levels) for value in values]
    if len(filled) % 2:
        filled.insert(0, 0)
    lines: list[str] = []
    for row in range(height):
        floor = 4 * (height - 1 - row)
        cells = (
            _LEFT[min(4, max(0, left - floor))] | _RIGHT[min(4, max(0, right - floor))]
            for left, right in zip(filled[::2], filled[1::2], strict=True)
        )
        lines.append("".join(chr(_BASE + dots) for dots in cells))
    return lines


def _level(value: float, low: float, reach: float, levels: int) -> int:
    share = (value - low) / reach if reach > 0 else 0.0
    return max(1, min(levels, round(share * levels)))
