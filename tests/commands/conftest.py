"""Every command runs with folders of its own and nobody's settings, in a process of its own or in the test's."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from chimera_tui.cli import main
from chimera_tui.client.start import answer, ask, request_shutdown
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until

SLOTS = ("--num-parallel", "2")


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs `chimera` as a person's shell would, from an empty folder.

    `run` is the real thing, and each command has tests with it. `call` is for the others: the same words, output
    and exit code without the half second that a process takes to import what it needs.
    """

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

    def call(
        self, *words: str | Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """What `run` would give, without a process: no terminal, no signals, modules imported before.

        A TimeoutError after a minute.
        """
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        command = list(map(str, words))
        with (
            contextlib.chdir(self.here),
            _environment({**self.environment, **(environment or {})}),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            mock.patch.object(sys, "stdin", io.StringIO()),
            _limit(60),
        ):
            code = main(command)
        written, said = (stream.detach().getvalue().decode() for stream in (out, err))
        return subprocess.CompletedProcess(command, code, written, said)

    def command(self, *words: str | Path) -> list[str]:
        return [sys.executable, "-m", "chimera_tui", *map(str, words)]

    def sockets(self) -> list[Path]:
        return list(Path(self.environment["CHIMERA_RUNTIME_DIR"]).glob("*.sock"))

    def status(self) -> dict[str, Any]:
        """What the one daemon that runs says of itself; empty when there is none."""
        for socket in self.sockets():
            question = ask(socket, "GET", "/v1/status")
            found = answer(question) if question is not None else None
            if isinstance(found, dict):
                return found
        return {}

    def wait_for_run(self) -> str:
        """The id of the run that goes on."""
        wait_until(lambda: self.status().get("active_run"), "a run to begin")
        return str(self.status()["active_run"])


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """These variables and no others."""
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(variables)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _limit(seconds: int) -> Iterator[None]:
    def give_up(number: int, frame: object) -> None:
        raise TimeoutError(f"the command did not end within {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def shell() -> Iterator[Shell]:
    with made_shell() as made:
        yield made


@pytest.fixture(scope="module")
def kept() -> Iterator[Shell]:
    """One for the tests of a module that change no settings: they share a daemon, started by the first of them."""
    with made_shell() as made:
        yield made


@pytest.fixture(scope="module")
def kept_slow() -> Iterator[Shell]:
    """The same for runs that are interrupted."""
    with made_shell() as made:
        yield made


@contextlib.contextmanager
def made_shell() -> Iterator[Shell]:
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
        "CHIMERA_IDLE_TIMEOUT_S": "60",  # the box may be busy; the fixture ends them
        "CHIMERA_NUM_PREDICT": "24",  # short answers: what is said is not what is tried here
    }
    shell = Shell(folder, here, {**kept, **own})
    yield shell
    sockets = [socket for socket in shell.sockets() if request_shutdown(socket, "now")]
    wait_until(lambda: not any(socket.exists() for socket in sockets), "the daemons to end")
    shutil.rmtree(folder, ignore_errors=True)  # a daemon that ends may still write its log


@pytest.fixture(scope="session")
def ollama() -> Iterator[SimulatorHandle]:
    """A quick server for everyone: two slots, no loading time."""
    rates = ("--token-rate", "4000", "--cpu-rate", "4000", "--prefill-rate", "200000")
    with running_simulator(*rates, "--load-s", "0", *SLOTS) as handle:
        yield handle


@pytest.fixture(scope="session")
def slow_ollama() -> Iterator[SimulatorHandle]:
    """A server that takes minutes for a short answer: there is time to interrupt one."""
    with running_simulator("--token-rate", "0.2", "--load-s", "0", *SLOTS) as handle:
        yield handle


@pytest.fixture
def reports(shell: Shell) -> Path:
    return write_reports(shell)


@pytest.fixture(scope="module")
def kept_reports(kept: Shell) -> Path:
    return write_reports(kept)


@pytest.fixture(scope="module")
def kept_slow_reports(kept_slow: Shell) -> Path:
    return write_reports(kept_slow)


def write_reports(shell: Shell) -> Path:
    """Three benchmark files."""
    folder = shell.here / "reports"
    (folder / "gemma3").mkdir(parents=True)
    (folder / "gemma3" / "sweep.csv").write_text("num_gpu,tokens_per_s,ttft_ms\n20,41.5,310\n80,102.25,190\n")
    (folder / "gemma3" / "summary.json").write_text('{"mean_tokens_per_s": 71.9, "runs": 2}')
    (folder / "notes.md").write_text("# Notes\n\nThe mean was 71.9 tok/s.\n")
    return folder
