"""When bytes arrived: the kernel's receive time of a socket, on the monotonic clock."""

from __future__ import annotations

import socket
import struct
import sys
import time
from typing import NamedTuple

from chimera_tui.services.ollama.frames import StampSource
from chimera_tui.services.ollama.pieces import Read

_SO_TIMESTAMPNS = 35
"""From asm-generic/socket.h, since Python's socket module does not name it; its control message bears it too."""
_SOL_SOCKET: int = socket.SOL_SOCKET
_TIMESPEC = struct.Struct("@ll")
_TIMEVAL = struct.Struct("@ll")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
_READ_BYTES = 65536
_PAIRS = 40
_STEP_NS = 50_000
"""The wall clock counts as stepped when it moves this far against the monotonic clock (slewing moves both)."""
_SLACK_NS = 20_000
"""Room for the error of the measured offset when a stamp is checked."""


class _Pace(NamedTuple):
    """How reads follow one another."""

    close_ns: int
    """Reads less than that apart follow closely."""
    blocks_us: int
    """How long a read then waits for the next one."""
    blocks_at_most_ns: int
    """How long that may take, since the kernel counts such a wait in ticks, most often of 4 ms."""


_PACES = (_Pace(6_500_000, 8_000, 12_000_000), _Pace(13_000_000, 16_000, 20_000_000))
"""For 200 tokens/s and more, and for 100: gaps are not all the same. The caller waits for what comes slower."""


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
        self._returned_ns = 0
        self._pace: _Pace = _PACES[0]

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

    def block(self) -> None:
        """Let a read wait for what follows closely. To be called when the request has left."""
        self._sock.setblocking(True)
        self._set_pace(self._pace)

    def receive(self, due_ns: int = 0) -> bool:
        """Read, and keep what came with its times; False at the end of the stream.

        One read, and more of them while they follow one another closely and it can return by `due_ns`: a socket
        that is not asked first whether it is readable costs one call a token, not two. Raises OSError when the
        connection broke.
        """
        receive, keep, clock_ns = self._sock.recvmsg, self._received.append, time.monotonic_ns
        close_ns, until_ns = self._pace.close_ns, due_ns - self._pace.blocks_at_most_ns
        before_ns, began_ns, gap_ns = self._returned_ns, clock_ns(), close_ns
        goes_on = True
        try:
            while goes_on:
                data, ancillary, _, _ = receive(_READ_BYTES, _ANCILLARY)
                returned_ns = clock_ns()
                keep((data, ancillary, began_ns, returned_ns))
                goes_on = bool(data)
                gap_ns = returned_ns - before_ns
                before_ns = began_ns = returned_ns
                if gap_ns >= close_ns or returned_ns >= until_ns:
                    break
        except BlockingIOError:
            pass
        self._returned_ns = before_ns
        pace = next((pace for pace in _PACES if gap_ns < pace.close_ns), self._pace)
        if pace is not self._pace:
            self._set_pace(pace)
        return goes_on

    def take(self) -> list[Read]:
        """What was received since the last call; a read of several segments bears the time of the last one."""
        believable = self._offset_holds()
        offset_ns, last_ns, kernel, user = self._offset_ns, self._last_ns, StampSource.KERNEL, StampSource.USER
        earliest_ns = self._not_before_ns - _SLACK_NS
        reads: list[Read] = []
        for data, ancillary, began_ns, returned_ns in self._received:
            at_ns, source = returned_ns, user
            if believable and (wall_ns := _wall_stamp_ns(ancillary)):
                stamp_ns = wall_ns - offset_ns
                if earliest_ns <= stamp_ns <= returned_ns + _SLACK_NS:
                    at_ns, source = stamp_ns if stamp_ns < returned_ns else returned_ns, kernel
            if at_ns > last_ns:
                last_ns = at_ns
            reads.append((data, last_ns, source))
            if len(data) < _READ_BYTES:
                earliest_ns = began_ns - _SLACK_NS
        self._not_before_ns, self._last_ns = earliest_ns + _SLACK_NS, last_ns
        self._received.clear()
        return reads

    def _set_pace(self, pace: _Pace) -> None:
        self._pace = pace
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL.pack(0, pace.blocks_us))

    def _offset_holds(self) -> bool:
        """False when the wall clock was stepped since the last call, so that it is not known by which offset each
        stamp was made; the offset is measured anew."""
        if abs(time.time_ns() - time.monotonic_ns() - self._offset_ns) <= _STEP_NS:
            return True
        known, self._offset_ns = self._offset_ns, wall_offset_ns()
        return abs(self._offset_ns - known) <= _STEP_NS


def _wall_stamp_ns(ancillary: list[tuple[int, int, bytes]]) -> int:
    """0 when there is none."""
    for level, kind, data in ancillary:
        if kind == _SO_TIMESTAMPNS and level == _SOL_SOCKET and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return int(seconds * 1_000_000_000 + nanoseconds)
    return 0
