"""A campaign in words and signs: its states, its cells' states, and the figures that they are measured by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chimera_tui.domain.campaign import CampaignMetric, CampaignPlan
from chimera_tui.domain.campaign_outline import CampaignState
from chimera_tui.domain.campaign_view import CellFigure, CellState
from chimera_tui.domain.names import printable
from chimera_tui.tui import formatting

STATE_SIGNS: dict[CampaignState, tuple[str, str]] = {
    CampaignState.RUNNING: ("●", "good"),
    CampaignState.WAITING: ("◌", "warn"),
    CampaignState.PAUSED: ("‖", "warn"),
    CampaignState.INTERRUPTED: ("✗", "bad"),
    CampaignState.STOPPED: ("■", "warn"),
    CampaignState.DONE: ("✓", "good"),
}
"""(sign, style) of each state; its word stands beside it."""

CELL_SIGNS: dict[CellState, tuple[str, str]] = {
    "waiting": ("○", "dim"),
    "running": ("●", "good"),
    "done": ("✓", "good"),
    "given up": ("✗", "bad"),
    "skipped": ("■", "dim"),
    "left out": ("◌", "warn"),
}
BEST, RIVAL, WORSE = "★", "☆", "▼"
"""The best cell, one that can not be told from it, and one that is worse than its baseline."""

_LOWER_IS_BETTER: frozenset[CampaignMetric] = frozenset(("TTFT", "wall"))
_SCALES = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
_SCALE_FROM = 10
"""A scale is used from so many of its units on: 9,870 ms, 12.3 s."""


class Measure(NamedTuple):
    """What cells are told apart by: one metric of one agent, or of the whole run."""

    metric: CampaignMetric
    agent: str
    """`a`, `b`, or empty for the whole run."""

    @property
    def words(self) -> str:
        return f"{self.agent.upper()} {self.metric}".strip()

    @property
    def lower_is_better(self) -> bool:
        return self.metric in _LOWER_IS_BETTER


class Scale(NamedTuple):
    """One unit for all figures of a table, so that their digits can be compared."""

    divisor: float
    unit: str

    def text(self, value: float | None) -> str:
        return formatting.sig3(None if value is None else value / self.divisor)

    def interval(self, figure: CellFigure) -> str:
        """`[39.8, 40.4]`; empty where so few runs do not tell it."""
        if figure.low is None or figure.high is None:
            return ""
        return f"[{self.text(figure.low)}, {self.text(figure.high)}]"


def measures_of(plan: CampaignPlan) -> tuple[Measure, ...]:
    """Every figure that its cells can have, in the order in which `m` steps through them."""
    agents = sorted({agent.value for cell in plan.cells for agent in cell.agents})
    metrics: tuple[CampaignMetric, ...] = ("decode rate", "TTFT")
    whole = (Measure("wall", ""), Measure("grounding", ""))
    return (*(Measure(metric, agent) for metric in metrics for agent in agents), *whole)


def first_measure(plan: CampaignPlan) -> Measure:
    """The metric that the plan's repeats go by, of the agent whose options the cells vary."""
    measures = measures_of(plan)
    metric = plan.rules.repeat.metric
    of_metric = [measure for measure in measures if measure.metric == metric]
    tuned = all(cell.scenario == "baseline-vs-tuned" for cell in plan.cells)
    return of_metric[-1 if tuned else 0]


def scale_of(measure: Measure, means: Iterable[float]) -> Scale:
    """Tokens per second as they are; times in the largest unit of which the largest one holds ten."""
    if measure.metric == "decode rate":
        return Scale(1.0, "tok/s")
    if measure.metric == "grounding":
        return Scale(1.0, "of 1")
    most = max(means, default=0.0)
    return next((Scale(*each) for each in _SCALES if most >= _SCALE_FROM * each[0]), Scale(1e6, "ms"))


def half_width_text(figure: CellFigure | None) -> str:
    """Half of the interval in percent of the mean, `±1.20 %`; empty where it is not known."""
    if figure is None or not figure.mean or figure.low is None or figure.high is None:
        return ""
    return f"±{formatting.percent((figure.high - figure.low) / 2 / abs(figure.mean))}"


def left_text(eta_s: float | None) -> str:
    """`≈ 2 h 03 m left`; empty where nothing is known of it."""
    if eta_s is None:
        return ""
    seconds = max(1, round(eta_s))
    return f"≈ {f'{seconds} s' if seconds < 60 else formatting.duration(seconds * 1e9)} left"


def value_words(value: str) -> str:
    """A value of an axis; a cell that does not have the axis leaves it to the server."""
    return printable(value) or "–"


def runs_failed_text(failed: int) -> str:
    return f"✗ {formatting.count(failed)} {'run' if failed == 1 else 'runs'} failed" if failed else ""


def alerts_text(alerts: int) -> str:
    return f"{WORSE} {formatting.count(alerts)} {'alert' if alerts == 1 else 'alerts'}" if alerts else ""
