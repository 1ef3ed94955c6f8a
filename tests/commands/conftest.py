"""Every command runs as a process of its own, with folders of its own and nobody's settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs `chimera` as a person's shell would, from an empty folder."""

    folder: Path
    here: Path
    """The working directory."""
    environment: dict[str, str] = field(default_factory=dict)

    def run(
        self, *words: str | Path, environment: Mapping[str, str] | None = None, timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Wait for the command's end; its exit code is the caller's to check."""
        return subprocess.run(
            self.command(*words),
            cwd=self.here,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
        )

    def command(self, *words: str | Path) -> list[str]:
        return [sys.executable, "-m", "chimera_tui", *map(str, words)]


@pytest.fixture
def shell() -> Iterator[Shell]:
    folder = Path(tempfile.mkdtemp(prefix="ch-"))  # short, for the sake of the socket's path
    here = folder / "here"
    here.mkdir()
    foreign = ("CHIMERA", "OLLAMA", "XDG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    own = {
        "HOME": str(folder),
        "CHIMERA_RUNTIME_DIR": str(folder / "run"),
        "CHIMERA_STATE_DIR": str(folder / "state"),
        "OLLAMA_HOST": "127.0.0.1:9",  # the discard port: nobody's real server is asked
        "CHIMERA_IDLE_TIMEOUT_S": "1",
    }
    yield Shell(folder, here, {**kept, **own})
    shutil.rmtree(folder, ignore_errors=True)  # a daemon that ends may still hold its log
