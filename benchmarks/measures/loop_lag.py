"""How late the viewer's event loop is while both agents write; the floor is a program with nothing to do.

The longest lag is that of a window, the median of three: one hiccup of the machine, a redraw that takes five times
its CPU time, is the longest lag of all that is measured beside it.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.figures import percentile
from benchmarks.probed import LAG_FILE
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import stage
from benchmarks.tree import churning
from benchmarks.work_spans import Span

FIGURES = (
    Figure("lag_p50", "event-loop lag of the viewer while streaming, p50", "ms", 1),
    Figure("lag_p99", "event-loop lag of the viewer while streaming, p99", "ms", 3),
    Figure("lag_max", "event-loop lag of the viewer while streaming, max", "ms", 10),
)
_CHANGES_PER_S = 100
_SETTLE_S = 1.0
_WINDOWS = 3
"""24 s in all; an answer takes 30 s, and begins a second or two before."""


def measure(size: Size) -> Mapping[str, Reading]:
    with stage(size.reports, agents=("a", "b")) as at:
        ours_file, floor_file = at.folder / "ours.json", at.folder / "floor.json"
        with churning(at.reports, _CHANGES_PER_S), at.streaming(lag_file=ours_file) as screen:
            ours = _windows(screen, size)
            screen.send("d")  # detach: the run goes on, and nobody is asked
            screen.wait_for_exit()
        words = [sys.executable, "-m", "benchmarks.probed", "benchmarks.apps.hello"]
        with TimedScreen(words, size=SIZE, environment={LAG_FILE: str(floor_file)}) as screen:
            screen.until(screen.holds("Hello"))
            idle = _windows(screen, size)
            screen.send("q")
            screen.wait_for_exit()
        values, floors = _figures(ours_file, ours), _figures(floor_file, idle)
    return {
        figure.name: Reading(value, floor) for figure, value, floor in zip(FIGURES, values, floors, strict=True)
    }


def _windows(screen: TimedScreen, size: Size) -> list[Span]:
    """In which the lag counts. What comes is emulated after the last of them, which takes a second."""
    screen.collect(_SETTLE_S)
    from_ns, window_ns = time.monotonic_ns(), round(size.window_s * 1e9)
    screen.collect(_WINDOWS * size.window_s)
    return [(from_ns + number * window_ns, from_ns + (number + 1) * window_ns) for number in range(_WINDOWS)]


def _figures(file: Path, windows: Sequence[Span]) -> tuple[float, float, float]:
    """p50 and p99 of all, and the median of the windows' longest, in ms."""
    rows = json.loads(file.read_text())
    lags = [[lag_ns / 1e6 for at_ns, lag_ns in rows if from_ns <= at_ns <= to_ns] for from_ns, to_ns in windows]
    every = [lag for window in lags for lag in window]
    return percentile(every, 0.5), percentile(every, 0.99), statistics.median(map(max, lags))
