"""What a daemon that starts remembers of the run before: its screen, and which settings its servers answered."""

from __future__ import annotations

from collections.abc import Callable

from chimera_tui.daemon.history import with_metrics
from chimera_tui.daemon.projection import Projection
from chimera_tui.domain.errors import JournalUnusable, RunNotFound
from chimera_tui.domain.events import Notice
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import RequestFinished, RunStarted
from chimera_tui.engine.conductor import Conductor
from chimera_tui.services.journal.journal import Journal


def recall_last_run(
    journal: Journal, projection: Projection, conductor: Conductor, notify: Callable[[Notice], None]
) -> None:
    """Called before anything else runs, so these may be filled from a worker thread."""
    try:
        run_id = journal.find("last")
    except RunNotFound:
        return
    asked: dict[AgentId, AgentSettings] = {}
    answered: list[tuple[AgentId, AgentSettings]] = []
    try:
        events = list(journal.events(run_id))
    except JournalUnusable as error:  # what can not be told of the last run is no reason to refuse the next
        notify(Notice("warning", str(error)))
        return
    for event in with_metrics(events):
        projection.apply(event)
        if isinstance(event, RunStarted):
            asked = dict(zip(event.agents, event.settings, strict=True))
        elif isinstance(event, RequestFinished) and event.metrics.client.first_content_ns is not None:
            answered.append((event.agent, asked[event.agent]))
    conductor.recall(answered, run_id)
