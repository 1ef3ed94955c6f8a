"""The probe processes: started before they are needed, used again when their request has ended in order."""

from __future__ import annotations

import asyncio
import os
import select
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from chimera_tui import resources
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.services.ollama.frames import Frame, FrameDecoder, FrameKind
from chimera_tui.services.ollama.inbox import Inbox, open_inbox

_PROBE = "chimera_tui.services.ollama.probe"
_SETTLE_S = 1.0
"""For a process to start, and for a server to end its answer after its last line."""
_LAST_FRAMES = (FrameKind.CLOSED, FrameKind.ERROR)


class Reader:
    """One probe process and the pipes to it. It does one request after the other."""

    def __init__(self, process: Process, inbox: Inbox) -> None:
        self._process = process
        self._handle = _handle(process)
        self._inbox = inbox
        self._decoder = FrameDecoder()
        self._asked = self._writes = False
        self.is_free = False
        """It waits for a request."""

    @classmethod
    async def start(cls) -> Reader:
        """Start a process; it is free when its first frame, READY, has come. Raises ChimeraError."""
        try:
            inbox, theirs = open_inbox()
        except OSError as error:
            raise _not_started(error) from error
        try:
            process = await asyncio.create_subprocess_exec(
                *resources.child_command(_PROBE),
                stdin=PIPE,
                stdout=theirs,
                stderr=PIPE,
                env=resources.child_environment(),
            )
        except BaseException as error:
            inbox.close()
            if isinstance(error, OSError):
                raise _not_started(error) from error
            raise
        finally:
            os.close(theirs)
        return cls(process, inbox)

    def ask(self, line: bytes) -> None:
        """Send it a request; what it reads comes out of `read`."""
        assert self._process.stdin is not None
        self._asked, self.is_free = True, False
        self._process.stdin.write(line)  # goes out while we wait for the first frame; it needs no drain

    @property
    def is_alive(self) -> bool:
        """The loop may not have heard of its end yet; its descriptor has."""
        if self._handle is None:
            return self._process.returncode is None
        poller = select.poll()
        poller.register(self._handle, select.POLLIN)
        return not poller.poll(0)

    async def read(self) -> list[Frame]:
        """The next frames; empty when the process has ended."""
        while data := await self._inbox.read(patient=self._writes):
            if frames := self._decoder.feed(data):
                last = frames[-1].kind
                self._writes = last is FrameKind.LINE
                self.is_free = last in _LAST_FRAMES or (last is FrameKind.READY and not self._asked)
                return frames
        return []

    async def settle(self) -> bool:
        """Read until it is free; False when it does not get so in `_SETTLE_S`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_S):
                while not self.is_free and await self.read():
                    pass
        return self.is_free

    async def last_words(self) -> str:
        """Why it ended without telling the end: never seen in health."""
        assert self._process.stderr is not None
        lines = (await self._process.stderr.read()).decode("utf-8", "replace").split("\n")
        said = next((line for line in reversed(lines) if line.strip()), "")
        return f"its reader ended with status {await self._process.wait()} {said}".strip()

    async def end(self) -> None:
        """Kill and reap, however often this task is cancelled meanwhile: SIGKILL needs milliseconds."""
        process = self._process
        self._kill()
        if process.stdin is not None:
            process.stdin.close()
        assert process.stderr is not None
        self._inbox.close()
        # what is left in the pipe is read as well: a pipe with unread data never closes
        reaped = asyncio.gather(process.stderr.read(), process.wait())
        cancelled = False
        while not reaped.done():
            try:
                await asyncio.shield(reaped)
            except asyncio.CancelledError:
                cancelled = True
        if cancelled:
            raise asyncio.CancelledError

    def _kill(self) -> None:
        """`Process.kill` alone would reap one that has just ended, under the hands of asyncio's own watcher."""
        handle, self._handle = self._handle, None
        with suppress(ProcessLookupError):
            if handle is None:
                self._process.kill()
            else:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        if handle is not None:
            os.close(handle)


class Readers:
    """Readers at hand.

    Starting a process costs tens of milliseconds of a core. While another agent's request waits for its first
    token that may show in its TTFT, so a run has its readers started before its first request leaves.
    """

    def __init__(self) -> None:
        self._free: list[Reader] = []
        self._keeps = 0

    @asynccontextmanager
    async def kept(self, count: int) -> AsyncIterator[None]:
        """Have `count` readers ready, and keep them from one request to the next until this is left.

        One that can not be started is no error here: the request that needs it will tell.
        """
        self._keeps += count
        try:
            await self._fill()
            yield
        finally:
            self._keeps -= count
            while len(self._free) > self._keeps:
                await self._free.pop().end()

    async def _take(self) -> Reader:
        while self._free:
            reader = self._free.pop()
            if reader.is_alive:
                return reader
            await reader.end()
        return await Reader.start()

    async def _fill(self) -> None:
        with suppress(ChimeraError):
            while len(self._free) < self._keeps:
                self._free.append(await Reader.start())
        await asyncio.gather(*(reader.settle() for reader in self._free))

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Reader]:
        """A reader for one request. Leaving this in whatever way ends the request: a reader that is not free by
        then is killed, which closes its connection, which stops the server."""
        reader = await self._take()
        try:
            yield reader
        finally:
            if reader.is_free and reader.is_alive and len(self._free) < self._keeps:
                self._free.append(reader)
            else:
                await reader.end()


def _not_started(error: OSError) -> ChimeraError:
    return ChimeraError(
        f"the process that reads the stream can not be started: {error.strerror}",
        next_="Free memory or processes on this machine, then run again.",
    )


def _handle(process: Process) -> int | None:
    """A descriptor that means this very process for as long as it is open, where the system has such."""
    try:
        return os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        return None
