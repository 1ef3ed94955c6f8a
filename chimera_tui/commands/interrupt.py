"""Ctrl-C, SIGTERM and the time limit of a run: each cancels it, and the end is then awaited as any other."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from types import TracebackType
from typing import Literal, Protocol, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Cancels(Protocol):
    async def cancel(self) -> None: ...


class Interrupt:
    """While this is open a signal cancels the run that was armed; a second one ends the program at once."""

    def __init__(self, client: Cancels, timeout_s: float | None) -> None:
        """`timeout_s` counts from `arm`; None is for ever."""
        self.cause: Literal["", "signal", "timeout"] = ""
        self._client = client
        self._timeout_s = timeout_s
        self._running = asyncio.Event()
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def arm(self) -> None:
        """The run goes on from now: it can be cancelled."""
        self._running.set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._take)
        self._task = asyncio.create_task(self._cancel_when_asked(), name="interrupt")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _take(self) -> None:
        self.cause = "signal"
        self._asked.set()
        self._release()

    def _release(self) -> None:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    async def _cancel_when_asked(self) -> None:
        await self._running.wait()
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._asked.wait()
        except TimeoutError:
            self.cause = "timeout"
        await self._client.cancel()
