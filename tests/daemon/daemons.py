"""Real daemons for tests, each in folders of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chimera_tui import resources
from chimera_tui.client.api import DaemonClient
from chimera_tui.client.places import Places
from chimera_tui.client.start import PendingDaemon, answer, ask
from tests.support import wait_until


@dataclass
class House:
    """One reports directory with the folders of its daemon."""

    root: Path
    environment: dict[str, str]
    extra: list[str] = field(default_factory=list)
    demo: bool = False

    @property
    def places(self) -> Places:
        return Places.of([self.root], demo=self.demo, environment=self.environment)

    def command(self, *more: str) -> list[str]:
        demo = ["--demo"] if self.demo else []
        return resources.child_command("chimera_tui.daemon", *demo, *self.extra, *more, "--roots", str(self.root))

    def pending(self) -> PendingDaemon:
        """As `begin` does it, in this house's environment."""
        self.places.prepare_runtime()
        pending = PendingDaemon(self.places, self.command("--detach"), self.environment)
        pending.begin()
        return pending

    def start(self) -> Path:
        return self.pending().wait(60)

    def client(self) -> DaemonClient:
        return DaemonClient(self.places.socket)

    def status(self) -> dict[str, Any] | None:
        question = ask(self.places.socket, "GET", "/v1/status")
        found = None if question is None else answer(question)
        return found if isinstance(found, dict) else None

    def pid(self) -> int:
        status = self.status()
        assert status is not None, "no daemon answers"
        return int(status["pid"])

    def is_over(self) -> bool:
        """Nobody holds the lock: the daemon has done everything it does."""
        import fcntl

        with self.places.lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def log(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return self.places.log.read_text()
        return ""

    def run_daemon(self, *more: str) -> subprocess.Popen[bytes]:
        """A daemon as a child of this process, for tests that look at its end."""
        return subprocess.Popen(
            self.command(*more), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=self.environment
        )


@contextlib.contextmanager
def house(root: Path, *extra: str, demo: bool = False, **variables: str) -> Iterator[House]:
    """Folders for one daemon; whichever serves there at the end is made to end."""
    with tempfile.TemporaryDirectory(prefix="chimera-", dir="/tmp") as folder:
        environment = resources.child_environment() | {
            "CHIMERA_RUNTIME_DIR": f"{folder}/run",
            "CHIMERA_STATE_DIR": f"{folder}/state",
            "CHIMERA_IDLE_TIMEOUT_S": "60",
            **variables,
        }
        made = House(root, environment, list(extra), demo)
        try:
            yield made
        finally:
            if (status := made.status()) is not None:
                os.kill(int(status["pid"]), signal.SIGTERM)
            if made.places.lock.exists():
                wait_until(made.is_over, "the end of the daemon")


def write_reports(folder: Path) -> Path:
    """A few benchmark files."""
    folder.mkdir()
    (folder / "speed.csv").write_text("num_gpu,tok_per_s\n20,11.5\n80,42.25\n")
    (folder / "run.json").write_text('{"ttft_ms": 210, "model": "gemma3"}')
    (folder / "notes.md").write_text("# Notes\n\nOffload of 80 layers is 3.7 times as fast.\n")
    return folder


def raw_http(path: Path, request: bytes) -> bytes:
    """What the daemon sends back until it closes the connection."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(path))
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


PYTHON = sys.executable
