"""A filter is typed over a large tree: when are the matches of each letter on the screen?"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Hashable, Mapping

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.measures.streaming import keys
from benchmarks.pty_screen import DOWN, TimedScreen
from benchmarks.stage import stage

FIGURES = (Figure("filter_key", "a letter typed into the filter → matches on screen, 100k files", "ms", 50),)
_LETTERS = "0123"
"""Each lets through fewer files than the one before; in a small tree too."""
_ERASE = "\x7f"
_HEAD = range(4)
"""Rows of the screen in which it says how many files match."""


def measure(size: Size) -> Mapping[str, Reading]:
    with stage(size.reports) as at, at.ready() as screen:
        screen.collect(2.0)
        screen.send("/")
        screen.until(screen.holds("words of a path"))
        found: list[float] = []
        while len(found) < size.keys:
            for key in (*_LETTERS, *_ERASE * len(_LETTERS)):
                found.append(screen.latency_ms(key, _head(screen)))
                screen.collect(0.15)
    with TimedScreen([sys.executable, "-m", "benchmarks.apps.hello"], size=SIZE) as screen:
        screen.until(screen.holds("Hello"))
        floor, _ = keys(screen, lambda: screen.row(0), size.keys, back=DOWN)
    return {"filter_key": Reading(statistics.median(found), floor)}


def _head(screen: TimedScreen) -> Callable[[], Hashable]:
    return lambda: tuple(screen.row(number) for number in _HEAD)
