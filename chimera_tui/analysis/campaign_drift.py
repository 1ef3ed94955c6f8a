"""Whether the machine changed while a campaign ran: each run against its cell's mean, in the order of the runs."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.analysis.campaign_cells import CellRuns
from chimera_tui.analysis.campaign_figures import Measure, measures
from chimera_tui.analysis.drift import drift_of
from chimera_tui.analysis.statistics import percentile
from chimera_tui.domain.conclusion import BlockDrift
from chimera_tui.domain.conclusion_text import subject
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary

_MOST = 2_000
"""Every pair of runs has a slope; of more runs an even part is looked at."""


def drifts_of(cells: Sequence[CellRuns]) -> tuple[BlockDrift, ...]:
    """One for each figure that a machine has a part in. Runs of a cell are compared only with each other, so
    that what the cells do is not taken for drift; where a cell's runs all lie together, a drift between the cells
    does not show."""
    everything = [run for each in cells for run in each.measured]
    places = {run.run_id: place for place, run in enumerate(sorted(everything, key=_moment))}
    agents = [agent for agent in AgentId if any(agent in each.cell.agents for each in cells)]
    return tuple(_drift(each, cells, places) for each in measures(agents) if each.metric != "grounding")


def _moment(run: RunSummary) -> tuple[float, str]:
    return run.started_utc.timestamp(), run.run_id


def _drift(measure: Measure, cells: Sequence[CellRuns], places: dict[str, int]) -> BlockDrift:
    shares: list[tuple[int, float]] = []
    for each in cells:
        told = [(run, values[0]) for run in each.runs if (values := measure.values((run,)))]
        mean = sum(value for _, value in told) / len(told) if told else 0.0
        if len(told) >= 2 and mean > 0:
            shares += [(places[run.run_id], 100 * value / mean) for run, value in told]
    shares.sort()
    shares = shares[:: 1 + len(shares) // _MOST]
    found = drift_of(
        [place for place, _ in shares],
        [share for _, share in shares],
        percentile([share for _, share in shares], 50),
    )
    over = None
    if found.percent_per_run is not None and found.p is not None:
        over = found.percent_per_run * (shares[-1][0] - shares[0][0])
    words = f"{subject(measure.metric, measure.agent)}: {found.words}"
    return BlockDrift(measure.metric, measure.agent, len(shares), over, found.p, found.direction, words)
