"""A campaign over real processes, any of which can be killed at any moment."""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from chimera_tui import resources
from chimera_tui.domain.campaign_outline import CampaignState
from chimera_tui.domain.campaign_view import CampaignView
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from tests.daemon.daemons import House, house, write_reports
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until
from tests.terminal import Terminal

MODELS = ("gemma3:latest", "llama3.1:8b-instruct-q4_0")
_WRITTEN_S = 1_760_000_000
"""When the reports were last changed: the prompts tell it."""
_FLAGS = (
    "--token-rate",
    "400",
    "--cpu-rate",
    "400",
    "--prefill-rate",
    "40000",
    "--load-s",
    "0.02",
    "--jitter",
    "0",
)


@dataclass
class Night:
    """Simulators, a daemon, whoever follows the campaign, and a viewer."""

    home: House
    file: Path
    ports: tuple[int, ...]
    killed: Counter[str] = field(default_factory=Counter)
    _simulators: dict[int, ExitStack] = field(default_factory=dict)
    _handles: dict[int, SimulatorHandle] = field(default_factory=dict)
    _follower: subprocess.Popen[bytes] | None = None
    _viewer: Terminal | None = None
    _is_begun: bool = False

    @property
    def log(self) -> Path:
        """What those who followed it have said."""
        return self.file.with_suffix(".log")

    def up(self) -> None:
        """Start whatever has been killed: nobody but the campaign's own parts does that by itself."""
        for port, model in zip(self.ports, MODELS, strict=True):
            if port not in self._simulators:
                stack = ExitStack()
                words = ("--port", str(port), "--models", model, *_FLAGS)
                self._handles[port] = stack.enter_context(running_simulator(*words))
                self._simulators[port] = stack
        if self._follower is None or self._follower.poll() is not None:
            self._follow()

    def _follow(self) -> None:
        verb = ("resume", "night") if self._is_begun else ("run", str(self.file))
        words = resources.child_command("chimera_tui", "campaign", *verb, str(self.home.root))
        with self.log.open("a") as log:
            self._follower = subprocess.Popen(
                words, stderr=log, stdin=subprocess.DEVNULL, env=self.home.environment
            )
        if not self._is_begun:
            wait_until(lambda: self.home.status() is not None and self._is_there(), "the campaign's begin")
            self._is_begun = True

    def wait_for_a_run(self) -> None:
        """Until one goes on, or the campaign waits for something else too long."""
        with suppress(AssertionError):
            wait_until(lambda: (self.home.status() or {}).get("active_run"), "a run", timeout_s=5)

    def _is_there(self) -> bool:
        assert self._follower is not None
        assert self._follower.poll() is None, self.log.read_text()
        return bool(asyncio.run(self._campaigns()))

    async def _campaigns(self) -> int:
        async with self.home.client() as client:
            return len(await client.campaigns())

    # ---- killing -----------------------------------------------------------------------------------------

    def kill(self, rng: random.Random, daemons: int = 1) -> str:
        """Kill one of the processes that are there, the daemon so many times as often as any other; which."""
        found = self._victims()
        weights = [daemons if victim == "daemon" else 1 for victim, _ in found]
        ((victim, process),) = rng.choices(found, weights)
        process.send_signal(signal.SIGKILL)
        if victim == "viewer":
            self._end_viewer()
        elif victim == "ollama":
            self._end_simulator(process.pid)
        self.killed[victim] += 1
        return victim

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Once the killed daemon is gone, no other begins: a viewer starts one within a second."""
        with self.home.places.lock.open("r+") as lock:
            wait_until(lambda: self._is_ours(lock), "the end of the killed daemon")
            yield

    def _is_ours(self, lock: IO[str]) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            if holder := lock.read().strip():  # or another one was quicker than we
                with suppress(ProcessLookupError):
                    os.kill(int(holder), signal.SIGKILL)
            return False
        return True

    def kill_daemon(self) -> None:
        """With nobody left who would start another."""
        self.end()
        os.kill(self.home.pid(), signal.SIGKILL)

    def _victims(self) -> list[tuple[str, psutil.Process]]:
        found = [("ollama", psutil.Process(handle.process.pid)) for handle in self._handles.values()]
        status = self.home.status()
        if status is not None:
            daemon = psutil.Process(int(status["pid"]))
            found.append(("daemon", daemon))
            probes = [each for each in daemon.children() if "probe" in _words(each)]
            found += [("probe", each) for each in probes]
        if self._follower is not None and self._follower.poll() is None:
            found.append(("follower", psutil.Process(self._follower.pid)))
        if self._viewer is not None:
            found.append(("viewer", psutil.Process(self._viewer.pid)))
        return found

    def look(self) -> None:
        """Open the viewer, if there is none."""
        if self._viewer is None:
            words = resources.child_command("chimera_tui", str(self.home.root))
            self._viewer = Terminal(words, size=(100, 30), environment=self.home.environment)
            self._viewer.__enter__()

    def _end_viewer(self) -> None:
        if self._viewer is not None:
            self._viewer.__exit__(None, None, None)
            self._viewer = None

    def _end_simulator(self, pid: int) -> None:
        port = next(port for port, handle in self._handles.items() if handle.process.pid == pid)
        self._simulators.pop(port).close()
        del self._handles[port]

    def end(self) -> None:
        self._end_viewer()
        if self._follower is not None:
            if self._follower.poll() is None:
                os.kill(self._follower.pid, signal.SIGKILL)
            self._follower.wait()
        for stack in self._simulators.values():
            stack.close()
        self._simulators.clear()
        self._handles.clear()

    # ---- looking -----------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Let it come to its end, with nobody killing."""
        self.up()
        wait_until(self._is_done, "the end of the campaign", timeout_s=900)

    def _is_done(self) -> bool:
        self.up()
        if self.home.status() is None:
            return False
        return self.view().outline.state is CampaignState.DONE

    def is_active(self) -> bool:
        return self.home.status() is None or self.view().outline.state is not CampaignState.DONE

    def view(self) -> CampaignView:
        async def ask() -> CampaignView:
            async with self.home.client() as client:
                return await client.campaign("night")

        return asyncio.run(ask())

    def runs(self) -> list[RunSummary]:
        async def ask() -> list[RunSummary]:
            async with self.home.client() as client:
                return await client.campaign_runs("night")

        return asyncio.run(ask())

    def counted(self) -> Counter[tuple[str, int]]:
        """How often each (cell, repeat) was measured to its end."""
        places = [run.campaign for run in self.runs() if run.state is RunState.DONE]
        return Counter((place.cell, place.repeat) for place in places if place and place.role == "measured")


@contextmanager
def night(folder: Path, matrix: str, repeats: int, ports: tuple[int, ...] = ()) -> Iterator[Night]:
    """A campaign of this matrix, not begun yet; on the same ports it has the same cells and the same prompts."""
    folder.mkdir(exist_ok=True)
    root = write_reports(folder / "reports")
    for file in root.iterdir():
        os.utime(file, (_WRITTEN_S, _WRITTEN_S))
    ports = ports or tuple(_free_port() for _ in MODELS)
    agents = "".join(
        f'[agents.{agent}]\nmodel = "{model}"\nhost = "http://127.0.0.1:{port}"\n'
        for agent, model, port in zip("ab", MODELS, ports, strict=True)
    )
    file = folder / "night.toml"
    file.write_text(
        f'name = "night"\n[agents]\nnum_predict = 24\nseed = 7\n{agents}'
        f"[repeats]\ncount = {repeats}\n[stop]\ntries = 100\n[matrix]\n{matrix}\n"
    )
    with house(root) as home:
        made = Night(home, file, ports)
        try:
            yield made
        finally:
            made.end()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _words(process: psutil.Process) -> str:
    """Its command; nothing of one that was killed a moment ago."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
