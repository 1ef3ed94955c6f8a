"""From `exec` to the first frame, without and with a daemon; the floor is a hello-world Textual program."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import Stage, stage
from benchmarks.table import REFERENCE_MS

FIGURES = (
    Figure("first_frame_cold", "first frame from exec, no daemon yet", "ms", 200),
    Figure("first_frame_warm", "first frame from exec, a daemon runs", "ms", 200),
)
_LAST = b" quit"
"""Of the key bar, the last line of the frame."""
_KNOWN = b" files"
"""Of the count of files: a daemon that runs has told it, and it is part of the first frame then."""

_TIMES = 9
"""Starts; their median counts."""
_PAIRS = 15
"""Starts of ours, each with one of a hello-world before it."""


def measure(size: Size) -> Mapping[str, Reading]:
    with stage(min(size.files, 1_000)) as at:
        cold = _beside_hello(lambda: _cold_ms(at))
        with at.ready():
            warm = _beside_hello(lambda: _time(at.viewer(), _KNOWN))
    return {"first_frame_cold": cold, "first_frame_warm": warm}


def hello_ms() -> float:
    """The first frame of a hello-world program."""
    return statistics.median(_hello_once_ms() for _ in range(_TIMES))


def pace(before_ms: float, after_ms: float) -> float:
    """Of a machine on which a hello-world's first frame took so long before and after a measurement."""
    return (before_ms + after_ms) / 2 / REFERENCE_MS


def _beside_hello(start_ms: Callable[[], float]) -> Reading:
    """By turns, and each held to the one beside it: a machine's pace changes within seconds."""
    pairs = [(_hello_once_ms(), start_ms()) for _ in range(_PAIRS)]
    hello, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    times_as_long = statistics.median(start / least for least, start in pairs)
    return Reading(ours, hello, pace=ours / times_as_long / REFERENCE_MS)


def _hello_once_ms() -> float:
    return _time(TimedScreen([sys.executable, "-m", "benchmarks.apps.hello"], size=SIZE), b"Hello")


def _cold_ms(at: Stage) -> float:
    screen = at.viewer()
    try:
        return _time(screen, _LAST)
    finally:
        at.end(screen)


def _time(terminal: TimedScreen, wanted: bytes) -> float:
    """Milliseconds from before the fork to the frame that holds this."""
    started_ns = time.monotonic_ns()
    with terminal as screen:
        return (screen.until_raw(wanted) - started_ns) / 1e6
