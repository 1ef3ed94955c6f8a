"""A child process that is started anew once when it dies, never silently."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from chimera_tui.domain.events import Notice
from chimera_tui.engine.ports import EventSink
from chimera_tui.services.frame_process import FrameProcess

_FORGIVEN_AFTER_S = 60.0
"""A child that has lived this long since its restart may be restarted again."""


async def keep_alive(
    what: str, module: str, sink: EventSink, live: Callable[[FrameProcess], Awaitable[None]]
) -> str:
    """Run `live` with a process of `module` until it dies twice within a minute; the reason why it is over.

    `live` returns, or raises ConnectionError, when its process is gone. Cancelling stops the process, too.
    """
    restarted = -_FORGIVEN_AFTER_S
    while True:
        reason = await _one_life(module, live)
        if time.monotonic() - restarted < _FORGIVEN_AFTER_S:
            return f"{what} ended twice ({reason})"
        restarted = time.monotonic()
        sink.emit(Notice("warning", f"{what} ended ({reason}) and was started again"))


async def _one_life(module: str, live: Callable[[FrameProcess], Awaitable[None]]) -> str:
    try:
        process = await FrameProcess.start(module)
    except OSError as error:
        return f"no process: {(error.strerror or str(error)).lower()}"
    try:
        await live(process)
    except ConnectionError:
        pass  # it went away while it was written to; its exit status says more
    finally:
        await process.stop()
    return process.status
