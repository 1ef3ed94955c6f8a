"""What people ask of campaigns: plan, begin, resume, steer, look. One campaign goes on at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chimera_tui.analysis.campaign_figures import cell_figures
from chimera_tui.campaign.alerts import AlertWatch
from chimera_tui.campaign.cost import plan_view
from chimera_tui.campaign.ledger import Ledger
from chimera_tui.campaign.matrix import Expanded, expand, settings_of
from chimera_tui.campaign.outline import outline, view
from chimera_tui.campaign.parse import parse
from chimera_tui.campaign.past import baseline_of, baseline_runs, lent_runs, reusable, times_before
from chimera_tui.campaign.ports import CampaignStore, Shape, Shapes
from chimera_tui.campaign.runner import CampaignRunner
from chimera_tui.domain.campaign import AlertRule, CampaignPlan, PlanView
from chimera_tui.domain.campaign_outline import CampaignChanged, CampaignOutline, CampaignState
from chimera_tui.domain.campaign_view import Alert, CampaignRecord, CampaignView, Decision, DecisionKind
from chimera_tui.domain.errors import BadUse, CampaignInvalid, JournalUnusable, RunInProgress
from chimera_tui.domain.events import Notice
from chimera_tui.domain.runs import RunSummary, new_run_id
from chimera_tui.domain.servers import with_tag
from chimera_tui.engine.conductor import Conductor
from chimera_tui.engine.ports import Clock, EventSink

Steering = Literal["pause", "resume", "skip", "want", "repeats", "first"]
_KINDS: Mapping[str, DecisionKind] = {
    "pause": "paused",
    "skip": "skipped",
    "want": "wanted",
    "repeats": "repeats",
    "first": "first",
}
MOST_REPEATS = 1_000


@dataclass(frozen=True, slots=True)
class Around:
    """What the desk works with."""

    conductor: Conductor
    store: CampaignStore
    shapes: Shapes
    sink: EventSink
    clock: Clock
    read_host: Callable[[str], str]
    read_prompts: Callable[[str, str], Mapping[str, str]]
    """Prompt texts by name of a folder, named as in a campaign file that lies at that path. FileNotReadable."""
    raised: Callable[[AlertRule, Alert, CampaignOutline], object]
    """Called for each new alert of the campaign that goes on."""


class Desk:
    """Belongs to the event loop's thread."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._runner: CampaignRunner | None = None
        self._record: CampaignRecord | None = None
        """Of the campaign that goes on, as of its begin or last decision."""

    async def announce(self) -> None:
        """Tell the newest campaign, if it is not complete: a person may want to go on with it."""
        try:
            for record in await asyncio.to_thread(self._around.store.campaigns, 1):
                told, _ = await self._look(record)
                if told.state is not CampaignState.DONE:
                    self._around.sink.emit(CampaignChanged(told))
        except JournalUnusable as error:
            self._around.sink.emit(Notice("warning", str(error)))

    # ---- plans -------------------------------------------------------------------------------------------

    async def plan(self, source: str, where: str, *, large: bool = False) -> PlanView:
        """What a file comes to, and what it will cost. CampaignInvalid, SettingInvalid."""
        expanded = await self._expand(source, where, large)
        known = await asyncio.to_thread(self._around.store.known, expanded.plan)
        times = await asyncio.to_thread(times_before, self._around.store, expanded.plan)
        return plan_view(expanded, known, run_s=times.run_s, load_s=times.load_s)

    async def _expand(self, source: str, where: str, large: bool) -> Expanded:
        around = self._around
        spec = parse(source, where, around.read_host, lambda folder: around.read_prompts(folder, where))
        defaults = around.conductor.settings
        wanted = settings_of(spec, defaults)
        shapes = await asyncio.gather(*(around.shapes.shape(each) for each in wanted))
        known: dict[tuple[str, str], Shape] = {
            (each.host, with_tag(each.model)): shape for each, shape in zip(wanted, shapes, strict=True)
        }
        return await asyncio.to_thread(expand, spec, defaults, known, allow_large=large)

    # ---- begin and resume --------------------------------------------------------------------------------

    async def begin(self, source: str, where: str, *, large: bool = False, reuse: bool = False) -> CampaignOutline:
        """Begin a campaign. With `reuse`, runs of the newest one that has measured some of its cells count, and
        its prompts are asked. CampaignInvalid, RunInProgress, NothingToAnalyse, SaveFailed."""
        plan = (await self._expand(source, where, large)).plan
        await self._refuse_unfinished(plan)
        store, now = self._around.store, self._around.clock.utc_now()
        record = CampaignRecord(new_run_id(), now, plan, (Decision("begun", now),))
        if reuse and (other := await asyncio.to_thread(reusable, store, plan)) is not None:
            reused = Decision("reused", now, why=other.campaign_id)
            record = replace(record, decisions=(*record.decisions, reused), basis=other.basis)
        runner = await self._made(record, ())
        await self._around.conductor.take(runner, f"campaign {record.campaign_id}")
        return await self._taken(record, runner, lambda: store.begin(record))

    async def resume(
        self, name: str, source: str = "", where: str = "", *, large: bool = False
    ) -> CampaignOutline:
        """Go on with exactly the runs that are missing; with a file, with those that its cells are missing.

        CampaignNotFound, CampaignInvalid, RunInProgress, NothingToAnalyse, SaveFailed.
        """
        store = self._around.store
        campaign_id = await asyncio.to_thread(store.find_campaign, name)
        if (going := self._running(campaign_id)) is not None:
            return await self._already(going, source)
        plan = (await self._expand(source, where, large)).plan if source else None
        record = await asyncio.to_thread(store.campaign, campaign_id)
        runs = await asyncio.to_thread(store.runs_of, campaign_id)
        kind: DecisionKind = "resumed" if plan is None else "replanned"
        decision = Decision(kind, self._around.clock.utc_now(), runs=len(runs))
        record = replace(record, decisions=(*record.decisions, decision), plan=plan or record.plan)
        runner = await self._made(record, runs)
        if not runner.ledger.lacking()[0]:
            raise CampaignInvalid(
                f"campaign {record.plan.name} ({campaign_id}) lacks nothing: every run that it asks for is there",
                next_="Add repeats in its file, or with + on its screen.",
            )
        await self._around.conductor.take(runner, f"campaign {campaign_id}")
        return await self._taken(record, runner, lambda: store.decide(campaign_id, decision, plan))

    async def _already(self, runner: CampaignRunner, source: str) -> CampaignOutline:
        """It goes on: a pause that waits can be taken back, but its plan can not be changed under it."""
        if source:
            what, _ = runner.in_the_way
            raise RunInProgress(what, next_="Pause it first, then resume it with the file.")
        if runner.is_pausing and runner.unpause():
            decision = Decision("resumed", self._around.clock.utc_now(), runs=runner.ledger.runs_begun)
            await asyncio.to_thread(self._around.store.decide, runner.campaign_id, decision)
            runner.decide(decision)
        assert self._record is not None, "it goes on"
        return outline(self._record, runner.ledger, runner)

    async def _taken(
        self, record: CampaignRecord, runner: CampaignRunner, keep: Callable[[], None]
    ) -> CampaignOutline:
        """Keep what was decided while the runner, which was begun, waits for that."""
        self._runner, self._record = runner, record
        try:
            await asyncio.to_thread(keep)
        except BaseException:  # a cancelled request as well: the conductor waits for the runner
            self._runner = self._record = None  # nothing is told of what was not kept
            runner.abandon()
            raise
        runner.go()
        return outline(record, runner.ledger, runner)

    async def _made(self, record: CampaignRecord, runs: Sequence[RunSummary]) -> CampaignRunner:
        around = self._around
        lent = await asyncio.to_thread(lent_runs, around.store, record)
        return CampaignRunner(
            record,
            runs,
            workshop=around.conductor.workshop(),
            store=around.store,
            changed=self._tell,
            lent=lent,
            watch=await asyncio.to_thread(self._watch, record),
        )

    def _watch(self, record: CampaignRecord) -> AlertWatch:
        rule = record.plan.rules.alerts or AlertRule()
        baseline = baseline_runs(self._around.store, record.plan, record.campaign_id)
        return AlertWatch(rule, baseline, lambda alert: self._raised(rule, alert))

    def _raised(self, rule: AlertRule, alert: Alert) -> None:
        if self._runner is not None and self._record is not None:
            self._around.raised(rule, alert, outline(self._record, self._runner.ledger, self._runner))

    async def _refuse_unfinished(self, plan: CampaignPlan) -> None:
        """Two campaigns of one name would be mistaken for each other while one can be resumed."""
        for record in await asyncio.to_thread(self._around.store.campaigns):
            if record.plan.name != plan.name:
                continue
            ledger = await asyncio.to_thread(self._resting, record)
            if ledger.lacking()[0]:
                raise CampaignInvalid(
                    f"campaign {plan.name} ({record.campaign_id}) of the same name is not complete",
                    next_=f"Go on with it: `chimera campaign resume {record.campaign_id}`, or with the file as it "
                    "is now: `chimera campaign resume FILE`. Or give the file another name.",
                )
            return

    # ---- steering ----------------------------------------------------------------------------------------

    async def steer(self, name: str, kind: Steering, cell: str = "", amount: int = 0) -> CampaignOutline:
        """Pause, resume, skip or want a cell, add or take repeats, or have a cell run first. CampaignNotFound,
        BadUse."""
        if kind == "resume":
            return await self.resume(name)
        store = self._around.store
        campaign_id = await asyncio.to_thread(store.find_campaign, name)
        record = await asyncio.to_thread(store.campaign, campaign_id)
        runner = self._running(campaign_id)
        if kind == "pause" and runner is None:
            raise BadUse(f"campaign {record.plan.name} ({campaign_id}) does not go on: there is nothing to pause")
        _check(record.plan, kind, cell, amount)
        runs = runner.ledger.runs_begun if runner else len(await asyncio.to_thread(store.runs_of, campaign_id))
        decision = Decision(_KINDS[kind], self._around.clock.utc_now(), cell, amount, runs=runs)
        await asyncio.to_thread(store.decide, campaign_id, decision)
        record = replace(record, decisions=(*record.decisions, decision))
        if runner is not None:
            self._record = record
            runner.decide(decision)
            if kind == "pause":
                runner.pause()
        return (await self._look(record))[0]

    async def mark_baseline(self, name: str) -> str:
        """Test later campaigns against this campaign, or this run with its series; an empty name against none. Its
        id. RunNotFound."""
        store = self._around.store
        baseline = await asyncio.to_thread(baseline_of, store, name) if name else ""
        await asyncio.to_thread(store.mark_baseline, baseline)
        return baseline

    # ---- looking -----------------------------------------------------------------------------------------

    async def campaigns(self) -> list[CampaignOutline]:
        """Newest first."""
        records = await asyncio.to_thread(self._around.store.campaigns)
        return [(await self._look(record))[0] for record in records]

    async def runs(self, name: str) -> Sequence[RunSummary]:
        """All of a campaign's, oldest first."""
        campaign_id = await asyncio.to_thread(self._around.store.find_campaign, name)
        return await asyncio.to_thread(self._around.store.runs_of, campaign_id)

    async def view(self, name: str) -> CampaignView:
        store = self._around.store
        campaign_id = await asyncio.to_thread(store.find_campaign, name)
        record = await asyncio.to_thread(store.campaign, campaign_id)
        _, ledger = await self._look(record)
        runner = self._running(campaign_id)
        if runner is not None:
            return view(record, ledger, runner, runner.watch.alerts)
        watch = await asyncio.to_thread(self._watch, record)
        await asyncio.to_thread(_measure, ledger, watch)
        return view(record, ledger, None, watch.alerts)

    async def _look(self, record: CampaignRecord) -> tuple[CampaignOutline, Ledger]:
        runner = self._running(record.campaign_id)
        if runner is not None:
            return outline(record, runner.ledger, runner), runner.ledger
        ledger = await asyncio.to_thread(self._resting, record)
        return outline(record, ledger, None), ledger

    def _resting(self, record: CampaignRecord) -> Ledger:
        store = self._around.store
        return Ledger(record, store.runs_of(record.campaign_id), lent_runs(store, record))

    def _running(self, campaign_id: str) -> CampaignRunner | None:
        """The runner of that campaign while it works on it."""
        runner = self._runner
        return runner if runner is not None and runner.campaign_id == campaign_id and not runner.is_over else None

    def _tell(self) -> None:
        if self._runner is not None and self._record is not None:
            self._around.sink.emit(CampaignChanged(outline(self._record, self._runner.ledger, self._runner)))


def _check(plan: CampaignPlan, kind: Steering, cell: str, amount: int) -> None:
    """Raises BadUse."""
    if kind != "pause" and plan.cell(cell) is None:
        raise BadUse(f"campaign {plan.name} has no cell {cell!r}", next_="Take an id that its cells have.")
    if kind == "repeats" and not 0 < abs(amount) <= MOST_REPEATS:
        raise BadUse(f"repeats can be changed by 1 to {MOST_REPEATS}, up or down, not by {amount}")


def _measure(ledger: Ledger, watch: AlertWatch) -> None:
    """The figures of every cell that has runs; in a worker thread, since they are bootstrapped."""
    for cell in ledger.plan.cells:
        runs = tuple(ledger.account(cell.cell_id).done)
        if runs:
            ledger.put_figures(cell.cell_id, cell_figures(runs, cell))
            watch.look(cell, runs)
