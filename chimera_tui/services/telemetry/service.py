"""Telemetry as the engine asks for it: one sample at once, then one a second."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager

from chimera_tui.domain.telemetry import GpuSample, TelemetrySample
from chimera_tui.services.telemetry.gpus import Gpus
from chimera_tui.services.telemetry.host import Host
from chimera_tui.services.telemetry.nvml import Nvml
from chimera_tui.services.telemetry.own import OwnProcesses

_LOG = logging.getLogger(__name__)


class HardwareTelemetry:
    """Implements `engine.ports.Telemetry` with NVML and psutil, which are imported for the first sample only.

    Each listener has a thread: NVML blocks for milliseconds, with a GPU that is being lost for seconds, and lets
    go of the interpreter meanwhile. A thread that the driver never answers is left behind; it keeps nothing alive.
    """

    def __init__(self, nvml: Nvml | None = None, period_s: float = 1.0) -> None:
        self._nvml = nvml or Nvml()
        self._period_s = period_s
        self._nvml_busy = threading.Lock()

    @asynccontextmanager
    async def samples(self) -> AsyncIterator[AsyncIterator[TelemetrySample]]:
        """Samples until the context is left; one that is not taken before the next comes is replaced by it."""
        mailbox = Mailbox(asyncio.get_running_loop())
        threading.Thread(target=self._sample_into, args=(mailbox,), name="telemetry", daemon=True).start()
        try:
            yield mailbox
        finally:
            mailbox.leave()

    def _sample_into(self, mailbox: Mailbox) -> None:
        own = OwnProcesses(os.getpid())
        host = Host(own)
        with ExitStack() as stack:
            stack.callback(mailbox.end)
            gpus = self._open(stack)
            for at_ns in beats(self._period_s, mailbox.left):
                pids = own.pids()
                mailbox.put(TelemetrySample(at_ns, host.sample(at_ns, pids), self._gpus(gpus, pids)))

    def _open(self, stack: ExitStack) -> Gpus | None:
        if not self._nvml_busy.acquire(timeout=self._period_s):
            _LOG.warning("no GPU telemetry: the driver still owes another listener an answer")
            return None
        try:
            problem = stack.enter_context(self._nvml.session())
            if problem:
                _LOG.info("no GPU telemetry: %s", problem)
            return None if problem else Gpus(self._nvml)
        finally:
            self._nvml_busy.release()

    def _gpus(self, gpus: Gpus | None, own: frozenset[int]) -> tuple[GpuSample, ...]:
        """Never two at once, whoever listens; none when the driver is still busy with another listener's."""
        if gpus is None or not self._nvml_busy.acquire(timeout=self._period_s):
            return ()
        try:
            return gpus.sample(own)
        finally:
            self._nvml_busy.release()


def beats(period_s: float, over: threading.Event) -> Iterator[int]:
    """Monotonic stamps in ns: now, then at whole periods after it. Those that come too late are left out."""
    period_ns = round(period_s * 1e9)
    began_ns = time.monotonic_ns()
    beat = 0
    while not over.wait(max(0, began_ns + beat * period_ns - time.monotonic_ns()) / 1e9):
        yield time.monotonic_ns()
        beat = (time.monotonic_ns() - began_ns) // period_ns + 1


class Mailbox:
    """Takes samples from a thread to one listener on an event loop, and the news that he has left back."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._gate = threading.Lock()
        """The loop may be closed as soon as the listener has left."""
        self.left = threading.Event()
        self._news = asyncio.Event()
        self._newest: TelemetrySample | None = None
        self._ended = False

    def leave(self) -> None:
        with self._gate:
            self.left.set()

    def put(self, sample: TelemetrySample) -> None:
        """From any thread."""
        self._tell(sample)

    def end(self) -> None:
        """From any thread: nothing more will come."""
        self._tell(None)

    def _tell(self, sample: TelemetrySample | None) -> None:
        with self._gate:
            if not self.left.is_set():
                self._loop.call_soon_threadsafe(self._receive, sample)

    def _receive(self, sample: TelemetrySample | None) -> None:
        if sample is None:
            self._ended = True
        else:
            self._newest = sample
        self._news.set()

    def __aiter__(self) -> Mailbox:
        return self

    async def __anext__(self) -> TelemetrySample:
        await self._news.wait()
        sample, self._newest = self._newest, None
        if sample is None:
            raise StopAsyncIteration
        if not self._ended:
            self._news.clear()
        return sample
