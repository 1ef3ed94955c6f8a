"""Streams faster than any model writes: what 2×1,000 and 2×5,000 tok/s cost, and that every token is there."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.figure import Figure, Reading, Size
from benchmarks.measures import first_frame
from benchmarks.measures.streaming import CHANGES_PER_S, bare_clients, chunks, markdown_stream
from benchmarks.pty_screen import TimedScreen
from benchmarks.stage import cpu_percent, cpu_seconds, stage
from benchmarks.tree import churning
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RequestFinished, RunEvent, TokensArrived

RATES = (1_000, 5_000)
FIGURES = (
    Figure("rates_1000_cpu", "CPU of all our processes at 2×1,000 tok/s", "% of a core", 14),
    Figure("rates_5000_cpu", "CPU of all our processes at 2×5,000 tok/s", "% of a core", 30),
    Figure("rates_1000_behind", "last token of 2×1,000 tok/s → both agents shown as done", "ms", 500),
    Figure("rates_5000_behind", "last token of 2×5,000 tok/s → both agents shown as done", "ms", 500),
)
_SETTLE_S = 1.0
_LAST_WORDS = 3
_WORD = re.compile(r"(?<![\w/.])[A-Za-z]{3,9}(?![\w/.])")
"""Of prose: paths and long names are broken over the lines of a table's cell."""


def measure(size: Size) -> Mapping[str, Reading]:
    found: dict[str, Reading] = {}
    for rate in RATES:
        cpu, behind = _at(rate, size)
        found[f"rates_{rate}_cpu"], found[f"rates_{rate}_behind"] = cpu, behind
    return found


def _at(rate: int, size: Size) -> tuple[Reading, Reading]:
    """Raises RuntimeError when a token is lost, or when the end of a text is not on its pane."""
    answer = round(rate * (size.window_s + 2 * _SETTLE_S))  # two of them; neither ends within the window
    before_ms = first_frame.hello_ms()
    with stage(size.reports, agents=("a", "b"), rate=rate, num_predict=answer, texts=answer) as at:
        with churning(at.reports, CHANGES_PER_S), at.streaming() as screen:
            processes = at.processes(screen)
            screen.collect(_SETTLE_S)
            before, began_ns = cpu_seconds(processes), time.monotonic_ns()
            screen.collect(size.window_s)
            spent_s, ended_ns = cpu_percent(processes, before, 100.0), time.monotonic_ns()
            done_ns = screen.until(lambda: _all_done(screen), timeout_s=120)
            screen.collect(_SETTLE_S)
            shown = screen.screen
        after_ms = first_frame.hello_ms()  # before the floors, which take longer than what is measured
        events = at.last_run()
        floor = bare_clients(at, events, size)
        textual = markdown_stream(at.folder / "chunks.json", events, replace(size, keys=2), rate)[0]
    lost = told(events) - sum(len(chunks(events, agent)) for agent in AgentId)
    if lost:
        raise RuntimeError(f"at 2×{rate:,} tok/s {lost} tokens were lost")
    if unseen := [word for agent in AgentId for word in _last_words(events, agent) if word not in shown]:
        raise RuntimeError(f"at 2×{rate:,} tok/s the panes do not end as the texts do, without {unseen}:\n{shown}")
    tokens = arrived(events, began_ns, ended_ns)
    behind_ms = (done_ns - last_stamp(events)) / 1e6
    pace = first_frame.pace(before_ms, after_ms)
    return Reading(share(spent_s, tokens, rate), floor, textual, pace), Reading(behind_ms, pace=pace)


def share(spent_s: float, tokens: int, rate: int) -> float:
    """% of a core at this rate for each agent: a busy machine's simulators may have written more slowly."""
    return spent_s / tokens * 2 * rate * 100


def told(events: Sequence[RunEvent]) -> int:
    """How many tokens the servers say that they have sent."""
    return sum(event.metrics.server.eval_tokens or 0 for event in events if isinstance(event, RequestFinished))


def arrived(events: Sequence[RunEvent], began_ns: int, ended_ns: int) -> int:
    """Tokens with stamps in the window."""
    batches = [event for event in events if isinstance(event, TokensArrived)]
    return sum(began_ns <= chunk.at_ns < ended_ns for batch in batches for chunk in batch.chunks)


def last_stamp(events: Sequence[RunEvent]) -> int:
    """When the last token came, in ns of the monotonic clock."""
    return max(event.chunks[-1].at_ns for event in events if isinstance(event, TokensArrived) and event.chunks)


def _last_words(events: Sequence[RunEvent], agent: AgentId) -> list[str]:
    return _WORD.findall("".join(chunks(events, agent)[-100:]))[-_LAST_WORDS - 1 : -1]


def _all_done(screen: TimedScreen) -> bool:
    return screen.screen.count("✓ done") >= 2 * len(AgentId)  # above the pane and in the metrics
