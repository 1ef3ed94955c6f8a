"""A daemon that stands still is told as what it is: its last words would stay on the screen as news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from chimera_tui.domain.errors import ChimeraError

_SILENT_S = 5.0
"""While somebody looks a daemon tells something every second; one that is silent for so long is asked."""
_ANSWER_S = 5.0
"""It answers in milliseconds; a machine that swaps needs longer."""


class Answers(Protocol):
    async def status(self) -> object: ...


class Silence:
    """`heard` with every batch; `watch` goes on beside the stream and says when no answer comes any more."""

    def __init__(
        self, say: Callable[[str, str], object], silent_s: float = _SILENT_S, answer_s: float = _ANSWER_S
    ) -> None:
        self._say = say
        self._silent_s = silent_s
        self._answer_s = answer_s
        self._heard_s = 0.0
        self._said = False

    def heard(self) -> None:
        self._heard_s = asyncio.get_running_loop().time()
        if self._said:
            self._said = False
            self._say("info", "")

    async def watch(self, connection: Answers, pid: Callable[[], int | None]) -> None:
        """Until cancelled; `pid` is the daemon's, where it is known."""
        clock = asyncio.get_running_loop().time
        self._heard_s = clock()
        while True:
            await asyncio.sleep(self._silent_s)
            if clock() - self._heard_s < self._silent_s:
                continue
            try:
                async with asyncio.timeout(self._answer_s):
                    await connection.status()
            except TimeoutError:
                self._said = True
                self._say("warning", self._words(clock() - self._heard_s, pid()))
            except ChimeraError:
                pass  # it went away: the stream hears that, too
            else:
                self.heard()

    def _words(self, silent_s: float, pid: int | None) -> str:
        ending = f"kill -9 {pid}" if pid else "end it by force"
        return f"the daemon stands still: no word for {silent_s:.0f} s. Wait, or {ending}: another starts at once"
