"""What the simulator has done and is doing, for tests and for the curious."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum


class Phase(StrEnum):
    SCHEDULED = "scheduled"
    """Waits for the scheduler or for its model to load."""
    QUEUED = "queued"
    """Waits for a parallel slot."""
    PREFILL = "prefill"
    DECODING = "decoding"
    DONE = "done"
    ABORTED = "aborted"
    """The client left, or a fault ended it."""


@dataclass(slots=True)
class Record:
    """One generation request."""

    id: int
    model: str
    endpoint: str
    phase: Phase = Phase.SCHEDULED
    decoded_tokens: int = 0
    chunks: int = 0
    last_send_ns: int | None = None
    """Monotonic clock of this process; None before the first chunk."""

    def sent(self, tokens: int) -> None:
        self.chunks += 1
        self.decoded_tokens += tokens
        self.last_send_ns = time.monotonic_ns()


class Ledger:
    """Active requests, and the last fifty that ended."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._active: dict[int, Record] = {}
        self._ended: deque[Record] = deque(maxlen=50)

    @contextmanager
    def record(self, model: str, endpoint: str) -> Iterator[Record]:
        """Follow one request; it counts as aborted unless its phase was set to done."""
        record = Record(next(self._ids), model, endpoint)
        self._active[record.id] = record
        try:
            yield record
        finally:
            del self._active[record.id]
            if record.phase is not Phase.DONE:
                record.phase = Phase.ABORTED
            self._ended.append(record)

    def state(self) -> dict[str, object]:
        return {
            "active": [asdict(record) for record in self._active.values()],
            "ended": [asdict(record) for record in self._ended],
            "now_ns": time.monotonic_ns(),
        }
