"""Which statistic the words around a number say that it is: the nearest, not any of the sentence."""

from __future__ import annotations

import re

from chimera_tui.analysis.grounding.claims import Claim
from chimera_tui.analysis.grounding.words import last_statistic, statistic_of

_RANGE_WORD = r"\b(?:range[sd]?|ranging|vary|varies|varied|between|spans?|spanning)\b"
_RANGES = re.compile(rf"{_RANGE_WORD}(?:\s+(?:in\s+)?(?:from|between))?\s*$", re.IGNORECASE)
_RANGES_TO = re.compile(rf"{_RANGE_WORD}[^.\d]*\d\S*\s+\S*\s*(?:to|and|-|–)\s*$", re.IGNORECASE)
_ANOTHER_END = re.compile(r"[^\w\d]*(?:to|and|-|–)\W*\d")
_FROM_TO = re.compile(r"\bfrom\s*$|\bfrom\s[^.]*\d\S*\s+\S*\s*to\s*$", re.IGNORECASE)
_COUNT_OF = re.compile(
    r"\W{0,3}(?:\w+ )?"
    r"(?:values?|rows?|runs?|samples?|files?|requests?|prompts?|measurements?|records?|tests?|models?)\b",
    re.IGNORECASE,
)
_STATISTIC = r"(?:on )?(average|avg|mean|median|peak|max(?:imum)?|min(?:imum)?)\b(?!\s+(?:of|is|was|and))"
_BEHIND = re.compile(rf"\s{{0,2}}{_STATISTIC}(?!\W{{1,6}}\d)", re.IGNORECASE)
"""`63°C peak`: the word behind a number is its own, and not that of the next."""
_OF_ONE_BEFORE = re.compile(rf"^\s{{0,2}}(?:[a-z°%/]{{1,8}}\s)?{_STATISTIC}(?!\W{{1,6}}$)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w:.-])\d[\d.,]*(?![\w:])")
"""Not the digits of p99 and of names."""


def statistic_said(claim: Claim) -> str:
    """mean, min, max, median, stdev, p95, …; empty where none is said of this number."""
    if claim.token.range_end:
        return "min" if claim.token.range_end == "low" else "max"
    if not claim.unit and _COUNT_OF.match(claim.after):
        return ""
    if behind := _BEHIND.match(claim.after):
        return statistic_of(behind[1])
    before, tail, counted = claim.before, claim.before, False
    for number in _NUMBER.finditer(before):
        tail, counted = _OF_ONE_BEFORE.sub("", before[number.end() :]), True
    for name in claim.line.quoted_before(claim.token.start + 1):
        tail = tail.replace(name, " ")  # a mean of `p99_ms` is a mean
    if (found := _of_range(before, claim.after)) or (found := last_statistic(tail)):
        return found
    if counted or _FROM_TO.search(before):
        return ""
    if claim.line.kind == "row":
        return statistic_of(claim.column) or statistic_of(claim.row)
    return statistic_of(claim.what) if claim.keyed else ""


def _of_range(before: str, after: str) -> str:
    if _RANGES.search(before) and _ANOTHER_END.match(after):
        return "min"
    return "max" if _RANGES_TO.search(before) else ""
