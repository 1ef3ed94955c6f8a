"""How late the viewer's event loop is while both agents write; the floor is a program with nothing to do."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.figures import percentile
from benchmarks.probed import LAG_FILE
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import stage
from benchmarks.tree import churning

FIGURES = (
    Figure("lag_p50", "event-loop lag of the viewer while streaming, p50", "ms", 1),
    Figure("lag_p99", "event-loop lag of the viewer while streaming, p99", "ms", 3),
    Figure("lag_max", "event-loop lag of the viewer while streaming, max", "ms", 10),
)
_CHANGES_PER_S = 100
_SETTLE_S = 1.0


def measure(size: Size) -> Mapping[str, Reading]:
    with stage(size.reports, agents=("a", "b")) as at:
        ours_file, floor_file = at.folder / "ours.json", at.folder / "floor.json"
        with churning(at.reports, _CHANGES_PER_S), at.streaming(lag_file=ours_file) as screen:
            ours = _window(screen, size)
            screen.send("d")  # detach: the run goes on, and nobody is asked
            screen.wait_for_exit()
        words = [sys.executable, "-m", "benchmarks.probed", "benchmarks.apps.hello"]
        with TimedScreen(words, size=SIZE, environment={LAG_FILE: str(floor_file)}) as screen:
            screen.until(screen.holds("Hello"))
            idle = _window(screen, size)
            screen.send("q")
            screen.wait_for_exit()
        values, floors = _figures(ours_file, ours), _figures(floor_file, idle)
    return {
        figure.name: Reading(value, floor) for figure, value, floor in zip(FIGURES, values, floors, strict=True)
    }


def _window(screen: TimedScreen, size: Size) -> tuple[int, int]:
    """From when until when the lag counts, in ns."""
    screen.collect(_SETTLE_S)
    from_ns = time.monotonic_ns()
    screen.collect(size.window_s)
    return from_ns, time.monotonic_ns()


def _figures(file: Path, window: tuple[int, int]) -> tuple[float, float, float]:
    """p50, p99 and max, in ms."""
    rows = json.loads(file.read_text())
    lags = [lag_ns / 1e6 for at_ns, lag_ns in rows if window[0] <= at_ns <= window[1]]
    return percentile(lags, 0.5), percentile(lags, 0.99), max(lags)
