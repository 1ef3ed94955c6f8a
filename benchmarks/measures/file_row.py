"""A file is written: when is its row on the screen, in a quiet and a busy tree? Beside it: Textual's `Tree`."""

from __future__ import annotations

import math
import random
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.pty_screen import DOWN, TimedScreen
from benchmarks.stage import stage
from benchmarks.tree import FILES_PER_FOLDER, churning

FIGURES = (
    Figure("file_row_quiet", "file written → row on screen, 100k files, quiet", "ms", 50),
    Figure("file_row_busy", "file written → row on screen, 100k files, 100 changes/s", "ms", 150),
)
_CHANGES_PER_S = 100
_PAUSES_S = (0.15, 0.40)
"""Between two files, drawn anew each time: a fixed one after a redraw would always meet the same moment of what
looks ten times a second, and one run would give twice as much as the next."""


def measure(size: Size) -> Mapping[str, Reading]:
    with stage(size.reports) as at, at.ready() as screen:
        screen.collect(2.0)
        folder = _open_first_folder(screen, at.reports)
        quiet = _rows(screen, folder, size.keys)
        with churning(at.reports, _CHANGES_PER_S):
            screen.collect(1.0)
            busy = _rows(screen, folder, size.keys)
    textual = _tree(size)
    return {"file_row_quiet": Reading(quiet, None, textual), "file_row_busy": Reading(busy, None, textual)}


def _open_first_folder(screen: TimedScreen, reports: Path) -> Path:
    """Folders stand before files, and a full tree has more of them than the screen has rows."""
    screen.send(DOWN)
    screen.collect(0.2)
    screen.send("\r")
    screen.until(screen.holds("part_0000"))
    return min(reports.glob("run_*"))


def _rows(screen: TimedScreen, folder: Path, count: int) -> float:
    """Median of so many files; each sorts before all others of its folder and is gone before the next one."""
    found = []
    rng = random.Random(2)
    for number in range(count):
        name = f"0{chr(ord('a') + number % 26)}{number:03d}.log"
        file = folder / name
        shows = screen.holds(name)
        written_ns = time.monotonic_ns()
        file.write_bytes(b"1\n")
        found.append((screen.until(shows) - written_ns) / 1e6)
        file.unlink()
        screen.until(lambda name=name: name not in screen.screen)  # type: ignore[misc]
        screen.collect(rng.uniform(*_PAUSES_S))
    return statistics.median(found)


def _tree(size: Size) -> float:
    """From a key that adds one row to Textual's Tree of as many files until it is drawn. Not a number where that
    is not asked for."""
    if not size.others:
        return math.nan
    folders = max(1, size.files // FILES_PER_FOLDER)
    words = [sys.executable, "-m", "benchmarks.apps.tree", str(folders), str(FILES_PER_FOLDER)]
    with TimedScreen(words, size=SIZE) as screen:
        screen.until(screen.holds("all of it"), timeout_s=120)
        found = []
        for number in range(min(size.keys, 5)):
            shows, pressed_ns = screen.holds(f"new_{number}."), time.monotonic_ns()
            screen.send("n")
            found.append((screen.until(shows, timeout_s=60) - pressed_ns) / 1e6)
            screen.collect(0.2)
    return statistics.median(found)
