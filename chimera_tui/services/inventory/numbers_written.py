"""Numbers in a line of text or in a cell that holds more than one, each with its unit."""

from __future__ import annotations

import re

from chimera_tui.services.inventory.units import cell_unit, parse_number

_TOKEN = re.compile(
    r"""(?P<other>https?://\S+
          | (?<![\d.])\d{4}[-/]\d\d[-/]\d\d (?:[T ][\d:.]+)?   # a date
          | (?<![\d.,])\d+(?:\.\d+){2,}                        # a version
          | (?<![\d.,:])\d{1,2}:\d\d(?::\d\d)?(?![\d.])        # a time
          | (?<![A-Za-z_\d])[A-Za-z_]+[-_]?\d[\w.:-]*)  # a name with digits in it
      | (?P<number>(?<![\w.]) (?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)? | \d+(?:\.\d+)? | \.\d+) (?:[eE][+-]?\d+)?)
        (?P<unit>\s?(?:(?:tokens?|tok)\ per\ (?:second|sec|s)\b | [A-Za-zµμ°]+(?:/[A-Za-z]+)?(?![\w=]) | [%×]))?
        (?P<glued>(?:-[A-Za-z]|\w)?)""",
    re.VERBOSE,
)
_LEADS = re.compile(
    r"(?:approximately|approx\.?|about|around|up to|over|under|>=|<=|[~≈<>≥≤±+$€\[(-])?\s*\.?\d", re.I
)
_BETWEEN = re.compile(r"\s*(?:[-–—/±,;→]|\+/-|->|to|and|vs\.?)\s*[~≈±]?\s*")
_FILLER = re.compile(r"\b(?:to|and|vs|avg|average|mean|median|min|max|peak|std|p\d+|n)\b|[^\w]", re.I)
HAS_DIGIT = re.compile(r"\d").search
_ONE_LETTER = frozenset("shWBx%×")
Written = tuple[float, str]


def numbers_in(text: str, *, any_words: bool = True) -> list[Written]:
    """Values with the unit written behind each: `13.9% avg / 15.4% peak`, `0.6-1.0 s`, `[1.5, 2]`.

    Parts of names, versions, dates and times are no numbers. Without `any_words` the text must consist of numbers,
    else there are none.
    """
    extremes = "max" in text.lower()
    found: list[tuple[float, str, int, int]] = []
    rest: list[str] | None = None if any_words else []
    end = 0
    for match in _TOKEN.finditer(text):
        if match["number"] is None:
            continue
        value, unit, stop = _read(match)
        if extremes and unit == "min":
            unit, stop = "", match.end("number")  # the smallest, no minutes
        if stop <= match.start():
            continue
        start = _with_sign(text, match.start())
        if start < match.start():
            value = -value
        if rest is not None:
            rest.append(text[end:start])
        found.append((value, unit, start, stop))
        end = stop
    if rest is not None:
        rest.append(text[end:])
        if not found or _FILLER.sub("", "".join(rest)):
            return []
    return _units_shared(text, found)


def leading_numbers(value: str) -> list[Written]:
    """The numbers of a `key: value` pair's value or a table's cell.

    All of them when it begins with one, else only those with a unit: `NVIDIA RTX 4080 (12 GB)`.
    """
    whole = parse_number(value)
    if whole is not None:
        return [whole]
    if not HAS_DIGIT(value):
        return []
    found = numbers_in(value)
    return found if _LEADS.match(value) else [one for one in found if one[1]]


def _read(match: re.Match[str]) -> tuple[float, str, int]:
    """Value, unit and where it ends; an end before its beginning says that it is part of a name."""
    value = float(match["number"].replace(",", ""))
    written = match["unit"] or ""
    unit = _unit(written, spaced=written[:1].isspace())
    if unit:
        return value, unit, match.end("unit") if not match["glued"] else -1
    if written and not written[0].isspace():
        return value, "", -1
    # what stood for a unit is a word that follows
    glued = match["glued"] if not written else ""
    return value, "", -1 if glued else match.end("number")


def _unit(written: str, *, spaced: bool) -> str:
    word = written.strip()
    if " per " in word:
        return "tok/s"
    if len(word) == 1 and (word not in _ONE_LETTER or (word in "Bx" and spaced == (word == "x"))):
        return ""  # 8B is a model's size, 4 x 256 a shape
    return cell_unit(word)


def _with_sign(text: str, start: int) -> int:
    """Where a number begins with its sign; a hyphen behind a word or number is none."""
    if start == 0 or text[start - 1] not in "-−":
        return start
    before = text[start - 2] if start > 1 else " "
    return start if before.isalnum() or before in ")]%_-" else start - 1


def _units_shared(text: str, found: list[tuple[float, str, int, int]]) -> list[Written]:
    """In `0.6-1.0 s` the unit is that of both."""
    written: list[Written] = []
    unit, next_start = "", -1
    for value, own, start, stop in reversed(found):
        if not own and unit and _BETWEEN.fullmatch(text, stop, next_start):
            own = unit
        unit, next_start = own, start
        written.append((value, own))
    written.reverse()
    return written
