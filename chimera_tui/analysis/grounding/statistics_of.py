"""What values come to: mean, extremes, median and spread."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of at least one value."""

    count: int
    min: float
    max: float
    mean: float
    median: float
    stdev: float
    """Of the sample, with n − 1; 0 for a single value, infinite beyond what a float holds."""
    pstdev: float
    """Of the values as they are, with n."""


def statistics_of(values: Iterable[float]) -> Statistics:
    """Raises ValueError for no values. By deviations from the mean, summed without loss."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("statistics of no values")
    count = len(ordered)
    low, high = ordered[0], ordered[-1]
    try:
        mean = min(max(math.fsum(ordered) / count, low), high)
    except OverflowError:
        mean = min(max(math.fsum(value / count for value in ordered), low), high)
    middle = count // 2
    median = ordered[middle] if count % 2 else ordered[middle - 1] / 2 + ordered[middle] / 2
    try:
        squares = math.fsum((value - mean) ** 2 for value in ordered)
    except OverflowError:
        squares = math.inf
    sample = math.sqrt(squares / (count - 1)) if count > 1 else 0.0
    return Statistics(count, low, high, mean, median, sample, math.sqrt(squares / count))
