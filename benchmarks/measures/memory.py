"""Memory with 50,000 tokens on each pane and 100,000 files: a process's own (USS), and with what it shares."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import psutil

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.measures.long_pane import FAST, tokens_wanted
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import stage

FIGURES = (
    Figure("memory_viewer", "viewer's own memory (USS), 50,000 tokens a pane, 100k files", "MB", 80),
    Figure("memory_viewer_rss", "the same with shared libraries (RSS)", "MB", 100),
    Figure("memory_daemon", "daemon's own memory (USS) beside it", "MB", 150),
    Figure("memory_daemon_rss", "the same with shared libraries (RSS)", "MB", 170),
)


def measure(size: Size) -> Mapping[str, Reading]:
    with TimedScreen([sys.executable, "-m", "benchmarks.apps.hello"], size=SIZE) as screen:
        screen.until(screen.holds("Hello"))
        floor = memory_mb(screen.pid)
    wanted = tokens_wanted(size)
    with (
        stage(size.reports, agents=("a", "b"), rate=FAST, num_predict=wanted, texts=wanted) as at,
        at.streaming() as screen,
    ):
        # Until the second answers begin: the first ones are whole.
        screen.until(lambda: screen.screen.count("writing report") >= 2, timeout_s=60 + 2 * wanted / FAST)
        viewer, daemon = memory_mb(screen.pid), memory_mb(at.daemon_pid())
    found = zip(FIGURES, (*viewer, *daemon), (*floor, *floor), strict=True)
    return {figure.name: Reading(value, least) for figure, value, least in found}


def memory_mb(pid: int) -> tuple[float, float]:
    """USS and RSS in MB."""
    memory = psutil.Process(pid).memory_full_info()
    return memory.uss / 1e6, memory.rss / 1e6
