"""What a campaign has and what it still lacks: a fold of its plan, its decisions and its runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chimera_tui.analysis.campaign_figures import expected_causes
from chimera_tui.analysis.groups import disturbance
from chimera_tui.campaign.order import upcoming
from chimera_tui.campaign.repeats import Wanted, wanted_runs
from chimera_tui.domain.campaign import CampaignPlan, Cell
from chimera_tui.domain.campaign_view import CampaignRecord, CellFigure, CellProgress, CellState, Decision
from chimera_tui.domain.errors import ErrorInfo, ServerUnreachable
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.series import HEALING, fault_of

INTERRUPTED = "interrupted"
"""Code of the error that ends a run whose daemon was killed."""
_NOBODYS_FAULT = frozenset({INTERRUPTED, ServerUnreachable.code})
"""Says nothing of the cell: it is made again, however often."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The run that comes next."""

    cell: Cell
    role: Literal["warmup", "measured"]
    repeat: int
    """Counts from 1 within cell and role."""


@dataclass(slots=True)
class Account:
    """One cell's runs so far."""

    done: list[RunSummary] = field(default_factory=list)
    """Measured, oldest first."""
    warmups: int = 0
    failed: int = 0
    streak: int = 0
    """Failures since the last run that was done, or since the campaign was resumed."""
    hopeless: bool = False
    """It failed of something that no new try heals."""
    error: ErrorInfo | None = None
    skipped: bool = False
    more: int = 0
    """Measured runs that people have added, or taken away below 0."""


