"""The longest the screen stands still while a large tree is scanned; the floor is a program with nothing to do.

The daemon is stopped under a viewer that is long there; the viewer starts another, which scans anew.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.probed import LAG_FILE
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import stage
from chimera_tui.client.start import request_shutdown

FIGURES = (Figure("scan_stall", "stall of the screen during the scan of 100k files", "ms", 1),)
_SETTLE_S = 1.0


def measure(size: Size) -> Mapping[str, Reading]:
    with stage(size.reports) as at:
        ours_file, floor_file = at.folder / "ours.json", at.folder / "floor.json"
        with at.ready(lag_file=ours_file) as screen:
            screen.collect(_SETTLE_S)
            from_ns = time.monotonic_ns()
            request_shutdown(at.socket, "now")
            screen.until(lambda: "watching" not in screen.screen, timeout_s=60)
            screen.until(lambda: "watching" in screen.screen, timeout_s=120)
            ours = (from_ns, time.monotonic_ns())
            screen.collect(_SETTLE_S)
            screen.send("q")
            screen.wait_for_exit()
        words = [sys.executable, "-m", "benchmarks.probed", "benchmarks.apps.hello"]
        with TimedScreen(words, size=SIZE, environment={LAG_FILE: str(floor_file)}) as screen:
            screen.until(screen.holds("Hello"))
            screen.collect(_SETTLE_S)
            from_ns = time.monotonic_ns()
            screen.collect((ours[1] - ours[0]) / 1e9)
            idle = (from_ns, time.monotonic_ns())
            screen.send("q")
            screen.wait_for_exit()
        return {"scan_stall": Reading(_longest_ms(ours_file, ours), _longest_ms(floor_file, idle))}


def _longest_ms(file: Path, window: tuple[int, int]) -> float:
    rows = json.loads(file.read_text())
    return max((lag_ns / 1e6 for at_ns, lag_ns in rows if window[0] <= at_ns <= window[1]), default=0.0)
