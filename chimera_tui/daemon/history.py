"""Runs of the journal told again through the engine's fold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chimera_tui.client.places import Places
from chimera_tui.domain.events import MetricsUpdated
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    FactsIngested,
    RepairJudged,
    RequestFinished,
    RequestSent,
    RunEvent,
    TextChecked,
    TokensArrived,
)
from chimera_tui.engine.fold import RunFold
from chimera_tui.services.journal.journal import Journal
from chimera_tui.services.journal.writer import Notify

METRICS_PERIOD_NS = 500_000_000
"""As often as a run that goes on tells its metrics."""


def open_journal(places: Places, notify: Notify) -> Journal:
    """The journal of these places; `notify` is called from any thread. Raises JournalUnusable."""
    return Journal.open(places.journal, notify=notify, rescue=places.rescue("journal"))


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
