"""From `exec` to the first frame, without and with a daemon; the floor is a hello-world Textual program."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import Stage, stage

FIGURES = (
    Figure("first_frame_cold", "first frame from exec, no daemon yet", "ms", 200),
    Figure("first_frame_warm", "first frame from exec, a daemon runs", "ms", 200),
)
_LAST = b" quit"
"""Of the key bar, the last line of the frame."""
_KNOWN = b" files"
"""Of the count of files: a daemon that runs has told it, and it is part of the first frame then."""

_TIMES = 5
"""Starts; their median counts."""


def measure(size: Size) -> Mapping[str, Reading]:
    floor_ms = hello_ms()
    with stage(min(size.files, 1_000)) as at:
        cold_ms = statistics.median(_cold_ms(at) for _ in range(_TIMES))
        with at.ready():
            warm_ms = statistics.median(_time(at.viewer(), _KNOWN) for _ in range(_TIMES))
    return {"first_frame_cold": Reading(cold_ms, floor_ms), "first_frame_warm": Reading(warm_ms, floor_ms)}


def hello_ms() -> float:
    """The first frame of a hello-world program."""
    words = [sys.executable, "-m", "benchmarks.apps.hello"]
    return statistics.median(_time(TimedScreen(words, size=SIZE), b"Hello") for _ in range(_TIMES))


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
