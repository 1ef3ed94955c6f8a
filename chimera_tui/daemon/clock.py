"""The machine's clocks, behind the engine's port."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Implements `engine.ports.Clock`; the monotonic clock is the one that the probe brings its stamps to."""

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    def utc_now(self) -> datetime:
        return datetime.now(UTC)
