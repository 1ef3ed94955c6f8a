"""How single values of a campaign file are read; each says what was wanted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.names import printable
from chimera_tui.settings.keys import suggestion

Value = TypeVar("Value")
Word = TypeVar("Word", bound=str)
Reader = Callable[[object], Value]
"""Takes a TOML value, gives the checked one, or raises SettingInvalid."""

_MOST_SHOWN = 60
_LONGEST_TEXT = 4_096
_UNITS_S = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
_PART = r"\d+(?:\.\d+)?"
_DURATION = re.compile("".join(rf"(?:({_PART}){unit})?" for unit in _UNITS_S))
_LONGEST_S = 3_650 * 86_400.0


def wrong(wanted: str, value: object, next_: str = "") -> SettingInvalid:
    try:
        shown = repr(value)
    except ValueError:  # a hexadecimal number of thousands of digits
        shown = "a number that long"
    shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…"
    return SettingInvalid(f"must be {wanted}, not {printable(shown)}", next_=next_ or f"Give {wanted}.")


def text(value: object) -> str:
    """Not empty, and printable."""
    if not isinstance(value, str) or not value.strip():
        raise wrong("a text that is not empty", value)
    if len(value) > _LONGEST_TEXT:
        raise wrong(f"a text of at most {_LONGEST_TEXT:,} characters", value)
    return printable(value.strip())


def boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong("true or false", value)
    return value


def choice(words: Iterable[Word]) -> Reader[Word]:
    known = {str(word): word for word in words}

    def read(value: object) -> Word:
        if isinstance(value, str) and value.strip() in known:
            return known[value.strip()]
        raise wrong(" or ".join(known), value, suggestion(str(value), known) if isinstance(value, str) else "")

    return read


def whole(least: int, most: int) -> Reader[int]:
    wanted = f"a whole number from {least:,} to {most:,}"

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise wrong(wanted, value)
        return value

    return read


def number(most: float, unit: str) -> Reader[float]:
    """Above 0."""
    wanted = f"a number of {unit} above 0, at most {most:,g}"

    def read(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= most:
            raise wrong(wanted, value)
        return float(value)

    return read


def duration(value: object) -> float:
    """Seconds of `90m`, `1h30m`, `45s` or a bare number of seconds; above 0, at most ten years."""
    seconds = math.nan
    if isinstance(value, str) and value.strip():
        if found := _DURATION.fullmatch(value.strip()):
            seconds = sum(
                float(part or 0) * each for part, each in zip(found.groups(), _UNITS_S.values(), strict=True)
            )
    elif isinstance(value, int | float) and not isinstance(value, bool) and value <= _LONGEST_S:
        seconds = float(value)
    if not 0 < seconds <= _LONGEST_S:
        raise wrong("a duration above 0", value, "Give a duration such as 45s, 90m, 1h30m or 8h, or seconds.")
    return seconds


def one_or_more(read: Reader[Value]) -> Reader[tuple[Value, ...]]:
    """A single value is a list of one; each value counts once."""

    def read_all(value: object) -> tuple[Value, ...]:
        values = value if isinstance(value, list) else [value]
        if not values:
            raise wrong("one value or several", value)
        return tuple(dict.fromkeys(read(each) for each in values))

    return read_all
