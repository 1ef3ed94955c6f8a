"""When the simulator ends: a signal, its parent's end, or the end of standard input."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_POLL_S = 1.0
_STDIN = 0


@asynccontextmanager
async def ending(*, parent_pid: int | None, with_stdin: bool) -> AsyncIterator[asyncio.Event]:
    """An event that is set when it is time to end; whatever watches for that is undone on leaving."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    watched: list[int] = []
    poll: asyncio.Task[None] | None = None
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if with_stdin:
        _watch_stdin(loop, stop)
        watched.append(_STDIN)
    if parent_pid is not None:
        try:
            handle = os.pidfd_open(parent_pid)
        except ProcessLookupError:
            stop.set()
        except (AttributeError, OSError):
            poll = asyncio.create_task(_poll(parent_pid, stop))
        else:
            loop.add_reader(handle, stop.set)
            watched.append(handle)
    try:
        yield stop
    finally:
        for descriptor in watched:
            loop.remove_reader(descriptor)
            if descriptor != _STDIN:
                os.close(descriptor)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        if poll is not None:
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    def read() -> None:
        try:
            if not os.read(_STDIN, 4096):
                stop.set()
        except OSError:
            stop.set()

    try:
        loop.add_reader(_STDIN, read)
    except (OSError, ValueError):
        # A file or /dev/null can not be waited for: it is at its end already.
        stop.set()


async def _poll(pid: int, stop: asyncio.Event) -> None:
    """For systems without pidfd."""
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            stop.set()
            return
        except PermissionError:
            pass
        await asyncio.sleep(_POLL_S)
