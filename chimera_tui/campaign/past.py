"""What earlier campaigns have to do with one: runs that count in it, and runs that it is tested against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from chimera_tui.campaign.ports import CampaignStore
from chimera_tui.domain.campaign import CampaignPlan
from chimera_tui.domain.campaign_view import CampaignRecord
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary


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
    when that is the campaign `but` itself. Raises CampaignNotFound for a name that there is not."""
    rule = plan.rules.alerts
    name = (rule.baseline if rule is not None else "") or store.baseline()
    if not name:
        return {}
    campaign_id = store.find_campaign(name)
    if campaign_id == but:
        return {}
    found: defaultdict[str, list[RunSummary]] = defaultdict(list)
    for run in _measured(store.runs_of(campaign_id)):
        if run.campaign is not None:
            found[run.campaign.cell].append(run)
    return found


def _measured(runs: Sequence[RunSummary]) -> list[RunSummary]:
    return [run for run in runs if run.state is RunState.DONE and run.campaign and run.campaign.role == "measured"]
