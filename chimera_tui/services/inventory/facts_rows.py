"""Rows of a CSV that stand out: the highest rate, the lowest TTFT, what was set there; and each model's mean."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from chimera_tui.domain.field_names import is_rate, is_ttft
from chimera_tui.domain.inventory import FieldFact, GroupFact, RowFact
from chimera_tui.services.inventory.units import parse_number

_SETTINGS = re.compile(
    r"model(?:[ _](?:name|id))?|quant(?:ization)?|backend|num_gpu|num_ctx|num_batch|num_thread|num_predict|"
    r"batch_size|temperature|top_p|top_k",
    re.IGNORECASE,
)
_MODEL = re.compile(r"model(?:[ _](?:name|id))?", re.IGNORECASE)
_MOST_FIELDS = 2
"""Rates, and as many TTFTs, whose rows are looked at."""
_MOST_SETTINGS, _LONGEST_SETTING = 5, 48
_MODELS = range(2, 9)
_LONGEST_MODEL = 80
_LARGEST = 1e15
"""No rate or time is larger; sums of smaller ones are finite."""

Rows = Sequence[Sequence[str]]


def standing_out(
    header: Sequence[str], fields: Sequence[FieldFact], data: Rows, decimal_comma: bool
) -> tuple[tuple[RowFact, ...], tuple[GroupFact, ...]]:
    """For the first rates the row with the highest value, for the first TTFTs that with the lowest above 0; and
    the means of the same columns over each model's rows, where a column names two to eight models."""
    places = {name: index for index, name in enumerate(header)}
    named = [field for field in fields if field.field in places]
    rates = [field for field in named if is_rate(field.field, field.unit)][:_MOST_FIELDS]
    waits = [field for field in named if is_ttft(field.field, field.unit)][:_MOST_FIELDS]
    columns = [index for index, name in enumerate(header) if _SETTINGS.fullmatch(name)][:_MOST_SETTINGS]
    models = _models(header, data) if rates or waits else []
    best: list[RowFact] = []
    groups: list[GroupFact] = []
    for field in (*rates, *waits):
        values = _column(data, places[field.field], decimal_comma)
        measured = [value for value in values if value > 0]  # a rate or a wait of 0 was not measured
        if not measured:
            continue
        value = max(measured) if field in rates else min(measured)
        place = values.index(value)  # of equal values the first row
        row = data[place]
        settings = tuple(
            (header[index], row[index].strip())
            for index in columns
            if index < len(row) and 0 < len(row[index].strip()) <= _LONGEST_SETTING
        )
        best.append(RowFact(field.field, value, field.unit, place + 1, settings))
        groups += _means(field, values, models)
    return tuple(best), tuple(groups)


def _models(header: Sequence[str], data: Rows) -> list[str]:
    """The model of each row; empty where no column names two to eight of them."""
    column = next((index for index, name in enumerate(header) if _MODEL.fullmatch(name)), None)
    if column is None:
        return []
    named = [row[column].strip() if column < len(row) else "" for row in data]
    different = set(named) - {""}
    usable = len(different) in _MODELS and max(map(len, different)) <= _LONGEST_MODEL
    return named if usable else []


def _means(field: FieldFact, values: Sequence[float], models: Sequence[str]) -> Iterator[GroupFact]:
    """One for each model that was measured in all of its rows."""
    of: dict[str, list[float]] = {}
    for model, value in zip(models, values, strict=False):
        if model:
            of.setdefault(model, []).append(value)
    for model, some in of.items():
        its = [value for value in some if not math.isnan(value)]
        if its and min(its) > 0:
            yield GroupFact(model, field.field, len(its), math.fsum(its) / len(its), field.unit)


def _column(data: Rows, index: int, decimal_comma: bool) -> list[float]:
    """A number for each row; NaN where there is no plain one."""
    cells = [row[index] if index < len(row) else "" for row in data]
    try:
        # nothing but numbers, as programs write them
        values = list(map(float, cells)) if not (decimal_comma or "_" in "".join(cells)) else None
    except ValueError:
        values = None
    if values is None:
        values = [_number(cell, decimal_comma) for cell in cells]
    if all(map(_LARGEST.__gt__, map(abs, values))):
        return values
    return [value if abs(value) < _LARGEST else math.nan for value in values]


def _number(cell: str, decimal_comma: bool) -> float:
    found = parse_number(cell, decimal_comma=decimal_comma) if cell else None
    return math.nan if found is None or found[1] else found[0]
