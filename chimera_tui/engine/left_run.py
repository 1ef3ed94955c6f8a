"""A run that a killed daemon left without an end: ended, checked and saved as that daemon would have done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from chimera_tui.domain.errors import ErrorInfo, SaveFailed
from chimera_tui.domain.events import Event, MetricsUpdated, Notice
from chimera_tui.domain.grounding import Grounds, tally
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    NumbersChecked,
    RepairJudged,
    ReportSaved,
    RunEvent,
    RunFinished,
    TextChecked,
)
from chimera_tui.engine.checks import RunChecks, remarks_of
from chimera_tui.engine.fold import RunFold
from chimera_tui.engine.ports import Checker, Corpus, ReportStore
from chimera_tui.engine.retold import RetoldAgent, retold

INTERRUPTED = ErrorInfo(
    code="interrupted",
    what="interrupted: the daemon was killed while the run went on",
    where="",
    next="Run it again; what had arrived until then is kept.",
)
_KILLED = "the daemon was killed before the check was over"
_OTHER_FILES = f"{_KILLED}, and the files are not the same any more"


def endings(fold: RunFold) -> Iterator[RunEvent]:
    """What ends the agents: each that was at work fails; one that mended its report is done with what is
    measured."""
    at_ns = fold.last_ns
    for agent, part in fold.agents.items():
        if part.is_mending:
            yield RepairJudged(fold.run_id, agent, False, "interrupted; the first text stays", at_ns)
            yield AgentStateChanged(fold.run_id, agent, AgentState.DONE, at_ns)
        elif part.state.is_active or part.state is AgentState.IDLE:
            yield AgentStateChanged(
                fold.run_id, agent, AgentState.FAILED, at_ns, why="interrupted", error=INTERRUPTED
            )


class LeftRun:
    """It can be killed as well: the next one goes on where it was."""

    def __init__(
        self,
        events: Sequence[RunEvent],
        emit: Callable[[Event], None],
        *,
        checker: Checker,
        store: ReportStore,
        corpus: Callable[[Grounds], Awaitable[Corpus | None]],
    ) -> None:
        """`events` are all that was told of the run; `corpus` gives the files of those grounds, None when they are
        not the same any more."""
        self._fold = RunFold()
        for event in events:
            self._fold.apply(event)
        self._agents: Mapping[AgentId, RetoldAgent] = retold(self._fold.agents, events)
        self._emit = emit
        self._checker = checker
        self._store = store
        self._corpus = corpus

    async def finish(self) -> None:
        for event in list(endings(self._fold)):
            self._tell(event)
        for agent, part in self._agents.items():
            report = part.texts["report"]
            if report.text and report.checked is None:
                await self._check(agent, part)
        if not self._fold.folder:
            await self._save()
        self._tell(RunFinished(self._fold.run_id, self._fold.summarise_ended()))

    async def _check(self, agent: AgentId, part: RetoldAgent) -> None:
        """A whole report is checked if its files are still the same; of one that was cut, what was checked
        counts."""
        report, grounds = part.texts["report"], part.grounds
        is_whole = self._fold.agents[agent].state is AgentState.DONE
        corpus = await self._corpus(grounds) if is_whole and grounds is not None else None
        if grounds is not None and corpus is not None:
            checks = RunChecks(self._fold.run_id, self._checker, grounds.today, self._tell_new)
            await checks.prepare(corpus)
            text = checks.begin(agent, "report")
            text.add(report.text)
            text.close(report.text, report.done_reason)
            await checks.end()
            return
        today = grounds.today if grounds is not None else self._fold.today
        found = await asyncio.to_thread(remarks_of, report.text, report.done_reason, today)
        problem = _OTHER_FILES if is_whole and grounds is not None else _KILLED
        told = tally(report.numbers)
        self._tell(TextChecked(self._fold.run_id, agent, "report", told, found, problem, report.lines))

    async def _save(self) -> None:
        summary = self._fold.summarise_ended()
        texts = [part.written() for part in self._agents.values()]
        try:
            saved = await asyncio.shield(asyncio.to_thread(self._store.save, summary, texts))
        except SaveFailed as error:
            self._emit(Notice("error", error.info.sentence()))
        else:
            self._tell(ReportSaved(self._fold.run_id, saved.folder, saved.files, saved.note))

    def _tell_new(self, event: RunEvent) -> None:
        """What a check tells, without the numbers that were told before."""
        if isinstance(event, NumbersChecked):
            before = self._agents[event.agent].texts[event.step].lines
            numbers = tuple(number for number in event.numbers if number.line > before)
            if not numbers:
                return
            event = NumbersChecked(event.run_id, event.agent, event.step, event.lines, numbers)
        self._tell(event)

    def _tell(self, event: RunEvent) -> None:
        self._fold.apply(event)
        if isinstance(event, NumbersChecked | TextChecked | RepairJudged):
            self._agents[event.agent].apply(event)
        self._emit(event)
        if isinstance(event, AgentStateChanged | TextChecked):
            live = self._fold.agents[event.agent].live(self._fold.last_ns)
            self._emit(MetricsUpdated(event.run_id, event.agent, live))
