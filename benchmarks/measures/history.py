"""The history of a directory with years of runs: key → rows on screen, and the answer of a daemon that packs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from benchmarks.figure import Figure, Reading, Size
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import cpu_percent, cpu_seconds, stage
from chimera_tui.client.start import answer, ask
from tests.services.journal.long_journals import write_long_journal
from tests.tui.scripted_history import run

FIGURES = (
    Figure("history_open", "history key → rows on screen, 10,000 runs", "ms", 200),
    Figure("history_end", "End in the history → the oldest of 10,000 runs on screen", "ms", 200),
    Figure("history_end_cpu", "viewer's CPU for that", "ms", 50),
    Figure("history_answer", "daemon's first page of the history, 1 million rows of tokens", "ms", 100),
    Figure("history_answer_worst", "the slowest of 40 such answers after the first, while it packs", "ms", 100),
)
_FILES_PER_RUN = 10
"""So that the full size of the tree asks for 10,000 runs."""
_TOKEN_ROWS_PER_RUN = 100
_PAGE = "/v1/history?limit=100"
_TIMES = 10
_QUESTIONS = 41
_BETWEEN_S = 0.03
"""So that questions fall anywhere between two pieces of packing."""
_END, _HOME = "\x1b[F", "\x1b[H"


def measure(size: Size) -> Mapping[str, Reading]:
    """While the daemon packs the rows, as it does after an upgrade: the worst time to ask."""
    runs = max(1, size.files // _FILES_PER_RUN)
    with stage(1) as at:
        at.journal.parent.mkdir(parents=True)
        template = run("k3v9qa", full=True)
        ids = write_long_journal(at.journal, template, runs=runs, token_rows=runs * _TOKEN_ROWS_PER_RUN)
        with at.ready() as screen:
            times = min(size.keys, _TIMES)
            opened = statistics.median(_open(screen, ids[-1]) for _ in range(times))
            ended, ended_cpu = _end(screen, ids, times)
            floor, pages = statistics.median(_asked(at.socket, "/v1/status")), _asked(at.socket, _PAGE)
    return {
        "history_open": Reading(opened),
        "history_end": Reading(ended),
        "history_end_cpu": Reading(ended_cpu),
        "history_answer": Reading(statistics.median(pages), floor),
        "history_answer_worst": Reading(max(pages[1:]), floor),
    }


def _end(screen: TimedScreen, ids: Sequence[str], times: int) -> tuple[float, float]:
    """Median from End to the oldest run, and the viewer's mean CPU for it, in ms. The history is closed before."""
    viewer, found = psutil.Process(screen.pid), []
    spent_s = 0.0
    screen.send("h")
    screen.until(lambda: ids[-1] in screen.screen)
    screen.collect(0.2)
    for _ in range(times):
        before, pressed_ns = cpu_seconds([viewer]), time.monotonic_ns()
        screen.send(_END)
        found.append((screen.until(lambda: ids[0] in screen.screen) - pressed_ns) / 1e6)
        screen.collect(0.05)
        spent_s += cpu_percent([viewer], before, 100.0)
        screen.send(_HOME)
        screen.until(lambda: ids[-1] in screen.screen)
        screen.collect(0.1)
    screen.send("q")
    screen.until(lambda: "when, UTC" not in screen.screen)
    return statistics.median(found), spent_s / times * 1000


def _open(screen: TimedScreen, newest: str) -> float:
    pressed_ns = time.monotonic_ns()
    screen.send("h")
    shown_ns = screen.until(lambda: newest in screen.screen and "when, UTC" in screen.screen)
    screen.collect(0.2)
    screen.send("q")
    screen.until(lambda: "when, UTC" not in screen.screen)
    screen.collect(0.2)
    return (shown_ns - pressed_ns) / 1e6


def _asked(socket: Path, target: str) -> list[float]:
    """ms from the question to its decoded answer, many times."""
    found = []
    for _ in range(_QUESTIONS):
        begun_ns = time.monotonic_ns()
        question = ask(socket, "GET", target)
        if question is None or answer(question) is None:
            raise RuntimeError("the daemon does not answer")
        found.append((time.monotonic_ns() - begun_ns) / 1e6)
        time.sleep(_BETWEEN_S)
    return found
