"""Values that lie far off the others: told with value and distance, never dropped, and seldom by chance."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 5
"""Below so many, no value lies far off: a run of three may be the ordinary one."""
ALPHA = 0.001
"""Of samples of normal noise, at most so many have any outlier: a series has some forty figures."""
LEAST_SHARE = 0.05
"""What is nearer to the others' median than this share of it is no outlier, however alike the others are."""
_RUNS_EACH = 5
"""One outlier is looked for per so many values, at least one: two of six are no oddity but another state."""


@dataclass(frozen=True, slots=True)
class Outlier:
    """One value that lies far off; it is in every figure all the same."""

    place: int
    """In the values as given, from 0."""
    value: float
    others: float
    """Median of the values that do not lie far off."""
    percent: float | None
    """From `others` to the value, in per cent of `others`; None where that is 0."""


def outliers_of(values: Sequence[float]) -> tuple[Outlier, ...]:
    """In the values' order; none below five values.

    Generalised extreme Studentised deviates (Grubbs 1969 for one, Rosner 1983 for several): a value is far off
    where the others would hold a further one of their kind so far out in fewer than 1 of 1,000 samples.
    """
    if len(values) < FEWEST:
        return ()
    left = list(range(len(values)))
    taken: list[int] = []
    far = 0
    for _ in range(max(1, len(values) // _RUNS_EACH)):
        middle = statistics.fmean(values[place] for place in left)
        odd = max(left, key=lambda place: abs(values[place] - middle))
        left.remove(odd)
        taken.append(odd)
        if _is_beyond(values[odd], [values[place] for place in left]):
            far = len(taken)
    others = statistics.median([value for place, value in enumerate(values) if place not in taken[:far]])
    found = sorted(place for place in taken[:far] if abs(values[place] - others) > LEAST_SHARE * abs(others))
    return tuple(Outlier(place, values[place], others, _percent(values[place], others)) for place in found)


def _is_beyond(value: float, others: Sequence[float]) -> bool:
    """Outside of where a further value of the others' kind is expected; the farthest of all was picked, so that
    the share of error is split among them and both ends."""
    from scipy.special import stdtrit

    n = len(others) + 1
    limit = float(stdtrit(n - 2, 1 - ALPHA / (2 * n))) * math.sqrt(1 + 1 / len(others))
    return abs(value - statistics.fmean(others)) > limit * statistics.stdev(others)


def _percent(value: float, others: float) -> float | None:
    return 100 * (value - others) / abs(others) if others else None
