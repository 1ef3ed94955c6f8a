"""A difference in words that claim no more than the numbers do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chimera_tui.analysis.intervals import ALPHA, Interval
from chimera_tui.domain.comparison import ComparedMetric, Verdict
from chimera_tui.domain.comparison_text import factor_text, is_factor, p_words, percent_text

WAITS = ("TTFT", "first answer")
"""How the names of waits begin."""
GROUNDING = "grounding score"
"""What the share of supported numbers is called."""
Better = Literal["more", "less", ""]
"""Which way a figure is good; empty where it is neither."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What it is called when B's value is above A's, when it is below, and when it is a multiple."""

    up: str
    down: str
    times: str


def judge(interval: Interval | None, p: float | None, least: float, difference: float, better: Better) -> Verdict:
    """Interval and rank test have to agree: a difference needs both, no difference needs neither to show one.

    `least` is the smallest p that so many values can give: where it is not below 0.05, nothing can be told.
    """
    if interval is None or p is None or least >= ALPHA:
        return "unknown"
    apart = not interval.holds(0.0)
    if apart != (p < ALPHA):
        return "unknown"
    if not apart:
        return "no difference"
    if not better:
        return "different"
    return "better" if (difference > 0) == (better == "more") else "worse"


def sentence(compared: ComparedMetric, better: Better) -> str:
    """E.g. `Agent A, decode rate: B is 5.28 % faster (95 % interval 4.70–5.90 %); with n = 6 each this is …`

    What too few runs showed is told in the past tense: it is no claim.
    """
    metric, agent, n, m = compared.metric, compared.agent, len(compared.a), len(compared.b)
    subject = f"Agent {agent.upper()}, {metric}" if agent else f"{metric[:1].upper()}{metric[1:]}"
    if not n or not m:
        missing = " and ".join(side for side, values in (("A", n), ("B", m)) if not values)
        return f"{subject}: not reported by {missing}."
    span = _span(compared, better)
    count = f"n = {n} and {m}" if n != m else f"n = {n} each"
    ending = f"with {count} {_ending(compared)}"
    return f"{subject}: {span}; {ending}." if span else f"{subject}: {ending}."


def _ending(compared: ComparedMetric) -> str:
    p, least = compared.p, compared.least_p
    if compared.low is None or p is None or least is None or least >= ALPHA:
        return "that is too few to tell whether they differ"
    match compared.verdict:
        case "unknown":
            return f"interval and rank test do not agree ({p_words(p)}): not settled"
        case "no difference":
            return f"no difference can be distinguished ({p_words(p)}), which does not show that there is none"
        case _:
            return f"this is distinguishable from chance ({p_words(p)})"


def _span(compared: ComparedMetric, better: Better) -> str:
    """`B is 5.28 % faster (95 % interval 4.70–5.90 %)`, `B is 23.3× as fast (…)`, or, where the interval holds
    both, `B is between 3.00 % slower and 5.00 % faster`; without an interval, what was seen."""
    low, high, seen = compared.low_percent, compared.high_percent, compared.difference_percent
    if seen is None:
        return ""
    verb = "was" if compared.verdict == "unknown" else "is"
    words = _words(compared.metric, better)
    if low is None or high is None:
        return f"B {verb} {_amount(seen, words)}"
    if low < 0 < high:
        return f"B {verb} between {_amount(low, words)} and {_amount(high, words)}"
    if low == high == 0:
        return f"B {verb} the same"
    return f"B {verb} {_amount(seen, words)} (95 % interval {_bounds(seen, low, high)})"


def _words(metric: str, better: Better) -> _Words:
    if better == "more" and metric != GROUNDING:
        return _Words("faster", "slower", "as fast")
    if metric.startswith(WAITS):
        return _Words("later", "sooner", "as long")
    if metric == "wall":
        return _Words("longer", "shorter", "as long")
    return _Words("higher", "lower", "as high")


def _amount(percent: float, words: _Words) -> str:
    if percent == 0:
        return "the same"
    if is_factor(percent):
        return f"{factor_text(percent)}× {words.times}"
    return f"{percent_text(abs(percent))} % {words.up if percent > 0 else words.down}"


def _bounds(seen: float, low: float, high: float) -> str:
    """In the form of what was seen, without a sign: the word beside it tells which way."""
    if is_factor(seen):
        return f"{factor_text(low)}–{factor_text(high)}×"
    near, far = (low, high) if seen > 0 else (-high, -low)
    return f"{percent_text(near)}–{percent_text(far)} %"
