"""GuideLLM's CSV: three header rows, one row per benchmark; columns are known by all three of their names.

How many columns there are varies with the data. Times are local, without a zone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from chimera_tui.domain.measurement import (
    REQUESTS,
    Aggregate,
    Measurement,
    Outcome,
    Place,
    Reading,
    Source,
    Subject,
)
from chimera_tui.formats.guidellm import LOAD_INCLUDED
from chimera_tui.formats.guidellm_metrics import COUNTS, OUTCOMES, TOOL, Metric, definition_of, metrics_of, parted
from chimera_tui.formats.result_text import Fields, Notes, csv_rows, number_of, shown

PERCENTILES = (0.1, 1.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9)
"""What the JSON list under `Percentiles` holds."""
_HEADER_ROWS = 3
_STATS = ("Mean", "Median", "Std Dev", "Percentiles")
Key = tuple[str, str, str]


def read_guidellm_csv(text: str, where: str = "") -> Reading:
    """Every row below the three headers."""
    notes, place = Notes(), Place(where)
    found: list[Measurement] = []
    rows = list(csv_rows(text, place, notes))
    headers = [cells for _, cells in rows[:_HEADER_ROWS]]
    if len(rows) <= _HEADER_ROWS:
        notes.lost("there is a header and no benchmark", place)
        return notes.reading(found, place)
    columns = _columns(headers, place, notes)
    for line, cells in rows[_HEADER_ROWS:]:
        row_place = Place(where, line)
        if len(cells) != len(headers[1]):
            notes.lost(f"this row has {len(cells)} cells for {len(headers[1])} columns", row_place)
            continue
        values = {key: cells[column] for key, column in columns.items()}
        found += _row(values, row_place, notes)
    return notes.reading(found, place)


def _columns(headers: list[list[str]], place: Place, notes: Notes) -> dict[Key, int]:
    width = len(headers[1])
    padded = [[*header, *[""] * (width - len(header))] for header in headers]
    columns: dict[Key, int] = {}
    for index, (group, name, unit) in enumerate(zip(*(header[:width] for header in padded), strict=True)):
        key = (group.strip(), name.strip(), unit.strip())
        if key in columns and any(key):
            notes.told(f"the column {' / '.join(key)} is there twice; the first one counts", place)
        columns.setdefault(key, index)
    return columns


def _row(values: Mapping[Key, str], place: Place, notes: Notes) -> Iterator[Measurement]:
    backend = _json_cell(values, "Run Info", "Backend", place, notes)
    metadata = _json_cell(values, "Runtime Info", "Metadata", place, notes)
    version = metadata.text("guidellm_version")
    strategy = values.get(("Benchmark", "Strategy", ""), "")
    counts: dict[Outcome, int] = {
        outcome: int(number_of(values.get(("Request Counts", word.capitalize(), ""), "")) or 0)
        for word, outcome in OUTCOMES
    }
    warmup = number_of(values.get(("Timings", "Warmup", "Sec"), "")) or 0.0
    at = values.get(("Timings", "Start Time", ""), "")
    for word, outcome in OUTCOMES:
        common = Measurement(
            figure=REQUESTS,
            name=f"Request Counts {word.capitalize()}",
            unit="requests",
            definition="how many ended so",
            source=Source(TOOL, "csv", version),
            subject=Subject(
                backend.text("model"),
                settings=tuple(
                    (name, text) for name in ("request_format", "stream") if (text := backend.text(name))
                ),
            ),
            place=place,
            test=strategy,
            outcome=outcome,
            aggregate=Aggregate(mean=float(counts[outcome])),
            excluded=f"warmup of {warmup:g} s" if warmup else "",
            included="" if warmup else LOAD_INCLUDED,
            at=f"{at} (local time, zone not told)" if at else "",
        )
        if counts[outcome]:
            yield common
            for metric in metrics_of(version or "0.5"):
                yield from _measurements(values, metric, word, common, counts[outcome], notes)
    if not counts["ok"]:
        notes.empty("no request was successful: there is no figure of one", place)


def _measurements(
    values: Mapping[Key, str], metric: Metric, word: str, common: Measurement, count: int, notes: Notes
) -> Iterator[Measurement]:
    name = f"{word.capitalize()} {metric.column}"
    cells = {stat: values.get((metric.group, name, stat), "") for stat in _STATS}
    if not any(cells.values()):
        return
    place = replace(common.place, path=f"{metric.group} / {name}")
    row = Fields(cells, place, notes)
    stated = _aggregate(row, count)
    if stated.mean == 0 and metric.figure not in COUNTS:
        notes.empty(f"{metric.group} of {word} requests is 0: nothing measured it", place)
        return
    made = replace(
        common,
        figure=metric.figure,
        name=f"{metric.group} / {name}",
        unit=metric.unit,
        definition=definition_of(metric, common.outcome),
        place=place,
        aggregate=stated,
        n=count if common.outcome == "ok" and metric.of_request and not metric.is_weighted else None,
    )
    yield from parted(metric, made)


def _aggregate(row: Fields, count: int) -> Aggregate:
    deviation = row.number("Std Dev")
    return Aggregate(
        mean=row.number("Mean"),
        median=row.number("Median"),
        sd=None if deviation == 0 and count < 2 else deviation,
        sd_kind="population",
        percentiles=_percentiles(row),
    )


def _percentiles(row: Fields) -> tuple[tuple[float, float], ...]:
    text = row.text("Percentiles")
    if not text:
        return ()
    try:
        values = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != len(PERCENTILES):
        row.notes.lost(f"{shown(text)} is no list of {len(PERCENTILES)} percentiles", row.at("Percentiles"))
        return ()
    numbers = [number_of(value) for value in values]
    return tuple(
        (percent, number) for percent, number in zip(PERCENTILES, numbers, strict=True) if number is not None
    )


def _json_cell(values: Mapping[Key, str], group: str, name: str, place: Place, notes: Notes) -> Fields:
    """An object inside a cell, empty when the cell holds none."""
    try:
        found = json.loads(values.get((group, name, ""), "") or "{}")
    except (ValueError, RecursionError):
        notes.lost(f"{group} / {name} holds no JSON", place)
        found = {}
    return Fields(found if isinstance(found, dict) else {}, place, notes)
