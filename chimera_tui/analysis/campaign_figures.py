"""The figures of a campaign's cells: which runs count, what is read from them, and which cell leads so far."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chimera_tui.analysis.groups import Figure, Selection, of_agent, select
from chimera_tui.analysis.intervals import mean_interval
from chimera_tui.domain.campaign import CampaignMetric, CampaignPlan, Cell
from chimera_tui.domain.campaign_view import Best, CellFigure
from chimera_tui.domain.conclusion import FigureUnit
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.load_conflict import load_time_differences
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.servers import same_model


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a run."""

    metric: CampaignMetric
    agent: str
    """`a`, `b`, or empty for the whole run."""
    unit: FigureUnit
    figure: Figure
    more: bool
    """Whether more is better."""

    def values(self, runs: Iterable[RunSummary]) -> tuple[float, ...]:
        """Of the runs that told it."""
        return tuple(
            float(value) for value in map(self.figure, runs) if value is not None and math.isfinite(value)
        )

    def better(self, first: float, second: float) -> bool:
        """Whether the first is better than the second."""
        return first > second if self.more else first < second


def measures(agents: Iterable[AgentId]) -> tuple[Measure, ...]:
    """Decode rate of each agent, TTFT of each agent (mean over its requests), wall of the run, grounding score of
    its reports together."""
    agents = tuple(agents)
    rates = [
        Measure("decode rate", agent.value, "tok/s", of_agent(agent, lambda o: o.totals.decode_rate), True)
        for agent in agents
    ]
    waits = [
        Measure("TTFT", agent.value, "ns", of_agent(agent, lambda o: o.totals.mean_ttft_ns), False)
        for agent in agents
    ]
    wall = Measure("wall", "", "ns", lambda run: run.wall_ns or None, False)
    return (*rates, *waits, wall, Measure("grounding", "", "", lambda run: run.grounding_score, True))


def told_measures(agents: Iterable[AgentId], runs: Iterable[RunSummary]) -> tuple[Measure, ...]:
    """Without grounding where no report of these runs was checked."""
    checked = any(run.grounding_score is not None for run in runs)
    return tuple(measure for measure in measures(agents) if checked or measure.metric != "grounding")


_LOADS = frozenset({Cause.RELOAD_OTHER_AGENT, Cause.RELOAD_RUN_BEFORE, Cause.RELOAD_OTHER_CLIENT, Cause.COLD_LOAD})


def expected_causes(cell: Cell) -> frozenset[Cause]:
    """Waits that are part of what the cell measures.

    Of two agents that ask one model of one server at the same time one may queue behind the other. Where their
    load-time options differ each loads it anew for itself, the first one too: whatever is loaded before such a run
    begins is wrong for one of them.
    """
    if len(cell.settings) != 2:
        return frozenset()
    first, second = cell.settings
    if first.host != second.host or not same_model(first.model, second.model):
        return frozenset()
    queue = frozenset({Cause.QUEUED} if cell.mode == "together" else ())
    return queue | _LOADS if load_time_differences(first, second) else queue


def counted(runs: Iterable[RunSummary], cell: Cell) -> Selection:
    """The measured runs of a cell: those that count, and why the others do not."""
    measured = (run for run in runs if run.campaign is None or run.campaign.role == "measured")
    return select(measured, expected=expected_causes(cell))


def cell_figures(runs: Sequence[RunSummary], cell: Cell) -> tuple[CellFigure, ...]:
    """Every figure of one cell over those of its runs that count; six bootstraps at most."""
    chosen = counted(runs, cell).runs
    return tuple(figure_of(measure, measure.values(chosen)) for measure in told_measures(cell.agents, chosen))


def figure_of(measure: Measure, values: Sequence[float]) -> CellFigure:
    """Mean and 95 % interval of one figure."""
    interval = mean_interval(values)
    return CellFigure(
        measure.metric,
        measure.agent,
        measure.unit,
        len(values),
        sum(values) / len(values) if values else None,
        interval.low if interval else None,
        interval.high if interval else None,
    )


def ranked(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells that stand for a choice: where some run both agents, runs of one alone are there to be compared
    with, not to be chosen."""
    both = tuple(cell for cell in cells if len(cell.agents) == 2)
    return both or tuple(cells)


def best_so_far(plan: CampaignPlan, figures: Mapping[str, Sequence[CellFigure]]) -> tuple[Best, ...]:
    """The cell with the best mean by each figure, and those whose interval overlaps its own.

    A cell without an interval can not be told from it either. Cells that have no figures yet are left out.
    """
    cells = ranked(plan.cells)
    agents = tuple(agent for agent in AgentId if any(agent in cell.agents for cell in cells))
    found: list[Best] = []
    for measure in measures(agents):
        known = [
            (cell.cell_id, figure, figure.mean)
            for cell in cells
            for figure in figures.get(cell.cell_id, ())
            if (figure.metric, figure.agent) == (measure.metric, measure.agent) and figure.mean is not None
        ]
        if not known:
            continue
        sign = -1 if measure.more else 1
        best_id, best, _ = min(known, key=lambda each: sign * each[2])
        rivals = tuple(cell_id for cell_id, each, _ in known if cell_id != best_id and overlap(best, each))
        found.append(Best(measure.metric, measure.agent, best_id, rivals))
    return tuple(found)


def overlap(first: CellFigure, second: CellFigure) -> bool:
    """Whether two intervals have a value in common; a missing one may hold any."""
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return True
    return first.low <= second.high and second.low <= first.high
