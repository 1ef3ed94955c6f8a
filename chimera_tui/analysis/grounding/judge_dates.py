"""Claims about dates: when files were last modified."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chimera_tui.analysis.grounding.claims import Claim
from chimera_tui.analysis.grounding.inventory_facts import InventoryFacts
from chimera_tui.analysis.grounding.judgement import Judgement
from chimera_tui.analysis.grounding.words import kinds_in
from chimera_tui.domain.grounding import FactPlace
from chimera_tui.domain.verdicts import Verdict

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MODIFIED = re.compile(
    r"modif|updat|latest|most recent|last change|recent(?:ly)? (?:activity|file|date)", re.IGNORECASE
)
_TIME_PERIOD = re.compile(r"time ?(?:period|frame|span|range)|temporal|date range|period", re.IGNORECASE)
_OF_TESTING = re.compile(
    r"experiment|collect|testing|\btests?\b|benchmarks? (?:was|were|run|conduct)|conducted|captured|"
    r"generated|performed|executed",
    re.IGNORECASE,
)
_LATEST = re.compile(
    r"\b(?:latest|last|most recent(?:ly)?)\W+(?:\w+\W+){0,2}?(?:modif|updat|change)", re.IGNORECASE
)
_MOST = re.compile(
    r"predominant|majority|most(?:ly)? (?:of|files)|concentrat|primarily|mainly|bulk|cluster", re.IGNORECASE
)
_FROM = re.compile(r"\b(?:between|since|starting|began|begin\w*|start\w*)\W*$", re.IGNORECASE)
_GOES_ON = re.compile(
    r"^\W*(?:-|–|—|to|and|until|through)\W*"
    r"(?=\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s+\d)",
    re.IGNORECASE,
)
_RANGE_END = re.compile(r"(?:\d(?:st|nd|rd|th)?|\d{4})\s*(?:-|–|—|to|and|until|through)\s*$", re.IGNORECASE)


_JUST_BEFORE = 40


@dataclass(frozen=True, slots=True)
class _Day:
    year: int | None
    month: int
    day: int | None
    time: str = ""

    def is_of(self, stamp: str) -> bool:
        """Whether a stamp `YYYY-MM-DD HH:MM:SS` is at that day or in that month."""
        if self.year is not None and int(stamp[:4]) != self.year:
            return False
        if int(stamp[5:7]) != self.month or (self.day is not None and int(stamp[8:10]) != self.day):
            return False
        return not self.time or stamp[11:].startswith(self.time[:5])


def judge_date(claim: Claim, inventory: InventoryFacts) -> Judgement:
    """Dates are judged against modification stamps alone: nothing else of the inventory has a date."""
    day = _day(claim.token.text)
    if day is None:
        return Judgement(Verdict.UNSUPPORTED, why="no date that can be read")
    key = claim.line.key.text if claim.line.key else ""
    just_before = claim.line.plain[max(0, claim.token.start - _JUST_BEFORE) : claim.token.start]
    near = " ".join((just_before, claim.before, claim.after, key, claim.row, claim.column))
    around = " ".join((near, claim.line.caption, *claim.line.sections[-1:], *claim.line.parents))
    begins = _FROM.search(claim.before) is not None or _GOES_ON.match(claim.after) is not None
    ends = _RANGE_END.search(just_before) is not None
    kinds = frozenset(kinds_in(claim.row or claim.before or key))
    stamps = inventory.latest(kinds) or inventory.latest()
    hit = next((kind for kind, stamp in stamps.items() if stamp and day.is_of(stamp)), None)
    modified = _MODIFIED.search(around) is not None or _TIME_PERIOD.search(near) is not None
    if hit is not None:
        place = FactPlace("", f"latest modified {hit.value}")
        if _OF_TESTING.search(near) and not _MODIFIED.search(claim.before):
            truth = f"latest modified {hit.value}: {stamps[hit]} UTC"
            return Judgement(Verdict.MISATTRIBUTED, truth, place, "a stamp of files, not the time of testing")
        if not modified:
            return Judgement(Verdict.UNSUPPORTED, why="not said what happened then")
        if (begins and not ends) or (day.day is None and _MOST.search(near)):
            return Judgement(Verdict.UNSUPPORTED, why="no fact says when changes began, or how many there were")
        return Judgement(Verdict.SUPPORTED, place=place, why=f"latest modified {hit.value}: {stamps[hit]} UTC")
    exact = day.day is not None and day.year is not None and bool(stamps)
    if exact and _LATEST.search(f"{claim.what} {claim.column} {claim.before}") and not begins and not ends:
        if claim.illustrative:
            return Judgement(Verdict.UNSUPPORTED, why="called an example")
        kind, stamp = max(stamps.items(), key=lambda item: item[1])
        place = FactPlace("", f"latest modified {kind.value}")
        return Judgement(Verdict.CONTRADICTED, f"{stamp} UTC", place, f"latest modified: {stamp} UTC")
    return Judgement(Verdict.UNSUPPORTED, why="no fact has this date")


def _day(text: str) -> _Day | None:
    iso = re.match(r"(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?", text)
    if iso:
        return _Day(int(iso[1]), int(iso[2]), int(iso[3]), iso[4] or "")
    slash = re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    if slash:
        return _Day(int(slash[3]), int(slash[1]), int(slash[2]))
    month = next((n for n, name in enumerate(_MONTHS, 1) if re.search(rf"\b{name}", text, re.IGNORECASE)), None)
    if month is None:
        return None
    numbers = [int(found) for found in re.findall(r"\d+", text)]
    year = next((number for number in numbers if number > 1000), None)
    return _Day(year, month, next((number for number in numbers if number <= 31), None))
