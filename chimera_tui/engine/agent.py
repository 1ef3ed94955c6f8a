"""One agent's workflow: ingest the files, ask for an analysis, then for a report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from chimera_tui.domain.errors import ChimeraError, NothingToAnalyse
from chimera_tui.domain.events import ModelInfo
from chimera_tui.domain.metrics import AgentState, Offload, Phase, ServerTimings, Step
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    FactsIngested,
    OffloadMeasured,
    RequestFinished,
    RunEvent,
    TokensArrived,
)
from chimera_tui.engine import factsheet
from chimera_tui.engine.agent_fold import OpenRequest
from chimera_tui.engine.before import look_before
from chimera_tui.engine.offload import measured
from chimera_tui.engine.plan import Plan, Planner
from chimera_tui.engine.ports import (
    AgentText,
    Arrived,
    Clock,
    Corpus,
    FactSource,
    Finished,
    LoadedModel,
    ModelRequest,
    ModelServer,
    Sent,
)
from chimera_tui.engine.prompts import PromptBook, TokenEstimator
from chimera_tui.engine.unloading import Unloader
from chimera_tui.engine.waits import LoadMemory, Neighbour, find_loaded, infer_wait

WAIT_POLL_S = 0.5
"""How often `/api/ps` is asked while a request is silent."""
MEASURE_S = 1.0
"""How long the end of an answer waits for `/api/ps` to say how the model was loaded: milliseconds, usually."""


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a workflow works with; shared by the agents of a run."""

    server: ModelServer
    facts: FactSource
    prompts: PromptBook
    clock: Clock
    estimator: Callable[[AgentSettings], TokenEstimator]
    memory: LoadMemory
    unloader: Unloader
    emit: Callable[[RunEvent], None]
    neighbour: Callable[[AgentId], Neighbour | None]


