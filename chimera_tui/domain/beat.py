"""The daemon's beat: what may wait a moment is done together, so that the process wakes once for all of it."""

from __future__ import annotations

import math

BEAT_S = 0.1
_BEHIND_S = 0.01
"""Behind the whole tenths of a second of the clock: what other processes send at those is here by then."""


def next_beat_s(now_s: float) -> float:
    """The first moment after `now_s`, of a clock that all of a process share, at which something may be done."""
    return (math.floor((now_s - _BEHIND_S) / BEAT_S + 1e-6) + 1) * BEAT_S + _BEHIND_S


def nearest_beat_s(due_s: float) -> float:
    """The beat at which to do what was to be done at `due_s`."""
    return round((due_s - _BEHIND_S) / BEAT_S) * BEAT_S + _BEHIND_S
