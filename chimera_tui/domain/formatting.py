"""Numbers as a person reads them: three significant figures, units, and `–` for what was not reported."""

from __future__ import annotations

import math
from datetime import UTC, datetime

MISSING = "–"
"""Not reported. Never the same as 0."""

_DURATION_UNITS = ((1, "ns"), (1_000, "µs"), (1_000_000, "ms"), (1_000_000_000, "s"))
_SIZE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_AGE_UNITS = ((60, 1, "s"), (3_600, 60, "m"), (172_800, 3_600, "h"), (63_072_000, 86_400, "d"))


def sig3(value: float | None) -> str:
    """Three significant figures: `0.0123`, `1.23`, `12.3`, `123`, `1,230`; a whole number below 1,000 as it is."""
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if isinstance(value, int) and abs(value) < 1_000:
        return str(value)
    scientific = f"{value:.2e}"
    exponent = int(scientific.partition("e")[2])
    if not -5 <= exponent < 15:
        return scientific
    return f"{float(scientific):,.{max(0, 2 - exponent)}f}"


def count(value: int | None) -> str:
    """A whole number, exact: `12,345`."""
    return MISSING if value is None else f"{value:,}"


def rate(tokens_per_s: float | None) -> str:
    """Tokens per second: `40.9 tok/s`."""
    return _with_unit(tokens_per_s, "tok/s")


def percent(share: float | None) -> str:
    """A share of one: `62.5 %` of 0.625."""
    return _with_unit(None if share is None else 100.0 * share, "%")


def duration(ns: float | None) -> str:
    """Nanoseconds: `41.0 µs`, `830 ms`, `1.23 s`, `2 m 05 s`, `1 h 02 m`, `3 d 04 h`."""
    if ns is None or math.isnan(ns):
        return MISSING
    if ns < 0:
        return f"-{duration(-ns)}"
    if ns == 0:
        return "0 s"
    for scale, unit in _DURATION_UNITS:
        limit = 60 if unit == "s" else 1_000
        if _rounded(ns / scale) < limit:
            if scale == 1:
                return f"{ns:.3g} ns"
            return f"{sig3(ns / scale)} {unit}"
    return _long_duration(round(ns / 1e9))


def size(size_bytes: float | None) -> str:
    """Bytes in decimal units: `512 B`, `442 kB`, `1.50 GB`."""
    if size_bytes is None:
        return MISSING
    value = float(size_bytes)
    if abs(value) < 1_000:
        return f"{value:.0f} B"
    step = 0
    while step == 0 or (_rounded(abs(value)) >= 1_000 and step < len(_SIZE_UNITS) - 1):
        value /= 1_000
        step += 1
    return f"{sig3(value)} {_SIZE_UNITS[step]}"


def utc_second(ns: int) -> str:
    """`2025-11-14 18:54:07`, UTC, of nanoseconds since the epoch; empty beyond the years that a calendar has."""
    try:
        return f"{datetime.fromtimestamp(ns // 1_000_000_000, UTC):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return ""


def utc(ns: int | None) -> str:
    """A moment since the epoch: `2025-11-14 18:54 UTC`; `–` when no calendar holds it."""
    if ns is None:
        return MISSING
    try:
        moment = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        return MISSING
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def age(ns: int | None, now_ns: int) -> str:
    """How long ago, in its largest unit: `12 s`, `5 m`, `47 h`, `3 d`, `2 y`; the future counts as `0 s`."""
    if ns is None:
        return MISSING
    seconds = max(0, (now_ns - ns) // 1_000_000_000)
    for limit, scale, unit in _AGE_UNITS:
        if seconds < limit:
            return f"{seconds // scale} {unit}"
    return f"{seconds // 31_536_000} y"


def _with_unit(value: float | None, unit: str) -> str:
    text = sig3(value)
    return text if text == MISSING else f"{text} {unit}"


def _rounded(value: float) -> float:
    return float(f"{value:.2e}")


def _long_duration(seconds: int) -> str:
    if seconds < 3_600:
        return f"{seconds // 60} m {seconds % 60:02d} s"
    minutes = round(seconds / 60)
    if minutes < 1_440:
        return f"{minutes // 60} h {minutes % 60:02d} m"
    hours = round(seconds / 3_600)
    return f"{hours // 24} d {hours % 24:02d} h"
