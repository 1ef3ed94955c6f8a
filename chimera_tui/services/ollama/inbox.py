"""What a probe has written: read as it comes, handed on at the beat."""

from __future__ import annotations

import asyncio
import os

from chimera_tui.domain.beat import BEAT_S, next_beat_s

_READ_BYTES = 1 << 16
"""What a pipe holds; four times as much would be mapped anew by every read."""
_HELD_BYTES = 4 << 20
"""With so much that nobody took, the pipe is left alone: the probe holds the rest back."""
_PAUSE_S = 1.1 * BEAT_S
_ENDINGS = (b'"done":true', b'"done": true')


class Inbox:
    """The reading end of a pipe. Two streams that are handled at once cost little more than one."""

    def __init__(self, fd: int) -> None:
        """`fd` belongs to this from here on."""
        os.set_blocking(fd, False)
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._parts: list[bytes] = []
        self._bytes = 0
        self._over = self._urgent = self._patient = self._watched = False
        self._taken_s = 0.0
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watch(True)

    async def read(self, *, patient: bool = False) -> bytes:
        """What has come, empty at the end. `patient`: not before the next beat, unless it comes after a pause or
        ends an answer."""
        self._patient = patient
        if not self._may_go():
            self._waiter = self._loop.create_future()
            self._await_beat()
            try:
                await self._waiter
            finally:
                self._waiter = None
                self._cancel_timer()
        data = b"".join(self._parts)
        self._parts.clear()
        self._bytes, self._urgent = 0, self._over
        self._taken_s = self._loop.time()
        self._watch(not self._over)
        return data

    def close(self) -> None:
        """Nobody reads any more."""
        self._watch(False)
        self._cancel_timer()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _watch(self, wanted: bool) -> None:
        if wanted is not self._watched:
            self._watched = wanted
            if wanted:
                self._loop.add_reader(self._fd, self._readable)
            else:
                self._loop.remove_reader(self._fd)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        self._parts.append(data)
        self._bytes += len(data)
        self._over = not data
        full = self._bytes >= _HELD_BYTES
        paused = self._loop.time() - self._taken_s > _PAUSE_S
        self._urgent |= self._over or full or paused or _ends_an_answer(data)
        if self._over or full:
            self._watch(False)
        if self._waiter is not None:
            if self._may_go():
                self._wake()
            else:
                self._await_beat()

    def _may_go(self) -> bool:
        return self._urgent or (bool(self._parts) and not self._patient)

    def _await_beat(self) -> None:
        if self._parts and self._timer is None:
            self._timer = self._loop.call_at(next_beat_s(self._loop.time()), self._wake)

    def _wake(self) -> None:
        self._cancel_timer()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def open_inbox() -> tuple[Inbox, int]:
    """An inbox, and the end of its pipe for the one who writes. Raises OSError."""
    ours, theirs = os.pipe()
    return Inbox(ours), theirs


def _ends_an_answer(data: bytes) -> bool:
    """The server's last line, or the frame that tells how it ended; to be wrong costs a moment's patience."""
    return data.endswith(b'"}') or any(ending in data for ending in _ENDINGS)
