"""Telemetry for the screens while nothing runs: sampled only while somebody looks, and never kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chimera_tui.domain.run_events import TelemetrySampled
from chimera_tui.engine.ports import EventSink, Telemetry

_PAUSE_S = 1.0
"""Between looks whether somebody watches and the run, which samples for itself, is over."""


class IdleTelemetry:
    """Tells samples of no run (`run_id` is empty) while a viewer is attached and nothing runs."""

    def __init__(self, telemetry: Telemetry, sink: EventSink, running: Callable[[], bool]) -> None:
        self._telemetry = telemetry
        self._sink = sink
        self._running = running
        self._watched = asyncio.Event()

    def viewers_changed(self, viewers: int) -> None:
        if viewers:
            self._watched.set()
        else:
            self._watched.clear()

    async def follow(self) -> None:
        """Until cancelled."""
        while True:
            await self._watched.wait()
            if not self._running():
                await self._sample()
            await asyncio.sleep(_PAUSE_S)

    async def _sample(self) -> None:
        async with self._telemetry.samples() as samples:
            async for sample in samples:
                if self._running() or not self._watched.is_set():
                    return
                self._sink.emit(TelemetrySampled("", sample))
