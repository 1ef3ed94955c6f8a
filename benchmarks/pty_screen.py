"""A terminal that says when something could be seen on it: the time is taken when the bytes are read."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Hashable

from benchmarks.busy_program import Screen
from tests.terminal import _NOT_FOR_PYTE

DOWN, UP = "\x1b[B", "\x1b[A"


class TimedScreen(Screen):
    """`until` and `until_raw` answer with a moment of the monotonic clock, in ns."""

    def until_raw(self, wanted: bytes, timeout_s: float = 30.0) -> int:
        """When the program had written this; nothing is emulated meanwhile."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            _, at_ns = self._take(0.05)
            if wanted in self.raw:
                self._stream.feed(_NOT_FOR_PYTE.sub(b"", bytes(self.raw)))
                return at_ns
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"waited in vain for {wanted!r} on the screen")

    def until(self, look: Callable[[], bool], timeout_s: float = 30.0) -> int:
        """When the bytes came that made `look` true."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            data, at_ns = self._take(0.05)
            if data:
                self._show(data)
                if look():
                    return at_ns
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"waited in vain; the screen was:\n{self.screen}")

    def collect(self, seconds: float) -> int:
        """Take what comes for so long and emulate it only afterwards; how many bytes."""
        taken, until_s = [], time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            taken.append(self._take(left_s)[0])
        self._show(b"".join(taken))
        return sum(map(len, taken))

    def latency_ms(self, key: str, state: Callable[[], Hashable], timeout_s: float = 30.0) -> float:
        """From a key press to the bytes that change what `state` sees."""
        before, pressed_ns = state(), time.monotonic_ns()
        self.send(key)
        return (self.until(lambda: state() != before, timeout_s) - pressed_ns) / 1e6

    def row(self, number: int) -> str:
        return "".join(self._screen.buffer[number][column].data for column in range(self._size[0]))

    def marked_rows(self, first: int, last: int, column: int) -> tuple[str, ...]:
        """The background of these rows: it changes when the cursor moves."""
        return tuple(self._screen.buffer[row][column].bg for row in range(first, last))

    def holds(self, text: str) -> Callable[[], bool]:
        """Whether a row shows the text; looks only at rows that changed since the last look."""

        def look() -> bool:
            dirty = sorted(self._screen.dirty)
            self._screen.dirty.clear()
            return any(text in self.row(number) for number in dirty)

        return look

    def _take(self, seconds: float) -> tuple[bytes, int]:
        """What comes next, if something comes in time, and when."""
        if not select.select([self._fd], [], [], max(0.0, seconds))[0]:
            return b"", time.monotonic_ns()
        try:
            data = os.read(self._fd, 65536)
        except OSError as error:
            raise RuntimeError(f"the program has ended before its measurement:\n{self.screen}") from error
        at_ns = time.monotonic_ns()
        self.raw += data
        return data, at_ns

    def _show(self, data: bytes) -> None:
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data))
