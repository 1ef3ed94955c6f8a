"""One run: both agents (or one), together or in sequence, from the first event to the saved reports."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.errors import ChimeraError, ErrorInfo, SaveFailed
from chimera_tui.domain.events import MetricsUpdated, Notice
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    FactsIngested,
    RepairJudged,
    ReportSaved,
    RequestFinished,
    RequestSent,
    RunEvent,
    RunFinished,
    RunStarted,
    TextChecked,
    TokensArrived,
)
from chimera_tui.domain.runs import RunRequest, RunSummary, SeriesPlace
from chimera_tui.domain.servers import same_model
from chimera_tui.engine.agent import AgentWorkflow
from chimera_tui.engine.basis import Basis
from chimera_tui.engine.checks import AT_END_S, BETWEEN_S, RunChecks
from chimera_tui.engine.fold import RunFold
from chimera_tui.engine.load_memory import LoadMemory
from chimera_tui.engine.outside import Outside
from chimera_tui.engine.recording import Recording
from chimera_tui.engine.unloading import Unloader
from chimera_tui.engine.waits import Neighbour
from chimera_tui.engine.workbench import Workbench

METRICS_PERIOD_S = 0.5
"""Metrics are told twice a second while a run goes on, and at every change of state."""

_TELLING = (AgentStateChanged, FactsIngested, RequestSent, RequestFinished, TextChecked, RepairJudged)


class Run:
    """Lives from `conduct` to its last event."""

    def __init__(
        self,
        run_id: str,
        request: RunRequest,
        settings: Mapping[AgentId, AgentSettings],
        *,
        outside: Outside,
        memory: LoadMemory,
        basis: Basis,
        simulated: bool,
        place: SeriesPlace | CampaignPlace | None = None,
    ) -> None:
        self.run_id = run_id
        self._place = place
        self._request = request
        self._settings = settings
        self._outside = outside
        self._simulated = simulated
        self._memory = memory
        self._fold = RunFold()
        self._checks = RunChecks(run_id, outside.checker, basis.fixed.today, self._emit)
        bench = Workbench(
            server=outside.server,
            prompts=outside.prompts,
            clock=outside.clock,
            basis=basis,
            memory=memory,
            unloader=Unloader(outside.server, memory, basis, outside.sink.emit),
            checks=self._checks,
            emit=self._emit,
            neighbour=self._neighbour,
        )
        self._workflows = {agent: AgentWorkflow(run_id, agent, settings[agent], bench) for agent in request.agents}
        self._recording = Recording(
            run_id, settings, outside, self._emit, lambda agent: self._workflows[agent].model
        )
        self._tasks: dict[AgentId, asyncio.Task[None]] = {}
        self._finished = asyncio.Event()
        self._measured_ns: int | None = None
        """When all that is measured was over."""
        self._stopped: set[AgentId] = set()
        self._unsaved: ErrorInfo | None = None

    @property
    def unsaved(self) -> ErrorInfo | None:
        """Why the reports could not be saved, if they could not."""
        return self._unsaved

    @property
    def agents(self) -> tuple[AgentId, ...]:
        return self._request.agents

    @property
    def summary(self) -> RunSummary | None:
        """Once the run has told its end."""
        return self._fold.summary

    def announce(self) -> None:
        """Tell that the run begins; `conduct` follows."""
        clock = self._outside.clock
        self._emit(
            RunStarted(
                self.run_id,
                self._request.agents,
                self._request.mode,
                tuple(self._settings[agent] for agent in self._request.agents),
                clock.utc_now(),
                clock.monotonic_ns(),
                self._simulated,
                series=self._place if isinstance(self._place, SeriesPlace) else None,
                campaign=self._place if isinstance(self._place, CampaignPlace) else None,
            )
        )

    async def conduct(self) -> None:
        """Run the agents, save what they wrote, tell the end. Cancelling this cancels the agents."""
        ticker = asyncio.create_task(self._tick(), name=f"metrics of {self.run_id}")
        self._recording.begin()
        try:
            async with self._outside.server.ready(self._streams):
                if self._request.mode == "sequence":
                    await self._in_sequence()
                else:
                    await self._together()
                self._measured_ns = self._outside.clock.monotonic_ns()
                if self._request.repair:
                    await self._mend()
        finally:
            ticker.cancel()
            await self._recording.end()
            await self._save()
            self._finished.set()

    @property
    def _streams(self) -> int:
        """How many may be open at once."""
        return 1 if self._request.mode == "sequence" else len(self._workflows)

    async def cancel(self, agent: AgentId | None) -> None:
        """Stop one agent or all; returns when the streams are closed (and, for all, the run is saved)."""
        agents = [agent] if agent is not None else list(self._workflows)
        self._stopped.update(agents)
        for each in agents:
            workflow = self._workflows.get(each)
            task = self._tasks.get(each)
            if workflow is None:
                continue
            if task is None:
                workflow.cancelled()
            else:
                task.cancel()
        waiting = [task for each in agents if (task := self._tasks.get(each))]
        await asyncio.gather(*waiting, return_exceptions=True)
        if agent is None:
            await self._finished.wait()

    async def give_up(self, error: ChimeraError) -> None:
        """Stop every agent that is at work as failed of this; returns when the run is saved."""
        for workflow in self._workflows.values():
            workflow.failed(error)
        await self.cancel(None)

    # ---- the agents ----------------------------------------------------------------------------------

    async def _together(self) -> None:
        agents = [agent for agent, workflow in self._workflows.items() if not workflow.ended]
        for agent in agents:
            self._begin(agent)
        if agents:
            await self._wait_for(*agents)

    async def _in_sequence(self) -> None:
        inventory: str | None = None
        for agent, workflow in self._workflows.items():
            if workflow.ended:
                continue
            self._begin(agent, inventory)
            await self._wait_for(agent)
            await self._checks.settled(BETWEEN_S)
            inventory = workflow.text.report or None

    async def _mend(self) -> None:
        """Have the agents mend their reports once nothing is measured any more: they would measure each other."""
        await self._checks.settled(AT_END_S)
        alone = self._request.mode == "sequence"
        for group in [[agent] for agent in self._workflows] if alone else [list(self._workflows)]:
            agents = [agent for agent in group if agent not in self._stopped]
            for agent in agents:
                work = self._workflows[agent].mend()
                self._tasks[agent] = asyncio.create_task(work, name=f"repair by {agent.label} of {self.run_id}")
            if agents:
                await self._wait_for(*agents)

    def _begin(self, agent: AgentId, inventory: str | None = None) -> None:
        work = self._workflows[agent].run(inventory)
        self._tasks[agent] = asyncio.create_task(work, name=f"agent {agent.label} of {self.run_id}")

    async def _wait_for(self, *agents: AgentId) -> None:
        tasks = [self._tasks[agent] for agent in agents]
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        for agent, task in zip(agents, tasks, strict=True):
            if task.cancelled():
                self._workflows[agent].cancelled()  # it may have been cancelled before its first step
            else:
                task.result()  # a workflow raises nothing of ours: what comes here is a defect and must be heard

    def _neighbour(self, agent: AgentId) -> Neighbour | None:
        fold = self._fold.agents.get(agent.other)
        if fold is None:
            return None
        return Neighbour(
            agent.other.label,
            fold.settings,
            writes=fold.open is not None and fold.open.first_content_ns is not None,
            asks=fold.open is not None,
            beside=self._request.mode == "together" and not self._workflows[agent.other].ended,
            sent_ns=fold.open.sent_ns if fold.open is not None else None,
        )

    # ---- telling -------------------------------------------------------------------------------------

    def _emit(self, event: RunEvent) -> None:
        self._fold.apply(event)
        self._outside.sink.emit(event)
        if isinstance(event, RequestSent):
            self._recording.sent(event)
        if isinstance(event, TokensArrived):
            self._learn_parallel(event.agent)
        if isinstance(event, _TELLING):
            self._tell_metrics(event.agent)

    def _learn_parallel(self, agent: AgentId) -> None:
        mine, other = self._fold.agents[agent], self._fold.agents.get(agent.other)
        if other is None or mine.open is None or other.open is None:
            return
        same = mine.settings.host == other.settings.host and same_model(mine.settings.model, other.settings.model)
        if same and mine.open.overlaps(other.open):
            self._memory.saw_parallel(mine.settings)

    def _tell_metrics(self, agent: AgentId) -> None:
        live = self._fold.agents[agent].live(self._outside.clock.monotonic_ns())
        self._outside.sink.emit(MetricsUpdated(self.run_id, agent, live))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(METRICS_PERIOD_S)
            for agent, fold in self._fold.agents.items():
                if fold.state.is_active:
                    self._tell_metrics(agent)

    async def _save(self) -> None:
        """Write the reports and tell the end; a run is finished also when nothing could be saved."""
        ended_ns = self._measured_ns or self._outside.clock.monotonic_ns()
        for workflow in self._workflows.values():
            workflow.cancelled()  # no agent stays in mid-air; says nothing for those that ended
        await self._checks.end()
        summary = self._fold.summarise(ended_ns)
        texts = [workflow.checked_text for workflow in self._workflows.values()]
        try:
            saving = asyncio.to_thread(self._outside.store.save, summary, texts)
            saved = await asyncio.shield(saving)
        except SaveFailed as error:
            self._not_saved(error.info)
        except Exception:  # a defect, which the loop reports; nothing must wait for this run for ever
            what = f"the reports of run {self.run_id} could not be saved: the program itself failed"
            self._not_saved(ErrorInfo("defect", what, "", "The daemon's log says how; the journal has the texts."))
            self._emit(RunFinished(self.run_id, self._fold.summarise(ended_ns)))
            raise
        else:
            self._emit(ReportSaved(self.run_id, saved.folder, saved.files, saved.note))
        self._emit(RunFinished(self.run_id, self._fold.summarise(ended_ns)))

    def _not_saved(self, why: ErrorInfo) -> None:
        self._unsaved = why
        self._outside.sink.emit(Notice("error", why.sentence()))
