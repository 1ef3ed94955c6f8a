"""How a campaign stands, for the list, the top bar and the screen."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from chimera_tui.analysis.campaign_figures import best_so_far
from chimera_tui.campaign.ledger import Ledger
from chimera_tui.campaign.runner import CampaignRunner
from chimera_tui.domain.campaign_outline import CampaignOutline, CampaignState
from chimera_tui.domain.campaign_view import Alert, CampaignRecord, CampaignView, Decision

_RESTS = {"paused": CampaignState.PAUSED, "stopped": CampaignState.STOPPED, "done": CampaignState.DONE}
_MOVES = ("begun", "replanned", "resumed")
_BESIDE_RUNS = 20
"""What runs take beside themselves is told by the last so many."""


def outline(record: CampaignRecord, ledger: Ledger, runner: CampaignRunner | None) -> CampaignOutline:
    """One line. `runner` is None unless a daemon works on it."""
    standing = runner.standing if runner is not None else None
    state, why = (standing.state, standing.why) if standing is not None else resting(record.decisions, ledger)
    wanted = ledger.wanted()
    accounts = [ledger.account(cell.cell_id) for cell in ledger.plan.cells]
    return CampaignOutline(
        record.campaign_id,
        ledger.plan.name,
        state,
        record.begun_utc,
        cells=len(ledger.plan.cells),
        done=sum(len(account.done) for account in accounts),
        wanted=sum(
            max(wanted[cell.cell_id].count, len(ledger.account(cell.cell_id).done)) for cell in ledger.plan.cells
        ),
        failed=sum(account.failed for account in accounts),
        why=why,
        eta_s=left_s(ledger, runner.beside_s) if runner is not None else None,
        spent_s=round(ledger.spent_s, 3),
        run_id=runner.run_id or "" if runner is not None and runner.cell_id else "",
        cell=runner.cell_id if runner is not None else "",
        alerts=len(runner.watch.alerts) if runner is not None else 0,
    )


def resting(decisions: Sequence[Decision], ledger: Ledger) -> tuple[CampaignState, str]:
    """The state of a campaign that no daemon works on, and why."""
    last = next((each for each in reversed(decisions) if each.kind in _RESTS or each.kind in _MOVES), None)
    if last is None or last.kind not in _RESTS:
        return CampaignState.INTERRUPTED, "its daemon ended"
    if last.kind == "done" and ledger.lacking()[0]:
        return CampaignState.STOPPED, "more was asked for since it was done"
    return _RESTS[last.kind], last.why


def left_s(ledger: Ledger, beside_s: Sequence[float]) -> float | None:
    """Time that is left: each cell's lacking runs at its own mean time, or at that of all; None before any run."""
    walls = {
        cell.cell_id: [run.wall_ns / 1e9 for run in ledger.account(cell.cell_id).done]
        for cell in ledger.plan.cells
    }
    known = [wall for cell in walls.values() for wall in cell]
    if not known:
        return None
    overall, wanted, left = statistics.fmean(known), ledger.wanted(), 0.0
    beside = statistics.fmean(beside_s[-_BESIDE_RUNS:]) if beside_s else 0.0
    for cell in ledger.plan.cells:
        account = ledger.account(cell.cell_id)
        lacking = max(0, wanted[cell.cell_id].count - len(account.done))
        if lacking and not ledger.is_given_up(cell.cell_id):
            mean = statistics.fmean(walls[cell.cell_id]) if walls[cell.cell_id] else overall
            left += (lacking + max(0, cell.warmup - account.warmups)) * (mean + beside)
    return left


def view(
    record: CampaignRecord, ledger: Ledger, runner: CampaignRunner | None, alerts: Sequence[Alert] = ()
) -> CampaignView:
    """Everything that its screen shows; the figures of all cells are in the ledger already."""
    left_out = runner.left_out if runner is not None else {}
    progress = ledger.progress(runner.cell_id if runner is not None else "", left_out)
    figures = {each.cell_id: each.figures for each in progress if each.figures}
    return CampaignView(
        outline(record, ledger, runner),
        ledger.plan,
        progress,
        upcoming=tuple(ledger.upcoming(without=left_out.keys())),
        best=best_so_far(ledger.plan, figures),
        alerts=tuple(alerts),
        decisions=record.decisions,
    )
