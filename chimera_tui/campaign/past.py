"""What earlier campaigns have to do with one: runs that count in it, and runs that it is tested against."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chimera_tui.campaign.effect import cell_of_run, is_measured
from chimera_tui.campaign.ports import CampaignStore
from chimera_tui.domain.campaign import CampaignPlan
from chimera_tui.domain.campaign_view import CampaignRecord
from chimera_tui.domain.errors import CampaignNotFound
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.servers import with_tag

_SERIES_RUNS = 2_000
"""How far back the runs of a series are looked for."""


def lent_runs(store: CampaignStore, record: CampaignRecord) -> list[RunSummary]:
    """Clean measured runs of the campaigns that this one reuses, oldest first; at most as many of a cell as it
    asks for."""
    found: list[RunSummary] = []
    for decision in record.decisions:
        if decision.kind == "reused":
            left = {cell.cell_id: cell.repeats for cell in record.plan.cells}
            for run in _measured(store.runs_of(decision.why)):
                cell = run.campaign.cell if run.campaign is not None else ""
                if run.is_clean and left.get(cell, 0) > 0:
                    left[cell] -= 1
                    found.append(run)
    return found


def reusable(store: CampaignStore, plan: CampaignPlan) -> CampaignRecord | None:
    """The newest campaign that has measured a cell of this plan."""
    cells = {cell.cell_id for cell in plan.cells}
    for record in store.campaigns():
        runs = _measured(store.runs_of(record.campaign_id))
        if any(run.is_clean and run.campaign and run.campaign.cell in cells for run in runs):
            return record
    return None


def baseline_runs(store: CampaignStore, plan: CampaignPlan, but: str) -> Mapping[str, Sequence[RunSummary]]:
    """By cell, the measured runs of the baseline that the plan's rule names, or of the one that is marked; nothing
    when that is the campaign `but` itself. Raises RunNotFound for a name that there is not."""
    rule = plan.rules.alerts
    name = (rule.baseline if rule is not None else "") or store.baseline()
    if not name:
        return {}
    campaign_id = baseline_of(store, name)
    if campaign_id == but:
        return {}
    found: defaultdict[str, list[RunSummary]] = defaultdict(list)
    for run in _measured(store.runs_of(campaign_id) or _repeats(store, campaign_id)):
        found[cell_of_run(run)].append(run)
    return found


def baseline_of(store: CampaignStore, name: str) -> str:
    """The id of the campaign, or else of the run, that a name means. Raises RunNotFound."""
    try:
        return store.find_campaign(name)
    except CampaignNotFound:
        return store.run(name).run_id


def _repeats(store: CampaignStore, run_id: str) -> list[RunSummary]:
    """The runs of a run's series, or itself."""
    run = store.run(run_id)
    if run.series is None:
        return [run]
    newest = store.recent_runs(_SERIES_RUNS)
    return [each for each in newest if each.series is not None and each.series.series_id == run.series.series_id]


@dataclass(frozen=True, slots=True)
class Times:
    """Means of what was measured before, seconds; None where nothing alike was."""

    run_s: float | None
    load_s: float | None


def times_before(store: CampaignStore, plan: CampaignPlan) -> Times:
    """By the newest runs that are done: those of the same models and lengths of answer as the plan's cells, and
    what loading a model has cost any of them."""
    alike = {_work(zip(cell.agents, cell.settings, strict=True)) for cell in plan.cells}
    done = [run for run in store.recent_runs() if run.state is RunState.DONE]
    walls = [
        run.wall_ns / 1e9 for run in done if _work((each.agent, each.settings) for each in run.agents) in alike
    ]
    loads = [
        flag.wait_ns / 1e9
        for run in done
        for flag in run.flags
        if flag.cause in _LOADS and flag.wait_ns is not None
    ]
    return Times(statistics.fmean(walls) if walls else None, statistics.fmean(loads) if loads else None)


_LOADS = frozenset({Cause.COLD_LOAD, Cause.RELOAD_OTHER_AGENT, Cause.RELOAD_OTHER_CLIENT, Cause.RELOAD_RUN_BEFORE})


def _work(agents: Iterable[tuple[AgentId, AgentSettings]]) -> frozenset[tuple[AgentId, str, int | None]]:
    """What decides most how long a run takes: who writes, with which model, how much at most."""
    return frozenset((agent, with_tag(each.model), each.options.num_predict) for agent, each in agents)


def _measured(runs: Sequence[RunSummary]) -> list[RunSummary]:
    return [run for run in runs if run.state is RunState.DONE and is_measured(run)]
