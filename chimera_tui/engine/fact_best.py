"""What is best over all files: the highest rates and the lowest TTFTs with their rows, and the means of models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chimera_tui.domain.field_names import is_rate, is_ttft
from chimera_tui.domain.inventory import FieldFact, FileFacts, RowFact
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.units import TIME_UNITS_S
from chimera_tui.engine.fact_pages import is_finite, name_of, with_unit

_MODELS = 2
"""So many lines on models for each that a list of the best has."""


@dataclass(frozen=True, slots=True)
class _Best:
    """One file's best value."""

    path: str
    value: float
    unit: str
    what: str
    """Which number of the file it is, as told."""

    @property
    def comparable(self) -> float:
        """tok/s or s."""
        return self.value * TIME_UNITS_S.get(self.unit, 1.0)

    def __str__(self) -> str:
        return f"{with_unit(self.value, self.unit)} ({self.what}) `{name_of(self.path)}`"


def best_lines(facts: Sequence[FileFacts], most: int) -> Iterator[str]:
    """Two lists of at most `most` files each, and what the files say of several models; nothing for 0."""
    if not most:
        return
    for title, wanted in (("Highest throughput", "max"), ("Lowest TTFT", "min")):
        told = _ranked(facts, wanted)[:most]
        if most == 1 and told:
            yield f"{title}: {told[0]}"
        elif told:
            yield f"{title} of a file, best first:"
            yield from (f"{place}. {each}" for place, each in enumerate(told, 1))
    if most > 1:
        yield from _model_lines(facts, most * _MODELS)


def _ranked(facts: Sequence[FileFacts], wanted: str) -> list[_Best]:
    """The best value of each file, the best file first, each value once.

    Tables in notes are asked only where no csv or json has such a number: they are told second-hand.
    """
    found: list[_Best] = []
    for measured in (True, False):
        for file in facts:
            if (file.kind is not FileKind.MD) is measured:
                found += _of_file(file, wanted)
        if found:
            break
    found.sort(key=lambda best: (-best.comparable if wanted == "max" else best.comparable, best.path, best.what))
    paths: set[str] = set()
    values: set[str] = set()
    ranked = []
    for best in found:
        if best.path not in paths and (value := f"{best.comparable:.6g}") not in values:
            paths.add(best.path)
            values.add(value)
            ranked.append(best)
    return ranked


def _of_file(file: FileFacts, wanted: str) -> Iterator[_Best]:
    rows = {fact.field: fact for fact in file.best}
    for field in file.fields:
        if not is_finite(field) or not (is_rate if wanted == "max" else is_ttft)(field.field, field.unit):
            continue
        row = rows.get(field.field)
        value = row.value if row is not None else field.max if wanted == "max" else field.min
        if value > 0:  # 0 was not measured
            yield _Best(file.path, value, field.unit, _what(field, value, wanted, row))


def _what(field: FieldFact, value: float, wanted: str, row: RowFact | None) -> str:
    statistic = "only value" if field.count == 1 else wanted
    if value not in (field.min, field.max):
        statistic = "lowest above 0"
    what = f"{statistic} of {name_of(field.field)}"
    if row is None:
        return what
    settings = ", ".join(f"{name_of(name)}={name_of(cell)}" for name, cell in row.settings)
    return f"{what}, row {row.row}: {settings}" if settings else f"{what}, row {row.row}"


def _model_lines(facts: Sequence[FileFacts], most: int) -> Iterator[str]:
    """Rates of all models before their TTFTs."""
    groups = {group: file.path for file in reversed(facts) for group in file.groups}  # of copies the first
    told = sorted(groups, key=lambda group: (group.unit != "tok/s", groups[group]))[:most]
    if told:
        yield "Means by model:"
    for group in told:
        what = f"mean of {name_of(group.field)}, n={group.count}"
        value = with_unit(group.mean, group.unit)
        yield f"- {name_of(group.model)}: {value} ({what}) `{name_of(groups[group])}`"
