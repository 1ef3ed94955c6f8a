"""The numbers in one line of Markdown: where they stand, how exactly they are written, what they look like."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from chimera_tui.analysis.grounding.units import unit_behind

Look = Literal["number", "date", "name", "word"]

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    "aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_CLOCK = r"[T\ ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\ ?(?:UTC|GMT|Z)|[+-]\d{2}:\d{2})?"
_ORDINAL_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"""(?<![\w.-])(?:
    (?P<iso>\d{{4}}-\d{{2}}-\d{{2}}(?:{_CLOCK})?)
    |(?:{_MONTHS})\.?\ +(?:{_ORDINAL_DAY}(?:,?\ +\d{{4}})?|\d{{4}})
    |{_ORDINAL_DAY}\ +(?:of\ +)?(?:{_MONTHS})\.?(?:,?\ +\d{{4}})?
    |\d{{1,2}}/\d{{1,2}}/\d{{4}}|\d{{4}}/\d{{2}}/\d{{2}}
    )(?![\w-]|\.\d)""",
    re.IGNORECASE | re.VERBOSE,
)
_DIGIT = re.compile(r"\d")
_STOPS = frozenset(" \t\r\n\f\v\u00a0\u202f|()[]{},;=\"'“”‘’`*<>→±~≈≤≥")
_REST = re.compile(r"[^\s|(){}\"'“”‘’`*<>→±~≈≤≥]*")
"""What hangs on a digit; commas are sorted out afterwards."""
_NUMBER = re.compile(
    r"(?P<money>\\?[$€£])?(?P<sign>[+\-−])?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<exponent>[eE][+-]?\d{1,4})?"
)
_RANGE = re.compile(r"\s?(?:-|–|—|‑)\s?(?=\\?[$€£]?\d)")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_SIZE_TAG = re.compile(r"[bBmMkK](?:illion)?\b(?!/)")
_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "dozen": 12, "single": 1,
}  # fmt: skip
_WORD = re.compile(rf"(?<![\w-])(?:{'|'.join(_WORDS)})(?![\w-])", re.IGNORECASE)
MOST_TOKENS = 20_000
"""Of one line; what comes behind is not looked at."""


@dataclass(frozen=True, slots=True)
class Token:
    """One number, date or name with digits."""

    start: int
    end: int
    """Of the number as written, without its unit."""
    look: Look
    text: str
    value: float | None = None
    """None for dates and names; never infinite."""
    decimals: int = 0
    """Digits behind the point, or less than 0 for `12e3`: the number stands for its value ± half a unit there."""
    significant: int = 0
    """Digits written from the first that is not 0."""
    unit: str = ""
    """In the spelling of `units`; `files` and the like are no units but words behind it."""
    unit_end: int = 0
    """Where the unit ends; `end` when there is none."""
    range_end: Literal["", "low", "high"] = ""
    """Whether it is one end of a range written with a dash."""

    @property
    def half_step(self) -> float:
        """Half a unit of the last place that is written."""
        return 0.5 * 10.0**-self.decimals


def scan(line: str, *, code: list[tuple[int, int]]) -> list[Token]:
    """Every number word, number, date and name with digits, in reading order; `code` are inline code spans."""
    tokens: list[Token] = []
    taken: list[tuple[int, int]] = []
    for match in _DATE.finditer(line):
        if _inside(match.start(), code) and match["iso"] is None:
            continue
        tokens.append(Token(match.start(), match.end(), "date", match.group(), unit_end=match.end()))
        taken.append(match.span())
    tokens.extend(_plain_tokens(line, code, taken))
    tokens.extend(
        Token(*m.span(), "word", m.group(), float(_WORDS[m.group().lower()]), 0, 1, unit_end=m.end())
        for m in _WORD.finditer(line)
        if not _inside(m.start(), code)
    )
    tokens.sort(key=lambda token: token.start)
    return tokens


def _plain_tokens(line: str, code: list[tuple[int, int]], taken: list[tuple[int, int]]) -> list[Token]:
    found: list[Token] = []
    dates = iter([*taken, (len(line) + 1, len(line) + 1)])
    date = next(dates)
    position = 0
    while len(found) < MOST_TOKENS and (digit := _DIGIT.search(line, position)):
        start = digit.start()
        while start > position and line[start - 1] not in _STOPS:
            start -= 1
        rest = _REST.match(line, digit.start())
        end = rest.end() if rest else digit.end()
        while date[1] <= start:
            date = next(dates)
        if date[0] < end:  # a date stands inside or it stands inside a date
            if date[0] <= start:
                position = max(date[1], start + 1)
                continue
            end = date[0]
            if not any(c.isdigit() for c in line[start:end]):
                position = date[1]
                continue
        position = _take(line, start, end, _span_around(start, code), found)
    return found


def _take(line: str, start: int, end: int, code: tuple[int, int] | None, found: list[Token]) -> int:
    """Append what stands at `start`; gives where to go on."""
    number = _number_at(line, start, end)
    if number is None or (code is not None and not _fills(line, number, code)):
        stop = code[1] if code is not None else _end_of_name(line, start, end)
        found.append(Token(start, stop, "name", line[start:stop], unit_end=stop))
        return max(stop, start + 1)
    found.append(number)
    dash = _RANGE.match(line, number.unit_end) or _RANGE.match(line, number.end)
    if dash and (second := _number_at(line, dash.end(), len(line), free=True)) is not None:
        if not number.unit and second.unit:
            number = _with(number, unit=second.unit)
        found[-1] = _with(number, range_end="low")
        found.append(_with(second, range_end="high"))
        return max(second.unit_end, second.end)
    return max(number.unit_end, number.end)


def _number_at(line: str, start: int, most: int, *, free: bool = False) -> Token | None:
    """A plain number with its unit, or None where the digits belong to a name; `free` asks nothing of what stands
    before it."""
    while start < most and line[start] in "(-–—:/." and not _starts_number(line, start):
        start += 1
    if not free and _hangs_on(line, start):
        return None
    match = _NUMBER.match(line, start)
    if match is None:
        return None
    end = match.end()
    behind = line[end : end + 1]
    digits = match["digits"].replace(",", "")
    if _ORDINAL.match(line, end):
        return None
    unit, unit_end = ("", end) if _SIZE_TAG.match(line, end) else unit_behind(line, end)
    if not unit and behind and (behind.isalpha() or behind == "_"):
        return None
    if not unit and behind and behind in "./:-‑" and _goes_on(line, end):
        return None
    value = _value(match)
    if value is None:
        return Token(start, end, "number", line[start:end], None, 0, len(digits), unit, unit_end)
    exponent = int(match["exponent"][1:]) if match["exponent"] else 0
    decimals = len(digits.partition(".")[2]) - exponent
    significant = len(digits.replace(".", "").lstrip("0")) or 1
    return Token(start, end, "number", line[start:end], value, decimals, significant, unit, unit_end)


def _hangs_on(line: str, start: int) -> bool:
    before = line[start - 1] if start else " "
    if before.isalnum() or before in "_#@":
        return True
    further = line[start - 2] if start > 1 else " "
    if before == "/":
        return not further.isdigit()
    return before in "-.:[" and (further.isalnum() or further == "_")


def _starts_number(line: str, start: int) -> bool:
    match = _NUMBER.match(line, start)
    return match is not None and (start == 0 or not (line[start - 1].isalnum() or line[start - 1] == "_"))


def _goes_on(line: str, end: int) -> bool:
    """Whether `1.2.3`, `12:30`, `3/4/5` or `16-bit` goes on; `86/101` and `10-20` are two numbers."""
    sign, rest = line[end], line[end + 1 : end + 2]
    if sign == "/" and rest.isdigit():
        return False
    if sign in "-‑" and rest.isdigit():
        return bool(re.match(r"\d+(?:-\d|[A-Za-z_])", line[end + 1 : end + 24]))
    if sign == ":":
        return rest.isdigit()
    return rest.isalnum() and rest.isascii()


def _value(match: re.Match[str]) -> float | None:
    sign = -1.0 if match["sign"] in ("-", "−") else 1.0
    if len(match["digits"]) > 400:
        return None
    value = sign * float(match["digits"].replace(",", "") + (match["exponent"] or ""))
    return value if math.isfinite(value) else None


def _end_of_name(line: str, start: int, end: int) -> int:
    text = line[start:end].rstrip(".,;:!?]\\")
    cut = text.find(",")
    return start + (cut if cut > 0 else len(text)) or start + 1


def _fills(line: str, number: Token, code: tuple[int, int]) -> bool:
    """Whether inline code holds this number and nothing else, or `name = number`."""
    inside = line[code[0] : code[1]].strip("` ")
    rest = inside.replace(line[number.start : max(number.unit_end, number.end)], "", 1).strip()
    return not rest or rest[-1:] in "=:" or re.fullmatch(r"[~≈<>=]+", rest) is not None


def _span_around(position: int, spans: list[tuple[int, int]]) -> tuple[int, int] | None:
    index = bisect_right(spans, position, key=lambda span: span[0]) - 1
    return spans[index] if index >= 0 and position < spans[index][1] else None


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return _span_around(position, spans) is not None


def _with(token: Token, *, unit: str | None = None, range_end: Literal["", "low", "high"] | None = None) -> Token:
    return Token(
        token.start, token.end, token.look, token.text, token.value, token.decimals, token.significant,
        token.unit if unit is None else unit, token.unit_end,
        token.range_end if range_end is None else range_end,
    )  # fmt: skip
