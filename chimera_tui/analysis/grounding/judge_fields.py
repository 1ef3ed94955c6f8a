"""Claims about measured values: looked up by value, weighed by name, unit, statistic and record."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_tui.analysis.grounding.claims import Claim
from chimera_tui.analysis.grounding.entities import is_a_model, is_in, names_a_model
from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.analysis.grounding.hits import PRECISE, STORED, Hit, has_index, hits_of, misattributed
from chimera_tui.analysis.grounding.judge_statistics import judge_statistic
from chimera_tui.analysis.grounding.judgement import Judgement, shown
from chimera_tui.analysis.grounding.subject import Subject, subject_of
from chimera_tui.analysis.grounding.units import dimension_of
from chimera_tui.analysis.grounding.words import name_key
from chimera_tui.domain.grounding import FactPlace
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.verdicts import Verdict

_COUNT_BEFORE = re.compile(r"\b(?:n|count|samples|rows)\s*[=:]\s*$", re.IGNORECASE)
_COUNT_BEHIND = re.compile(r"\W{0,2}(?:values|rows|samples|measurements|records|data points)\b", re.IGNORECASE)
_BY_CHANCE = 0.1
"""A number that so many others of its quantity could have been is no proof."""
_NEIGHBOURHOOD = 0.1
"""Others are counted up to this share below and above it."""


def judge_field(claim: Claim, facts: Facts) -> Judgement:
    """Always says something; `unsupported` where the files do not settle it."""
    subject = subject_of(claim, facts)
    if claim.token.value is None:
        return Judgement(Verdict.UNSUPPORTED, why="too large to hold")
    unknown = [name for name in subject.files if not facts.inventory.sizes_of(name)]
    if subject.files and len(unknown) == len(subject.files):
        return Judgement(Verdict.UNSUPPORTED, why=f"no file is called {unknown[0]}")
    if model := subject.unknown_model(facts):
        return Judgement(Verdict.UNSUPPORTED, why=f"no file knows {model}")
    if counted := _judge_count(claim, subject):
        return counted
    hits = [hit for hit in hits_of(claim, subject, facts) if is_in(hit.column.path, subject.files)]
    statistic = judge_statistic(claim, subject, facts, hits)
    if statistic is not None:
        return statistic
    best = max((hit.fit for hit in hits), default=0)
    chosen = [hit for hit in hits if hit.fit == best]
    if best >= 1 and _enough(claim, best, chosen, facts):
        return _supported_unless_of_another(claim, subject, facts, chosen)
    if hits and best == 0 and claim.token.significant >= PRECISE:
        return misattributed(hits[0], facts, "a number of another field")
    return _single_value(claim, subject) or Judgement(Verdict.UNSUPPORTED, why="nothing in the files settles it")


def _judge_count(claim: Claim, subject: Subject) -> Judgement | None:
    """`n = 48`, `over 48 values`: how many values a column has; right, or not known what was counted."""
    if (
        claim.unit
        or not subject.columns
        or not (_COUNT_BEFORE.search(claim.before) or _COUNT_BEHIND.match(claim.after))
    ):
        return None
    column = next((c for c in subject.columns if len(c.values) == claim.token.value), None)
    if column is None:
        return None
    place = FactPlace(column.path, column.name, 0, "count")
    return Judgement(Verdict.SUPPORTED, place=place, why=f"{len(column.values)} values")


def _enough(claim: Claim, fit: int, hits: Sequence[Hit], facts: Facts) -> bool:
    """Whether a match is more than chance."""
    if fit == 3:
        return True
    if fit == 1:
        return claim.token.significant > PRECISE
    return claim.token.significant >= STORED or _expected_by_chance(claim, hits[0], facts) < _BY_CHANCE


def _expected_by_chance(claim: Claim, hit: Hit, facts: Facts) -> float:
    """How many numbers of the same quantity would equal it if they lay evenly around it."""
    value = abs(hit.fact.value)
    if not value:
        return 1.0
    around = facts.between(value * (1 - _NEIGHBOURHOOD), value * (1 + _NEIGHBOURHOOD))
    others = len({fact.value for fact in around if facts.column_of(fact).quantity == hit.column.quantity}) - 1
    width = 2 * claim.token.half_step / max(abs(claim.token.value or 0.0), 1e-300)
    return max(others, 1) * width / (2 * _NEIGHBOURHOOD)


def _supported_unless_of_another(claim: Claim, subject: Subject, facts: Facts, hits: Sequence[Hit]) -> Judgement:
    """A model or an index that the text names must be that of the record."""
    if subject.indices and not any(has_index(hit, subject, facts) for hit in hits):
        if claim.token.significant >= STORED:
            return misattributed(hits[0], facts, f"not of {subject.indices}")
        return Judgement(Verdict.UNSUPPORTED, why=f"{subject.indices} has no such value")
    known = facts.known(subject.entities)
    own = [hit for hit in hits if facts.is_of(hit.fact, known)]
    if known and not own:
        own = [hit for hit in hits if any(facts.is_of(hit.fact, (name,)) for name in known)]
    if known and not own:
        others = [hit for hit in hits if names_a_model(facts.record_of(hit.fact))]
        if (
            others
            and claim.token.significant >= STORED
            and any(map(is_a_model, subject.entities))
            and not claim.derived
        ):
            return misattributed(others[0], facts, f"not of {known[0]}")
        return Judgement(Verdict.UNSUPPORTED, why=f"{known[0]} has no such value")
    hit = next((each for each in own or hits if has_index(each, subject, facts)), (own or hits)[0])
    place = facts.place(hit.fact)
    return Judgement(Verdict.SUPPORTED, place=place, why=f"{place} = {hit.fact.value!r} {hit.column.unit}".strip())


def _key_of(claim: Claim) -> str:
    return name_key(claim.row or claim.what)


def _single_value(claim: Claim, subject: Subject) -> Judgement | None:
    """A field that is named and has one value in all files leaves no choice."""
    if not subject.sure or claim.illustrative or claim.advises or claim.bound or subject.indices or subject.files:
        return None
    if subject.entities or subject.statistic:
        return None
    columns = [column for column in subject.columns if column.kind is not FileKind.MD]
    if not columns or not any(_key_of(claim) == column.leaf for column in columns):
        return None
    values = {value for column in columns for value in column.values}
    if len(values) != 1 or not all(_same_dimension(claim.unit, column.unit) for column in columns):
        return None
    (true,) = values
    if claim.line.kind not in ("json", "row") and claim.line.key is None:
        return None
    place = FactPlace(columns[0].path, columns[0].name)
    return Judgement(Verdict.CONTRADICTED, shown(true, columns[0].unit), place, f"{place} = {true!r}")


def _same_dimension(written: str, stored: str) -> bool:
    return not written or not stored or dimension_of(written) == dimension_of(stored)
