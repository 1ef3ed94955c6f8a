"""Fans events out to the journal and to every viewer, with back-pressure and without haste."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from enum import IntEnum
from types import TracebackType
from typing import Self

from chimera_tui.daemon.backlog import MAX_BYTES, MAX_EVENTS, Backlog
from chimera_tui.daemon.lines import blocks
from chimera_tui.daemon.projection import Projection
from chimera_tui.domain.beat import BEAT_S, nearest_beat_s
from chimera_tui.domain.events import Envelope, Event, FactsRead, FilesChanged, MetricsUpdated, Notice
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.names import to_wire
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    RequestSent,
    RunEvent,
    RunFinished,
    RunStarted,
    TokensArrived,
)
from chimera_tui.domain.wire import tokens_json

GATHER_S = BEAT_S
"""Events that come this close together go out as one write, unless a viewer asks for another pace: it redraws ten
times a second at most, and all its parts at once cost it less than each part by itself."""
_EARLY = 0.8
"""After so much of that time what comes may leave: a little early rather than with a wake-up of its own."""
_BEHIND_BEAT_S = 0.005
_READABLE_PER_S = 150
"""Tokens of both agents. What comes faster than anyone reads is drawn at half the pace, twice as fast at a third,
and gathered so."""


class Haste(IntEnum):
    """When an event must leave for the viewers."""

    NOW = 0
    """Somebody waits for it."""
    SOON = 1
    """At once after a pause, else together with its followers."""
    LATER = 2
    """After that time: it surrounds the sending of a request, and what draws it shall not compete for a core with
    the server that takes the request."""


class Hub:
    """Implements `engine.ports.EventSink`; every method belongs to the event loop's thread."""

    def __init__(
        self,
        projection: Projection,
        record: Callable[[RunEvent, str | None], None],
        *,
        on_viewers: Callable[[int], None] = lambda viewers: None,
        max_events: int = MAX_EVENTS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """`record` takes every event of a run (the journal), with its JSON where that is made already;
        `on_viewers` hears how many look."""
        self._projection = projection
        self._record = record
        self._on_viewers = on_viewers
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._seq = 0
        self._viewers: set[Subscription] = set()
        self._silent: set[tuple[str, str]] = set()
        """Requests (run, agent) whose first token has not come: it must not wait for company."""
        self._closed = False

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def emit(self, event: Event) -> None:
        self._seq += 1
        if isinstance(event, Notice):
            event = replace(event, text=to_wire(event.text))  # it may quote a file name that is no UTF-8
        text = tokens_json(event) if isinstance(event, TokensArrived) else None  # once, for all
        if isinstance(event, RunEvent) and event.run_id:
            self._record(event, text)  # telemetry beside no run is for those who look
        self._projection.apply(event, seen=bool(self._viewers))
        envelope = Envelope(self._seq, event, text)
        haste = self._haste(event)
        for viewer in tuple(self._viewers):
            viewer.put(envelope, haste)

    def subscribe(self, gather_s: float = GATHER_S, *, joined: bool = False) -> Subscription:
        """What is known now and, without gap or overlap, all that follows; to be used as a context. Events that
        come within `gather_s` go out together; `joined` as in `lines.blocks`."""
        past = [Envelope(self._seq, event) for event in self._projection.snapshot()]
        backlog = Backlog(self._max_events, self._max_bytes)
        viewer = Subscription(past, backlog, self._unsubscribe, gather_s, joined=joined)
        self._viewers.add(viewer)
        if self._closed:
            viewer.end()
        self._on_viewers(len(self._viewers))
        return viewer

    def close(self) -> None:
        """Send what is left to every viewer and end their streams; later ones get the past and the end."""
        self._closed = True
        for viewer in tuple(self._viewers):
            viewer.end()

    def _unsubscribe(self, viewer: Subscription) -> None:
        self._viewers.discard(viewer)
        self._on_viewers(len(self._viewers))

    def _haste(self, event: Event) -> Haste:
        match event:
            case TokensArrived(run_id=run_id, agent=agent):
                first = (run_id, agent) in self._silent
                self._silent.discard((run_id, agent))
                return Haste.NOW if first else Haste.SOON
            case RequestSent(run_id=run_id, agent=agent):
                self._silent.add((run_id, agent))
                return Haste.LATER
            case RunStarted() | RunFinished() | AgentStateChanged(state=AgentState.FAILED | AgentState.CANCELLED):
                return Haste.NOW
            case MetricsUpdated():
                return Haste.LATER
            case FactsRead() | FilesChanged():
                return Haste.SOON
            case _:
                return Haste.LATER if isinstance(event, RunEvent) else Haste.NOW


class Subscription:
    """One viewer's stream: iterate for blocks of whole lines, inside `with`."""

    def __init__(
        self,
        past: list[Envelope],
        backlog: Backlog,
        leave: Callable[[Subscription], None],
        gather_s: float = GATHER_S,
        *,
        joined: bool = False,
    ) -> None:
        self._past = past
        self._joined = joined
        self._backlog = backlog
        self._leave = leave
        self._gather_s = gather_s
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._sent_at = 0.0
        self._pause_s = gather_s
        self._ended = False
        self.lost = False
        """The viewer fell too far behind; its stream ends, and it must attach again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cancel_timer()
        self._leave(self)

    def put(self, envelope: Envelope, haste: Haste) -> None:
        if self._ended:
            return
        if not self._backlog.put(envelope):
            self.lost = True
            self.end()
        elif not self._wake.is_set():
            if haste is Haste.NOW:
                self._wake.set()
                return
            now = asyncio.get_running_loop().time()
            if haste is Haste.LATER:
                self._wake_at(now + self._gather_s)
            elif now >= self._sent_at + _EARLY * self._pause_s:
                self._wake.set()
            else:
                self._wake_at(self._in_company(self._sent_at + self._pause_s))

    def _pauses(self) -> int:
        """How many pauses in one: one more for each time that they are faster than can be read."""
        elapsed_s = max(self._gather_s, asyncio.get_running_loop().time() - self._sent_at)
        return 1 + min(2, int(self._backlog.tokens / elapsed_s / _READABLE_PER_S))

    def _in_company(self, due: float) -> float:
        """Just after the beat at which the tokens come, which then take along what waits."""
        return nearest_beat_s(due) + _BEHIND_BEAT_S if self._gather_s >= BEAT_S else due

    def _wake_at(self, due: float) -> None:
        """At that time of the loop, or earlier if that was settled."""
        if self._timer is None or due < self._timer.when():
            self._cancel_timer()
            self._timer = asyncio.get_running_loop().call_at(due, self._wake.set)

    def end(self) -> None:
        self._ended = True
        self._wake.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        past, self._past = self._past, []
        for block in blocks(past, joined=self._joined):
            if self.lost:
                return
            yield block
            await asyncio.sleep(0)
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._cancel_timer()
            self._pause_s = self._gather_s * self._pauses()
            for block in blocks(self._backlog.take(), joined=self._joined):
                yield block
            self._sent_at = asyncio.get_running_loop().time()
            if self._ended:
                return

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
