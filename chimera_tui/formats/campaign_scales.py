"""From figures to places in a picture: round ticks, one unit for a whole axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from chimera_tui.domain.formatting import sig3

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

    def at(self, value: float) -> float:
        """Where a value is drawn."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def words(self, value: float) -> str:
        """A tick without its unit."""
        shown = value / self.divisor
        return sig3(shown) if shown != round(shown) or abs(shown) >= 1_000 else f"{shown:.0f}"


def scale_of(values: Iterable[float], unit: str, start: float, end: float, ticks: int = 5) -> Scale:
    """Round bounds around all values; durations (`ns`) are told in what suits the largest."""
    known = list(values)
    low, high = min(known, default=0.0), max(known, default=1.0)
    if low == high:
        spread = abs(low) * 0.1 or 1.0
        low, high = low - spread, high + spread
    divisor, shown = _unit(max(abs(low), abs(high))) if unit == "ns" else (1.0, unit)
    step = _step((high - low) / divisor / ticks) * divisor
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = tuple(place * step for place in range(first, last + 1))
    return Scale(marks[0], marks[-1], start, end, marks, shown, divisor)


def _unit(largest: float) -> tuple[float, str]:
    return next(((size, name) for size, name in _UNITS if largest >= size), _UNITS[-1])


def _step(least: float) -> float:
    """The next round number."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))
