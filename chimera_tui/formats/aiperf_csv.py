"""AIPerf's CSV of a run, three tables in one file rounded to two decimals, and that of its time slices.

Neither names the model, nor says whether it is of the warm-up, nor who counted the tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chimera_tui.domain.measurement import Measurement, Place, Reading, Source, Subject
from chimera_tui.formats.aiperf import aggregate_of
from chimera_tui.formats.aiperf_metrics import ROUNDED, TOOL, Basis, measured, slug
from chimera_tui.formats.result_text import Fields, Notes, csv_rows, number_of

STATISTICS = ("Metric", "avg", "min")
"""How the header of the first table begins."""
SCALARS = ("Metric", "Value")
GPUS = ("Endpoint", "GPU_Index")
SLICES = ("Timeslice", "Start_NS", "End_NS", "Metric", "Unit", "Stat", "Value")
_BASIS = Basis(Source(TOOL, "csv"), Subject(), note=ROUNDED)
_PER_REQUEST = "request_count"
Row = tuple[int, list[str]]


def read_aiperf_csv(text: str, where: str = "") -> Reading:
    """All three tables, each known by its header."""
    notes, place = Notes(), Place(where)
    rows = list(csv_rows(text, place, notes))
    count = _request_count(rows)
    found: list[Measurement] = []
    header: list[str] = []
    for line, cells in rows:
        row_place = Place(where, line)
        if _begins(cells, STATISTICS) or _begins(cells, SCALARS) or _begins(cells, GPUS):
            header = cells
        elif len(cells) != len(header):
            notes.lost(f"this row has {len(cells)} cells for {len(header)} columns", row_place)
        else:
            values = dict(zip(header, cells, strict=True))
            made = (
                _gpu(values, row_place, notes) if _begins(header, GPUS) else _row(values, row_place, notes, count)
            )
            found += [made] if made is not None else []
    if not found:
        notes.lost("there is a header and no figure", place)
    return notes.reading(found, place)


def read_aiperf_slices(text: str, where: str = "") -> Reading:
    """One statistic of one figure of one slice on each row."""
    notes, place = Notes(), Place(where)
    rows = csv_rows(text, place, notes)
    next(rows, None)
    parts: dict[tuple[str, str, str], tuple[int, dict[str, object]]] = {}
    for line, cells in rows:
        if len(cells) != len(SLICES):
            notes.lost(f"this row has {len(cells)} cells for {len(SLICES)} columns", Place(where, line))
            continue
        number, _, _, metric, unit, stat, value = cells
        parts.setdefault((number, metric, unit), (line, {}))[1][stat] = value
    found = []
    for (number, metric, unit), (line, values) in parts.items():
        row = Fields(values, Place(where, line), notes)
        name, _ = slug(metric)
        basis = replace(_BASIS, test=f"slice {number}")
        made = measured(name, unit, basis, row.place, notes, aggregate=aggregate_of(row, None))
        found += [made] if made is not None else []
    return notes.reading(found, place)


def _row(values: dict[str, str], place: Place, notes: Notes, count: float | None) -> Measurement | None:
    """A row of statistics, or one of scalars."""
    name, unit = slug(values["Metric"])
    renamed: dict[str, object] = {"avg": values.get("Value", values.get("avg", "")), **values}
    row = Fields({key: value for key, value in renamed.items() if key not in ("Metric", "Value")}, place, notes)
    stated = aggregate_of(row, None)
    if stated.sd == 0 and count is not None and count < 2:
        stated = replace(stated, sd=None)  # of one request it says nothing
    return measured(name, unit, _BASIS, place, notes, aggregate=stated)


def _gpu(values: dict[str, str], place: Place, notes: Notes) -> Measurement | None:
    row = Fields({key: value for key, value in values.items() if key not in ("Endpoint", "Metric")}, place, notes)
    name, unit = slug(values["Metric"])
    machine = tuple((key, values[key]) for key in ("GPU_Index", "GPU_Name") if values.get(key))
    basis = replace(_BASIS, subject=Subject(machine=machine), test="GPU")
    return measured(name, unit, basis, place, notes, aggregate=aggregate_of(row, None))


def _request_count(rows: Sequence[Row]) -> float | None:
    found: Iterator[float | None] = (
        number_of(cells[1]) for _, cells in rows if len(cells) == 2 and slug(cells[0])[0] == _PER_REQUEST
    )
    return next(found, None)


def _begins(cells: Sequence[str], header: Sequence[str]) -> bool:
    return tuple(cells[: len(header)]) == tuple(header)
