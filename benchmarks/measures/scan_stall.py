"""The longest the screen stands still while a large tree is taken in; the floor is a program with nothing to do.

Once a folder with all the files is moved into a small reports directory, as a campaign's results are: the watcher
scans it, and the viewer takes in what it finds. Once the daemon is stopped under a viewer that knows all of them;
the viewer starts another, which scans anew, and attaches to it: that draws the whole screen.
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

FIGURES = (
    Figure("scan_stall", "stall of the screen during the scan of 100k files", "ms", 1),
    Figure("attach_stall", "… when another daemon takes over and tells all of them", "ms", 10),
)
_SETTLE_S = 1.0
_FEW = 60
"""As many as have facts in any tree of the bench."""
_ALL_S = 4.0
"""For all to be told, several times what it takes. The emulator, which takes half of a core, stands still."""
Window = tuple[int, int]
"""From and to, monotonic ns."""


def measure(size: Size) -> Mapping[str, Reading]:
    assert size.tree is not None, "there is a tree that can be moved"
    moved, scan_ms = _move_in(size.tree)
    attached, attach_ms = _take_over(size)
    floor_ms = _floor_ms((moved[1] - moved[0] + attached[1] - attached[0]) / 2e9)
    return {"scan_stall": Reading(scan_ms, floor_ms), "attach_stall": Reading(attach_ms, floor_ms)}


def _move_in(tree: Path) -> tuple[Window, float]:
    with stage(_FEW) as at:
        file = at.folder / "lag.json"
        inside = at.reports / "campaign"
        with at.ready(lag_file=file) as screen:
            screen.collect(_SETTLE_S)
            try:
                from_ns = time.monotonic_ns()
                tree.rename(inside)
                screen.collect(_ALL_S)
                window = (from_ns, time.monotonic_ns())
                if f"{2 * _FEW} files" not in screen.screen:  # the others have no count there
                    raise TimeoutError(f"the folder was not told:\n{screen.screen}")
            finally:
                inside.rename(tree)
            screen.collect(_SETTLE_S)
            screen.send("q")
            screen.wait_for_exit()
        return window, _longest_ms(file, window)


def _take_over(size: Size) -> tuple[Window, float]:
    with stage(size.reports) as at:
        file = at.folder / "lag.json"
        with at.ready(lag_file=file) as screen:
            screen.collect(_SETTLE_S)
            from_ns = time.monotonic_ns()
            before = at.daemon_pid()
            request_shutdown(at.socket, "now")
            screen.collect(_ALL_S)
            window = (from_ns, time.monotonic_ns())
            if at.daemon_pid() == before or "watching" not in screen.screen:
                raise TimeoutError(f"no other daemon watches:\n{screen.screen}")
            screen.collect(_SETTLE_S)
            screen.send("q")
            screen.wait_for_exit()
        return window, _longest_ms(file, window)


def _floor_ms(seconds: float) -> float:
    with stage(_FEW) as at:
        file = at.folder / "lag.json"
        words = [sys.executable, "-m", "benchmarks.probed", "benchmarks.apps.hello"]
        with TimedScreen(words, size=SIZE, environment={LAG_FILE: str(file)}) as screen:
            screen.until(screen.holds("Hello"))
            screen.collect(_SETTLE_S)
            from_ns = time.monotonic_ns()
            screen.collect(seconds)
            window = (from_ns, time.monotonic_ns())
            screen.send("q")
            screen.wait_for_exit()
        return _longest_ms(file, window)


def _longest_ms(file: Path, window: Window) -> float:
    rows = json.loads(file.read_text())
    return max((lag_ns / 1e6 for at_ns, lag_ns in rows if window[0] <= at_ns <= window[1]), default=0.0)
