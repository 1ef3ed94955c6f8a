"""When a process was at work, seen from outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Span = tuple[int, int]
"""From and to, monotonic ns."""
LOOK_S = 0.02
"""How exactly a span is known."""
_WORK_NS = 200_000
"""Less of a look's 20 ms is no work. What waits for its next turn takes nothing at all."""
_PAUSE_NS = 200_000_000
"""A shorter one, as a busy machine makes, does not end a span."""


@contextmanager
def work_spans(pid: int) -> Iterator[list[Span]]:
    """In which the first thread of the process worked, in order; complete when the block has ended."""
    spans: list[Span] = []
    over = threading.Event()
    beside = threading.Thread(target=_look, args=(Path(f"/proc/{pid}/schedstat"), spans, over))
    beside.start()
    try:
        yield spans
    finally:
        over.set()
        beside.join()


def _look(schedstat: Path, spans: list[Span], over: threading.Event) -> None:
    at_ns, spent_ns = time.monotonic_ns(), _spent_ns(schedstat)
    while not over.wait(LOOK_S):
        before_ns, spent_before_ns = at_ns, spent_ns
        at_ns, spent_ns = time.monotonic_ns(), _spent_ns(schedstat)
        if spent_ns - spent_before_ns < _WORK_NS:
            continue
        if spans and before_ns - spans[-1][1] < _PAUSE_NS:
            spans[-1] = (spans[-1][0], at_ns)
        else:
            spans.append((before_ns, at_ns))


def _spent_ns(schedstat: Path) -> int:
    """Time on a processor. The clock of `psutil` has steps of 10 ms."""
    return int(schedstat.read_text().split()[0])
