"""What a comparison of two runs, or groups of runs, found: plain rows for the wire and the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["tok/s", "ns", "tokens", "J", ""]
Verdict = Literal["better", "worse", "different", "no difference", "unknown"]
"""Of B against A: `no difference` when the interval holds 0, `unknown` when there are too few values to tell."""


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """One figure on both sides; the difference is of B against A, in per cent of A."""

    metric: str
    """E.g. `decode rate` or `TTFT`."""
    agent: str
    """`a`, `b`, or empty for a figure of the whole run."""
    unit: Unit
    a: tuple[float, ...]
    """One value per run that had one."""
    b: tuple[float, ...]
    a_mean: float | None
    b_mean: float | None
    difference_percent: float | None = None
    low_percent: float | None = None
    """95 % interval of the difference; None when there are too few runs."""
    high_percent: float | None = None
    p: float | None = None
    """Mann-Whitney, two-sided."""
    verdict: Verdict = "unknown"
    words: str = ""
    """The verdict as a sentence."""
    difference: float | None = None
    """Mean of B less mean of A, in the unit."""
    low: float | None = None
    """95 % interval of it."""
    high: float | None = None
    least_p: float | None = None
    """The smallest p that so many values can give."""


@dataclass(frozen=True, slots=True)
class SettingDifference:
    """A setting, or a fact of the surroundings, that is not the same on both sides."""

    name: str
    a: str
    b: str
    agent: str = ""
    equal_in_effect: str = ""
    """What both sides come to, for a setting that was only asked for otherwise; empty for a real difference."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A run that was asked for and does not count."""

    run_id: str
    side: Literal["a", "b"]
    why: str


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """A is what B is compared with."""

    a_runs: tuple[str, ...]
    """Runs that count, oldest first."""
    b_runs: tuple[str, ...]
    headline: tuple[str, ...]
    """The verdict in words, one sentence each, the most important first."""
    metrics: tuple[ComparedMetric, ...]
    settings: tuple[SettingDifference, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    cautions: tuple[str, ...] = ()
    """What can not be concluded, and why."""
