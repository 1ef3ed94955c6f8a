"""A difference in words that claim no more than the numbers do."""

from __future__ import annotations

from typing import Literal

from chimera_tui.analysis.intervals import ALPHA, Interval
from chimera_tui.domain.comparison import ComparedMetric, Verdict

Better = Literal["more", "less", ""]
"""Which way a figure is good; empty where it is neither."""


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
    """E.g. `Agent A, decode rate: B is 4–9 % faster; with n = 6 each this is …`

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
            return f"interval and rank test do not agree (p = {p:.2g}): not settled"
        case "no difference":
            return f"no difference can be distinguished (p = {p:.2g}), which does not show that there is none"
        case _:
            return f"this is distinguishable from chance (p = {p:.2g})"


def _span(compared: ComparedMetric, better: Better) -> str:
    """`B is 4–9 % faster`, or `B is between 3 % slower and 5 % faster`; without an interval, what was seen."""
    up, down = _words(compared.metric, better)
    low, high, seen = compared.low_percent, compared.high_percent, compared.difference_percent
    if low is None or high is None:
        low = high = seen
    if low is None or high is None:
        return ""
    verb = "was" if compared.verdict == "unknown" else "is"
    if low == high == 0:
        return f"B {verb} the same"
    if low >= 0:
        return f"B {verb} {_range(low, high)} % {up}"
    if high <= 0:
        return f"B {verb} {_range(-high, -low)} % {down}"
    return f"B {verb} between {_number(-low)} % {down} and {_number(high)} % {up}"


def _words(metric: str, better: Better) -> tuple[str, str]:
    """What it is called when B's value is above A's, and when it is below."""
    if better == "more":
        return "faster", "slower"
    if metric.startswith("TTFT"):
        return "later", "sooner"
    if metric == "wall":
        return "longer", "shorter"
    return "higher", "lower"


def _range(low: float, high: float) -> str:
    first, second = _number(low), _number(high)
    return first if first == second else f"{first}–{second}"


def _number(value: float) -> str:
    """Whole from 10 on, else two figures."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}" if value >= 0.1 else f"{value:.1g}"
