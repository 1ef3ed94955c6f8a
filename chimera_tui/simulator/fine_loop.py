"""An event loop that wakes when it is due: asyncio's own rounds every sleep up to whole milliseconds."""

from __future__ import annotations

import asyncio
import select
import selectors
import sys

if sys.platform == "linux":

    class FineSelector(selectors.EpollSelector):
        """Epoll takes its timeout in milliseconds, `select` in microseconds; so the one waits for the other."""

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            if timeout is not None and timeout > 0:
                select.select((self,), (), (), timeout)
                timeout = 0
            return super().select(timeout)


def new_fine_loop() -> asyncio.AbstractEventLoop:
    """For `asyncio.Runner`. Where there is no epoll, the system's usual loop."""
    if sys.platform == "linux":
        return asyncio.SelectorEventLoop(FineSelector())
    return asyncio.new_event_loop()
