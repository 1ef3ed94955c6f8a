"""Conducts a campaign: run after run, until nothing is left, a rule ends it, or a person pauses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from chimera_tui.analysis.campaign_figures import cell_figures
from chimera_tui.campaign.alerts import AlertWatch
from chimera_tui.campaign.basis import CampaignBasis
from chimera_tui.campaign.hosts import Hosts
from chimera_tui.campaign.ledger import Ledger, Turn
from chimera_tui.campaign.maker import Maker
from chimera_tui.campaign.ports import CampaignStore
from chimera_tui.campaign.reasons import Reason, reason_to_stop
from chimera_tui.campaign.standing import DISK_S, Pause, Standing
from chimera_tui.campaign.temperature import Cooling
from chimera_tui.campaign.tries import Tries
from chimera_tui.domain.campaign_outline import CampaignState
from chimera_tui.domain.campaign_view import CampaignRecord, Decision, DecisionKind
from chimera_tui.domain.errors import ErrorInfo, SaveFailed, ServerUnreachable
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from chimera_tui.engine.ports import Clock
from chimera_tui.engine.workshop import Workshop

_AGAIN_S = 1.0
"""At least, before anything is tried again."""
_COOLING_S = 5.0
"""Between looks at the thermometer."""


class CampaignRunner:
    """A `Job` of the conductor. It holds no truth: what it knows beyond the ledger is only when to try again."""

    def __init__(
        self,
        record: CampaignRecord,
        runs: Sequence[RunSummary],
        *,
        workshop: Workshop,
        store: CampaignStore,
        changed: Callable[[], None],
        lent: Sequence[RunSummary] = (),
        watch: AlertWatch | None = None,
        pause: Pause | None = None,
    ) -> None:
        """`runs` are all of the campaign so far, `lent` those of another one that count; `changed` is called at
        every step and change of state; `watch` looks for cells that have become worse; `pause` is how it waits."""
        self.campaign_id = record.campaign_id
        self.ledger = Ledger(record, runs, lent)
        self.watch = watch or AlertWatch(None, {}, lambda alert: None)
        self.standing = Standing(changed, pause)
        self.left_out: dict[str, str] = {}
        """Cells whose server is not waited for any more, with why."""
        self.beside_s: list[float] = []
        """What each run took beside itself: loading models, figures, keeping."""
        self._name = record.plan.name
        self._workshop = workshop
        self._store = store
        self._changed = changed
        self._clock: Clock = workshop.outside.clock
        self._basis = CampaignBasis(workshop, dict(record.basis), f"{record.begun_utc:%Y-%m-%d}")
        self._maker = Maker(record.campaign_id, workshop, self._basis, changed)
        self._hosts = Hosts(record.plan.rules.hosts)
        self._tries = Tries()
        self._cooling = Cooling(record.plan.rules.cool_down, workshop.outside.telemetry)
        self._turn: Turn | None = None
        self._making: asyncio.Task[RunSummary] | None = None
        self._pausing = False
        """A person wants it to rest."""
        self._kept = asyncio.Event()
        """What was decided is in the journal; nothing happens before."""
        self._over = asyncio.Event()

    def go(self) -> None:
        """Its begin is kept: work may begin."""
        self._kept.set()

    def abandon(self) -> None:
        """Its begin could not be kept: do nothing at all."""
        self.standing.stop()
        self._kept.set()

    @property
    def is_over(self) -> bool:
        """Whether it has stopped, for whatever reason."""
        return self._over.is_set()

    # ---- a job of the conductor --------------------------------------------------------------------------

    @property
    def run_id(self) -> str | None:
        return self._maker.run.run_id if self._maker.run is not None else None

    @property
    def agents(self) -> tuple[AgentId, ...]:
        return self._maker.run.agents if self._maker.run is not None else ()

    @property
    def cell_id(self) -> str:
        """Of the run that goes on; empty between two runs."""
        return self._turn.cell.cell_id if self._turn is not None else ""

    @property
    def in_the_way(self) -> tuple[str, str]:
        next_ = f"Pause it with `chimera campaign pause {self.campaign_id}`, or p on its screen."
        return f"campaign {self._name} ({self.campaign_id}) is {self.standing.state}", next_

    def retry(self) -> None:
        self._hosts.try_now()
        self._tries.now()
        self.standing.wake()

    async def cancel(self, agent: AgentId | None) -> None:
        """One agent of the run that goes on, or that run and with it the campaign, which is paused then."""
        if agent is not None:
            if self._maker.run is not None:
                await self._maker.run.cancel(agent)
            return
        with suppress(SaveFailed):  # it stops all the same, and is told as interrupted later
            await asyncio.to_thread(self._decide, "paused", "cancelled with its run")
        self._pausing = True
        await self.stop()

    async def stop(self) -> None:
        self.standing.stop()
        if self._maker.run is not None:
            await self._maker.run.cancel(None)
        elif self._making is not None:
            self._making.cancel()
        await self._over.wait()

    # ---- what people decide ------------------------------------------------------------------------------

    def pause(self) -> None:
        """After the run that goes on."""
        self._pausing = True
        self.standing.set(self.standing.state, "it pauses after the run that goes on")
        self.standing.stop()

    @property
    def is_pausing(self) -> bool:
        return self._pausing and not self.is_over

    def unpause(self) -> bool:
        """Take a pause back that waits for its run; False when it is too late."""
        if not self.standing.go_on():
            return False
        self._pausing = False
        return True

    def decide(self, decision: Decision) -> None:
        """Take a decision that is kept already."""
        self.ledger.decide(decision)
        self.standing.wake()
        self._changed()

    # ---- the campaign ------------------------------------------------------------------------------------

    async def conduct(self) -> None:
        try:
            await self._kept.wait()
            for cell in self.ledger.plan.cells:
                await self._measure(cell.cell_id)
            while (turn := await self._next()) is not None:
                await self._take(turn)
        finally:
            self._turn = None
            self._over.set()
            if self.standing.state.is_active:
                self.standing.set(CampaignState.PAUSED if self._pausing else CampaignState.INTERRUPTED)

    async def _next(self) -> Turn | None:
        """The next run, as soon as it can be made; None when there is none."""
        while not self.standing.stopping:
            now_s = self._now_s()
            if reason := reason_to_stop(self.ledger):
                await self._end(reason)
                return None
            cells = self.ledger.plan.cells
            self.left_out = self._hosts.left_out(cells, now_s)
            later = self._hosts.waiting(cells, now_s) | self._tries.waiting(now_s)
            turn = self.ledger.next(without=later | self.left_out.keys())
            if not self._store.is_writable:
                await self.standing.wait(
                    "the journal can not be written; it goes on when the disk has room again", DISK_S
                )
            elif turn is not None and (why := await self._cooling.why_wait(now_s)):
                await self.standing.wait(why, _COOLING_S)
            elif turn is not None:
                self.standing.set(CampaignState.RUNNING)
                return turn
            elif self.ledger.next(without=self.left_out.keys()) is None:
                await self._end(Reason(CampaignState.DONE, self._incomplete()))
                return None
            else:
                await self._wait_for_others(now_s)
        return None

    def _incomplete(self) -> str:
        """Which cells lack runs all the same, in words; empty when none does."""
        parts = [f"{_cells(self.ledger.given_up)} given up"] if self.ledger.given_up else []
        parts += [f"{_cells(len(self.left_out))} left out: no server"] if self.left_out else []
        return ", ".join(parts)

    async def _end(self, reason: Reason) -> None:
        kind: DecisionKind = "done" if reason.state is CampaignState.DONE else "stopped"
        if await self.standing.keep(lambda: self._decide(kind, reason.why)):
            self.standing.set(reason.state, reason.why)

    async def _wait_for_others(self, now_s: float) -> None:
        """For a server, or until a cell that failed is tried again."""
        host, again = self._hosts.next_look(now_s), self._tries.next_try(now_s)
        if host is not None and (again is None or host[0] <= again):
            await self.standing.wait(host[1].sentence(), host[0])
        else:
            await self.standing.wait("the cells that are left failed; they are tried again", again or _AGAIN_S)

    # ---- one run -----------------------------------------------------------------------------------------

    async def _take(self, turn: Turn) -> None:
        """Make the run of this turn, and put it into the ledger."""
        cell, began_s = turn.cell, self._now_s()
        self._turn = turn
        self._changed()
        try:
            self._making = asyncio.create_task(self._maker.make(turn, self.ledger.plan), name="a campaign's run")
            summary = await self._making
        except asyncio.CancelledError:
            if not self.standing.stopping:
                raise
            return
        except ServerUnreachable as error:
            self._turn = None
            self._hosts.is_down(error.info.where or cell.settings[0].host, error.info, self._now_s())
            return
        self._turn = None
        for each in cell.settings:
            self._hosts.is_up(each.host)
        self._judge(turn, summary)
        self.ledger.add(summary)
        await self._measure(cell.cell_id)
        await self._keep_basis()
        self.beside_s.append(max(0.0, self._now_s() - began_s - summary.wall_ns / 1e9))
        self._changed()

    def _judge(self, turn: Turn, summary: RunSummary) -> None:
        """When a run that failed is tried again; a server that is gone is waited for instead."""
        errors: list[ErrorInfo] = [agent.error for agent in summary.agents if agent.error is not None]
        for outcome in summary.agents:
            if outcome.error is not None and outcome.error.code == ServerUnreachable.code:
                self._hosts.is_down(outcome.settings.host, outcome.error, self._now_s())
        if errors:
            self._maker.forget()
            self._tries.failed(turn.cell.cell_id, self._now_s())
        else:
            self._tries.succeeded(turn.cell.cell_id)

    async def _measure(self, cell_id: str) -> None:
        """Compute a cell's figures beside the loop: between two runs, so that no measurement feels it."""
        cell = self.ledger.plan.cell(cell_id)
        runs = tuple(self.ledger.account(cell_id).done)
        if cell is not None and runs:
            self.ledger.put_figures(cell_id, await asyncio.to_thread(cell_figures, runs, cell))
            await asyncio.to_thread(self.watch.look, cell, runs)
            self.watch.tell()

    async def _keep_basis(self) -> None:
        def put(piece: str, text: str) -> None:
            self._store.keep_basis(self.campaign_id, piece, text)

        await self.standing.keep(lambda: self._basis.keep(put))

    def _decide(self, kind: DecisionKind, why: str) -> None:
        decision = Decision(kind, self._clock.utc_now(), why=why, runs=self.ledger.runs_begun)
        self._store.decide(self.campaign_id, decision)

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / 1e9


def _cells(number: int) -> str:
    return f"{number} cell{'s' if number != 1 else ''}"
