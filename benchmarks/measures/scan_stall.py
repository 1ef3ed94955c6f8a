"""How long the screen stands still while large trees are scanned, taken in, and told by another daemon.

A scan by itself: the watcher polls, so that it looks at every file again and again and finds nothing new.
The longest lag while it scans is set against the longest lag of spans as long between two scans, which are
the floor: the screen's own redraws. Both are quarters (of four spans one had less): what a scan does comes
back with each of them, the machine's own hiccups of 10 ms and more do not. Among the lags of a noisy hour a
stall of 5 ms with each scan would add half of that to a quarter, and less than 1 ms to a median.

Taking in: a folder with all the files is moved into a small directory. Telling: the daemon is stopped under a
viewer that knows all files; it starts another, which scans anew, and attaches to it. These two are done three
times; they draw what they bring, and their floor is a hello-world program.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.probed import LAG_FILE
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import stage
from benchmarks.work_spans import LOOK_S, Span, work_spans
from chimera_tui.client.start import request_shutdown

FIGURES = (
    Figure("scan_added", "scans of 100k files: added to the longest lag of the screen", "ms", 1),
    Figure("take_in_stall", "stall while a folder of 100k files is taken in", "ms", 10),
    Figure("attach_stall", "… while another daemon takes over and tells all of them", "ms", 10),
)
_SETTLE_S = 1.0
_POLLED_PER_WINDOW_S = 9.0
"""Polling takes a tenth of the time at most, and a scan of all files about half a second: a dozen scans."""
_TIMES = 3
"""Taking in, and telling."""
_FEW = 60
"""As many as have facts in any tree of the bench."""
_ALL_S = 6.0
"""For all to be told, twice what it takes, and as often again as a busy machine needs. The emulator, which takes
half of a core, stands still."""
_PATIENCE = 5
_LOOK_NS = round(LOOK_S * 1e9)


def measure(size: Size) -> Mapping[str, Reading]:
    assert size.tree is not None, "there is a tree that can be moved"
    floor_ms = _floor_ms()
    return {
        "scan_added": _added_ms(size),
        "take_in_stall": Reading(_usual(partial(_taken_in_ms, size.tree)), floor_ms),
        "attach_stall": Reading(_usual(partial(_taken_over_ms, size)), floor_ms),
    }


def _usual(longest_ms: Callable[[], float]) -> float:
    """One longest lag says as much of the machine as of the program: single ones lay between 3 and 82 ms."""
    return statistics.median(longest_ms() for _ in range(_TIMES))


def _added_ms(size: Size) -> Reading:
    with stage(size.reports) as at:
        file = at.folder / "lag.json"
        with at.ready(lag_file=file, polling=True) as screen:
            screen.collect(_SETTLE_S)
            with work_spans(at.watcher_pid()) as scans:
                screen.collect(size.window_s * _POLLED_PER_WINDOW_S)
            screen.send("q")
            screen.wait_for_exit()
        scanned, quiet = _alike(scans)
        scan_ms, quiet_ms = (_quarter(_longest_ms(file, spans)) for spans in (scanned, quiet))
    return Reading(max(0.0, scan_ms - quiet_ms), quiet_ms)


def _alike(scans: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """Spans of one length, that of a usual scan and a look more: from the start of each scan, and between them.

    Raises RuntimeError when there are not two scans."""
    if len(scans) < 2:
        raise RuntimeError(f"the watcher was seen to scan {len(scans)} times; four or more were expected")
    length_ns = round(statistics.median(to_ns - from_ns for from_ns, to_ns in scans)) + _LOOK_NS
    quiet = []
    for (_, ended_ns), (next_ns, _) in pairwise(scans):
        starts = range(ended_ns + _LOOK_NS, next_ns - length_ns, length_ns)
        quiet += [(from_ns, from_ns + length_ns) for from_ns in starts]
    return [(from_ns, from_ns + length_ns) for from_ns, _ in scans], quiet


def _quarter(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=4, method="inclusive")[0]


def _taken_in_ms(tree: Path) -> float:
    with stage(_FEW) as at:
        file = at.folder / "lag.json"
        inside = at.reports / "campaign"
        with at.ready(lag_file=file) as screen:
            screen.collect(_SETTLE_S)
            try:
                from_ns = time.monotonic_ns()
                tree.rename(inside)
                # the files beside them have no facts, and no count there
                told = _told(screen, from_ns, lambda: f"{2 * _FEW} files" in screen.screen)
            finally:
                inside.rename(tree)
            screen.collect(_SETTLE_S)
            screen.send("q")
            screen.wait_for_exit()
        return max(_longest_ms(file, told))


def _taken_over_ms(size: Size) -> float:
    with stage(size.reports) as at:
        file = at.folder / "lag.json"
        with at.ready(lag_file=file) as screen:
            screen.collect(_SETTLE_S)
            from_ns = time.monotonic_ns()
            before = at.daemon_pid()
            request_shutdown(at.socket, "now")
            told = _told(screen, from_ns, lambda: "watching" in screen.screen and at.daemon_pid() != before)
            screen.send("q")
            screen.wait_for_exit()
        return max(_longest_ms(file, told))


def _told(screen: TimedScreen, from_ns: int, is_told: Callable[[], bool]) -> list[Span]:
    """While something is told, without the times at which the emulator is at work in between."""
    spans = []
    for _ in range(_PATIENCE):
        screen.collect(_ALL_S)
        spans.append((from_ns, time.monotonic_ns()))
        if is_told():
            return spans
        from_ns = time.monotonic_ns()
    raise TimeoutError(f"not all of it was told:\n{screen.screen}")


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
        return _longest_ms(file, [window])[0]


def _longest_ms(file: Path, spans: Sequence[Span]) -> list[float]:
    """The longest lag in each."""
    rows = json.loads(file.read_text())
    return [
        max((lag_ns / 1e6 for at_ns, lag_ns in rows if from_ns <= at_ns <= to_ns), default=0.0)
        for from_ns, to_ns in spans
    ]
