"""A second pass over a report: what the model is asked to mend, and whether what it then writes is better."""

from __future__ import annotations

import re

from chimera_tui.domain.grounding import CheckedNumber, CheckedText
from chimera_tui.domain.names import printable
from chimera_tui.domain.verdicts import Tally, Verdict

_VALUE = re.compile(r"[+-]?\d(?:[\d.,]*\d)?(?:e[+-]?\d+)?(?: ?[^\s,;()\d]+)?")
"""A number with its unit."""
MOST_CORRECTIONS = 40
"""A report with more wrong numbers than that is no text to be mended line by line."""
_AROUND = 60
"""Characters of a line that are quoted before and behind the number."""
_LEAST_SHARE = 0.5
"""Of the first text's length: who is asked to mend numbers may not leave out half of the report."""


def contradicted(checked: CheckedText | None) -> tuple[CheckedNumber, ...]:
    """What a model can be told to mend, since the true value is known; in reading order."""
    if checked is None:
        return ()
    wrong = [number for number in checked.numbers if number.verdict is Verdict.CONTRADICTED and number.truth]
    return tuple(wrong[:MOST_CORRECTIONS])


def corrections(report: str, wrong: tuple[CheckedNumber, ...]) -> str:
    """A line for each number: where it stands, that it is wrong, and what the files say."""
    lines = report.split("\n")
    return "\n".join(_correction(lines[number.line - 1 : number.line], number) for number in wrong)


def _correction(line: list[str], number: CheckedNumber) -> str:
    quoted = _around(line[0], number) if line else printable(number.text)
    what = f" ({printable(number.subject)})" if number.subject else ""
    where = f" [{printable(str(number.place))}]" if number.place is not None else ""
    wrong, truth = printable(number.text), _value_first(printable(number.truth))
    return f'- line {number.line}: "{quoted}": {wrong}{what} is wrong, the files say {truth}{where}'


def _value_first(truth: str) -> str:
    """`26.9 tok/s (mean 26.9 tok/s, of 2 values)`: who mends shall see at once what to write."""
    found = _VALUE.search(truth)
    if found is None or found.start() == 0:
        return truth
    return f"{found.group()} ({truth})"


def _around(line: str, number: CheckedNumber) -> str:
    start, end = max(0, number.start - _AROUND), number.end + _AROUND
    cut = ("…" if start else "", "…" if end < len(line) else "")
    return printable(f"{cut[0]}{line[start:end].strip()}{cut[1]}")


def judge(
    first: str, before: CheckedText, mended: str, after: CheckedText | None, done_reason: str | None
) -> tuple[bool, str]:
    """(whether the mended text takes the place of the first, why). It has to be whole, checked, and better."""
    if not mended.strip():
        return False, "the first text stays: the model wrote nothing"
    if done_reason in (None, "length"):
        return False, "the first text stays: the mended one was cut off"
    if len(mended.strip()) < _LEAST_SHARE * len(first.strip()):
        return False, "the first text stays: the mended one leaves out more than half of it"
    if after is None or after.problem:
        return False, "the first text stays: the mended one could not be checked"
    was, now = before.tally, after.tally
    change = f"{was.contradicted} contradicted numbers before, {now.contradicted} after"
    if now.contradicted >= was.contradicted or _accused(now) >= _accused(was):
        other = f", and {now.misattributed} under a wrong name" if now.misattributed > was.misattributed else ""
        return False, f"the first text stays: {change}{other}"
    return True, change


def _accused(tally: Tally) -> int:
    return tally.contradicted + tally.misattributed
