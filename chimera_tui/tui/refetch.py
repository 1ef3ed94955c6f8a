"""When something that has changed is read again: not too often, not twice at a time, not while nobody looks."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Callable
from time import monotonic

from textual.message_pump import MessagePump

from chimera_tui.tui.timing import once

_SHARE = 10
"""Times as long as a reading took goes by between two of them: ten thousand cells take half a second."""


class Refetch:
    """Calls `fetch` after `want`, at most once in `pause_s`, and for at most a tenth of the time; tell it with
    `ended` when that is there."""

    def __init__(self, pump: MessagePump, fetch: Callable[[], object], pause_s: float) -> None:
        self._pump = pump
        self._fetch = fetch
        self._pause_s = pause_s
        self._is_wanted = self._is_reading = self._is_held = False
        self._begun_s: float | None = None
        self._took_s = 0.0
        self._timer: TimerHandle | None = None

    def want(self) -> None:
        """What was read is old."""
        self._is_wanted = True
        self._arrange()

    def ended(self) -> None:
        """It was read, or could not be."""
        if self._is_reading and self._begun_s is not None:
            self._took_s = monotonic() - self._begun_s
        self._is_reading = False
        self._arrange()

    def hold(self) -> None:
        """Nobody looks: what is wanted meanwhile is read after `release`."""
        self._is_held = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def release(self) -> None:
        self._is_held = False
        self._arrange()

    def _arrange(self) -> None:
        if self._is_wanted and not self._is_reading and not self._is_held and self._timer is None:
            pause_s = max(self._pause_s, _SHARE * self._took_s)
            due_s = 0.0 if self._begun_s is None else self._begun_s + pause_s
            self._timer = once(self._pump, due_s - monotonic(), self._begin)

    def _begin(self) -> None:
        self._timer = None
        if self._is_wanted and not self._is_reading and not self._is_held:
            self._is_wanted, self._is_reading = False, True
            self._begun_s = monotonic()
            self._fetch()
