"""How far each of several samples may lie behind the best one, for all of them at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chimera_tui.analysis.intervals import ALPHA

FEWEST_DF = 3
"""Of fewer degrees of freedom the spread is not known well enough for any bound."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of all samples together, relative to their means."""

    variation: float
    """√(Σ(value / mean − 1)² / degrees of freedom): a coefficient of variation, pooled."""
    df: int


def pooled(samples: Sequence[Sequence[float]]) -> Spread | None:
    """None for too few values, and unless every mean is above 0."""
    df = sum(len(sample) - 1 for sample in samples if sample)
    means = [sum(sample) / len(sample) for sample in samples if sample]
    if df < FEWEST_DF or any(mean <= 0 or not math.isfinite(mean) for mean in means):
        return None
    squares = sum(
        (value / mean - 1) ** 2
        for sample, mean in zip((sample for sample in samples if sample), means, strict=True)
        for value in sample
    )
    return Spread(math.sqrt(squares / df), df)


def ratio_bounds(
    best: Sequence[float], other: Sequence[float], spread: Spread, samples: int
) -> tuple[float, float]:
    """95 % interval of `mean(other) / mean(best)`, right for all pairs of so many samples at once.

    ln of the ratio ± t · v · √(1/n + 1/m): Student's t at 0.05 shared among all pairs (Bonferroni), since the best
    is one of many that was picked for its mean; v is the spread of all samples together or, where it is larger,
    that of these two.
    """
    from scipy.special import stdtrit

    n, m = len(best), len(other)
    own = pooled((best, other))
    variation = max(spread.variation, own.variation if own is not None else 0.0)
    t = -float(stdtrit(spread.df, ALPHA / math.comb(samples, 2) / 2))
    middle = math.log((sum(other) / m) / (sum(best) / n))
    reach = t * variation * math.sqrt(1 / n + 1 / m)
    return math.exp(middle - reach), math.exp(middle + reach)
