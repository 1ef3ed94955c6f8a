"""Guards between a counter and a figure: what is missing, negative or beyond belief gives None, never a number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

BELIEVABLE_DECODE = 100_000
"""Tokens per second of one stream: at or beyond it a counter is wrong, and no rate is given."""
BELIEVABLE_PREFILL = 1_000_000
"""The same for a prompt, whose tokens are read many at a time."""

LARGEST = 2**63 - 1
"""Servers count in 64 bits: what is larger was never counted."""


def above_zero(value: int | None) -> TypeGuard[int]:
    """Whether a counter was reported and can be a duration that passed."""
    return value is not None and 0 < value <= LARGEST


def rate(count: int, duration_ns: int | None, *, below: int = BELIEVABLE_DECODE) -> float | None:
    """Count per second; None where one of the two is none, or the rate is beyond belief."""
    if not above_zero(count) or not above_zero(duration_ns) or count * 1_000_000_000 >= below * duration_ns:
        return None
    return count * 1_000_000_000 / duration_ns


def span(start_ns: int | None, end_ns: int | None) -> int | None:
    """From one stamp to a later one; None when one is missing, or when time stood still or ran back."""
    return None if start_ns is None or end_ns is None or end_ns <= start_ns else end_ns - start_ns


def total(values: Iterable[int | None]) -> int | None:
    """Sum of what was reported; None when nothing was."""
    known = [value for value in values if value is not None and 0 <= value <= LARGEST]
    return sum(known) if known else None
