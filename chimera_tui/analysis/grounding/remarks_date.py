"""The report's own date: a line `Date:` or a dated title that is not the day on which it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from chimera_tui.analysis.grounding.remarks_text import Line, excerpt
from chimera_tui.domain.grounding import Remark

_HEAD_LINES = 20
"""Lines with text within which a report says its own date; further down `Date:` is a measurement's."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?P<year>\d{{4}})\b",
    )
)
_MONTH_ALONE = re.compile(rf"^{_MONTH},?\s+(?P<year>\d{{4}})$", re.IGNORECASE)
_EITHER_WAY = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")
_DATE_LINE = re.compile(
    r"[\s>*_|-]*(?:report\s+date|date\s+of\s+(?:the\s+)?report|date|(?:prepared|generated|written)\s+on)"
    r"[\s*_|]*[:|][\s*_:]*(?P<rest>.*)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"[\[<{(].{0,40}(?:date|today|yyyy).{0,40}[\]>})]|yyyy-mm-dd", re.IGNORECASE)
_TITLE = re.compile(r"\s*(?:#{1,2}\s+|\*\*)(?=.*\breport\b)(?P<rest>.*)", re.IGNORECASE)
_LONGEST = 200


def wrong_dates(lines: Sequence[Line], today: str) -> Iterator[Remark]:
    """A remark for the first date line and for a title that ends with a date, unless they say `today`.

    A day more or less is let pass: the writer may live in another zone.
    """
    try:
        day = date.fromisoformat(today)
    except ValueError:
        return
    titled = False
    for line in islice((line for line in lines if line.text.strip() and not line.code), _HEAD_LINES):
        text = line.text[:_LONGEST]
        if found := _DATE_LINE.match(text):
            yield from _judged(line.number, found["rest"].strip(" *_|\t"), day)
            return
        if not titled and (found := _TITLE.match(text)):
            titled = True
            if ends := _dated_end(found["rest"].rstrip(" *_#)]")):
                yield from _judged(line.number, ends, day)


def _dated_end(title: str) -> str:
    """The full date with which a title ends; one of a month alone may be that of the data."""
    for pattern in _DATES:
        for found in pattern.finditer(title):
            if found.end() == len(title):
                return found[0]
    return ""


def _judged(number: int, said: str, today: date) -> Iterator[Remark]:
    if _PLACEHOLDER.search(said):
        yield Remark("wrong date", number, f"the report's date was left open: {excerpt(said)}")
        return
    days = _days(said)
    if month := _MONTH_ALONE.match(said):
        right = (int(month["year"]), _month(month["month"])) == (today.year, today.month)
    else:
        right = not days or any(abs(day - today) <= timedelta(days=1) for day in days)
    if not right:
        yield Remark("wrong date", number, f"dated {excerpt(said)}, but it was written on {today.isoformat()}")


def _days(said: str) -> list[date]:
    """Every day that the words can mean: 03/04/2025 is two."""
    parts: list[tuple[int, int, int]] = []
    for pattern in _DATES:
        if found := pattern.search(said):
            parts.append((int(found["year"]), _month_of(found), int(found["day"])))
            break
    else:
        if found := _EITHER_WAY.search(said):
            first, second, year = int(found[1]), int(found[2]), int(found[3])
            parts += [(year, first, second), (year, second, first)]
    return [day for each in parts if (day := _valid(*each)) is not None]


def _month_of(found: re.Match[str]) -> int:
    groups = found.groupdict()
    return int(groups["number"]) if "number" in groups else _month(groups["month"])


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