class AgentWorkflow:
    """Runs once; tells everything through `emit`. Raises nothing but CancelledError."""

    def __init__(self, run_id: str, agent: AgentId, settings: AgentSettings, bench: Workbench) -> None:
        self.agent = agent
        self.settings = settings
        self.text = AgentText("", "", bench.prompts.persona(agent), "")
        self._run_id = run_id
        self._bench = bench
        self._model = ModelInfo(settings.model)
        self._loaded: tuple[LoadedModel, ...] = ()
        self._offload: Offload | None = None
        self._context: int | None = None
        self._ended = False

    @property
    def model(self) -> ModelInfo:
        """With its shape once the server was asked."""
        return self._model

    @property
    def ended(self) -> bool:
        """Whether its last state was told."""
        return self._ended

    async def run(self, inventory: str | None = None) -> None:
        """Do the work; `inventory` is agent A's finished report when B follows A in sequence."""
        try:
            await self._work(inventory)
            self._tell(AgentState.DONE)
        except ChimeraError as error:
            self._tell(AgentState.FAILED, why=error.info.what, error=error)
        except asyncio.CancelledError:
            self.cancelled()
            raise

    def cancelled(self) -> None:
        """Tell that the agent was stopped, once; also for an agent that never got to start."""
        self._tell(AgentState.CANCELLED, why="stopped")

    async def _work(self, inventory: str | None) -> None:
        persona = self.text.system
        self._tell(AgentState.INGEST, step="ingest")
        corpus = await self._bench.facts.corpus()
        if not corpus.files:
            raise NothingToAnalyse(
                f"nothing to analyse in {self._bench.facts.where}: no csv, json or md file",
                next_="Put csv, json or md files there, or open another directory.",
            )
        self._context = await self._look_at_model()
        self.text = AgentText("", "", persona, factsheet.data_summary(corpus))
        planner = self._planner(corpus, self._context, inventory)

        first = await asyncio.to_thread(planner.analysis)  # cutting the facts of many files takes its time
        self._ingested(corpus, first)
        analysis = await self._ask("analysis", persona, first)

        second = await asyncio.to_thread(planner.report, analysis)
        if second.cut != first.cut:
            self._ingested(corpus, second)
        await self._ask("report", persona, second)

    def _tell(
        self,
        state: AgentState,
        *,
        step: Phase | None = None,
        why: str = "",
        error: ChimeraError | None = None,
    ) -> None:
        if self._ended:
            return
        self._ended = not state.is_active
        now_ns = self._bench.clock.monotonic_ns()
        info = error.info if error else None
        self._bench.emit(AgentStateChanged(self._run_id, self.agent, state, now_ns, step, why, info))

    # ---- ingest --------------------------------------------------------------------------------------

    async def _look_at_model(self) -> int:
        """Learn the model's shape, tell its offload, and say how many tokens its context is believed to hold."""
        settings, server = self.settings, self._bench.server
        self._model = await server.show(settings.host, settings.model)
        self._loaded = tuple(await server.loaded(settings.host))
        await self._undo_stale_options()
        entry = find_loaded(self._loaded, settings.model)
        self._tell_offload()
        return factsheet.context_size(
            settings.options.num_ctx, self._model.context_length, entry.context_length if entry else None
        )

    async def _undo_stale_options(self) -> None:
        """Options that this request leaves to the server may still be in effect from an earlier one."""
        neighbour = self._bench.neighbour(self.agent)
        if neighbour is None or not (neighbour.asks and neighbour.shares_model(self.settings)):
            self._bench.memory.observe(self.settings, find_loaded(self._loaded, self.settings.model))
        if told := await self._bench.unloader.undo(self.settings, neighbour):
            self._tell(AgentState.LOADING, step="ingest", why=told)
            self._loaded = tuple(await self._bench.server.loaded(self.settings.host))

    def _tell_offload(self) -> None:
        """As `/api/ps` said last, unless that was told before."""
        offload = measured(self.settings, self._model.block_count, self._loaded)
        if offload != self._offload:
            self._offload = offload
            now_ns = self._bench.clock.monotonic_ns()
            self._bench.emit(OffloadMeasured(self._run_id, self.agent, offload, now_ns))

    def _planner(self, corpus: Corpus, context: int, inventory: str | None) -> Planner:
        return Planner(
            agent=self.agent,
            prompts=self._bench.prompts,
            estimator=self._bench.estimator(self.settings),
            corpus=corpus,
            context=context,
            num_predict=self.settings.options.num_predict,
            today=f"{self._bench.clock.utc_now():%Y-%m-%d}",
            inventory=inventory,
        )

    def _ingested(self, corpus: Corpus, plan: Plan) -> None:
        self._bench.emit(
            FactsIngested(
                self._run_id,
                self.agent,
                files=len(corpus.files),
                facts=plan.sheet.facts,
                facts_left_out=plan.sheet.facts_left_out,
                cut=plan.cut,
                at_ns=self._bench.clock.monotonic_ns(),
                context_size=self._context,
            )
        )

    # ---- one request ---------------------------------------------------------------------------------

    async def _ask(self, step: Step, system: str, plan: Plan) -> str:
        """Send one request and follow its stream to the end; what was written is kept even when it fails."""
        bench = self._bench
        before = await look_before(bench.server, bench.memory, self.settings, self.agent, self._run_id)
        self._loaded = self._loaded if before.models is None else before.models
        request = ModelRequest(self.settings, system, plan.prompt)
        record = OpenRequest(step, bench.clock.monotonic_ns())
        written: list[str] = []
        finished: Finished | None = None
        error: ChimeraError | None = None
        try:
            async with self._waiting(step) as first_token, bench.server.stream(request) as items:
                async for item in items:
                    match item:
                        case Sent(at_ns=at_ns):
                            record = OpenRequest(step, at_ns)
                            self._bench.emit(before.sent(step, at_ns, system, plan))
                        case Arrived(chunks=chunks):
                            record.arrived(chunks)
                            written.extend(chunk.text for chunk in chunks if not chunk.thinking)
                            if record.chunks:
                                first_token.set()
                            self._bench.emit(TokensArrived(self._run_id, self.agent, step, chunks))
                        case Finished():
                            finished = item
        except ChimeraError as caught:
            error = caught
            raise
        finally:
            text = "".join(written)
            self._close(step, record, text, finished, error)
        if finished is not None and finished.server.prompt_tokens is not None:
            estimator = self._bench.estimator(self.settings)
            estimator.learn(len(system) + len(plan.prompt), finished.server.prompt_tokens, self._context)
        return text

    def _close(
        self,
        step: Step,
        record: OpenRequest,
        text: str,
        finished: Finished | None,
        error: ChimeraError | None,
    ) -> None:
        closed_ns = finished.at_ns if finished else self._bench.clock.monotonic_ns()
        server = finished.server if finished else ServerTimings()
        metrics = record.metrics(server, finished.done_reason if finished else None, closed_ns)
        info = error.info if error else None
        self._bench.emit(RequestFinished(self._run_id, self.agent, metrics, info))
        old = self.text
        analysis, report = (text, old.report) if step == "analysis" else (old.analysis, text)
        self.text = AgentText(analysis, report, old.system, old.data_summary)

    # ---- the wait before the first token -------------------------------------------------------------

    @asynccontextmanager
    async def _waiting(self, step: Step) -> AsyncIterator[asyncio.Event]:
        """Tell the state of a silent request until the yielded event is set, then that it writes."""
        first_token = asyncio.Event()
        teller = asyncio.create_task(self._tell_wait(step, first_token), name=f"wait of {self.agent.label}")
        try:
            yield first_token
            if first_token.is_set():  # a short answer is over before the server has said how it loaded the model
                await asyncio.wait({teller}, timeout=MEASURE_S)
        finally:
            teller.cancel()
            with suppress(asyncio.CancelledError):
                await teller

    async def _tell_wait(self, step: Step, first_token: asyncio.Event) -> None:
        reloads = self._bench.memory.reloads(self.settings)
        told: tuple[AgentState, str] | None = None
        while not first_token.is_set():
            wait = infer_wait(
                self.settings,
                self._loaded,
                reloads,
                self._bench.neighbour(self.agent),
                parallel=self._bench.memory.is_parallel(self.settings),
            )
            if wait != told:
                told = wait
                self._tell(wait[0], step=step, why=wait[1])
            with suppress(TimeoutError):
                await asyncio.wait_for(first_token.wait(), WAIT_POLL_S)
            if not first_token.is_set():
                await self._look_at_loaded()
        self._bench.memory.remember(self.settings, self.agent, self._run_id)
        self._tell(AgentState.WRITING, step=step)
        await self._look_at_loaded()
        self._tell_offload()

    async def _look_at_loaded(self) -> None:
        """`/api/ps` is only a hint here: the stream itself reports a server that is in trouble."""
        with suppress(ChimeraError):
            self._loaded = tuple(await self._bench.server.loaded(self.settings.host))
