"""A large tree looked at by the real watcher process; the floors are `find` and `find -printf` with stat."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from benchmarks.figure import Figure, Reading, Size
from benchmarks.stage import stage
from chimera_tui import resources
from chimera_tui.services import pipes
from chimera_tui.services.inventory.roots import resolve_roots

FIGURES = (
    Figure("scan_first", "100k files: first names told", "ms", 80),
    Figure("scan_all", "100k files: all told, with stat", "ms", 350),
)


def measure(size: Size) -> Mapping[str, Reading]:
    with stage(size.reports) as at:
        _find(at.reports, "%s\n")  # fills the kernel's cache, which would else be the first one's burden
        names_ms = _find(at.reports)
        stat_ms = _find(at.reports, "%p %s %T@\\n")
        first_ms, all_ms = _watcher(at.reports)
    return {"scan_first": Reading(first_ms, names_ms), "scan_all": Reading(all_ms, stat_ms)}


def _find(folder: Path, form: str = "") -> float:
    """Names alone need no stat of a file: the folder says what is a folder."""
    words = ["find", str(folder), *(["-printf", form] if form else [])]
    started_ns = time.monotonic_ns()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    return (time.monotonic_ns() - started_ns) / 1e6


def _watcher(folder: Path) -> tuple[float, float]:
    """From the question until the first files are told, and until all are; the process is there before."""
    with child("chimera_tui.services.inventory.watcher") as (questions, answers):
        roots = resolve_roots([folder])
        time.sleep(1.0)  # its imports; it says nothing before it is asked
        started_ns = time.monotonic_ns()
        pipes.write_frame(questions, (*roots.to_frame(), False))
        first_ms = 0.0
        while (frame := pipes.read_frame(answers)) is not None:
            elapsed_ms = (time.monotonic_ns() - started_ns) / 1e6
            first_ms = first_ms or elapsed_ms
            if frame[0] == "scanned":
                return first_ms, elapsed_ms
    raise SystemExit("the watcher ended before its first look was over")


@contextmanager
def child(module: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """One of the product's own processes; its standard input and output."""
    process = subprocess.Popen(
        resources.child_command(module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=resources.child_environment(),
    )
    try:
        yield cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)
    finally:
        process.kill()
        process.communicate()
