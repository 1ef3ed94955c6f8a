"""One text on its way to the checking process, and what came back of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from chimera_tui.domain.beat import next_beat_s
from chimera_tui.domain.grounding import CheckedNumber, CheckedText
from chimera_tui.services.grounding.frames import number_of
from chimera_tui.services.pipes import Frame

_GATHERED_S = 0.5
"""Complete lines are sent at the beat after this: however often tokens come, the process wakes no oftener."""

Tell = Callable[[int, tuple[CheckedNumber, ...]], None]


class SentText:
    """A `TextCheck`. Keeps all of the text: a process that is started again has to be told it again."""

    def __init__(
        self, number: int, today: str, tell: Tell, wake: Callable[[], None], drop: Callable[[int], None]
    ) -> None:
        """`wake` asks for `frames` to be sent; `drop` is called when nobody waits any longer."""
        self.number = number
        self._today = today
        self._tell = tell
        self._wake = wake
        self._drop = drop
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Future[CheckedText] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._parts: list[str] = []
        self._numbers: list[CheckedNumber] = []
        self._lines = 0
        self._whole = False
        self.forget_sent()

    # ---- for the engine --------------------------------------------------------------------------------

    def add(self, text: str) -> None:
        """Take what was written next; it is sent when a line is complete."""
        if self._told.done():
            return
        self._parts.append(text)
        if self._timer is None and "\n" in text:
            self._timer = self._loop.call_at(next_beat_s(self._loop.time() + _GATHERED_S), self._due)

    async def finish(self) -> CheckedText:
        """Wait for what became of the whole text."""
        self._whole = True
        self._wake()
        try:
            return await asyncio.shield(self._told)
        except asyncio.CancelledError:
            self._drop(self.number)
            raise

    # ---- for the process -------------------------------------------------------------------------------

    def forget_sent(self) -> None:
        """The process is another one now."""
        self._opened = self._finish_sent = False
        self._sent = 0

    def frames(self) -> Iterator[Frame]:
        """What the process does not know yet."""
        if not self._opened:
            self._opened = True
            yield ("open", self.number, self._today)
        if self._sent < len(self._parts):
            written = "".join(self._parts[self._sent :])
            self._sent = len(self._parts)
            yield ("text", self.number, written)
        if self._whole and not self._finish_sent:
            self._finish_sent = True
            yield ("finish", self.number)

    def heard(self, lines: int, found: tuple[Frame, ...]) -> None:
        """So many lines are checked. What was told before, by a process that died, is not told again."""
        if lines <= self._lines:
            return
        numbers = tuple(number_of(frame) for frame in found if frame[0] > self._lines)
        self._lines = lines
        self._numbers += numbers
        self._tell(lines, numbers)

    def conclude(self, files: int, problem: str) -> None:
        """Nothing more will come."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._told.done():
            told = CheckedText(tuple(self._numbers), lines=self._lines, files=files, problem=problem)
            self._told.set_result(told)

    def _due(self) -> None:
        self._timer = None
        self._wake()
