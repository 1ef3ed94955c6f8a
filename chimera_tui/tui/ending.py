"""SIGTERM and SIGHUP end the viewer as `d` does: the terminal is given back as it was, what runs goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_PATIENCE_S = 2.0
"""A terminal that is gone, or takes nothing any more, would be waited for for ever."""


def leave_on_signals(leave: Callable[[int], object]) -> None:
    """Call `leave` in this thread's event loop, with the exit status that a shell expects: 128 and the signal.

    Only for the main thread. A signal that the one who started us ignores, as `nohup` does, stays ignored.
    """
    loop = asyncio.get_running_loop()

    def take(number: int, frame: FrameType | None) -> None:
        by_force = threading.Timer(_PATIENCE_S, os._exit, (128 + number,))
        by_force.daemon = True
        by_force.start()
        loop.call_soon_threadsafe(leave, 128 + number)

    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, take)
