"""The whole program at work: the real viewer in a pseudo-terminal, its daemon, and both agents' streams."""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from chimera_tui import resources
from chimera_tui.client.places import Places
from chimera_tui.client.start import answer, ask, request_shutdown
from chimera_tui.domain.inventory import OWN_OUTPUT
from chimera_tui.domain.run_events import RunEvent
from chimera_tui.services.journal.journal import Journal
from tests.terminal import Terminal

SIZE = (160, 48)
_LOOK_S = 0.5
_ROLES = {"services.ollama.probe": "probes", "services.inventory": "watcher"}
"""Of the daemon's children, by what their command line holds."""


class Screen(Terminal):
    """A terminal that can be emptied without being understood: the emulator would cost more than the program."""

    def drain(self, seconds: float) -> int:
        """Take what comes for so long; how many bytes."""
        taken, until_s = 0, time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            if select.select([self._fd], [], [], left_s)[0]:
                taken += len(os.read(self._fd, 65536))
        return taken


@dataclass(frozen=True, slots=True)
class Load:
    """What the program cost while both agents wrote."""

    cpu_s: Mapping[str, float]
    """CPU seconds of each role."""
    screen_bytes: int
    streaming_s: float


@dataclass(frozen=True, slots=True)
class BusyRun:
    events: tuple[RunEvent, ...]
    load: Load


def own_environment(folder: Path) -> dict[str, str]:
    """What the program shall see: nothing of the person's own settings, and all its places in `folder`.

    Bytecode is kept, as it is for everyone who does not ask Python for the contrary.
    """
    foreign = ("CHIMERA", "OLLAMA", "XDG", "PYTHONDONTWRITEBYTECODE")
    clean = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
    return {
        **clean,
        "PYTHONPATH": resources.child_environment()["PYTHONPATH"],
        "HOME": str(folder),
        "CHIMERA_RUNTIME_DIR": str(folder / "run"),
        "CHIMERA_STATE_DIR": str(folder / "state"),
    }


def blanked(environment: Mapping[str, str]) -> dict[str, str]:
    """The same for a terminal, which adds to our own: what must not be seen is empty there."""
    return {name: environment.get(name, "") for name in os.environ} | dict(environment)


class Program:
    """Runs the program on a reports directory, in folders of its own."""

    def __init__(self, reports: Path, folder: Path, flags: Sequence[str]) -> None:
        self._reports = reports
        self._environment = own_environment(folder)
        self._command = [sys.executable, "-m", "chimera_tui", *flags, str(reports)]
        self._places = Places.of([reports], environment=self._environment)

    def run(self) -> BusyRun:
        """Start everything, press `r`, watch both agents write to the end, and end everything again."""
        shutil.rmtree(self._reports / OWN_OUTPUT, ignore_errors=True)
        with Screen(self._command, size=SIZE, environment=blanked(self._environment)) as screen:
            try:
                screen.wait_for("watching", timeout_s=120)
                screen.wait_for("r run", timeout_s=60)
                screen.send("r")
                load = self._watch(screen)
                screen.send("q")
            finally:
                self._stop_daemon(screen)
        return BusyRun(self._saved_events(), load)

    def _watch(self, screen: Screen) -> Load:
        """Empty the screen until the run's reports are saved; count CPU while probes are there."""
        ledger = CpuLedger(self._roles(screen))
        screen_bytes, deadline_s = 0, time.monotonic() + 300
        while not any((self._reports / OWN_OUTPUT).glob("*/metrics.json")):
            if time.monotonic() > deadline_s:
                raise SystemExit("the run did not end; is the machine overloaded?")
            bytes_now = screen.drain(_LOOK_S)
            if ledger.look():
                screen_bytes += bytes_now
        return Load(ledger.spent_s, screen_bytes, ledger.streaming_s)

    def _roles(self, screen: Screen) -> Callable[[], Iterator[tuple[str, psutil.Process]]]:
        viewer, daemon = psutil.Process(screen.pid), psutil.Process(int(str(self._status()["pid"])))

        known: dict[int, str] = {}

        def roles() -> Iterator[tuple[str, psutil.Process]]:
            yield "viewer", viewer
            yield "daemon", daemon
            for child in children_of(daemon.pid):
                if child.pid not in known:
                    words = " ".join(child.cmdline())
                    known[child.pid] = next((role for part, role in _ROLES.items() if part in words), "other")
                yield known[child.pid], child

        return roles

    def _status(self) -> Mapping[str, object]:
        question = ask(self._places.socket, "GET", "/v1/status")
        found = answer(question) if question is not None else None
        if not isinstance(found, dict):
            raise SystemExit("the daemon does not answer")
        return found

    def _stop_daemon(self, screen: Screen) -> None:
        """And wait until it has let go of its lock: then everything is written."""
        request_shutdown(self._places.socket, "now")
        deadline_s = time.monotonic() + 30
        while not is_free(self._places.lock):
            if time.monotonic() > deadline_s:
                raise SystemExit("the daemon did not end")
            with suppress(OSError):  # the viewer has closed its terminal
                screen.drain(0.02)

    def _saved_events(self) -> tuple[RunEvent, ...]:
        """The last run as the journal keeps it."""
        journal = Journal.open(self._places.journal, notify=lambda notice: None)
        try:
            return tuple(journal.events(journal.find("last")))
        finally:
            journal.close()


def is_free(lock_file: Path) -> bool:
    """Whether no daemon holds its lock (any more): then it has written everything."""
    with lock_file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


class CpuLedger:
    """CPU seconds per role, counted only between looks at which a probe was there that had started before."""

    def __init__(self, roles: Callable[[], Iterator[tuple[str, psutil.Process]]]) -> None:
        self._roles = roles
        self._before: dict[int, float] = {}
        """At the look before the last one."""
        self._seen: dict[int, float] = {}
        self._looked_s = 0.0
        self.spent_s: dict[str, float] = {}
        self.streaming_s = 0.0

    def look(self) -> bool:
        """Whether this look counts: a probe was there at the last two, so that its start is over."""
        now_s, seen, gained = time.monotonic(), {}, []
        for role, process in self._roles():
            with suppress(psutil.Error):
                times = process.cpu_times()
                seen[process.pid] = times.user + times.system
                gained.append((role, process.pid))
        counts = any(role == "probes" and pid in self._before for role, pid in gained)
        if counts:
            self.streaming_s += now_s - self._looked_s
            for role, pid in gained:
                self.spent_s[role] = self.spent_s.get(role, 0.0) + seen[pid] - self._seen.get(pid, seen[pid])
        self._before, self._seen, self._looked_s = self._seen, seen, now_s
        return counts


def children_of(pid: int) -> Iterator[psutil.Process]:
    """As psutil tells them, but without looking at every process of the machine: that takes milliseconds of a core
    that the measured server would miss."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError, psutil.Error):  # a thread or a child that has just ended
            for child in (thread / "children").read_text().split():
                yield psutil.Process(int(child))
