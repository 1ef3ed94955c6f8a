"""A child process of our own that talks in frames, seen from an event loop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from chimera_tui.services.pipes import HEAD_BYTES, Frame, body_bytes, pack, unpack

_LEAVE_S = 2.0
"""How long a child may take to leave once its standard input is closed; then it is killed."""


class FrameProcess:
    """`python -m module` with frames on its standard input and output."""

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
            length = body_bytes(await self._stdout.readexactly(HEAD_BYTES))
            return unpack(await self._stdout.readexactly(length))
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
