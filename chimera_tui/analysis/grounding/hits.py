"""Numbers of the files that equal one of a text, and how well each fits what the text says that it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chimera_tui.analysis.grounding.claims import Claim
from chimera_tui.analysis.grounding.columns import Column, Fact
from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.analysis.grounding.judgement import LAST_DIGIT, Judgement, shown
from chimera_tui.analysis.grounding.subject import Subject
from chimera_tui.analysis.grounding.units import factor
from chimera_tui.domain.verdicts import Verdict

PRECISE = 5
"""So many significant digits are no coincidence: a number that is in the files was taken from there."""
_GUESSED = 3
"""A number of fewer digits is looked up in columns that are named, not in those that are guessed."""
_TELLING = 40
"""A number of fewer digits than `STORED` that so many others equal proves nothing."""
STORED = 4
"""A value of that many digits under "average" is one that a file stores."""
SCALES = {"ms": (1e3,), "s": (1e-3,), "%": (100.0,), "kB": (1e-3,), "MB": (1e-6, 1e-3), "GB": (1e-9, 1e-3)}
"""What a stored number in another unit of the field's own has to be multiplied with, by the unit written."""


@dataclass(frozen=True, slots=True)
class Hit:
    fact: Fact
    column: Column
    fit: int
    """3: of a column that is meant; 2: of the same quantity; 1: nothing speaks against it; 0: something does."""


def hits_of(claim: Claim, subject: Subject, facts: Facts) -> list[Hit]:
    """Best first; the value as written, and what it is in the field's own unit."""
    token = claim.token
    value = token.value or 0.0
    meant = subject.columns if subject.sure or token.significant >= _GUESSED else ()
    found: list[Hit] = []
    for scale in (1.0, *SCALES.get(claim.unit, ())):
        low, high = (value - token.half_step) / scale, (value + token.half_step) / scale
        reach = LAST_DIGIT * max(abs(low), abs(high))
        found += _of_columns(claim, subject, meant, (low - reach, high + reach), scale)
        if not found and (
            token.significant >= STORED or facts.count_between(low - reach, high + reach) <= _TELLING
        ):
            found += _of_all(claim, subject, facts, (low - reach, high + reach), scale)
    if subject.indices:
        found.sort(key=lambda hit: (-hit.fit, not has_index(hit, subject, facts)))
    else:
        found.sort(key=lambda hit: -hit.fit)
    return found


def _of_columns(
    claim: Claim, subject: Subject, columns: Sequence[Column], span: tuple[float, float], scale: float
) -> Iterator[Hit]:
    for column in columns:
        if facts := column.between(*span):
            fit = _fit(claim, subject, column, True, scale)
            if fit:
                yield from (Hit(fact, column, fit) for fact in facts)


def _of_all(
    claim: Claim, subject: Subject, facts: Facts, span: tuple[float, float], scale: float
) -> Iterator[Hit]:
    fits: dict[int, int] = {}
    for fact in facts.between(*span):
        column = facts.column_of(fact)
        if fact.column not in fits:
            fits[fact.column] = _fit(claim, subject, column, False, scale)
        yield Hit(fact, column, fits[fact.column])


def _fit(claim: Claim, subject: Subject, column: Column, meant: bool, scale: float) -> int:
    if not _unit_fits(claim.unit, column.unit, scale):
        return 0
    if (
        subject.statistic.startswith("p")
        and column.statistic.startswith("p")
        and column.statistic != subject.statistic
    ):
        return 0
    if meant:
        return 3
    if subject.columns and subject.exact:
        return 0
    if subject.quantity and column.quantity:
        return 2 if subject.quantity == column.quantity else 0
    return 1


def _unit_fits(written: str, stored: str, scale: float) -> bool:
    if not written or not stored:
        return True
    ratio = factor(written, stored)
    return ratio is not None and abs(ratio * 1.0 / scale - 1) < 0.03


def has_index(hit: Hit, subject: Subject, facts: Facts) -> bool:
    return not subject.indices or subject.indices in facts.place(hit.fact).field


def misattributed(hit: Hit, facts: Facts, why: str) -> Judgement:
    place = facts.place(hit.fact)
    label = facts.record_of(hit.fact).split(" | ")[0]
    of = f" of {label}" if label else ""
    return Judgement(
        Verdict.MISATTRIBUTED, f"{place.field}{of}: {shown(hit.fact.value, hit.column.unit)}", place, why
    )
