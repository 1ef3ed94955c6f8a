"""Units as reports write them, and what one is in terms of another."""

from __future__ import annotations

import re

from chimera_tui.domain.units import SPELLINGS, TIME_UNITS_S

_SPELLINGS = SPELLINGS | {
    "percent": "%", "percentage": "%", "minute": "min", "hour": "h",
    "day": "d", "days": "d", "week": "wk", "weeks": "wk", "month": "mo", "months": "mo",
    "tokens per second": "tok/s", "token per second": "tok/s",
    "tokens/minute": "tok/min", "tokens/min": "tok/min", "tokens per minute": "tok/min",
    "kilobytes": "kB", "megabytes": "MB", "gigabytes": "GB",
    "watt": "W", "j": "J", "joules": "J", "j/tok": "J/tok",
}  # fmt: skip
_LONGEST_FIRST = sorted(_SPELLINGS, key=len, reverse=True)
_BEHIND = re.compile(
    rf"(\s?[-‑]?\s?)({'|'.join(map(re.escape, _LONGEST_FIRST))})(?![\w/]|\s?/\s?[a-z])", re.IGNORECASE
)
_AFTER_SPACE_TOO_SHORT = frozenset({"b", "x", "j", "h", "w"})
_IN_BASE = {
    **{unit: ("time", seconds) for unit, seconds in TIME_UNITS_S.items()},
    "min": ("time", 60.0), "h": ("time", 3600.0), "d": ("time", 86_400.0), "wk": ("time", 604_800.0),
    "tok/s": ("rate", 1.0), "tok/min": ("rate", 1 / 60),
    "B": ("bytes", 1.0), "kB": ("bytes", 1e3), "MB": ("bytes", 1e6), "GB": ("bytes", 1e9), "TB": ("bytes", 1e12),
    "KiB": ("bytes", 1024.0), "MiB": ("bytes", 1024.0**2), "GiB": ("bytes", 1024.0**3),
    "%": ("share", 0.01),
    "Hz": ("frequency", 1.0), "kHz": ("frequency", 1e3), "MHz": ("frequency", 1e6), "GHz": ("frequency", 1e9),
    "W": ("power", 1.0), "°C": ("temperature", 1.0), "tok": ("tokens", 1.0),
}  # fmt: skip


def unit_behind(line: str, end: int) -> tuple[str, int]:
    """The unit that stands behind a number ending at `end`, and where it ends; ("", end) without one."""
    match = _BEHIND.match(line, end)
    if match is None:
        return "", end
    written = match[2].lower()
    if match[1] and written in _AFTER_SPACE_TOO_SHORT:
        return "", end
    if ("-" in match[1] or "‑" in match[1]) and len(written) < 3:
        return "", end
    return _SPELLINGS[written], match.end()


def unit_named(text: str) -> str:
    """The unit a cell or bracket names, e.g. `tokens/second` or `ms`; empty when it is none."""
    return _SPELLINGS.get(text.strip(" ().").lower(), "")


def dimension_of(unit: str) -> str:
    """time, rate, bytes, share, …; the unit itself where it is of its own kind."""
    return _IN_BASE[unit][0] if unit in _IN_BASE else unit


def factor(written: str, stored: str) -> float | None:
    """What to multiply a number in unit `stored` with to have it in `written`; None between different dimensions.

    A missing unit is no hindrance: 1.
    """
    if not written or not stored or written == stored:
        return 1.0
    one, other = _IN_BASE.get(written), _IN_BASE.get(stored)
    if one is None or other is None or one[0] != other[0]:
        return None
    return other[1] / one[1]
