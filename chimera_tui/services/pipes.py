"""Frames, in which we talk with child processes of our own: four bytes of length, then one marshalled value.

What a child needs. How it is started and asked is in `frame_process`, which a child need not import.
"""

from __future__ import annotations

import marshal
import os
import select
import signal
import struct
from collections import deque
from typing import Any, BinaryIO, cast

_LENGTH = struct.Struct("<I")
HEAD_BYTES = _LENGTH.size
_NICENESS = 10
_READ_BYTES = 1 << 16

Frame = tuple[Any, ...]
"""A tuple of what marshal can carry: None, bool, int, float, str, bytes, tuple, list, dict."""


def pack(frame: Frame) -> bytes:
    body = marshal.dumps(frame)
    return _LENGTH.pack(len(body)) + body


def body_bytes(head: bytes) -> int:
    """How many bytes follow this head."""
    return int(_LENGTH.unpack(head)[0])


def unpack(body: bytes | bytearray) -> Frame:
    """What `pack` was given, from what follows the head."""
    return cast(Frame, marshal.loads(body))


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame of a blocking stream, or None at its end (also when it ends within a frame)."""
    head = stream.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES:
        return None
    length = body_bytes(head)
    body = stream.read(length)
    return unpack(body) if len(body) == length else None


def write_frame(stream: BinaryIO, frame: Frame) -> None:
    """Write and flush. Raises BrokenPipeError when nobody reads any more."""
    stream.write(pack(frame))
    stream.flush()


def input_waits(stream: BinaryIO, timeout_s: float = 0.0) -> bool:
    """Whether reading would return at once, because something came or the other side has closed."""
    return bool(select.select([stream], [], [], timeout_s)[0])


class FrameInbox:
    """Frames of a pipe for a process that also works between them: never blocks longer than it is asked to."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._buffer = bytearray()
        self._frames: deque[Frame] = deque()
        self._over = False

    def wait(self) -> Frame | None:
        """The next frame, or None at the end."""
        while not self._frames and not self._over:
            self._read(None)
        return self._frames.popleft() if self._frames else None

    def take(self, timeout_s: float | None = 0.0) -> list[Frame] | None:
        """All frames that are there, waiting for one at most so long (None: for ever); None at the end."""
        if not self._frames:
            self._read(timeout_s)
        frames = list(self._frames)
        self._frames.clear()
        return frames if frames or not self._over else None

    def _read(self, timeout_s: float | None) -> None:
        if not select.select([self._fd], [], [], timeout_s)[0]:
            return
        try:
            while data := os.read(self._fd, _READ_BYTES):
                self._buffer += data
                if len(data) < _READ_BYTES:
                    break
            else:
                self._over = True
        except BlockingIOError:
            pass
        self._cut()

    def _cut(self) -> None:
        start = 0
        while len(self._buffer) - start >= HEAD_BYTES:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            end = start + HEAD_BYTES + length
            if len(self._buffer) < end:
                break
            self._frames.append(unpack(self._buffer[start + HEAD_BYTES : end]))
            start = end
        del self._buffer[:start]


def be_a_child() -> None:
    """Leave Ctrl-C to the parent, which closes our input when it is time to go, and the cores to others: files may
    wait; what is being measured may not, nor the screen."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
