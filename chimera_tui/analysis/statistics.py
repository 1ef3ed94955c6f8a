"""One figure over several runs: what describes it, and what so few runs do not let be said."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chimera_tui.analysis.drift import Drift, drift_of
from chimera_tui.analysis.intervals import FEWEST_FOR_INTERVAL, Interval, least_p, mean_interval
from chimera_tui.analysis.outliers import Outlier, outliers_of
from chimera_tui.domain.formatting import sig3

FEWEST_RUNS = 6
"""Below so many, `Description.caution` says what can not be concluded."""
FEWEST_FOR_P95 = 20
FEWEST_FOR_P99 = 100
"""A percentile that lies beyond the last but one value is that value's, not the distribution's."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure of several runs."""

    metric: str
    unit: str
    """`tok/s`, `ns`, `tokens`, `J/token`."""
    values: tuple[float | None, ...]
    """In run order, None where a run did not report it."""
    run_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """Of the values that were reported; None is what so few of them do not tell."""

    n: int
    not_reported: int
    """None, NaN and infinite values; they enter nothing."""
    mean: float | None
    sd: float | None
    """Of the sample (n − 1)."""
    median: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    min: float | None
    max: float | None
    variation: float | None
    """Coefficient of variation, sd / mean; None unless the mean is above 0."""
    interval: Interval | None
    """95 %, of the mean; None below three values."""
    drift: Drift
    outliers: tuple[Outlier, ...]
    """By their places in the values as given; they are in every figure above."""
    caution: str
    """What can not be concluded; empty from six values on."""


def describe(values: Sequence[float | None]) -> Description:
    """All that one figure over runs tells. `values` are in run order."""
    places = [place for place, value in enumerate(values) if value is not None and math.isfinite(value)]
    known = [float(value) for value in values if value is not None and math.isfinite(value)]
    n = len(known)
    mean = _mean(known)
    sd = statistics.stdev(known) if n >= 2 else None
    median = percentile(known, 50)
    return Description(
        n=n,
        not_reported=len(values) - n,
        mean=mean,
        sd=sd,
        median=median,
        p50=median,
        p95=percentile(known, 95) if n >= FEWEST_FOR_P95 else None,
        p99=percentile(known, 99) if n >= FEWEST_FOR_P99 else None,
        min=min(known, default=None),
        max=max(known, default=None),
        variation=sd / mean if sd is not None and mean is not None and mean > 0 else None,
        interval=mean_interval(known),
        drift=drift_of(places, known, median),
        outliers=tuple(replace(each, place=places[each.place]) for each in outliers_of(known)),
        caution=caution_for(n),
    )


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Linear between neighbours (Hyndman and Fan's type 7, as NumPy does it); None of no values."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    share = place - below
    return ordered[below] if share == 0 else ordered[below] * (1 - share) + ordered[above] * share


def caution_for(n: int) -> str:
    """What so few runs do not let be concluded; empty from six on."""
    if n >= FEWEST_RUNS:
        return ""
    if n == 0:
        return "no run reported it"
    if n == 1:
        return "one run: neither spread nor interval; the next one may differ by any amount"
    if n < FEWEST_FOR_INTERVAL:
        return "two runs: no interval, and no difference to another group can be shown"
    least = least_p(n, n)
    reach = (
        f"against another {n} no difference can be shown (p is at least {sig3(least)})"
        if least >= 0.05
        else f"against another {n} p is at least {sig3(least)}"
    )
    return f"{n} runs: the interval is rough, most likely too narrow; {reach}; drift and outliers are hard to see"


def _mean(values: Sequence[float]) -> float | None:
    """Between the least and the most, whatever rounding does."""
    return min(max(statistics.fmean(values), min(values)), max(values)) if values else None
