"""One agent's workflow: ingest the files, ask for an analysis, then for a report, which may be mended later."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from chimera_tui.domain.errors import ChimeraError, PromptTooLong
from chimera_tui.domain.events import ModelInfo
from chimera_tui.domain.grounding import CheckedNumber, CheckedText, Grounds
from chimera_tui.domain.metrics import AgentState, Phase, Step
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    FactsIngested,
    RepairJudged,
    RequestFinished,
    TokensArrived,
)
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine import repair
from chimera_tui.engine.agent_fold import OpenRequest
from chimera_tui.engine.checks import AT_END_S, BETWEEN_S
from chimera_tui.engine.model_watch import ModelWatch
from chimera_tui.engine.plan import Plan, Planner
from chimera_tui.engine.ports import (
    AgentText,
    Arrived,
    Corpus,
    Finished,
    ModelRequest,
    Sent,
)
from chimera_tui.engine.workbench import Workbench


class AgentWorkflow:
    """Runs once; tells everything through `emit`. Raises nothing but CancelledError."""

    def __init__(self, run_id: str, agent: AgentId, settings: AgentSettings, bench: Workbench) -> None:
        self.agent = agent
        self.settings = settings
        self.text = AgentText("", "", bench.prompts.persona(agent), "")
        self._run_id = run_id
        self._bench = bench
        self._watch = ModelWatch(run_id, agent, settings, bench, self._tell)
        self._context: int | None = None
        self._grounds: Grounds | None = None
        self._planner: Planner | None = None
        self._ended = False
        self._reported = False
        self._mending = False

    @property
    def model(self) -> ModelInfo:
        """With its shape once the server was asked."""
        return self._watch.model

    @property
    def ended(self) -> bool:
        """Whether its last state was told."""
        return self._ended

    async def run(self, inventory: str | None = None) -> None:
        """Do the work; `inventory` is agent A's finished report when B follows A in sequence."""
        try:
            await self._work(inventory)
            self._reported = True
            self._tell(AgentState.DONE)
        except ChimeraError as error:
            self._tell(AgentState.FAILED, why=error.info.what, error=error)
        except asyncio.CancelledError:
            self.cancelled()
            raise

    def cancelled(self) -> None:
        """Tell that the agent was stopped, once; also for an agent that never got to start."""
        if not self._ended:
            self._tell(AgentState.CANCELLED, why="stopped")

    def failed(self, error: ChimeraError) -> None:
        """Tell that the agent failed of what it does not know of itself; its task is to be cancelled then."""
        if not self._ended:
            self._tell(AgentState.FAILED, why=error.info.what, error=error)

    async def _work(self, inventory: str | None) -> None:
        persona = self.text.system
        self._tell(AgentState.INGEST, step="ingest")
        corpus = await self._bench.basis.corpus()
        await self._bench.checks.prepare(corpus)
        self._context = await self._watch.begin()
        self._grounds = await self._bench.basis.grounds()
        self.text = AgentText("", "", persona, self._grounds.summary)
        self._planner = planner = self._make_planner(corpus, self._context, inventory)

        first = await asyncio.to_thread(planner.analysis)  # cutting the facts of many files takes its time
        self._ingested(corpus, first)
        analysis = await self._ask("analysis", persona, first)

        second, _ = await asyncio.gather(
            asyncio.to_thread(planner.report, analysis), self._bench.checks.settled(BETWEEN_S, self.agent)
        )
        if second.cut != first.cut:
            self._ingested(corpus, second)
        await self._ask("report", persona, second)

    # ---- a second pass -------------------------------------------------------------------------------

    async def mend(self) -> None:
        """When the report is done and the files contradict numbers of it, have the model mend them.

        Whatever comes of it, the agent stays done, and what was measured stays as it is. Raises only
        CancelledError.
        """
        first = self._bench.checks.of(self.agent, "report")
        wrong = repair.contradicted(first)
        if first is None or not wrong or not self._reported or self._planner is None:
            return
        told = repair.corrections(self.text.report, wrong)
        plan = await asyncio.to_thread(self._planner.repair, self.text.report, told)
        if plan is None:
            self._judged(False, f"not asked for: no second report fits into a context of {self._context:,} tokens")
            return
        self._mending, taken, why = True, False, "stopped before it was over; the first text stays"
        try:
            taken, why = await self._mended(plan, first, wrong)
        except ChimeraError as error:
            why = f"the first text stays: {error.info.what}"
        finally:
            self._judged(taken, why)
            self._tell(AgentState.DONE)
            self._mending = False

    async def _mended(self, plan: Plan, first: CheckedText, wrong: tuple[CheckedNumber, ...]) -> tuple[bool, str]:
        mended, done_reason = await self._stream("repair", self.text.system, plan)
        await self._bench.checks.settled(AT_END_S, self.agent)
        after = self._bench.checks.of(self.agent, "repair")
        taken, why = repair.judge(self.text.report, first, mended, after, done_reason)
        if taken:
            self.text = replace(self.text, report=mended, unrepaired=self.text.report, mended=wrong)
        return taken, why

    def _judged(self, taken: bool, why: str) -> None:
        now_ns = self._bench.clock.monotonic_ns()
        self._bench.emit(RepairJudged(self._run_id, self.agent, taken, why, now_ns))

    @property
    def checked_text(self) -> AgentText:
        """What it wrote, with what the check of the report that is kept came to."""
        step: Step = "repair" if self.text.unrepaired else "report"
        return replace(self.text, checked=self._bench.checks.of(self.agent, step))

    def _tell(
        self,
        state: AgentState,
        *,
        step: Phase | None = None,
        why: str = "",
        error: ChimeraError | None = None,
    ) -> None:
        if self._ended and not self._mending:
            return
        self._ended = self._ended or not state.is_active
        now_ns = self._bench.clock.monotonic_ns()
        info = error.info if error else None
        self._bench.emit(AgentStateChanged(self._run_id, self.agent, state, now_ns, step, why, info))

    # ---- ingest --------------------------------------------------------------------------------------

    def _make_planner(self, corpus: Corpus, context: int, inventory: str | None) -> Planner:
        basis = self._bench.basis
        return Planner(
            agent=self.agent,
            prompts=self._bench.prompts,
            estimator=basis.estimator(self.settings),
            corpus=corpus,
            context=basis.context(self.agent, context),
            num_predict=self.settings.options.num_predict,
            today=basis.fixed.today,
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
                grounds=self._grounds,
            )
        )

    # ---- one request ---------------------------------------------------------------------------------

    async def _ask(self, step: Step, system: str, plan: Plan) -> str:
        """Send one request and follow its stream to the end; what was written is kept even when it fails."""
        text, _ = await self._stream(step, system, plan)
        return text

    async def _stream(self, step: Step, system: str, plan: Plan) -> tuple[str, str | None]:
        """(what was written, the server's reason for its end: None without its last line)."""
        bench = self._bench
        before = await self._watch.before()
        request = ModelRequest(self.settings, system, plan.prompt)
        record = OpenRequest(step, bench.clock.monotonic_ns())
        written: list[str] = []
        check = bench.checks.begin(self.agent, step)
        finished: Finished | None = None
        error: ChimeraError | None = None
        try:
            async with self._watch.waiting(step) as waiting, bench.server.stream(request) as items:
                async for item in items:
                    match item:
                        case Sent(at_ns=at_ns):
                            record = OpenRequest(step, at_ns)
                            self._bench.emit(before.sent(step, at_ns, system, plan))
                            waiting.left(at_ns)
                        case Arrived(chunks=chunks):
                            record.arrived(chunks)
                            written.append("".join([chunk.text for chunk in chunks if not chunk.thinking]))
                            if record.chunks:
                                waiting.first_token.set()
                            self._bench.emit(TokensArrived(self._run_id, self.agent, step, chunks))
                            check.add(written[-1])
                        case Finished():
                            finished = item
        except ChimeraError as caught:
            error = caught
            if isinstance(caught, PromptTooLong) and caught.tokens is not None:
                bench.basis.learn(self.settings, system + plan.prompt, caught.tokens)
            raise
        finally:
            text = "".join(written)
            self._close(step, record, text, finished, error)
            check.close(text, finished.done_reason if finished else None)
        facts = step != "repair"  # whose prompt holds none of what is fitted to the context
        if facts and finished is not None and finished.server.prompt_tokens is not None:
            bench.basis.learn(self.settings, system + plan.prompt, finished.server.prompt_tokens, self._context)
        return text, finished.done_reason if finished is not None else None

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
        if step == "analysis":
            self.text = replace(self.text, analysis=text)
        elif step == "report":  # what mends it is judged first
            self.text = replace(self.text, report=text)
