"""How long the daemon lives: while something runs or somebody looks, and a little longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

FIRST_GRACE_S = 30.0
"""For whoever started the daemon to attach; a viewer attaches within a second."""
_EAGER_S = 0.1


class Lifecycle:
    """Belongs to the event loop's thread; `over` is set once and never cleared."""

    def __init__(
        self,
        *,
        running: Callable[[], bool],
        watched: Callable[[], bool],
        linger_s: float,
        grace_s: float = FIRST_GRACE_S,
    ) -> None:
        """`running` tells whether a run goes on, `watched` whether a viewer is attached."""
        self.over = asyncio.Event()
        self._running = running
        self._watched = watched
        self._linger_s = linger_s
        self._eager = False
        self._timer: asyncio.TimerHandle | None = None
        self._earliest = asyncio.get_running_loop().time() + grace_s
        self._wait(grace_s)

    def touched(self) -> None:
        """Somebody asked something: no end before they had time to ask more."""
        self._wait(self._linger_s)

    def viewers_changed(self, viewers: int) -> None:
        if viewers:
            self._earliest = 0.0
        self._wait(self._linger_s)

    def end(self) -> None:
        self.over.set()

    def end_when_idle(self) -> None:
        """End as soon as nothing runs, whoever looks."""
        self._eager = True
        self._look()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self, delay_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        due = max(loop.time() + (_EAGER_S if self._eager else delay_s), 0.0 if self._eager else self._earliest)
        self._timer = loop.call_at(due, self._look)

    def _look(self) -> None:
        if self._running() or (self._watched() and not self._eager):
            self._wait(self._linger_s)
        else:
            self.over.set()
