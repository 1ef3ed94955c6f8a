"""The history of a directory with years of runs: key → rows on screen, and the answer of a daemon that packs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.figure import Figure, Reading, Size
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import stage
from chimera_tui.client.start import answer, ask
from tests.services.journal.long_journals import write_long_journal
from tests.tui.scripted_history import run

FIGURES = (
    Figure("history_open", "history key → rows on screen, 10,000 runs", "ms", 200),
    Figure("history_answer", "daemon's first page of the history, 1 million rows of tokens", "ms", 100),
)
_FILES_PER_RUN = 10
"""So that the full size of the tree asks for 10,000 runs."""
_TOKEN_ROWS_PER_RUN = 100
_PAGE = "/v1/runs?limit=100"
_TIMES = 10


def measure(size: Size) -> Mapping[str, Reading]:
    """While the daemon packs the rows, as it does after an upgrade: the worst time to ask."""
    runs = max(1, size.files // _FILES_PER_RUN)
    with stage(1) as at:
        at.journal.parent.mkdir(parents=True)
        template = run("k3v9qa", full=True)
        ids = write_long_journal(at.journal, template, runs=runs, token_rows=runs * _TOKEN_ROWS_PER_RUN)
        with at.ready() as screen:
            opened = statistics.median(_open(screen, ids[-1]) for _ in range(min(size.keys, _TIMES)))
            floor, page = _asked(at.socket, "/v1/status"), _asked(at.socket, _PAGE)
    return {"history_open": Reading(opened), "history_answer": Reading(page, floor)}


def _open(screen: TimedScreen, newest: str) -> float:
    pressed_ns = time.monotonic_ns()
    screen.send("h")
    shown_ns = screen.until(lambda: newest in screen.screen and "when, UTC" in screen.screen)
    screen.collect(0.2)
    screen.send("q")
    screen.until(lambda: "when, UTC" not in screen.screen)
    screen.collect(0.2)
    return (shown_ns - pressed_ns) / 1e6


def _asked(socket: Path, target: str) -> float:
    """Median of some, from the question to its decoded answer."""
    found = []
    for _ in range(_TIMES):
        begun_ns = time.monotonic_ns()
        question = ask(socket, "GET", target)
        if question is None or answer(question) is None:
            raise RuntimeError("the daemon does not answer")
        found.append((time.monotonic_ns() - begun_ns) / 1e6)
    return statistics.median(found)
