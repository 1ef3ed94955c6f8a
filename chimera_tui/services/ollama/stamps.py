"""When bytes arrived: the kernel's receive time of a socket, on the monotonic clock."""

from __future__ import annotations

import socket
import struct
import sys
import time
from typing import NamedTuple

from chimera_tui.services.ollama.frames import StampSource

_SO_TIMESTAMPNS = 35
"""From asm-generic/socket.h, since Python's socket module does not name it; its control message bears it too."""
_TIMESPEC = struct.Struct("@ll")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
_READ_BYTES = 65536
_PAIRS = 40
_STEP_NS = 50_000
"""The wall clock counts as stepped when it moves this far against the monotonic clock (slewing moves both)."""
_SLACK_NS = 20_000
"""Room for the error of the measured offset when a stamp is checked."""


class Read(NamedTuple):
    """What one read of the socket gave; no data is the end of the stream."""

    data: bytes
    at_ns: int
    source: StampSource


def wall_offset_ns() -> int:
    """CLOCK_REALTIME − CLOCK_MONOTONIC, from the tightest of many pairs of readings; good to about 0.1 µs."""
    best, offset = sys.maxsize, 0
    for _ in range(_PAIRS):
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        if after - before < best:
            best, offset = after - before, wall - (before + after) // 2
    return offset


class StampedSocket:
    """Reads a socket and says when the bytes came in.

    The kernel's time is used when it is believable: it must lie between the start of the read before and the
    return of its own. Otherwise (no stamp, a stepped wall clock) the time of that return is used, and it says
    so. `receive` does as little as can be, since it runs on cold caches for every token; `take` does the rest.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._received: list[tuple[bytes, list[tuple[int, int, bytes]], int, int]] = []
        self._offset_ns = wall_offset_ns()
        self._not_before_ns = time.monotonic_ns()
        self._last_ns = 0

    @staticmethod
    def ask_for_stamps(sock: socket.socket) -> bool:
        """To be called before connecting. False where the system has no such stamps: then reads fall back."""
        if not sys.platform.startswith("linux"):
            return False
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        except OSError:
            return False
        return True

    def receive(self) -> bool:
        """One recvmsg, kept with its times; False at the end of the stream.

        Raises BlockingIOError when nothing is there, other OSErrors when the connection broke.
        """
        began_ns = time.monotonic_ns()
        data, ancillary, _, _ = self._sock.recvmsg(_READ_BYTES, _ANCILLARY)
        self._received.append((data, ancillary, began_ns, time.monotonic_ns()))
        return bool(data)

    def take(self) -> list[Read]:
        """What was received since the last call; a read of several segments bears the time of the last one."""
        believable = self._offset_holds()
        reads: list[Read] = []
        for data, ancillary, began_ns, returned_ns in self._received:
            at_ns = self._kernel_ns(ancillary, returned_ns) if believable else None
            source = StampSource.USER if at_ns is None else StampSource.KERNEL
            self._last_ns = max(returned_ns if at_ns is None else at_ns, self._last_ns)
            reads.append(Read(data, self._last_ns, source))
            if len(data) < _READ_BYTES:
                self._not_before_ns = began_ns
        self._received.clear()
        return reads

    def _offset_holds(self) -> bool:
        """False when the wall clock was stepped since the last call, so that it is not known by which offset each
        stamp was made; the offset is measured anew."""
        if abs(time.time_ns() - time.monotonic_ns() - self._offset_ns) <= _STEP_NS:
            return True
        known, self._offset_ns = self._offset_ns, wall_offset_ns()
        return abs(self._offset_ns - known) <= _STEP_NS

    def _kernel_ns(self, ancillary: list[tuple[int, int, bytes]], returned_ns: int) -> int | None:
        """The stamp on the monotonic clock; None when there is none to be believed."""
        wall_ns = _wall_stamp_ns(ancillary)
        if wall_ns is None:
            return None
        at_ns = wall_ns - self._offset_ns
        if not self._not_before_ns - _SLACK_NS <= at_ns <= returned_ns + _SLACK_NS:
            return None
        return min(at_ns, returned_ns)


def _wall_stamp_ns(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    return None
