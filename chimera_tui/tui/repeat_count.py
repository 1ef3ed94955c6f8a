"""The count that is typed before `r`: how often a run is repeated."""

from __future__ import annotations

MOST_RUNS = 99


class RepeatCount:
    """Digits as they come. 1 and 2 are keys of their own: a count begins with 3–9, or with 0 for 2 and 10–29."""

    def __init__(self) -> None:
        self._typed = ""

    @property
    def typed(self) -> str:
        """Empty when no count is being typed."""
        return self._typed

    @property
    def runs(self) -> int:
        """How many runs are asked for, at least 1."""
        return max(1, int(self._typed or "1"))

    def type(self, digit: str) -> None:
        """Take a digit; one that would lead beyond 99 is not taken."""
        if int(self._typed + digit) <= MOST_RUNS and len(self._typed) < 3:
            self._typed += digit

    def drop(self) -> None:
        self._typed = ""

    def words(self, warmup: int) -> str:
        """What to do next, for the message line; `warmup` runs come before."""
        if not int(self._typed):
            return "a count from 2 to 99, then r; Esc drops it"
        times = "once" if self.runs == 1 else f"{self.runs} times"
        before = " after a warm-up" if warmup else ""
        return f"{self.runs} … r runs both {times}{before}, . the last run; Esc drops it"
