"""How long the screen stands still while large trees are scanned, taken in, and told by another daemon.

A scan by itself: the watcher polls, so that it looks at every file again and again and finds nothing new.
Time is cut into spans in each of which a scan begins, if it takes half a second or less, and the median of
the longest lag of each span is taken: what a scan does comes back with each of them, the machine's own
hiccups of 10 ms and more do not. The floor is the same of a program where nothing is scanned, one of its own
redraws; what counts is by how much it is longer with scans. Taking in: a folder with all the files is moved
into a small directory. Telling: the daemon is stopped under a viewer that knows all files; it starts another,
which scans anew, and attaches to it. The last two are done three times; they draw what they bring, and their
floor is a hello-world program.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.probed import LAG_FILE
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import stage
from chimera_tui.client.start import request_shutdown

FIGURES = (
    Figure("scan_added", "scans of 100k files: added to the longest lag of the screen", "ms", 1),
    Figure("take_in_stall", "stall while a folder of 100k files is taken in", "ms", 10),
    Figure("attach_stall", "… while another daemon takes over and tells all of them", "ms", 10),
)
_SETTLE_S = 1.0
_SPAN_S = 6.0
"""Polling takes a tenth of the time at most, and a scan of all files about half a second."""
_SPANS_PER_WINDOW_S = 0.625
"""Five spans in full size."""
_TIMES = 3
"""Taking in, and telling."""
_FEW = 60
"""As many as have facts in any tree of the bench."""
_ALL_S = 4.0
"""For all to be told, several times what it takes. The emulator, which takes half of a core, stands still."""
Window = tuple[int, int]
"""From and to, monotonic ns."""


def measure(size: Size) -> Mapping[str, Reading]:
    assert size.tree is not None, "there is a tree that can be moved"
    quiet_ms, scan_ms = (_watched_ms(size, polling=polling) for polling in (False, True))
    floor_ms = _floor_ms()
    return {
        "scan_added": Reading(max(0.0, scan_ms - quiet_ms), quiet_ms),
        "take_in_stall": Reading(_usual(partial(_taken_in_ms, size.tree)), floor_ms),
        "attach_stall": Reading(_usual(partial(_told_ms, size)), floor_ms),
    }


def _usual(longest_ms: Callable[[], float]) -> float:
    """One longest lag says as much of the machine as of the program: single ones lay between 3 and 82 ms."""
    return statistics.median(longest_ms() for _ in range(_TIMES))


def _watched_ms(size: Size, *, polling: bool) -> float:
    with stage(size.reports) as at:
        file = at.folder / "lag.json"
        with at.ready(lag_file=file, polling=polling) as screen:
            screen.collect(_SETTLE_S)
            windows = []
            for _ in range(max(1, round(size.window_s * _SPANS_PER_WINDOW_S))):
                from_ns = time.monotonic_ns()
                screen.collect(_SPAN_S)
                windows.append((from_ns, time.monotonic_ns()))
            screen.send("q")
            screen.wait_for_exit()
        return statistics.median(_longest_ms(file, window) for window in windows)


def _taken_in_ms(tree: Path) -> float:
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
        return _longest_ms(file, window)


def _told_ms(size: Size) -> float:
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
            screen.send("q")
            screen.wait_for_exit()
        return _longest_ms(file, window)


def _floor_ms() -> float:
    with stage(_FEW) as at:
        file = at.folder / "lag.json"
        words = [sys.executable, "-m", "benchmarks.probed", "benchmarks.apps.hello"]
        with TimedScreen(words, size=SIZE, environment={LAG_FILE: str(file)}) as screen:
            screen.until(screen.holds("Hello"))
            screen.collect(_SETTLE_S)
            from_ns = time.monotonic_ns()
            screen.collect(_ALL_S)
            window = (from_ns, time.monotonic_ns())
            screen.send("q")
            screen.wait_for_exit()
        return _longest_ms(file, window)


def _longest_ms(file: Path, window: Window) -> float:
    rows = json.loads(file.read_text())
    return max((lag_ns / 1e6 for at_ns, lag_ns in rows if window[0] <= at_ns <= window[1]), default=0.0)
