"""How much of a core the checking process takes while a model is measured."""

from __future__ import annotations

import time
from collections.abc import Callable

SHARE = 0.005
"""Of one core."""
_BURST_S = 0.02
"""Work that may be done at once after a rest."""


class Pace:
    """A purse that fills with time and is emptied by work; all work of this process is paid from it."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, worked: Callable[[], float] = time.process_time
    ) -> None:
        self._clock = clock
        self._worked = worked
        self.restart()

    def restart(self) -> None:
        """What was worked so far is forgotten."""
        self._at_s, self._worked_s, self._purse_s = self._clock(), self._worked(), _BURST_S

    def rest_s(self) -> float:
        """How long to rest before more may be done; 0 when it may."""
        at_s, worked_s = self._clock(), self._worked()
        earned_s = (at_s - self._at_s) * SHARE - (worked_s - self._worked_s)
        self._purse_s = min(_BURST_S, self._purse_s + earned_s)
        self._at_s, self._worked_s = at_s, worked_s
        return max(0.0, -self._purse_s / SHARE)
