"""`make soak`: two hours of runs, changing files and viewers that come and go, without the pauses between them.

A run every half minute is 240 of them; meanwhile fifty files are written, changed or removed, and a viewer comes,
looks at the history and leaves: by key, by a signal, or killed. One viewer stays all the time. After each of these
rounds, while nothing runs, memory, handles and threads of every process are read. There is never more in the
directory than in the first rounds, for what the program knows of it is no loss. Fails when one of these grows from
the second quarter to the last, when a process is left that should be gone, or when a run is not done.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from chimera_tui import resources
from chimera_tui.domain.inventory import OWN_OUTPUT
from tests.daemon.daemons import House, house, write_reports
from tests.simulators import running_simulator
from tests.support import wait_until
from tests.terminal import Terminal

RESULT = Path(__file__).resolve().parent.parent / "build" / "soak.json"
_ROUNDS = 240
_FILES = 2_000
_CHANGES = 50
_LONGEST = 32
"""Bytes of a file that is appended to."""
_KEPT_REPORTS = 5
"""Runs whose saved reports stay."""
_NUM_PREDICT = 60
_GROWTH_SHARE = 0.03
_GROWTH_MB = 1.5
"""What a process may grow between the two quarters: allocators do not give everything back."""
_MORE_THREADS = 3.0
"""A pool starts its threads, of which it has a bounded number, when it needs them."""
_PACE = (
    "--token-rate",
    "2000",
    "--cpu-rate",
    "2000",
    "--prefill-rate",
    "200000",
    "--load-s",
    "0",
    "--num-parallel",
    "2",
)
_SIZE = (120, 35)
Run = dict[str, Any]
"""As `/v1/status` tells it."""
_MEGABYTE = 1 << 20


@dataclass(slots=True)
class Soak:
    """What was read of each process, one value a round."""

    memory_mb: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Memory that is the process's alone (USS)."""
    handles: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    threads: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    zombies: int = 0
    left_over: set[str] = field(default_factory=set)
    """Processes that were there after a run and should not be."""
    not_done: int = 0
    """Runs that ended in another way."""

    def read(self, processes: Mapping[str, psutil.Process]) -> None:
        for name, process in processes.items():
            self.memory_mb[name].append(process.memory_full_info().uss / _MEGABYTE)
            self.handles[name].append(process.num_fds())
            self.threads[name].append(process.num_threads())

    def growth(self) -> Iterator[tuple[str, str, float, float, bool]]:
        """Of each process: what, how little of it in the second quarter and in the last one, whether that is flat.
        What is lost never goes again, while between two collections garbage waits, and a watch that is being made
        anew has handles and a thread for a moment: so the least counts."""
        for what, read in (("memory MB", self.memory_mb), ("handles", self.handles), ("threads", self.threads)):
            for name, values in read.items():
                before, after = quarters(values)
                share = max(_GROWTH_MB, _GROWTH_SHARE * before)
                allowed = {"memory MB": share, "handles": 0.0, "threads": _MORE_THREADS}[what]
                yield name, what, before, after, after - before <= allowed

    @property
    def is_flat(self) -> bool:
        sound = not (self.zombies or self.left_over or self.not_done)
        return sound and all(flat for *_, flat in self.growth())


