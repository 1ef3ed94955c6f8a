"""When a series that failed tries again: growing pauses, cut short by whoever asks, and an end to the tries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.series import HEALING

PAUSES_S = (2.0, 8.0, 30.0, 120.0)
"""After the first, second, … failure in a row: a hiccup costs seconds, a machine that restarts is waited for."""
MOST_FAILURES = len(PAUSES_S) + 1
"""So many in a row end a series."""

Sleep = Callable[[float], Awaitable[None]]
"""`asyncio.sleep`, or what a test puts in its place."""


class Retries:
    """Counts the failures in a row and waits between them."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep
        self._failures = 0
        self._waiting = False
        self._now = asyncio.Event()
        self._stopped = asyncio.Event()

    @property
    def failures(self) -> int:
        """In a row until now."""
        return self._failures

    @property
    def waiting(self) -> bool:
        return self._waiting

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, fault: ErrorInfo) -> float | None:
        """How long to wait before the next try, s; None when there is to be none."""
        self._failures += 1
        if fault.code not in HEALING or self._failures >= MOST_FAILURES:
            return None
        return PAUSES_S[self._failures - 1]

    async def wait(self, pause_s: float, prepare: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait so long, or until `now`; then prepare the next try. `stop` ends both at once."""
        self._now.clear()
        self._waiting = True
        try:
            await _until(self._now, self._slept(pause_s))
            await _until(self._stopped, prepare())
        finally:
            self._waiting = False

    def now(self) -> None:
        """Do not wait any longer; nothing when nobody waits."""
        self._now.set()

    def stop(self) -> None:
        """There is no next try."""
        self._stopped.set()
        self._now.set()

    async def _slept(self, pause_s: float) -> None:
        await self._sleep(pause_s)


async def _until(event: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work to its end or until the event is set."""
    working = asyncio.create_task(work)
    signal = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({working, signal}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = working.done()
        working.cancel()
        signal.cancel()
        await asyncio.wait({working, signal})
    if ended:
        working.result()  # what comes here is a defect and must be heard
