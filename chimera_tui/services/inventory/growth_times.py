"""Which columns are a time, by name and value, and how their cells are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from chimera_tui.services.inventory.units import unit_of

Clock = Callable[[Sequence[object]], list[int | None]]
"""Cells as ns since the epoch (UTC), None for one that is no time."""

_SCALES = {"s": 1, "ms": 1_000, "µs": 1_000_000, "ns": 1_000_000_000}
"""How many of a unit a second has."""
_FROM_S, _TO_S = 946_684_800, 4_102_444_800
"""2000 to 2100: no plausible time since the epoch of one unit is one of another."""
_WORD = re.compile(r"[a-z]+")
_TIMES = frozenset(
    {"timestamp", "time", "datetime", "date", "ts", "epoch", "unix", "utc", "at", "start", "started", "begin",
     "began", "end", "ended", "created", "when", "starttime", "endtime"}
)  # fmt: skip
_MEASURES = frozenset(
    {"to", "first", "duration", "latency", "elapsed", "per", "total", "avg", "mean", "wait", "ttft", "tpot", "itl"}
)
"""`time_to_first_token` of 1.2 × 10⁹ ns is none of the year 2008."""
_DATE = re.compile(r"\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:?\d\d.*)?")


def clock_of(name: str, cells: Sequence[object]) -> Clock | None:
    """How a column of that name is read as times, judged by some filled cells; None when it is no such column.

    ISO 8601 needs no name. A number must lie between 2000 and 2100 in s, ms, µs or ns; and its name must tell that
    unit, for a duration of thirty years is none, or call it a time.
    """
    if not cells:
        return None
    if all(iso_ns(cell) is not None for cell in cells):
        return lambda many: list(map(iso_ns, many))
    numbers = [_number(cell) for cell in cells]
    told = unit_of(name)
    if None in numbers or not (told in _SCALES or _is_called_a_time(name)):
        return None
    for unit, scale in _SCALES.items():
        if told in ("", unit) and all(_FROM_S * scale <= (each or 0) <= _TO_S * scale for each in numbers):
            return _epoch(scale)
    return None


def iso_ns(cell: object) -> int | None:
    """`2025-11-14T18:54:03.123Z` and its like; one without a zone is taken as local time."""
    if not isinstance(cell, str) or not _DATE.fullmatch(text := cell.strip()):
        return None
    text = text.removesuffix("UTC").rstrip().replace("/", "-")
    try:
        moment = datetime.fromisoformat(text)
        if cell.rstrip().endswith("UTC"):
            moment = datetime.fromisoformat(f"{text}+00:00")
        return int(moment.replace(microsecond=0).timestamp()) * 1_000_000_000 + moment.microsecond * 1_000
    except (ValueError, OverflowError, OSError):
        return None


def _epoch(scale: int) -> Clock:
    """Whole numbers stay exact: a float can not hold ns."""
    per = 1_000_000_000 // scale

    low, high = _FROM_S * scale, _TO_S * scale

    def one(cell: object) -> int | None:
        number = _number(cell)
        if number is None or not low <= number <= high:
            return None
        return number * per if isinstance(number, int) else round(number * per)

    def many(cells: Sequence[object]) -> list[int | None]:
        whole = _whole_numbers(cells)
        if whole and low <= min(whole) and max(whole) <= high:
            return [number * per for number in whole]
        return list(map(one, cells))

    return many


def _whole_numbers(cells: Sequence[object]) -> list[int]:
    """All cells at once, which takes a tenth of the time; empty when some cell is none."""
    if not set(map(type, cells)) <= {str, int}:
        return []
    try:
        return [int(cell) for cell in cells if isinstance(cell, str | int)]
    except ValueError:
        return []


def _number(cell: object) -> int | float | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    if not isinstance(cell, str):
        return cell
    try:
        return int(cell) if cell.strip().isdigit() else float(cell)
    except ValueError:  # int() also refuses thousands of digits
        return None


def _is_called_a_time(name: str) -> bool:
    words = set(_WORD.findall(name.lower()))
    return bool(words & _TIMES) and not words & _MEASURES
