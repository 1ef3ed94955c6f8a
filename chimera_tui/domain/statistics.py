"""What repeats tell: plain rows for the wire and the screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outlier:
    """A value that lies far off; it counts in every figure all the same."""

    run_id: str
    value: float
    percent: float | None
    """How far from the median of the others, in per cent of that; None where it is 0."""


@dataclass(frozen=True, slots=True)
class FigureStatistics:
    """One figure of one agent, or of whole runs, over the runs that count; None is what so few do not tell."""

    metric: str
    """E.g. `decode rate` or `TTFT, report`."""
    agent: str
    """`a`, `b`, or empty for a figure of the whole run."""
    unit: str
    """`tok/s`, `ns`, `tokens`, `J/token`."""
    n: int
    """Values that were reported."""
    mean: float | None
    sd: float | None
    """Of the sample (n − 1)."""
    median: float | None
    variation: float | None
    """Coefficient of variation, sd / mean."""
    low: float | None
    """95 % interval of the mean, bootstrapped."""
    high: float | None
    min: float | None
    max: float | None
    drift: str = ""
    """In words when the figure moves from run to run beyond chance, else empty."""
    outliers: tuple[Outlier, ...] = ()


@dataclass(frozen=True, slots=True)
class Itl:
    """Inter-token latency of one agent, over the gaps of all its answers; None is what so few do not tell."""

    agent: str
    gaps: int
    mean_ns: float | None
    p50_ns: float | None
    p95_ns: float | None
    p99_ns: float | None
    max_ns: float | None


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A run of the series that no figure holds."""

    run_id: str
    why: str


@dataclass(frozen=True, slots=True)
class StatisticsView:
    """Of a series; of a single run there is the latency between its tokens and nothing else."""

    run_ids: tuple[str, ...]
    """Runs that count, oldest first."""
    itl: tuple[Itl, ...]
    figures: tuple[FigureStatistics, ...] = ()
    warmup_ids: tuple[str, ...] = ()
    """Kept apart: in no figure."""
    left_out: tuple[NotCounted, ...] = ()
    flagged: int = 0
    """Runs that something disturbed, whether they count or not."""
    caution: str = ""
    """What so few runs do not let be concluded; empty from six on."""
    remarks: tuple[str, ...] = ()
    """A sentence each: what the runs mix, drift, values far off, in how many figures that was looked for."""
