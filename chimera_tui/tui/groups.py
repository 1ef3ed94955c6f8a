"""Which runs a comparison is between: those that were marked, the run under the cursor, and their series."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from chimera_tui.domain.runs import RunState, RunSummary
from chimera_tui.tui.run_words import same_models


@dataclass(frozen=True, slots=True)
class Sides:
    """B is compared with A; ids, newest first."""

    a: tuple[str, ...]
    b: tuple[str, ...]
    why: str
    """Which runs these are, in words."""


def series_of(run: RunSummary, runs: Sequence[RunSummary]) -> list[RunSummary]:
    """All known runs of its series, warm-ups too; only itself when it has none."""
    if run.series is None:
        return [run]
    series_id = run.series.series_id
    return [each for each in runs if each.series is not None and each.series.series_id == series_id]


def group_of(run: RunSummary, runs: Sequence[RunSummary]) -> list[RunSummary]:
    """What a run stands for in a comparison: the runs of its series in the same role."""
    if run.series is None:
        return [run]
    role = run.series.role
    return [each for each in series_of(run, runs) if each.series is not None and each.series.role == role]


def sides(current: RunSummary, marked: Collection[str], runs: Sequence[RunSummary]) -> Sides | str:
    """The two groups, or a sentence on why there are none. `runs` are all that are known, newest first.

    Marked runs are the first side, the run under the cursor (with its series) the second; without marks it is
    compared with the nearest run before it that has the same agents and models.
    """
    if current.state is RunState.RUNNING:
        return f"run {current.run_id} is still going on"
    second = [run for run in group_of(current, runs) if run.run_id == current.run_id or run.run_id not in marked]
    ids = {run.run_id for run in second}
    if marked:
        first = [run for run in runs if run.run_id in marked and run.run_id not in ids]
        if not first:
            return "move to another run: the one under the cursor is the only one that is marked"
        return Sides(_ids(first), _ids(second), f"A = {_named(first)} · B = {_named(second)}")
    before = _before(current, ids, runs)
    if before is None:
        return f"no earlier run with the models of {current.run_id} was found: mark one with space"
    first = group_of(before, runs)
    why = f"B = {_named(second)} · A = {_named(first)}, the nearest before with the same model"
    return Sides(_ids(first), _ids(second), why)


def _before(current: RunSummary, ids: Collection[str], runs: Sequence[RunSummary]) -> RunSummary | None:
    older = runs[runs.index(current) + 1 :]
    return next((run for run in older if run.run_id not in ids and _comparable(run, current)), None)


def _comparable(run: RunSummary, current: RunSummary) -> bool:
    warm_up = run.series is not None and run.series.role == "warmup"
    alike = run.simulated == current.simulated and same_models(run, current)
    return run.state is RunState.DONE and not warm_up and alike


def _ids(runs: Sequence[RunSummary]) -> tuple[str, ...]:
    return tuple(run.run_id for run in runs)


def _named(runs: Sequence[RunSummary]) -> str:
    if len(runs) == 1:
        return runs[0].run_id
    if len({run.series.series_id if run.series else run.run_id for run in runs}) == 1:
        return f"{len(runs)} runs of a series"
    return f"{len(runs)} marked runs"
