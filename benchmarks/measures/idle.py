"""What the program costs while nothing happens; the floor is a Textual program with nothing to do.

As it is shipped: with a viewer attached the machine's metrics are shown once a second; with none nothing is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

import psutil

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import cpu_percent, cpu_seconds, stage

FIGURES = (
    Figure("idle_metrics_cpu", "idle, viewer attached, metrics shown: CPU of all", "% of a core", 1.5),
    Figure("idle_cpu", "idle, nobody attached: CPU of all", "% of a core", 0.3),
)
_SETTLE_S = 3.0


def measure(size: Size) -> Mapping[str, Reading]:
    with TimedScreen([sys.executable, "-m", "benchmarks.apps.hello"], size=SIZE) as screen:
        screen.until(screen.holds("Hello"))
        floor = _idle(screen, [psutil.Process(screen.pid)], size)
    with stage(min(size.files, 1_000)) as at, at.ready() as screen:
        processes = at.processes(screen)
        attached = _idle(screen, processes, size)
        screen.send("q")
        screen.wait_for_exit()
        with at.viewer() as again:  # or the daemon would end, for want of a viewer
            again.until(again.holds("watching"))
            again.send("d")
            again.wait_for_exit()
        alone = _idle(None, processes[1:], size)
    return {"idle_metrics_cpu": Reading(attached, floor), "idle_cpu": Reading(alone, floor)}


def _idle(screen: TimedScreen | None, processes: list[psutil.Process], size: Size) -> float:
    """Three times as long as others: CPU time is counted in hundredths of a second."""
    _wait(screen, _SETTLE_S if size.window_s > 2 else 0.5)
    before, started_s = cpu_seconds(processes), time.monotonic()
    _wait(screen, size.window_s * 3)
    return cpu_percent(processes, before, time.monotonic() - started_s)


def _wait(screen: TimedScreen | None, seconds: float) -> None:
    if screen is None:
        time.sleep(seconds)
    else:
        screen.drain(seconds)
