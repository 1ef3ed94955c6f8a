"""How a campaign stands: what the journal keeps of it beside its runs, and what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chimera_tui.domain.campaign import CampaignMetric, CampaignPlan
from chimera_tui.domain.campaign_outline import CampaignOutline
from chimera_tui.domain.errors import ErrorInfo

CellState = Literal["waiting", "running", "done", "given up", "skipped", "left out"]
"""Given up: it failed too often. Skipped: by a person. Left out: its server could not be reached."""

DecisionKind = Literal[
    "begun", "reused", "replanned", "paused", "resumed", "skipped", "wanted", "repeats", "first", "stopped", "done"
]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person or a rule decided on a campaign: kept in the order it happened, beside the runs."""

    kind: DecisionKind
    """`wanted` takes a skip back; `repeats` changes how many measured runs a cell shall have by `amount`; `first`
    has a cell's runs made before all others'; `resumed` also gives cells that were given up new tries; `reused`
    counts the measured runs of the campaign whose id is `why`, since its cells and prompts are the same."""
    at_utc: datetime
    cell: str = ""
    """Of which cell; empty for the whole campaign."""
    amount: int = 0
    why: str = ""
    """In words, e.g. which limit was reached."""
    runs: int = 0
    """How many runs the campaign had begun by then: clocks may change, this order does not."""


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """What the journal keeps of a campaign. Its runs say how far it came."""

    campaign_id: str
    begun_utc: datetime
    plan: CampaignPlan
    decisions: tuple[Decision, ...] = ()
    """Oldest first, never empty."""
    basis: tuple[tuple[str, str], ...] = ()
    """What all its prompts are made of, as named pieces of JSON: a campaign that is resumed asks the same."""


@dataclass(frozen=True, slots=True)
class CellFigure:
    """One figure of a cell over the runs that count; None is what so few do not tell."""

    metric: CampaignMetric
    agent: str
    """`a`, `b`, or empty for the whole run."""
    unit: Literal["tok/s", "ns", ""]
    n: int
    mean: float | None
    low: float | None
    """95 % interval of the mean."""
    high: float | None


@dataclass(frozen=True, slots=True)
class CellProgress:
    """How far a cell is."""

    cell_id: str
    state: CellState
    done: int
    """Measured runs that are done."""
    wanted: int
    """As of now: adaptive rules and people change it."""
    failed: int = 0
    """Runs that failed, interrupted ones not among them."""
    disturbed: int = 0
    """Of `done`: runs that a flag keeps out of the figures."""
    runs: tuple[str, ...] = ()
    """Ids of the measured runs that are done, oldest first."""
    error: ErrorInfo | None = None
    """Of the last run, if it failed."""
    why: str = ""
    """Why it is in this state, where that is not plain: `narrow enough: ±1.2 %`."""
    figures: tuple[CellFigure, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """A cell is worse than its baseline."""

    cell_id: str
    metric: CampaignMetric
    agent: str
    percent: float
    """How much worse, above 0."""
    p: float
    words: str


@dataclass(frozen=True, slots=True)
class Best:
    """The best cell so far by one figure."""

    metric: CampaignMetric
    agent: str
    cell_id: str
    rivals: tuple[str, ...] = ()
    """Cells that can not be told from it."""


@dataclass(frozen=True, slots=True)
class CampaignView:
    """Everything that a campaign's screen shows."""

    outline: CampaignOutline
    plan: CampaignPlan
    progress: tuple[CellProgress, ...]
    """In the order of the plan's cells."""
    upcoming: tuple[str, ...] = ()
    """Cells of the next runs, in order; at most 50."""
    best: tuple[Best, ...] = ()
    alerts: tuple[Alert, ...] = ()
    decisions: tuple[Decision, ...] = ()
