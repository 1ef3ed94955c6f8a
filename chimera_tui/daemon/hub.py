"""Fans events out to the journal and to every viewer, with back-pressure and without haste."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from chimera_tui.daemon.backlog import MAX_BYTES, MAX_EVENTS, Backlog
from chimera_tui.daemon.lines import blocks
from chimera_tui.daemon.projection import Projection
from chimera_tui.domain.events import Envelope, Event, FactsRead, FilesChanged, MetricsUpdated, Notice
from chimera_tui.domain.inventory import to_wire
from chimera_tui.domain.run_events import RequestSent, RunEvent, TokensArrived

GATHER_S = 0.1
"""Events that come this close together go out as one write: a viewer redraws ten times a second at most, and all
its parts at once cost it less than each part by itself."""


class Hub:
    """Implements `engine.ports.EventSink`; every method belongs to the event loop's thread."""

    def __init__(
        self,
        projection: Projection,
        record: Callable[[RunEvent], None],
        *,
        on_viewers: Callable[[int], None] = lambda viewers: None,
        max_events: int = MAX_EVENTS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """`record` takes every event of a run (the journal); `on_viewers` hears how many look."""
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
        if isinstance(event, RunEvent) and event.run_id:
            self._record(event)  # telemetry beside no run is for those who look
        self._projection.apply(event, seen=bool(self._viewers))
        envelope = Envelope(self._seq, event)
        urgent = self._is_urgent(event)
        for viewer in tuple(self._viewers):
            viewer.put(envelope, urgent=urgent)

    def subscribe(self) -> Subscription:
        """What is known now and, without gap or overlap, all that follows; to be used as a context."""
        past = [Envelope(self._seq, event) for event in self._projection.snapshot()]
        viewer = Subscription(past, Backlog(self._max_events, self._max_bytes), self._unsubscribe)
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

    def _is_urgent(self, event: Event) -> bool:
        match event:
            case TokensArrived(run_id=run_id, agent=agent):
                first = (run_id, agent) in self._silent
                self._silent.discard((run_id, agent))
                return first
            case RequestSent(run_id=run_id, agent=agent):
                self._silent.add((run_id, agent))
                return True
            case MetricsUpdated() | FactsRead() | FilesChanged():
                return False
            case _:
                return True


class Subscription:
    """One viewer's stream: iterate for blocks of whole lines, inside `with`."""

    def __init__(self, past: list[Envelope], backlog: Backlog, leave: Callable[[Subscription], None]) -> None:
        self._past = past
        self._backlog = backlog
        self._leave = leave
        self._wake = asyncio.Event()
        self._timer: asyncio.Handle | None = None
        self._sent_at = 0.0
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

    def put(self, envelope: Envelope, *, urgent: bool) -> None:
        if self._ended:
            return
        if not self._backlog.put(envelope):
            self.lost = True
            self.end()
        elif urgent:
            self._wake.set()
        elif self._timer is None and not self._wake.is_set():
            loop = asyncio.get_running_loop()
            due = self._sent_at + GATHER_S
            # A lone event after a pause goes at once; only its followers wait for company.
            self._timer = (
                loop.call_at(due, self._wake.set) if due > loop.time() else loop.call_soon(self._wake.set)
            )

    def end(self) -> None:
        self._ended = True
        self._wake.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        past, self._past = self._past, []
        for block in blocks(past):
            if self.lost:
                return
            yield block
            await asyncio.sleep(0)
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._cancel_timer()
            for block in blocks(self._backlog.take()):
                yield block
            self._sent_at = asyncio.get_running_loop().time()
            if self._ended:
                return

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
