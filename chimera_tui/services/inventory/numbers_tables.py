"""How a Markdown table is to be read: whether its rows are records or metrics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chimera_tui.services.inventory.units import parse_number, unit_of

_METRIC_HEADS = frozenset(
    {"metric", "metrics", "measure", "measurement", "parameter", "statistic", "statistics", "kpi", "indicator",
     "property", "attribute", "key", "field", "item", "aspect", "characteristic", "specification",
     "spec", "component"}
)  # fmt: skip
_VALUE_HEADS = frozenset(
    {"value", "values", "result", "results", "measured", "measurement", "actual", "current", "amount", "score",
     "setting", "details", "detail", "specification", "average", "number"}
)  # fmt: skip
_STATISTIC = re.compile(
    r"(?:mean|avg|average|median|min|max|minimum|maximum|std|std\.? ?dev|stdev|stddev|sd|sigma|sum|total|count|n"
    r"|range|variance|cv|p\d+(?:\.\d+)?|\d+th(?: percentile)?|q[1-4]|iqr)\s*(?:\([^)]*\)|%)?"
)
_ASIDE = frozenset(
    {"unit", "units", "note", "notes", "comment", "comments", "status", "remark", "remarks", "source"}
)
_UNITS = frozenset({"unit", "units"})
_MEASURED = re.compile(
    r"\b(?:latency|throughput|ttft|tpot|itl|tokens?|time|duration|memory|vram|size|rate|speed|speedup|efficiency|usage"
    r"|utili[sz]ation|accuracy|loss|temperature|power|count|total|overhead|contention|bandwidth)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class TableKind:
    """How the cells of a table get their names."""

    rows_are_metrics: bool
    """The first cell names what the others measure; else the column does."""
    several_values: bool = False
    """Metrics have more than one column of values."""
    unit_column: int = -1
    """Where units stand, counted from 0; -1 when they have no column."""


def kind_of_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> TableKind:
    """By its heads, and where they leave it open by its first cells."""
    heads = [column.strip().lower() for column in columns]
    unit_column = next((index for index, head in enumerate(heads) if head in _UNITS), -1)
    values = [head for head in heads[1:] if head not in _ASIDE]
    if not values or not heads:
        return TableKind(False, unit_column=unit_column)
    return TableKind(_rows_are_metrics(heads[0], values, rows), len(values) > 1, unit_column)


def _rows_are_metrics(head: str, values: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    firsts = [row[0] for row in rows if row and row[0].strip()]
    if not firsts or any(parse_number(cell) is not None for cell in firsts):
        return False
    words = head.split()
    if head in _METRIC_HEADS or (words and words[-1] in ("metric", "metrics", "parameter", "kpi")):
        return True
    if all(value in _VALUE_HEADS for value in values):
        return True
    if any(unit_of(value) or _MEASURED.search(value) for value in values):
        return False
    measured = sum(bool(unit_of(cell)) or _MEASURED.search(cell) is not None for cell in firsts)
    # where the heads are statistics, or say nothing, rows of metrics are what is to be expected
    likely = not head or all(_STATISTIC.fullmatch(value) for value in values)
    return 2 * measured > len(firsts) if likely else measured == len(firsts)


def row_label(row: Sequence[str], before: Sequence[str]) -> list[str]:
    """What a row calls itself: its first cell with the texts next to it, up to the first number.

    An empty first cell is that of the row before, as where cells are merged.
    """
    label: list[str] = []
    for index, cell in enumerate(row):
        if index == 0:
            label.append(cell or (before[0] if before else ""))
        elif cell and not any(c.isdecimal() for c in cell[:2]) and cell not in "-—–":
            label.append(cell)
        elif cell:
            break
    return label
