"""Claims of a mean, an extreme or a spread: compared with those of the columns that are meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from chimera_tui.analysis.grounding.claims import Claim
from chimera_tui.analysis.grounding.columns import Column, Scope
from chimera_tui.analysis.grounding.entities import is_in
from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.analysis.grounding.hits import PRECISE, SCALES, STORED, Hit, misattributed
from chimera_tui.analysis.grounding.judgement import Judgement, agrees, shown
from chimera_tui.analysis.grounding.statistics_of import Statistics, statistics_of
from chimera_tui.analysis.grounding.subject import Subject
from chimera_tui.analysis.grounding.units import dimension_of, factor
from chimera_tui.domain.grounding import FactPlace
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.verdicts import Verdict

_TELLING = 3
"""With fewer digits a number equals some mean of some columns by chance."""


def judge_statistic(claim: Claim, subject: Subject, facts: Facts, hits: Sequence[Hit]) -> Judgement | None:
    """A claim of a mean, an extreme or a spread of columns that are known; None for any other."""
    if subject.statistic not in ("mean", "min", "max", "median", "stdev"):
        return None
    columns = [
        column
        for column in _alike(subject)
        if _dimension_fits(claim, column) and is_in(column.path, subject.files)
    ]
    if not columns or not (subject.sure or claim.token.significant >= _TELLING):
        return None
    known = facts.known(subject.entities)
    above = () if known else facts.known(subject.models_above)
    for scope in chain(facts.scopes(columns, known), *(facts.scopes(columns, (model,)) for model in above)):
        for true in _true(scope, subject.statistic):
            if _agrees_scaled(claim, true, scope.column):
                column = scope.column
                place = FactPlace(column.path, column.name, 0, f"{subject.statistic}{scope.over}")
                return Judgement(Verdict.SUPPORTED, place=place, why=f"{place} = {true:.6g} {column.unit}".strip())
    if not subject.sure or _is_a_stored_one(claim, subject, columns, hits):
        return None
    if claim.illustrative or claim.advises or claim.derived or claim.bound in ("more", "less"):
        return Judgement(Verdict.UNSUPPORTED, why="not meant as a measured value")
    outside = [hit for hit in hits if hit.fit < 3 and claim.token.significant >= PRECISE]
    if outside:
        return misattributed(outside[0], facts, "a number of another field")
    return _contradicted(claim, subject, facts, columns, known)


def _alike(subject: Subject) -> list[Column]:
    """Columns of single values, or of the statistic that is named."""
    alike = [column for column in subject.columns if column.statistic in ("", subject.statistic)]
    return alike or list(subject.columns)


def _is_a_stored_one(claim: Claim, subject: Subject, columns: Sequence[Column], hits: Sequence[Hit]) -> bool:
    """One stored value that the text calls the average, or a field that calls itself so: the value decides."""
    least = 3 if subject.exact else 2
    if subject.statistic == "mean" and claim.token.significant >= STORED and any(h.fit >= least for h in hits):
        return True
    return any(c.statistic == subject.statistic for c in columns) and any(h.fit == 3 for h in hits)


def _contradicted(
    claim: Claim, subject: Subject, facts: Facts, columns: Sequence[Column], known: tuple[str, ...]
) -> Judgement | None:
    """The true statistic of the field as measured: in csv and json, of the model that is named."""
    measured = [column for column in columns if column.kind is not FileKind.MD or subject.files]
    if not measured or len(known) < len(subject.entities):
        return None  # what other reports say is no measurement; a model nobody measured has no true value
    first = max(measured, key=lambda column: len(column.values))
    alike = [column for column in measured if column.leaf == first.leaf]
    values = [value for column in alike for value in facts.values_of(column, known)]
    if not values:
        return None
    pooled = statistics_of(values)
    if claim.token.range_end and (not _same_measure(claim, first) or _holds(claim, pooled)):
        return Judgement(Verdict.UNSUPPORTED, why="a range that may be that of a part")
    true = _of(
        statistics_of([v for v in values if v > 0]) if _zeros_of_failures(pooled) else pooled, subject.statistic
    )
    over = FactPlace(first.path, first.name, 0, f"{subject.statistic} over {pooled.count} values")
    if pooled.count == 1:
        place = FactPlace(first.path, first.name)
        return Judgement(Verdict.CONTRADICTED, shown(true, first.unit), place, f"{place} = {true!r}")
    reach = f"of {pooled.count} values {shown(pooled.min)} to {shown(pooled.max)}"
    truth = f"{subject.statistic} {shown(true, first.unit)}, {reach}"
    return Judgement(Verdict.CONTRADICTED, truth, over, f"{over} = {true:.6g} {first.unit}".strip())


def _zeros_of_failures(pooled: Statistics) -> bool:
    """Whether some are 0 and all others above: a failed run leaves zeros, and they are no measurement."""
    return pooled.min == 0.0 < pooled.median


def _same_measure(claim: Claim, column: Column) -> bool:
    """Whether a range is one of values, not of settings: it has a unit, and it is the column's."""
    if not claim.unit:
        return False
    if not column.unit:
        return claim.unit == "%" and column.quantity in ("gpu", "cpu", "memory")
    return dimension_of(claim.unit) == dimension_of(column.unit)


def _holds(claim: Claim, pooled: Statistics) -> bool:
    """Whether one end of a range lies within the values and leaves their middle inside, as that of a part may."""
    value = claim.token.value or 0.0
    if claim.token.range_end == "low":
        return pooled.min <= value <= pooled.median
    return pooled.median <= value <= pooled.max


def _dimension_fits(claim: Claim, column: Column) -> bool:
    return not claim.unit or not column.unit or dimension_of(claim.unit) == dimension_of(column.unit)


def _true(scope: Scope, statistic: str) -> Iterator[float]:
    """The true values that a text can mean; the least and the middle also without the zeros of failed runs."""
    yield _of(scope.all, statistic)
    if statistic == "stdev":
        yield scope.all.pstdev
    if scope.positive is not None and statistic in ("min", "mean", "median"):
        yield _of(scope.positive, statistic)


def _of(statistics: Statistics, statistic: str) -> float:
    return float(getattr(statistics, statistic))


def _agrees_scaled(claim: Claim, true: float, column: Column) -> bool:
    scale = factor(claim.unit, column.unit)
    scales = {scale or 1.0}
    if not column.unit:
        scales.update(SCALES.get(claim.unit, ()))
    slack = 0.02 if claim.bound == "about" else 0.0
    return any(agrees(claim.token, true * each, slack=slack) for each in scales)
