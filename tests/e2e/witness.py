"""What a daemon has acknowledged of a campaign's runs, and whether a journal still holds all of it.

Acknowledged is what an answer of a route told: it comes from the journal's file. The stream of events may be a
tenth of a second ahead of that.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from chimera_tui.client.places import Places
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import Event, MetricsUpdated, Notice
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RequestFinished, RunEvent, RunFinished, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.engine.fold import RunFold
from chimera_tui.services.journal.journal import Journal
from tests.daemon.daemons import House

_PAUSE_S = 0.1
_NEWEST = 4
"""Runs whose events are asked for again and again: what goes on, and what has just ended."""

Numbers = dict[str, object]
"""What of a run does not depend on how long anything took."""


@dataclass(slots=True)
class Story:
    """A run, each agent by itself, however its tokens were batched."""

    lines: dict[AgentId, list[object]] = field(default_factory=dict)
    summary: RunSummary | None = None

    @classmethod
    def of(cls, events: Iterable[Event]) -> Story:
        story = cls()
        for event in events:
            if isinstance(event, RunFinished):
                story.summary = event.summary
            agent = getattr(event, "agent", None)
            if isinstance(event, MetricsUpdated) or not isinstance(agent, AgentId):
                continue
            lines = story.lines.setdefault(agent, [])
            lines += event.chunks if isinstance(event, TokensArrived) else [event]
        return story

    def is_whole_in(self, other: Story) -> bool:
        """Whether the other tells all of this, and perhaps more behind it."""
        kept = all(other.lines.get(agent, [])[: len(lines)] == lines for agent, lines in self.lines.items())
        return kept and self.summary in (None, other.summary)

    @property
    def count(self) -> int:
        return sum(map(len, self.lines.values()))


class Witness:
    """Asks a daemon for its newest runs, again and again, and remembers what it was answered; a thread."""

    def __init__(self, home: House) -> None:
        self._home = home
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._stories: dict[str, Story] = {}
        self._lost: list[str] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask()), name="witness")
        self.answers = 0

    def __enter__(self) -> Witness:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def acknowledged(self) -> dict[str, Story]:
        """By run; AssertionError when an answer told less than one before it."""
        with self._lock:
            assert not self._lost, self._lost
            return dict(self._stories)

    async def _ask(self) -> None:
        while not self._over.is_set():
            try:
                async with self._home.client() as client, asyncio.timeout(20):
                    for run in await client.runs(limit=_NEWEST):
                        if not self._is_over(run.run_id):
                            told = [event async for batch in client.replay(run.run_id) for event in batch]
                            self._remember(run.run_id, Story.of(told))
            except (ChimeraError, TimeoutError):
                pass  # it was killed, or is not there yet
            await asyncio.sleep(_PAUSE_S)

    def _is_over(self, run_id: str) -> bool:
        with self._lock:
            return run_id in self._stories and self._stories[run_id].summary is not None

    def _remember(self, run_id: str, story: Story) -> None:
        with self._lock:
            before = self._stories.get(run_id)
            if before is not None and not before.is_whole_in(story):
                self._lost.append(f"{run_id}: {before.count} lines were told, then {story.count}")
            self._stories[run_id] = story
            self.answers += 1


def journal_of(places: Places, folder: Path) -> Journal:
    """The journal that a killed daemon has left, as its next one would open it; a copy, to be closed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for suffix in ("", "-wal"):
        source = places.journal.with_name(places.journal.name + suffix)
        if source.exists():
            shutil.copy(source, folder)
    copy = folder / places.journal.name
    journal = Journal.open(copy, notify=_refuse, leisure_s=3600)
    assert journal.path == copy
    return journal


def check_file(path: Path) -> None:
    """SQLite finds nothing wrong with a journal that is closed."""
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def check_run(journal: Journal, run_id: str, acknowledged: Story) -> None:
    """Everything that was acknowledged of a run is there, and its summary is what its events come to."""
    events = tuple(journal.events(run_id))
    kept = Story.of(events)
    assert acknowledged.is_whole_in(kept), f"{run_id}: {acknowledged.count} lines were told, {kept.count} are kept"
    if kept.summary is None:
        assert journal.run(run_id).state is RunState.RUNNING, run_id
    else:
        assert kept.summary == journal.run(run_id), run_id
    check_numbers(events)


def check_numbers(events: Iterable[RunEvent]) -> None:
    """The summary of a run that is done is what its events come to."""
    fold = RunFold()
    for event in events:
        fold.apply(event)
    told = fold.summary
    if told is not None and told.state is RunState.DONE:
        again = fold.summarise(fold.last_ns)
        assert (again.agents, again.folder, again.campaign) == (told.agents, told.folder, told.campaign)


def numbers_of(events: Iterable[RunEvent]) -> dict[AgentId, Numbers]:
    """What an undisturbed run of the same cell gives as well."""
    events = tuple(events)
    found: dict[AgentId, Numbers] = {}
    for agent in AgentId:
        own = [event for event in events if getattr(event, "agent", None) is agent]
        done = [event.metrics for event in own if isinstance(event, RequestFinished)]
        texts: dict[str, str] = {}
        for event in own:
            if isinstance(event, TokensArrived):
                texts[event.step] = texts.get(event.step, "") + "".join(chunk.text for chunk in event.chunks)
        found[agent] = {
            "texts": texts,
            "tokens": [request.server.eval_tokens for request in done],
            "prompts": [request.server.prompt_tokens for request in done],
            "reasons": [request.done_reason for request in done],
        }
    summary = next(event.summary for event in reversed(events) if isinstance(event, RunFinished))
    for outcome in summary.agents:
        found[outcome.agent]["grounding"] = outcome.grounding
        assert outcome.state is AgentState.DONE
    return found


def _refuse(notice: Notice) -> None:
    raise AssertionError(notice.text)
