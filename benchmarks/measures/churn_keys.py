"""Keys in the tree while a thousand files change every second; the floor is a program that counts keys."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.measures.streaming import keys, tree_cursor
from benchmarks.pty_screen import DOWN, UP, TimedScreen
from benchmarks.stage import stage
from benchmarks.tree import churning

FIGURES = (
    Figure("churn_key_p50", "key press → screen, 1,000 changes/s, 100k files, p50", "ms", 5),
    Figure("churn_key_p95", "key press → screen, 1,000 changes/s, 100k files, p95", "ms", 35),
)
_CHANGES_PER_S = 1_000


def measure(size: Size) -> Mapping[str, Reading]:
    with stage(size.reports) as at, at.ready() as screen:
        screen.collect(2.0)
        with churning(at.reports, _CHANGES_PER_S):
            screen.collect(1.0)
            values = keys(screen, tree_cursor(screen), size.keys, back=UP)
    with TimedScreen([sys.executable, "-m", "benchmarks.apps.hello"], size=SIZE) as screen:
        screen.until(screen.holds("Hello"))
        floors = keys(screen, lambda: screen.row(0), size.keys, back=DOWN)
    return {
        figure.name: Reading(value, floor) for figure, value, floor in zip(FIGURES, values, floors, strict=True)
    }
