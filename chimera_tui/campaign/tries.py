"""When a cell that failed is tried again."""

from __future__ import annotations

PAUSES_S = (1.0, 5.0, 30.0, 120.0)
"""After the first, second, … failure of a cell in a row; others are run meanwhile."""


class Tries:
    """Times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._next_s: dict[str, float] = {}

    def failed(self, cell_id: str, now_s: float) -> None:
        failures = self._failures.get(cell_id, 0)
        self._failures[cell_id] = failures + 1
        self._next_s[cell_id] = now_s + PAUSES_S[min(failures, len(PAUSES_S) - 1)]

    def succeeded(self, cell_id: str) -> None:
        self._failures.pop(cell_id, None)
        self._next_s.pop(cell_id, None)

    def now(self) -> None:
        """Try all of them now."""
        self._next_s.clear()

    def waiting(self, now_s: float) -> set[str]:
        """Cells whose next try is not due yet."""
        return {cell_id for cell_id, next_s in self._next_s.items() if next_s > now_s}

    def next_try(self, now_s: float) -> float | None:
        """Seconds until the earliest; None when nothing waits."""
        earliest = min((next_s for next_s in self._next_s.values() if next_s > now_s), default=None)
        return None if earliest is None else earliest - now_s
