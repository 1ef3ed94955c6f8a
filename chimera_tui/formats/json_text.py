"""JSON that may be torn or hold numbers that are none, taken apart as far as it goes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from chimera_tui.domain.figures import LARGEST

_BLANKS = " \t\r\n"
_SHORT = 60
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Unusable:
    """A number that is none: NaN, infinity, 1e999, more digits than any counter has."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """The whole values of an array."""

    values: tuple[tuple[object, int], ...]
    """Each with the line where it begins."""
    is_closed: bool
    end: int
    """Where reading stopped: behind the bracket, or at what is no whole value."""


@dataclass(frozen=True, slots=True)
class Members:
    """The whole members of an object."""

    values: dict[str, object]
    is_closed: bool
    torn: str = ""
    """Name of the member whose value is not whole."""
    rest: str = ""
    """What there is of that value."""


def decode(text: str, start: int = 0) -> tuple[object, int]:
    """The value at `start` and where it ends. ValueError for what is none."""
    try:
        return _DECODER.raw_decode(text, start)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def document(text: str) -> object:
    """A whole document, blanks around it. ValueError for anything else."""
    value, end = decode(text, _skip(text, 0))
    if text[end:].strip():
        raise ValueError(f"something follows the document at line {line_at(text, end)}")
    return value


def line_object(line: str) -> dict[str, object] | None:
    """The object that a line is, whole; None for anything else."""
    stripped = line.strip()
    try:
        value, end = decode(stripped)
    except ValueError:
        return None
    return value if isinstance(value, dict) and end == len(stripped) else None


def array_items(text: str) -> Items:
    """As much of an array as there is. What begins with no bracket is an empty one that is not closed."""
    values: list[tuple[object, int]] = []
    position = _skip(text, 0)
    if text[position : position + 1] != "[":
        return Items((), False, position)
    position += 1
    line, counted = line_at(text, position), position
    while True:
        position = _skip(text, position, ",")
        if text[position : position + 1] == "]":
            return Items(tuple(values), True, position + 1)
        line, counted = line + text.count("\n", counted, position), position
        try:
            value, position = _inside(text, position)
        except ValueError:
            return Items(tuple(values), False, position)
        values.append((value, line))


def object_members(text: str) -> Members:
    """As much of an object as there is."""
    values: dict[str, object] = {}
    position = _skip(text, 0)
    if text[position : position + 1] != "{":
        return Members(values, False)
    position += 1
    while True:
        position = _skip(text, position, ",")
        if text[position : position + 1] == "}":
            return Members(values, True)
        try:
            name, position = decode(text, position)
        except ValueError:
            return Members(values, False)
        position = _skip(text, position, ":")
        if not isinstance(name, str):
            return Members(values, False)
        try:
            value, position_after = _inside(text, position)
        except ValueError:
            return Members(values, False, name, text[position:])
        values[name] = value
        position = position_after


def salvaged(text: str, depth: int = 0) -> object:
    """All that is whole of a torn object or array, also inside its torn last part; None of anything else."""
    if depth > _DEEPEST:
        return None
    match text.lstrip()[:1]:
        case "{":
            members = object_members(text)
            inner = salvaged(members.rest, depth + 1) if members.torn else None
            return members.values if inner is None else members.values | {members.torn: inner}
        case "[":
            items = array_items(text)
            values = [value for value, _ in items.values]
            inner = None if items.is_closed else salvaged(text[items.end :], depth + 1)
            return values if inner is None else [*values, inner]
    return None


def line_at(text: str, position: int) -> int:
    """Of a character; the first line is 1."""
    return text.count("\n", 0, position) + 1


def _skip(text: str, position: int, also: str = "") -> int:
    skipped = _BLANKS + also
    while position < len(text) and text[position] in skipped:
        position += 1
    return position


def _float(text: str) -> object:
    value = float(text)
    return value if math.isfinite(value) else Unusable(text)


def _integer(text: str) -> object:
    return int(text) if len(text) <= len(str(LARGEST)) + 1 else Unusable(text[:_SHORT])


_DECODER = json.JSONDecoder(parse_float=_float, parse_int=_integer, parse_constant=Unusable)


def _inside(text: str, start: int) -> tuple[object, int]:
    """A value inside of another; a number that ends with the text may have lost digits and is not whole."""
    value, end = decode(text, start)
    if end == len(text) and isinstance(value, int | float | Unusable):
        raise ValueError("it may have lost digits")
    return value, end
