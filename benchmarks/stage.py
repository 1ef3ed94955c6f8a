"""Where the product is run: folders of its own, simulators where asked for, the viewer in a pseudo-terminal."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.busy_program import SIZE, blanked, children_of, is_free, own_environment
from benchmarks.probed import LAG_FILE
from benchmarks.pty_screen import TimedScreen
from benchmarks.tree import make_tree
from chimera_tui.client.places import Places
from chimera_tui.client.start import answer, ask, request_shutdown
from chimera_tui.domain.events import Notice
from chimera_tui.domain.inventory import OWN_OUTPUT
from chimera_tui.domain.run_events import RunEvent
from chimera_tui.services.journal.journal import Journal
from tests.simulators import SimulatorHandle, running_simulator

RATE = 200
TREE_ROWS = (3, 26)
"""Rows of the screen, from 0, in which the tree stands."""
_MODELS = {"a": "gemma3:latest", "b": "llama3.1:8b-instruct-q4_0"}
_SIMULATOR = ("--prefill-rate", "20000", "--load-s", "0.1", "--jitter", "0")
_NUM_PREDICT = 6_000
_TEXTS = 20
"""More than are written: nobody is between two requests while something is measured."""


class Stage:
    """One reports directory with its places; `flags` go to the viewer."""

    def __init__(
        self,
        folder: Path,
        reports: Path,
        simulators: Mapping[str, SimulatorHandle],
        num_predict: int = _NUM_PREDICT,
    ) -> None:
        self.folder = folder
        self.reports = reports
        self.simulators = simulators
        self._environment = own_environment(folder)
        self._flags = ["--num-predict", str(num_predict), "--num-ctx", "8192", "--seed", "7", "--keep-alive", "-1"]
        for agent, model in _MODELS.items():
            # a port where nobody listens, when there is no simulator: the program must not look for a real one
            url = simulators[agent].url if agent in simulators else "http://127.0.0.1:9"
            self._flags += [f"--{agent}-host", url, f"--{agent}-model", model]
        self._places = Places.of([reports], environment=self._environment)

    @property
    def journal(self) -> Path:
        return self._places.journal

    @property
    def socket(self) -> Path:
        return self._places.socket

    def viewer(self, *, lag_file: Path | None = None, polling: bool = False) -> TimedScreen:
        """The viewer's terminal, not entered yet; with the probe in it when there is a file for its result. With
        `polling` its daemon scans everything again and again."""
        module = ["chimera_tui"] if lag_file is None else ["benchmarks.probed", "chimera_tui.cli"]
        environment = {} if lag_file is None else {LAG_FILE: str(lag_file)}
        flags = [*self._flags, "--polling"] if polling else self._flags
        words = [sys.executable, "-m", *module, *flags, str(self.reports)]
        return TimedScreen(words, size=SIZE, environment=blanked(self._environment) | environment)

    @contextmanager
    def ready(self, *, lag_file: Path | None = None, polling: bool = False) -> Iterator[TimedScreen]:
        """The viewer with all files known and watched; the daemon is stopped afterwards."""
        with self.viewer(lag_file=lag_file, polling=polling) as screen:
            try:
                screen.until(screen.holds("polling" if polling else "watching"), timeout_s=120)
                yield screen
            finally:
                self.end(screen)

    @contextmanager
    def streaming(self, *, lag_file: Path | None = None) -> Iterator[TimedScreen]:
        """As `ready`, with a run whose two agents both write."""
        with self.ready(lag_file=lag_file) as screen:
            screen.until(lambda: "r run" in screen.screen, timeout_s=60)
            screen.send("r")
            screen.until(lambda: screen.screen.count("● writing") >= 4, timeout_s=60)
            yield screen

    def processes(self, screen: TimedScreen) -> list[psutil.Process]:
        """The viewer, the daemon and its children, as they are now."""
        daemon = self.daemon_pid()
        return [psutil.Process(screen.pid), psutil.Process(daemon), *children_of(daemon)]

    def daemon_pid(self) -> int:
        question = ask(self._places.socket, "GET", "/v1/status")
        found = answer(question) if question is not None else None
        if not isinstance(found, dict):
            raise SystemExit("the daemon does not answer")
        return int(str(found["pid"]))

    def watcher_pid(self) -> int:
        """Of the daemon's process that scans."""
        return next(
            c.pid for c in children_of(self.daemon_pid()) if "services.inventory.watcher" in " ".join(c.cmdline())
        )

    def end(self, screen: TimedScreen) -> None:
        """End the viewer first, or it would start another daemon; wait until the daemon has let go of its lock."""
        if screen.exit_code is None:
            screen.kill()
        request_shutdown(self._places.socket, "now")
        deadline_s = time.monotonic() + 30
        while not is_free(self._places.lock):
            if time.monotonic() > deadline_s:
                raise RuntimeError("the daemon did not end")
            time.sleep(0.02)

    def last_run(self) -> tuple[RunEvent, ...]:
        """As the journal keeps it; the daemon must have ended."""
        journal = Journal.open(self._places.journal, notify=_refuse)
        try:
            return tuple(journal.events(journal.find("last")))
        finally:
            journal.close()


def _refuse(notice: Notice) -> None:
    """The journal would go on in memory, and know nothing."""
    raise RuntimeError(notice.text)


@contextmanager
def stage(
    files: int | Path,
    *,
    agents: Sequence[str] = (),
    rate: float = RATE,
    num_predict: int = _NUM_PREDICT,
    texts: int = _TEXTS,
) -> Iterator[Stage]:
    """A stage with so many files, or over a bench's directory that is there, without what runs have left in it.

    A simulator for each of `agents` writes `rate` tokens a second; an answer is so many `texts` of 600 tokens or
    more, and `num_predict` tokens at most.
    """
    pace = ("--token-rate", f"{rate:g}", "--texts", f"{texts}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ch-")))
        simulators = {
            agent: stack.enter_context(running_simulator(*_SIMULATOR, *pace, "--models", _MODELS[agent]))
            for agent in agents
        }
        reports = folder / "reports"
        if isinstance(files, Path):
            reports = files
            shutil.rmtree(reports / OWN_OUTPUT, ignore_errors=True)  # what the measurement before has written
        else:
            make_tree(reports, files)
        yield Stage(folder, reports, simulators, num_predict)


def cpu_percent(processes: Sequence[psutil.Process], before: Mapping[int, float], seconds: float) -> float:
    """Of one core, since `before`, which `cpu_seconds` gave."""
    now = cpu_seconds(processes)
    return sum(spent - before.get(pid, spent) for pid, spent in now.items()) / seconds * 100


def cpu_seconds(processes: Sequence[psutil.Process]) -> dict[int, float]:
    """User and system time of each that still lives."""
    found = {}
    for process in processes:
        with suppress(psutil.Error):
            times = process.cpu_times()
            found[process.pid] = times.user + times.system
    return found
