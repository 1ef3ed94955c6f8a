"""From figures to places in a picture: round ticks, one unit for a whole axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight axis."""

    low: float
    high: float
    start: float
    """Where `low` is drawn."""
    end: float
    ticks: tuple[float, ...]
    unit: str
    """Of the ticks' words."""
    divisor: float = 1.0
    decimals: int = 0
    """Of the ticks' words: as many as tell two of them apart."""

    def at(self, value: float) -> float:
        """Where a value is drawn."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def words(self, value: float) -> str:
        """A tick without its unit."""
        return f"{value / self.divisor:,.{self.decimals}f}"


def scale_of(values: Iterable[float], unit: str, start: float, end: float, ticks: int = 5) -> Scale:
    """Round bounds around all values; durations (`ns`) are told in what suits the largest."""
    known = list(values)
    low, high = min(known, default=0.0), max(known, default=1.0)
    if low == high:
        spread = abs(low) * 0.1 or 1.0
        low, high = low - spread, high + spread
    divisor, shown = _unit(max(abs(low), abs(high))) if unit == "ns" else (1.0, unit)
    told = _step((high - low) / divisor / ticks)
    step = told * divisor
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = tuple(place * step for place in range(first, last + 1))
    return Scale(marks[0], marks[-1], start, end, marks, shown, divisor, _decimals(told))


def _unit(largest: float) -> tuple[float, str]:
    return next(((size, name) for size, name in _UNITS if largest >= size), _UNITS[-1])


def _step(least: float) -> float:
    """The next round number."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))


def _decimals(step: float) -> int:
    """As few as write a step in full: 0 of 20, 1 of 0.5, 2 of 0.25."""
    return next((places for places in range(12) if math.isclose(round(step, places), step, rel_tol=1e-9)), 12)