def quarters(values: Sequence[float]) -> tuple[float, float]:
    """The least of the second quarter, when everything is warm, and of the last one."""
    quarter = max(1, len(values) // 4)
    return min(values[quarter : 2 * quarter] or values), min(values[-quarter:])


def soak(rounds: int) -> Soak:
    """So many rounds on a stage of its own."""
    found = Soak()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chimera-soak-")))
        server = stack.enter_context(running_simulator(*_PACE))
        root = write_reports(folder / "reports")
        for number in range(_FILES):
            _write(root, number, 0)
        home = stack.enter_context(house(root, OLLAMA_HOST=server.url))
        home.places.prepare_runtime()
        with viewer(home) as staying:
            staying.wait_for("watching", 60)
            for number in range(rounds):
                _round(home, staying, number)
                found.not_done += not _newest_is_done(home)
                found.read(_processes(home, staying, found))
                print(f"round {number + 1} of {rounds}", end="\r", file=sys.stderr, flush=True)
    return found


@contextmanager
def viewer(home: House) -> Iterator[Terminal]:
    words = resources.child_command("chimera_tui", "--num-predict", str(_NUM_PREDICT), str(home.root))
    with Terminal(words, size=_SIZE, environment=home.environment) as screen:
        yield screen


def _round(home: House, staying: Terminal, number: int) -> None:
    staying.wait_for(r"r run", 60)
    before = _newest_run(home)
    staying.send("r")
    _change_files(home.root, number)
    _forget_old_reports(home.root)
    with viewer(home) as passing:
        passing.wait_for("watching|reading", 60)
        passing.send("h")
        passing.wait_for("details", 60)
        match number % 3:
            case 0:
                passing.send("\x1b")
                passing.wait_for("d detach")
                passing.send("d")
            case 1:
                passing.signal(signal.SIGTERM)
            case _:
                passing.kill()
        if passing.exit_code is None:
            passing.wait_for_exit()
    wait_until(lambda: _is_idle(home, staying, before), "the end of the run", 120)


def _is_idle(home: House, staying: Terminal, before: Run | None) -> bool:
    """Whether a run has come and gone since, and nobody else looks."""
    staying.pump(0.02)
    status = home.status()
    if status is None or status["active_run"] is not None or status["viewers"] != 1:
        return False
    newest = status["outline"]["run"]
    return newest is not None and (before is None or newest["run_id"] != before["run_id"])


def _newest_run(home: House) -> Run | None:
    status = home.status()
    assert status is not None
    found: Run | None = status["outline"]["run"]
    return found


def _newest_is_done(home: House) -> bool:
    run = _newest_run(home)
    return run is not None and run["state"] == "done"


def _change_files(root: Path, number: int) -> None:
    """A third each is written anew, appended to and removed; neither files nor what is in them become more."""
    for step in range(_CHANGES):
        place = (number * _CHANGES + step) % _FILES
        path = root / f"folder-{place % 20}" / f"{place}.csv"
        match step % 3:
            case 0:
                _write(root, place, number)
            case 1:
                if path.stat().st_size > _LONGEST:
                    _write(root, place, number)
                with path.open("a") as file:
                    file.write(f"{number},{step}\n")
            case _:
                path.unlink()
                _write(root, place, number)


def _forget_old_reports(root: Path) -> None:
    """Saved reports are files in the inventory, too: as many as there are, it knows."""
    for folder in sorted((root / OWN_OUTPUT).glob("*Z-*"))[:-_KEPT_REPORTS]:
        shutil.rmtree(folder, ignore_errors=True)


def _write(root: Path, place: int, number: int) -> None:
    folder = root / f"folder-{place % 20}"
    folder.mkdir(exist_ok=True)
    (folder / f"{place}.csv").write_text(f"num_gpu,tok_per_s\n{place % 80},{number}.5\n")


def _processes(home: House, staying: Terminal, found: Soak) -> dict[str, psutil.Process]:
    """Viewer, daemon and those of its children that stay; the others are counted."""
    daemon = psutil.Process(home.pid())
    named = {"viewer": psutil.Process(staying.pid), "daemon": daemon}
    for child in daemon.children(recursive=True):
        if child.status() == psutil.STATUS_ZOMBIE:
            found.zombies += 1
            continue
        words = next((word for word in child.cmdline() if word.startswith("chimera_tui.services")), "?")
        name = {"process": "checker"}.get(words.rpartition(".")[2], words.rpartition(".")[2])
        if name in ("watcher", "reader", "checker") and name not in named:
            named[name] = child
        else:
            found.left_over.add(name)
    return named


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help=f"runs; {_ROUNDS} are two hours of them")
    rounds = parser.parse_args().rounds
    began_s = time.monotonic()
    found = soak(rounds)
    took_s = time.monotonic() - began_s
    print(f"{rounds} runs, {rounds * _CHANGES} changes, {rounds} viewers in {took_s:.0f} s")
    rows = list(found.growth())
    for name, what, before, after, flat in rows:
        print(f"{name:8} {what:10} {before:8.1f} → {after:8.1f}  {'flat' if flat else 'GROWS'}")
    left = ", ".join(sorted(found.left_over)) or "none"
    print(f"zombies {found.zombies}, processes left over {left}, runs not done {found.not_done}")
    RESULT.parent.mkdir(exist_ok=True)
    document = {"rounds": rounds, "took_s": round(took_s, 1), "memory_mb": found.memory_mb}
    RESULT.write_text(json.dumps(document | {"handles": found.handles, "threads": found.threads}) + "\n")
    return 0 if found.is_flat else 1


if __name__ == "__main__":
    sys.exit(main())
