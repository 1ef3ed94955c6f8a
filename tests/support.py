"""Small helpers that every test may use."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Block until the condition is true; AssertionError naming `what` when it never is."""
    deadline = time.monotonic() + timeout_s
    pause_s = 0.01
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s:g} s in vain for {what}"
        time.sleep(pause_s)
        pause_s = min(1.2 * pause_s, 0.05)  # what is asked is often a process, which has better things to do


async def eventually(condition: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """The same for async tests: the loop goes on meanwhile."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s:g} s in vain for {what}"
        await asyncio.sleep(0.01)
