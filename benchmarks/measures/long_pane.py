"""What a token and a key cost when 50,000 tokens stand on each pane, and when 1,000 do."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import replace

import psutil

from benchmarks.figure import Figure, Reading, Size
from benchmarks.measures.rates import arrived
from benchmarks.measures.streaming import chunks, keys, markdown_stream, tree_cursor
from benchmarks.pty_screen import UP, TimedScreen
from benchmarks.stage import RATE, cpu_percent, cpu_seconds, stage
from chimera_tui.domain.options import AgentId

FIGURES = (
    Figure("long_pane_growth", "viewer's CPU per token from 50,000 a pane on, of that from 1,000 on", "×", 1.3),
    Figure("long_pane_key_p50", "key press → screen, 50,000 tokens on each pane and 2×2,500 tok/s, p50", "ms", 5),
    Figure("long_pane_key_p95", "key press → screen, 50,000 tokens on each pane and 2×2,500 tok/s, p95", "ms", 35),
)
FAST = 2_500
"""Tokens a second: at 200 it would take minutes to fill a pane."""
_TOKENS_PER_FILE = 0.5
"""So that the full size of the tree asks for 50,000 tokens."""
_FILES = 300
"""Rows for the cursor to move over."""
_FIRST_S = 0.4
"""Then there are some 1,000 tokens."""
_ROUNDS = 60
"""Of the same work within a window, to tell how fast the machine is in it."""
_TEXTUAL_SHARE = 5
"""Textual's own panes get so much less: with 50,000 tokens a key takes ten seconds."""


def measure(size: Size) -> Mapping[str, Reading]:
    """The same run, the same rate: at its beginning, the floor for keys, and with full panes."""
    long = tokens_wanted(size)
    window_s = size.window_s * 0.75  # from second to second a token costs 14 to 34 µs, whatever the length
    answer = round(long + FAST * (window_s + 2 + size.keys * 0.15))
    with stage(_FILES, agents=("a", "b"), rate=FAST, num_predict=answer, texts=answer) as at:
        with at.streaming() as screen:
            viewer = psutil.Process(screen.pid)
            screen.collect(_FIRST_S)
            early, began_s = _spent(screen, viewer, window_s), time.monotonic()
            floor = keys(screen, tree_cursor(screen), size.keys // 4 + 1, UP)
            screen.collect(max(0.0, long / FAST - _FIRST_S - window_s - (time.monotonic() - began_s)))
            late = _spent(screen, viewer, window_s)
            p50, p95 = keys(screen, tree_cursor(screen), size.keys, UP)
        events = at.last_run()
        per_token = [spent / arrived(events, *window) for spent, window in (early, late)]
        filled = min(len(chunks(events, agent)) for agent in AgentId)
        few = replace(size, keys=min(size.keys, 5), window_s=size.window_s / 8)
        textual = markdown_stream(at.folder / "chunks.json", events, few, RATE, long // _TEXTUAL_SHARE)
    if filled < long:
        raise RuntimeError(f"only {filled:,} tokens came onto a pane")
    values, others = (per_token[1] / per_token[0], p50, p95), (None, *textual[2:])
    found = zip(FIGURES, values, (1.0, *floor), others, strict=True)
    return {figure.name: Reading(value, least, other) for figure, value, least, other in found}


def tokens_wanted(size: Size) -> int:
    """On each pane."""
    return max(500, round(size.files * _TOKENS_PER_FILE))


def _spent(screen: TimedScreen, viewer: psutil.Process, seconds: float) -> tuple[float, tuple[int, int]]:
    """The viewer's CPU, in rounds of `_round_s` as they were meanwhile, and from when until when in ns. The two
    windows lie half a minute apart: a machine that is slower then would pass for a pane that has grown slow."""
    before, began_ns, rounds_s = cpu_seconds([viewer]), time.monotonic_ns(), []
    for _ in range(_ROUNDS):
        screen.collect(seconds / _ROUNDS)
        rounds_s.append(_round_s())
    spent_s = cpu_percent([viewer], before, 100.0)
    return spent_s / statistics.fmean(rounds_s), (began_ns, time.monotonic_ns())


def _round_s() -> float:
    """CPU of a round of the same work, some milliseconds: strings and dictionaries, as a viewer's own."""
    began_s = time.thread_time()
    for _ in range(20):
        seen: dict[str, int] = {}
        for number in range(500):
            word = str(number % 97)
            seen[word] = seen.get(word, 0) + len(word)
    return time.thread_time() - began_s
