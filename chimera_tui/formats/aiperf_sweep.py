"""AIPerf's results over several runs: the aggregate of equal ones, and the sweep over a parameter.

Deviations are between runs there; of a single run they are 0 and say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chimera_tui.domain.measurement import Aggregate, Measurement, Place, Reading, Source, Subject
from chimera_tui.formats.aiperf import metric_objects
from chimera_tui.formats.aiperf_metrics import ROUNDED, TOOL, Basis, measured
from chimera_tui.formats.result_text import Fields, Notes, csv_rows, number_of, root_of, written

AGGREGATE_HEADER = ("metric", "mean", "std", "min", "max", "cv")
SWEEP_STATS = ("mean", "std", "min", "max", "cv")
_OF_RUNS = "mean over runs of what each run states"
_ONE_RUN = "the deviation between runs is 0 where there is one run, and says nothing"
_STAT = re.compile(r"(?P<metric>\w+)_(?P<stat>avg|p\d+)\Z")
"""`request_latency_p50`; `_min`, `_max`, `_sum`, `_std` and `_count` of runs are not read."""


def read_aiperf_aggregate_json(text: str, where: str = "") -> Reading:
    """`…_aggregate.json`: statistics over the runs of one configuration."""
    notes, place = Notes(), Place(where)
    root = root_of(text, place, notes)
    about = root.inner("metadata")
    runs = about.whole("num_successful_runs")
    basis = Basis(
        Source(TOOL, "json", root.text("aiperf_version")),
        Subject(about.text("model"), settings=_settings(about.inner("variation_values"))),
        test=about.text("variation_label"),
        note=_OF_RUNS,
    )
    found = list(_over_runs(dict(_parts(root.inner("metrics"))), basis, runs, notes))
    return notes.reading(found, place)


def read_aiperf_aggregate_csv(text: str, where: str = "") -> Reading:
    """The same as a table, with what it is of below it."""
    notes, place = Notes(), Place(where)
    rows = list(csv_rows(text, place, notes))
    header = rows[0][1] if rows else []
    about = {cells[0]: cells[1] for _, cells in rows if len(cells) == 2}
    metrics: dict[str, Fields] = {}
    for line, cells in rows[1:]:
        if len(cells) == len(header):
            values: dict[str, object] = dict(zip(header, cells, strict=True))
            metrics[cells[0]] = Fields(values, Place(where, line), notes)
        elif len(cells) != 2:
            notes.lost(f"this row has {len(cells)} cells for {len(header)} columns", Place(where, line))
    runs = number_of(about.get("Successful Runs", ""))
    basis = Basis(
        Source(TOOL, "csv"),
        Subject(about.get("Model", "")),
        test=about.get("Variation Label", ""),
        note=f"{_OF_RUNS}, {ROUNDED}",
    )
    found = list(_over_runs(metrics, basis, None if runs is None else int(runs), notes))
    return notes.reading(found, place)


def read_aiperf_sweep_json(text: str, where: str = "") -> Reading:
    """`…_sweep.json`: figures of each value of the parameters."""
    notes, place = Notes(), Place(where)
    root = root_of(text, place, notes)
    trials = root.inner("metadata").whole("num_trials_per_value")
    found: list[Measurement] = []
    for part in root.parts("per_combination_metrics"):
        settings = _settings(part.inner("parameters"))
        basis = Basis(Source(TOOL, "json"), Subject(settings=settings), test=_label(settings))
        made = metric_objects(part.inner("metrics"), basis)
        found += [_between_trials(each, trials) for each in made]
    if trials == 1 and found:
        notes.empty(_ONE_RUN, place)
    return notes.reading(found, place)


def read_aiperf_sweep_csv(text: str, where: str = "") -> Reading:
    """One row for each combination, five columns for each figure; the sections below it are not read."""
    notes, place = Notes(), Place(where)
    rows = list(csv_rows(text, place, notes))
    header = rows[0][1] if rows else []
    bases = [name.removesuffix("_mean") for name in header if name.endswith("_mean")]
    known = {f"{name}_{stat}" for name in bases for stat in SWEEP_STATS}
    parameters = [name for name in header if name not in known]
    found: list[Measurement] = []
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            break  # the first of the sections
        row = Fields(dict(zip(header, cells, strict=True)), Place(where, line), notes)
        settings = tuple((name, row.text(name)) for name in parameters)
        basis = Basis(Source(TOOL, "csv"), Subject(settings=settings), test=_label(settings), note=ROUNDED)
        for name in bases:
            low, high = row.number(f"{name}_min"), row.number(f"{name}_max")
            stated = Aggregate(mean=row.number(f"{name}_mean"), low=low, high=high)
            made = measured(name, "", basis, row.at(f"{name}_mean"), notes, aggregate=stated)
            found += [made] if made is not None else []
    if found:
        notes.told("this table has no units, and its deviations are between runs: they are left out", place)
    else:
        notes.lost("there is a header and no combination", place)
    return notes.reading(found, place)


def _parts(metrics: Fields) -> Iterator[tuple[str, Fields]]:
    for name in metrics.values:
        part = metrics.part(name)
        if part is not None:
            yield name, part


def _over_runs(metrics: dict[str, Fields], basis: Basis, runs: int | None, notes: Notes) -> Iterator[Measurement]:
    """`request_latency_avg`, `_p50` … of one figure are one measurement."""
    grouped: dict[str, dict[str, Fields]] = {}
    for name, part in metrics.items():
        match = _STAT.match(name)
        if match is not None:
            grouped.setdefault(match["metric"], {})[match["stat"]] = part
    for metric, stats in grouped.items():
        average = stats.get("avg")
        if average is None or "unit" not in average:  # torn before it
            continue
        percentiles = sorted(
            (float(stat[1:]), value)
            for stat, part in stats.items()
            if stat != "avg" and (value := part.number("mean")) is not None
        )
        stated = Aggregate(
            mean=average.number("mean"),
            sd=average.number("std") if runs is not None and runs > 1 else None,
            percentiles=tuple(percentiles),
        )
        made = measured(metric, average.text("unit"), basis, average.place, notes, aggregate=stated, n=runs)
        if made is not None:
            yield made
    if grouped and (runs is None or runs < 2):
        first = next(iter(metrics.values()))
        notes.empty(_ONE_RUN, replace(first.place, path="std", line=None))


def _between_trials(made: Measurement, trials: int | None) -> Measurement:
    """The deviation is between trials, all else is of the requests."""
    if made.aggregate is None:
        return made
    deviation = made.aggregate.sd if trials is not None and trials > 1 else None
    return replace(made, aggregate=replace(made.aggregate, sd=deviation, sd_kind="not told"))


def _settings(values: Fields) -> tuple[tuple[str, str], ...]:
    return tuple((name, written(value)) for name, value in values.values.items())


def _label(settings: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings)
