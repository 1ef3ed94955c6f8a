"""Whether a figure moves from run to run: slope by Theil and Sen, and Kendall's τ to tell it from chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chimera_tui.domain.comparison_text import p_words, percent_text
from chimera_tui.domain.formatting import sig3

FEWEST = 6
"""Of five values even a perfect order has p = 2/5! = 0.017."""
ALPHA = 0.003
"""A series has some forty figures: at 0.05 every other one would be said to drift by chance."""
LEAST_PERCENT = 2.0
"""From the first run to the last; what moves less is told as none, however steady."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Over time, in run order."""

    slope_per_run: float | None
    """Median of all slopes between two runs (Theil 1950, Sen 1968), in the figure's unit; None below two runs."""
    percent_per_run: float | None
    """The slope in per cent of the median; None where the median is 0."""
    p: float | None
    """Of Kendall's τ against the run's place, two-sided; None below six runs."""
    direction: Literal["rising", "falling", "none", "unknown"]
    words: str


def drift_of(places: Sequence[int], values: Sequence[float], median: float | None) -> Drift:
    """`places` are the runs' places in time, ascending; both sequences are of one length."""
    if len(values) < 2:
        return Drift(None, None, None, "unknown", "drift: too few runs to tell")
    from scipy.stats import kendalltau, theilslopes

    slope = float(theilslopes(values, places).slope)
    percent = 100 * slope / abs(median) if median else None
    if len(values) < FEWEST:
        return Drift(slope, percent, None, "unknown", f"drift: {len(values)} runs are too few to tell")
    if min(values) == max(values):
        return Drift(0.0, percent, 1.0, "none", "drift: none, every run gave the same value")
    p = float(kendalltau(places, values).pvalue)
    over = None if percent is None else percent * (places[-1] - places[0])
    if p >= ALPHA or slope == 0:
        words = f"drift: none that can be told from chance ({p_words(p)})"
        return Drift(slope, percent, p, "none", words)
    if over is not None and abs(over) < LEAST_PERCENT:
        words = f"drift: none that matters, {percent_text(abs(over))} % from first to last ({p_words(p)})"
        return Drift(slope, percent, p, "none", words)
    direction: Literal["rising", "falling"] = "rising" if slope > 0 else "falling"
    amount = sig3(abs(slope)) if percent is None else f"{percent_text(abs(percent))} %"
    whole = "" if over is None else f", {percent_text(abs(over))} % from first to last"
    words = f"drift: {direction} by {amount} a run{whole} ({p_words(p)}): the runs are not alike over time"
    return Drift(slope, percent, p, direction, words)