class Ledger:
    """Feed it every run and decision; it is the same after a restart, since it is made of nothing else."""

    def __init__(
        self, record: CampaignRecord, runs: Sequence[RunSummary], lent: Sequence[RunSummary] = ()
    ) -> None:
        """`runs` are all of the campaign, oldest first; `lent` are measured runs of another one that count."""
        self.plan = record.plan
        self.runs_begun = 0
        self.spent_s = 0.0
        self.tokens = 0
        self._accounts: dict[str, Account] = {}
        self._figures: dict[str, Sequence[CellFigure]] = {}
        self._first: list[str] = []
        for run in lent:
            if run.campaign is not None:
                self.account(run.campaign.cell).done.append(run)
        waiting = list(runs)
        for decision in record.decisions:
            while waiting and self.runs_begun < decision.runs:
                self.add(waiting.pop(0))
            self.decide(decision)
        for run in waiting:
            self.add(run)

    def account(self, cell_id: str) -> Account:
        return self._accounts.setdefault(cell_id, Account())

    # ---- what happens ------------------------------------------------------------------------------------

    def replan(self, plan: CampaignPlan) -> None:
        """Cells that are in both plans keep their runs; what is known of the others is kept for their return."""
        self.plan = plan

    def add(self, run: RunSummary) -> None:
        """Take a run that is over, or that a killed daemon has left."""
        self.runs_begun += 1
        self.spent_s += run.wall_ns / 1e9
        self.tokens += sum(agent.totals.tokens or 0 for agent in run.agents)
        if run.campaign is None:
            return
        account = self.account(run.campaign.cell)
        if run.state is RunState.DONE:
            account.streak, account.error = 0, None
            if run.campaign.role == "warmup":
                account.warmups += 1
            else:
                account.done.append(run)
        elif run.state is RunState.FAILED:
            self._failed(account, fault_of(agent.error for agent in run.agents))

    def _failed(self, account: Account, fault: ErrorInfo | None) -> None:
        if fault is not None and fault.code in _NOBODYS_FAULT:
            return
        account.failed += 1
        account.streak += 1
        account.error = fault
        account.hopeless = fault is not None and fault.code not in HEALING

    def decide(self, decision: Decision) -> None:
        match decision.kind:
            case "skipped" | "wanted":
                self.account(decision.cell).skipped = decision.kind == "skipped"
            case "repeats":
                account = self.account(decision.cell)
                account.more = max(account.more + decision.amount, -self._asked_of(decision.cell))
            case "first":
                self._first = [decision.cell, *(each for each in self._first if each != decision.cell)]
            case "resumed":
                for account in self._accounts.values():
                    account.streak, account.hopeless = 0, False

    def put_figures(self, cell_id: str, figures: Sequence[CellFigure]) -> None:
        """What the runs of a cell tell; adaptive repeats go by it."""
        self._figures[cell_id] = figures

    # ---- what is left ------------------------------------------------------------------------------------

    def _asked_of(self, cell_id: str) -> int:
        cell = self.plan.cell(cell_id)
        return cell.repeats if cell else 0

    def is_given_up(self, cell_id: str) -> bool:
        account = self.account(cell_id)
        return account.hopeless or account.streak >= self.plan.rules.stop.tries

    @property
    def given_up(self) -> int:
        """Cells that failed too often."""
        return sum(self.is_given_up(cell.cell_id) for cell in self.plan.cells)

    def wanted(self) -> Mapping[str, Wanted]:
        """Measured runs that each cell shall have, as of now."""
        asked = {
            cell.cell_id: 0
            if self.account(cell.cell_id).skipped
            else cell.repeats + self.account(cell.cell_id).more
            for cell in self.plan.cells
        }
        return wanted_runs(self.plan, self._figures, asked)

    def upcoming(self, *, without: Collection[str] = (), limit: int = 50) -> list[str]:
        """Cells of the measured runs to come, in order; `without` those that can not be run now."""
        done = {cell.cell_id: len(self.account(cell.cell_id).done) for cell in self.plan.cells}
        wanted = {
            cell_id: 0 if cell_id in without or self.is_given_up(cell_id) else each.count
            for cell_id, each in self.wanted().items()
        }
        return upcoming(self.plan, done, wanted, first=self._first, limit=limit)

    def next(self, *, without: Collection[str] = ()) -> Turn | None:
        """None when nothing is left to run, or nothing that can be run now."""
        coming = self.upcoming(without=without, limit=1)
        cell = self.plan.cell(coming[0]) if coming else None
        if cell is None:
            return None
        account = self.account(cell.cell_id)
        if account.warmups < cell.warmup:
            return Turn(cell, "warmup", account.warmups + 1)
        return Turn(cell, "measured", len(account.done) + 1)

    def lacking(self) -> tuple[int, int]:
        """(measured, warm-up) runs that are left."""
        wanted, measured, warmups = self.wanted(), 0, 0
        for cell in self.plan.cells:
            account = self.account(cell.cell_id)
            left = max(0, wanted[cell.cell_id].count - len(account.done))
            if left and not self.is_given_up(cell.cell_id):
                measured += left
                warmups += max(0, cell.warmup - account.warmups)
        return measured, warmups

    def progress(self, running: str = "", left_out: Mapping[str, str] | None = None) -> tuple[CellProgress, ...]:
        """How far each cell is; `running` is the cell of the run that goes on, `left_out` tells why others are."""
        wanted = self.wanted()
        return tuple(
            self._progress(cell, wanted[cell.cell_id], cell.cell_id == running, (left_out or {}).get(cell.cell_id))
            for cell in self.plan.cells
        )

    def _progress(self, cell: Cell, wanted: Wanted, running: bool, left_out: str | None) -> CellProgress:
        account = self.account(cell.cell_id)
        state, why = self._state(account, cell, wanted, left_out)
        return CellProgress(
            cell.cell_id,
            "running" if running else state,
            len(account.done),
            wanted.count,
            failed=account.failed,
            disturbed=sum(bool(disturbance(run, expected_causes(cell))) for run in account.done),
            runs=tuple(run.run_id for run in account.done),
            error=account.error,
            why=why,
            figures=tuple(self._figures.get(cell.cell_id, ())),
        )

    def _state(self, account: Account, cell: Cell, wanted: Wanted, left_out: str | None) -> tuple[CellState, str]:
        if account.skipped:
            return "skipped", ""
        if len(account.done) >= wanted.count:
            return "done", wanted.why
        if self.is_given_up(cell.cell_id):
            times = "once" if account.streak == 1 else f"{account.streak} times"
            return "given up", f"failed {times} in a row" + (
                ", which no new try heals" if account.hopeless else ""
            )
        if left_out is not None:
            return "left out", left_out
        return "waiting", wanted.why
