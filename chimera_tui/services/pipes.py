"""Child processes of our own that talk in frames: four bytes of length, then one marshalled value."""

from __future__ import annotations

import asyncio
import marshal
import os
import select
import signal
import struct
import sys
from collections import deque
from typing import Any, BinaryIO, cast

_LENGTH = struct.Struct("<I")
_NICENESS = 10
_READ_BYTES = 1 << 16
_LEAVE_S = 2.0
"""How long a child may take to leave once its standard input is closed; then it is killed."""

Frame = tuple[Any, ...]
"""A tuple of what marshal can carry: None, bool, int, float, str, bytes, tuple, list, dict."""


def pack(frame: Frame) -> bytes:
    body = marshal.dumps(frame)
    return _LENGTH.pack(len(body)) + body


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame of a blocking stream, or None at its end (also when it ends within a frame)."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return cast(Frame, marshal.loads(body)) if len(body) == length else None


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
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            end = start + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            self._frames.append(cast(Frame, marshal.loads(self._buffer[start + _LENGTH.size : end])))
            start = end
        del self._buffer[:start]


def be_a_child() -> None:
    """Leave Ctrl-C to the parent, which closes our input when it is time to go, and the cores to others: files may
    wait; what is being measured may not, nor the screen."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)


class FrameProcess:
    """`python -m module` with frames on its standard input and output, seen from an event loop."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a frame process needs both pipes")
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout

    @classmethod
    async def start(cls, module: str) -> FrameProcess:
        """Raises OSError when no process can be started."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the folder a person stands in may hold a json.py
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> str:
        """How it ended, in words: `exit status 1`, `signal 9`; empty while it runs."""
        code = self._process.returncode
        if code is None:
            return ""
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    async def send(self, frame: Frame) -> None:
        """Raises ConnectionError when the child is gone."""
        self._stdin.write(pack(frame))
        await self._stdin.drain()

    async def receive(self) -> Frame | None:
        """The next frame, or None when the child has closed its output."""
        try:
            (length,) = _LENGTH.unpack(await self._stdout.readexactly(_LENGTH.size))
            return cast(Frame, marshal.loads(await self._stdout.readexactly(length)))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def stop(self) -> None:
        """Close its input, wait, kill if need be; no zombie is left. Safe to call again."""
        self._stdin.close()
        try:
            await asyncio.wait_for(self._drained(), _LEAVE_S)
        except TimeoutError:
            self.kill()
        except asyncio.CancelledError:
            self.kill()
            raise
        finally:
            await self._process.wait()

    async def _drained(self) -> None:
        # a child that writes into a full pipe would never see that its input is closed
        while await self._stdout.read(1 << 16):
            pass
        await self._process.wait()

    def kill(self) -> None:
        """SIGKILL, which also ends a process that was stopped; `stop` is still to be called."""
        if self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)
