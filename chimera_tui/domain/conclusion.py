"""What a campaign's runs tell: plain values for the wire, the screen and whatever is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chimera_tui.domain.campaign import CampaignMetric
from chimera_tui.domain.campaign_view import CellFigure
from chimera_tui.domain.statistics import NotCounted

FigureUnit = Literal["tok/s", "ns", ""]
"""Without a unit: a share of 1."""
Standing = Literal["worse", "alike", "not settled"]
"""Of a cell against the best. Worse: interval and rank test both say so. Alike: neither does, which does not show
that there is no difference. Not settled: only one does, or there are too few runs to tell."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval; None is what so few values do not tell."""

    n: int
    mean: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class CellFailure:
    """A run that failed; it is in no figure."""

    run_id: str
    code: str
    """Of its error, e.g. `load_failed`; `interrupted` when the daemon was killed."""
    what: str


@dataclass(frozen=True, slots=True)
class CauseCount:
    """In how many finished runs of a cell a cause was found."""

    cause: str
    runs: int
    disturbs: bool
    """Whether it kept those runs out of the figures."""


@dataclass(frozen=True, slots=True)
class CellResult:
    """One cell over its measured runs."""

    cell_id: str
    number: int
    label: str
    wanted: int
    """Measured runs that the file asked for."""
    run_ids: tuple[str, ...]
    """Runs that count, oldest first."""
    figures: tuple[CellFigure, ...]
    """Decode rate and TTFT of each agent, wall of the run and, in a campaign whose reports were checked, its
    grounding; the same for every cell of the same agents."""
    left_out: tuple[NotCounted, ...] = ()
    """Runs that do not count; the failed ones are told apart."""
    failures: tuple[CellFailure, ...] = ()
    warmups: int = 0
    causes: tuple[CauseCount, ...] = ()
    overlap_efficiency: Estimate | None = None
    """(A's span + B's span) / (2 × wall), a share of 1; only of cells with both agents."""
    speedup: Estimate | None = None
    """(A alone + B alone) / both at once, by wall time; only where the campaign has both alone with the same
    settings. Its `n` is the runs of both at once."""
    energy_per_token_j: Estimate | None = None
    """Of all GPUs, per token of both agents; None where power is not known."""
    grounding: Estimate | None = None
    """Share of the claims in a run's reports that the files bear out; None where they were not checked."""
    why: str = ""
    """Why there are no runs, where a person decided so."""

    @property
    def n(self) -> int:
        return len(self.run_ids)

    def figure(self, metric: str, agent: str) -> CellFigure | None:
        return next((each for each in self.figures if (each.metric, each.agent) == (metric, agent)), None)


@dataclass(frozen=True, slots=True)
class Rival:
    """A cell against the best one."""

    cell_id: str
    mean: float
    percent: float
    """How much worse its mean is than that of the best, in per cent of the best; never below 0."""
    low_percent: float | None
    """95 % interval of it, for all pairs of cells at once; below 0 the cell may be the better one."""
    high_percent: float | None
    p: float | None
    """Mann-Whitney against the best, two-sided, by Holm's correction over all cells of the ranking."""
    standing: Standing

    @property
    def is_behind(self) -> bool:
        """Whether the interval leaves 0 out, whatever the rank test says: that one needs more runs."""
        return self.low_percent is not None and self.low_percent > 0


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which cell is best by one figure."""

    metric: CampaignMetric
    agent: str
    """`a`, `b`, or empty for the whole run."""
    unit: FigureUnit
    best: CellFigure
    best_cell: str
    rivals: tuple[Rival, ...]
    """All other cells with a value, the best of them first."""
    least_p: float | None
    """The smallest p that the best of these sizes can give after the correction; None without a rival."""

    @property
    def contenders(self) -> tuple[str, ...]:
        """The best, and the cells that can not be told from it by their intervals."""
        return (self.best_cell, *(each.cell_id for each in self.rivals if not each.is_behind))

    def standing(self, standing: Standing) -> tuple[str, ...]:
        """Ids of the cells that stand so."""
        return tuple(each.cell_id for each in self.rivals if each.standing == standing)


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """A cell as a choice between a high rate and a short wait."""

    cell_id: str
    rate: float
    """tok/s"""
    ttft_ns: float
    place: Literal["front", "doubtful", "near", "behind"]
    """Front: no cell has both the higher rate and the shorter wait. Doubtful: neither has any, but one is better
    at one of the two, and by the intervals can not be told from it at the other. Near: some have, and by their
    intervals it can be told from none of them."""
    grounding: float | None = None
    """Mean score of the cell's runs, 0…1, beside the two: it decides nothing here. None where none was checked."""


@dataclass(frozen=True, slots=True)
class ParetoFront:
    """Decode rate against TTFT, by the means."""

    agent: str
    """`a`, `b`, or empty: the sum of both agents' rates against the mean of their TTFT."""
    points: tuple[ParetoPoint, ...]
    """Fastest first."""


@dataclass(frozen=True, slots=True)
class Level:
    """One value of an axis: the mean over those settings of the other axes that have every value of this one."""

    value: str
    cells: int
    runs: int
    mean: float
    low: float | None
    high: float | None
    percent: float | None
    """Above or below the mean of all levels."""


@dataclass(frozen=True, slots=True)
class MainEffect:
    """What an axis does to one figure, whatever the other axes are."""

    axis: str
    metric: CampaignMetric
    agent: str
    unit: FigureUnit
    levels: tuple[Level, ...]
    """In the order of the file."""
    worst: str = ""
    """The two values that lie farthest apart; empty where none can be compared."""
    best: str = ""
    percent: float | None = None
    """By how much the figure changes from the worst value to the best, in per cent of the worst's."""
    low_percent: float | None = None
    """95 % interval, corrected for having picked two of so many values, and for the number of axes."""
    high_percent: float | None = None
    shown: bool = False
    """Whether that interval leaves 0 out."""
    words: str = ""
    """In one sentence."""
    cautions: tuple[str, ...] = ()
    """Confounded with another axis, unbalanced, the other way round at some settings of the other axes."""


@dataclass(frozen=True, slots=True)
class BlockDrift:
    """Whether a figure moved over the whole campaign, whatever cell was run."""

    metric: CampaignMetric
    agent: str
    n: int
    percent: float | None
    """From the first run to the last, by the median slope of the runs' distances from their cells' means; None
    for too few runs."""
    p: float | None
    direction: Literal["rising", "falling", "none", "unknown"]
    words: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Everything that a campaign's report says."""

    campaign_id: str
    name: str
    begun_utc: datetime
    headline: tuple[str, ...]
    """Which setting to use, in three to five sentences."""
    cells: tuple[CellResult, ...]
    """In the order of the plan."""
    rankings: tuple[Ranking, ...]
    fronts: tuple[ParetoFront, ...]
    effects: tuple[MainEffect, ...]
    """Axis by axis."""
    drifts: tuple[BlockDrift, ...]
    cautions: tuple[str, ...]
    """What can not be concluded, and why; the weightiest first."""
    surroundings: tuple[tuple[str, str], ...] = ()
    """Machine, GPU, server, model, our version, as far as the runs tell: name → value."""
    simulated: bool = False
    ended: str = ""
    """How it ended, in words; empty while it goes on."""

    def cell(self, cell_id: str) -> CellResult | None:
        return next((each for each in self.cells if each.cell_id == cell_id), None)

    def ranking(self, metric: str, agent: str) -> Ranking | None:
        return next((each for each in self.rankings if (each.metric, each.agent) == (metric, agent)), None)
