"""What runs and viewers leave behind is given back while nothing goes on."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

from chimera_tui.domain.events import Event
from chimera_tui.domain.run_events import RunFinished

QUIET_S = 2.0
"""After a run or a viewer: what follows at once, as in a series, need not wait for a collection."""
MOST = 10
"""So many runs and viewers without such a pause are tidied up after at once."""


def give_back() -> None:
    """Collect all circles; then the system gets back what lies free within the heap, which glibc keeps otherwise:
    a list of runs that was asked for once, or a long text."""
    import ctypes  # with a first run, not with the daemon's start

    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class Tidying:
    """Python collects the oldest objects so seldom here (see `compose`) that the circles which every run and every
    viewer leave would pile up."""

    def __init__(self, running: Callable[[], bool], collect: Callable[[], object] = give_back) -> None:
        self._running = running
        self._collect = collect
        self._ended = 0
        """Since the last collection."""
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, event: Event) -> None:
        """Something happened; the end of a run is what matters."""
        if isinstance(event, RunFinished):
            self.wanted()

    def wanted(self) -> None:
        """Something ended just now."""
        self.close()
        self._ended += 1
        if self._ended >= MOST:
            self._tidy()
            return
        self._timer = asyncio.get_running_loop().call_later(QUIET_S, self._tidy)

    def close(self) -> None:
        """Nothing is done any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tidy(self) -> None:
        self._timer = None
        if self._ended >= MOST or not self._running():  # else the end of what runs will ask again
            self._ended = 0
            self._collect()
