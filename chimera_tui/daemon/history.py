"""Finished runs told again through the engine's fold, and unfinished ones brought to their end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chimera_tui.client.places import Places
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.events import MetricsUpdated
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    FactsIngested,
    RepairJudged,
    RequestFinished,
    RequestSent,
    RunEvent,
    RunFinished,
    TextChecked,
    TokensArrived,
)
from chimera_tui.engine.fold import RunFold
from chimera_tui.services.journal.journal import Journal
from chimera_tui.services.journal.writer import Notify

METRICS_PERIOD_NS = 500_000_000
"""As often as a run that goes on tells its metrics."""

INTERRUPTED = ErrorInfo(
    code="interrupted",
    what="interrupted: the daemon was killed while the run went on",
    where="",
    next="Run it again; what had arrived until then is kept.",
)


def open_journal(places: Places, notify: Notify) -> Journal:
    """The journal of these places, its unfinished runs brought to their end; `notify` is called from any thread.
    Raises JournalUnusable."""
    return Journal.open(places.journal, conclude=conclude, notify=notify, rescue=places.rescue("journal"))


def with_metrics(events: Iterable[RunEvent]) -> Iterator[RunEvent | MetricsUpdated]:
    """A run's events as a viewer saw them: with each agent's metrics at every change and twice a second."""
    fold = RunFold()
    told_ns: dict[str, int] = {}
    for event in events:
        fold.apply(event)
        yield event
        match event:
            case AgentStateChanged() | FactsIngested() | RequestSent() | RequestFinished():
                due = True
            case TextChecked() | RepairJudged():
                due = True
            case TokensArrived():
                due = fold.last_ns - told_ns.get(event.agent, 0) >= METRICS_PERIOD_NS
            case _:
                continue
        if due:
            told_ns[event.agent] = fold.last_ns
            yield MetricsUpdated(event.run_id, event.agent, fold.agents[event.agent].live(fold.last_ns))


def conclude(events: Sequence[RunEvent]) -> list[RunEvent]:
    """What ends a run whose daemon was killed: each agent still at work fails, then the run does; one that mends
    its report is done with what is measured."""
    fold = RunFold()
    for event in events:
        fold.apply(event)
    at_ns = fold.last_ns
    ending: list[RunEvent] = []
    for agent, part in fold.agents.items():
        if part.is_mending:
            judged = RepairJudged(fold.run_id, agent, False, "interrupted; the first text stays", at_ns)
            fold.apply(judged)
            ending += [judged, AgentStateChanged(fold.run_id, agent, AgentState.DONE, at_ns)]
        elif part.state.is_active or part.state is AgentState.IDLE:
            ending.append(
                AgentStateChanged(
                    fold.run_id, agent, AgentState.FAILED, at_ns, why="interrupted", error=INTERRUPTED
                )
            )
    return [*ending, RunFinished(fold.run_id, fold.interrupted(INTERRUPTED))]
