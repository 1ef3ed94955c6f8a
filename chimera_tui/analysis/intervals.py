"""What a sample lets be said of the mean, and two samples of each other: bootstrap intervals and the rank test."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

CONFIDENCE = 0.95
ALPHA = 1 - CONFIDENCE
RESAMPLES = 9_999
SEED = 20_251_113
"""The same data give the same interval, whoever computes it."""
FEWEST_FOR_INTERVAL = 3
_BATCH_VALUES = 2_000_000
_EXACT_ARRANGEMENTS = 20_000
_EXACT_VALUES = 50
"""Up to so many values on either side the exact distribution of U is counted out."""

Statistic = Callable[..., Any]
"""Takes one array per sample and `axis`; gives one array."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % confidence interval."""

    low: float
    high: float
    method: Literal["BCa", "percentile", "constant"]
    """`constant`: every sample is one value repeated, so that resampling says nothing."""

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class RankTest:
    """Mann-Whitney, two-sided."""

    p: float
    method: Literal["exact", "permutations", "asymptotic"]
    """`permutations` counts every arrangement out where values are tied."""


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Of the mean. None below three values, and where the numbers leave the floating range."""
    return bootstrap((values,), lambda x, axis: x.mean(axis=axis))


def difference_interval(first: Sequence[float], second: Sequence[float]) -> Interval | None:
    """Of `mean(second) − mean(first)`, in the unit of the values."""
    return bootstrap((first, second), lambda x, y, axis: y.mean(axis=axis) - x.mean(axis=axis))


def ratio_interval(first: Sequence[float], second: Sequence[float]) -> Interval | None:
    """Of `mean(second) / mean(first)`; None as well unless every value of the first is above 0."""
    if any(value <= 0 for value in first):
        return None
    return bootstrap((first, second), lambda x, y, axis: y.mean(axis=axis) / x.mean(axis=axis))


def bootstrap(samples: Sequence[Sequence[float]], statistic: Statistic) -> Interval | None:
    """Resample each sample on its own. BCa (Efron 1987) where it is defined, else percentiles.

    None when a sample has fewer than three values. The order of the values does not matter.
    """
    if any(len(sample) < FEWEST_FOR_INTERVAL for sample in samples):
        return None
    ordered = tuple(sorted(sample) for sample in samples)
    if all(sample[0] == sample[-1] for sample in ordered):
        return _constant(ordered, statistic)
    for method in ("BCa", "percentile"):
        low, high = _resampled(ordered, statistic, method)
        if math.isfinite(low) and math.isfinite(high):
            return Interval(low, high, "BCa" if method == "BCa" else "percentile")
    return None


def _constant(samples: Sequence[Sequence[float]], statistic: Statistic) -> Interval | None:
    # percentiles of equal values are interpolated, and may differ in the last digit, either way round
    low, high = sorted(_resampled([[sample[0]] * 2 for sample in samples], statistic, "percentile"))
    return Interval(low, high, "constant") if math.isfinite(low) and math.isfinite(high) else None


def _resampled(samples: Sequence[Sequence[float]], statistic: Statistic, method: str) -> tuple[float, float]:
    from scipy.stats import bootstrap as resample

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # degenerate data, overflow: told by a bound that is not finite
        found = resample(
            samples,
            statistic,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=max(1, _BATCH_VALUES // max(map(len, samples))),
            confidence_level=CONFIDENCE,
            method=method,
            random_state=SEED,
        ).confidence_interval
    return float(found.low), float(found.high)


def rank_test(first: Sequence[float], second: Sequence[float]) -> RankTest | None:
    """Whether one of two samples tends to lie above the other. None when one is empty."""
    if not first or not second:
        return None
    from scipy.stats import PermutationMethod, mannwhitneyu

    everything = [*first, *second]
    if min(everything) == max(everything):
        return RankTest(1.0, "permutations")
    if min(len(first), len(second)) == 1:
        return RankTest(_p_of_one(first[0] if len(first) == 1 else second[0], everything), "permutations")
    tied = len(set(everything)) < len(everything)
    method: Literal["exact", "permutations", "asymptotic"] = "asymptotic"
    how: object = "asymptotic"
    if tied and math.comb(len(everything), len(first)) <= _EXACT_ARRANGEMENTS:
        method, how = "permutations", PermutationMethod(n_resamples=_EXACT_ARRANGEMENTS)
    elif not tied and max(len(first), len(second)) <= _EXACT_VALUES:
        method = how = "exact"
    found = mannwhitneyu(first, second, alternative="two-sided", method=how)
    return RankTest(min(1.0, float(found.pvalue)), method)


def _p_of_one(single: float, everything: Sequence[float]) -> float:
    """Any of the values could have been the one that stands alone; SciPy counts from two values on."""
    below = sum(value <= single for value in everything)
    above = sum(value >= single for value in everything)
    return min(1.0, 2 * min(below, above) / len(everything))


def least_p(first: int, second: int) -> float:
    """The smallest p that the two-sided rank test can give for samples of these sizes, none of them tied:
    2 of all arrangements are as extreme as it gets. 1 when one is empty."""
    return min(1.0, 2 / math.comb(first + second, first)) if first and second else 1.0
