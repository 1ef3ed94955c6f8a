"""Numbers as people write them, units as column names tell them, and what a row of numbers comes to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from chimera_tui.domain.inventory import FieldFact
from chimera_tui.domain.units import SPELLINGS

_NUMBER = re.compile(
    r"[~≈]?\s*([+-]?(?:\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.,:/-]*\d)\s*(\S.*)?"
)
"""`1,234.5`, `22,80,000`, `~101 tok/s`; not `2025-10-02`, `1:30`, `4/5`, `3.12.1`."""

_LONGEST_WRITTEN = 1_000
"""Characters of a number with separators and a unit."""

_CELL_UNITS = SPELLINGS | {
    "usec": "µs", "nsec": "ns", "tib": "TiB", "byte/s": "B/s", "c": "°C", "khz": "kHz", "tok": "tok",
}  # fmt: skip

_NAME_UNITS = {
    "s": "s", "sec": "s", "secs": "s", "seconds": "s", "ms": "ms", "msec": "ms", "milliseconds": "ms",
    "us": "µs", "usec": "µs", "microseconds": "µs", "ns": "ns", "nanoseconds": "ns",
    "minutes": "min", "hours": "h",
    "percent": "%", "pct": "%", "percentage": "%", "bytes": "B", "kb": "kB", "mb": "MB", "gb": "GB", "tb": "TB",
    "kib": "KiB", "mib": "MiB", "gib": "GiB", "tib": "TiB", "gbps": "GB/s",
    "w": "W", "watts": "W", "c": "°C", "celsius": "°C", "hz": "Hz", "khz": "kHz", "mhz": "MHz", "ghz": "GHz",
    "tps": "tok/s",
}  # fmt: skip
_ALONE_TOO_SHORT = frozenset({"s", "c", "w", "ms", "us", "ns", "mb", "gb", "kb", "hz"})
_TOKENS = frozenset({"tok", "toks", "token", "tokens"})
_STATISTIC = re.compile(r"mean|avg|average|median|min|max|std|stdev|stddev|sd|sum|total|p\d+|\d+th|q[1-4]")
_COUNTS = frozenset({"num", "n", "count", "counts", "number", "index", "idx", "id", "samples"})
_WORD = re.compile(r"[a-z0-9µ]+|%|/")
_IN_BRACKETS = re.compile(r"[(\[]\s*([^()\[\]]+?)\s*[)\]]\s*$")


def parse_number(text: str, *, decimal_comma: bool = False) -> tuple[float, str] | None:
    """A cell's value and the unit written behind it (`41.2 %`, `12ms`), or None when it is no plain number.

    The value may be infinite (`1e400`); the words nan and inf are no numbers.
    """
    if text[:1].isalpha():
        return None  # most cells that are no number; of words float() knows only nan and inf
    if decimal_comma:
        text = text.replace(".", "").replace(",", ".") if "," in text else text
    try:
        value = float(text)
    except ValueError:
        return _parse_written(text)
    # float() also takes 1_000, nan and infinity
    if "_" in text or (not math.isfinite(value) and not any(c.isdigit() for c in text)):
        return None
    return value, ""


def _parse_written(text: str) -> tuple[float, str] | None:
    if len(text) > _LONGEST_WRITTEN:
        return None  # the pattern looks again and again at what may follow
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    rest = (match[2] or "").strip()
    unit = cell_unit(rest)
    if rest and not unit:
        return None
    return float(match[1].replace(",", "")), unit


def parse_leading(text: str) -> tuple[float, str] | None:
    """As `parse_number`, but words may follow in brackets or behind a comma: `~450 ms (±45 ms)`."""
    return parse_number(re.split(r"\s*(?:[(±;]|,\s|\+/-)", text, maxsplit=1)[0].strip())


def cell_unit(text: str) -> str:
    """The unit a text is, in our spelling; empty when it is none."""
    return _CELL_UNITS.get(text.strip().lower(), "")


@lru_cache(maxsize=4096)
def unit_of(name: str) -> str:
    """The unit that a column name or JSON path tells, e.g. `ms` of `latency_ms.p99`; empty when it tells none."""
    parts = name.replace("[]", "").lower().split(".")
    for part in reversed(parts):
        bracket = _IN_BRACKETS.search(part)
        if bracket is not None and (unit := cell_unit(bracket[1])):
            return unit
        words = _WORD.findall(part)
        if words and words[-1] in _COUNTS:
            return ""
        while words and _STATISTIC.fullmatch(words[-1]):
            words.pop()
        if words:
            return _unit_of_words(words)
    return ""


def _unit_of_words(words: Sequence[str]) -> str:
    last = words[-1]
    if words[0] in _COUNTS or last in _COUNTS:
        return ""
    if "%" in words:
        return "%"
    if len(words) > 2 and words[-2] in ("per", "/"):
        return _rate(words[-3], last)
    if last == "s" and len(words) > 1 and words[-2] in _TOKENS:
        return "tok/s"
    if len(words) == 1 and last in _ALONE_TOO_SHORT:
        return ""
    return _NAME_UNITS.get(last, "")


def _rate(upper: str, lower: str) -> str:
    over = "tok" if upper in _TOKENS else _NAME_UNITS.get(upper, upper)
    under = "tok" if lower in _TOKENS else "s" if lower == "second" else _NAME_UNITS.get(lower, lower)
    return f"{over}/{under}"


def summarise_by_unit(field: str, values: Mapping[str, list[float]], told: str) -> Iterator[FieldFact]:
    """One fact per unit that is written behind the values, so that seconds are never averaged with milliseconds.

    Values without a unit of their own have the one the name tells; the field is named with its unit when there are
    several.
    """
    by_unit: dict[str, list[float]] = {}
    for unit, some in values.items():
        by_unit.setdefault(unit or told, []).extend(some)
    for unit, some in by_unit.items():
        yield summarise(field if len(by_unit) == 1 else f"{field} ({unit or 'no unit'})", some, unit)


def summarise(field: str, values: list[float], unit: str) -> FieldFact:
    """Count, min, mean, median and max of at least one finite value. Sorts `values` in place."""
    values.sort()
    count = len(values)
    middle = count // 2
    low, high = values[middle - (count % 2 == 0)], values[middle]
    # halved first: the sum of two large values may overflow; half of the smallest number there is is 0
    median = min(max(low / 2 + high / 2, low), high)
    try:
        mean = math.fsum(values) / count
    except OverflowError:
        # by halves, for even the sum of the shares may be rounded to more than the largest number
        mean = 2 * math.fsum(value / count / 2 for value in values)
        mean = min(max(mean, values[0]), values[-1])
    return FieldFact(field, count, values[0], mean, median, values[-1], unit)
