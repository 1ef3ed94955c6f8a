"""A real pseudo-terminal with an emulator behind it: types keys, reads the screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

_NOT_FOR_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1bP.*?\x1b\\", re.DOTALL)
"""Keyboard protocol and mode queries: pyte would print their ends as text."""


class Terminal:
    """`with Terminal([...], size=(80, 24)) as terminal: terminal.wait_for("files")`."""

    def __init__(
        self, command: Sequence[str], *, size: tuple[int, int], environment: Mapping[str, str] | None = None
    ) -> None:
        self._command = list(command)
        self._size = size
        self._environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            **(environment or {}),
        }
        for name in ("LINES", "COLUMNS", "TMUX"):
            self._environment.pop(name, None)
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._pid = 0
        self._fd = -1
        self._ended = False
        self.raw = bytearray()
        """Everything the program wrote."""
        self.exit_code: int | None = None

    def __enter__(self) -> Self:
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            self._set_size(0, self._size)
            os.execvpe(self._command[0], self._command, self._environment)
        self._set_size(self._fd, self._size)
        return self

    @property
    def pid(self) -> int:
        return self._pid

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.exit_code is None:
            self.kill()
        os.close(self._fd)

    @staticmethod
    def _set_size(fd: int, size: tuple[int, int]) -> None:
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def resize(self, size: tuple[int, int]) -> None:
        self._screen.resize(size[1], size[0])
        self._set_size(self._fd, size)

    def send(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    @property
    def screen(self) -> str:
        """The lines as a person sees them."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def cells(self) -> list[list[object]]:
        """Every cell with its colours."""
        rows = self._screen.buffer
        return [[rows[y][x] for x in range(self._screen.columns)] for y in range(self._screen.lines)]

    def forget(self) -> None:
        """An empty screen, as if somebody else had drawn on it: what is seen now was sent from here on."""
        self._screen = pyte.Screen(self._screen.columns, self._screen.lines)
        self._stream = pyte.ByteStream(self._screen)

    def signal(self, number: int) -> None:
        os.kill(self._pid, number)

    @property
    def is_stopped(self) -> bool:
        """By a signal, as a shell's ctrl+z does it."""
        return Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def pump(self, seconds: float) -> bool:
        """Read what comes for at most this long; False when the program has closed its terminal."""
        ready, _, _ = select.select([self._fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            data = b""
        if not data:
            self._ended = True
            return False
        self.raw += data
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data))
        return True

    def wait_for(self, wanted: str, timeout_s: float = 30.0) -> str:
        """Read until the screen holds `wanted` (a regular expression); the screen then."""
        deadline = time.monotonic() + timeout_s
        pattern = re.compile(wanted)
        while not pattern.search(self.screen):
            alive = self.pump(0.05)
            assert alive or pattern.search(self.screen), f"the program ended without {wanted!r}:\n{self.screen}"
            assert time.monotonic() < deadline, f"waited in vain for {wanted!r}; the screen was:\n{self.screen}"
        return self.screen

    def wait_for_exit(self, timeout_s: float = 20.0) -> int:
        deadline = time.monotonic() + timeout_s
        while not self._ended and time.monotonic() < deadline:
            self.pump(0.05)
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
                return self.exit_code
            time.sleep(0.01)
        raise AssertionError(f"the program did not end; the screen was:\n{self.screen}")

    def hang_up(self, timeout_s: float = 20.0) -> None:
        """Close the terminal, as a lost connection does, and wait for the program to end; instead of leaving."""
        os.close(self._fd)
        deadline = time.monotonic() + timeout_s
        while not os.waitpid(self._pid, os.WNOHANG)[0]:
            assert time.monotonic() < deadline, "the program goes on without a terminal"
            time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL, as a lost connection never is: the hardest way to go."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        self.exit_code = os.waitstatus_to_exitcode(status)
