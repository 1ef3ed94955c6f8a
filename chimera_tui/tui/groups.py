"""Which runs a comparison is between: those that were marked, the run under the cursor, and their series."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from chimera_tui.domain.comparison_text import runs_text
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui.run_words import same_models, series_words

FARTHEST = 1_000
"""Older runs that are looked through for one to compare with."""


@dataclass(frozen=True, slots=True)
class Sides:
    """B is compared with A."""

    a: tuple[str, ...]
    """Ids, newest first."""
    b: tuple[str, ...]
    a_named: str
    """Which runs these are, e.g. `series p2m4xy, 5 runs` or `run w6qm3d, 5/5 of series p2m4xy`."""
    b_named: str

    @property
    def why(self) -> str:
        return f"A = {self.a_named} · B = {self.b_named}"


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
    """The two groups, or a sentence on why there are none. `runs` are all that are known, newest first; `marked`
    ids come in the order in which they were marked.

    Two marked runs are compared with each other, the first as A; so are the marked runs of two series. One marked
    run, or all of more groups, are A for the run under the cursor. Without marks the run under the cursor is
    compared with the nearest undisturbed run before it that has the same agents and models. A series stands as a
    whole unless its own runs were marked apart, which the names tell.
    """
    by_id = {run.run_id: run for run in runs}
    chosen = [by_id[run_id] for run_id in marked if run_id in by_id]
    going = next((run for run in (chosen or [current]) if run.state is RunState.RUNNING), None)
    if going is not None:
        return f"run {going.run_id} is still going on"
    if not chosen:
        return _with_the_nearest(current, runs)
    if len(chosen) == 1:
        return _with_the_marked(chosen[0], current, runs)
    groups = [[run] for run in chosen] if len(chosen) == 2 else _by_series(chosen)
    if len(groups) == 2:
        return _sides(groups[0], groups[1], runs)
    if current in chosen:
        return f"the {len(chosen)} marked runs are no two groups: move to a run that they can be compared with"
    group = group_of(current, runs)
    apart = [current] if any(run in chosen for run in group) else group
    return _going(current) or _sides(chosen, apart, runs)


def _with_the_nearest(current: RunSummary, runs: Sequence[RunSummary]) -> Sides | str:
    second = group_of(current, runs)
    ids = {run.run_id for run in second}
    older = runs[runs.index(current) + 1 :]
    before = next((run for run in older if run.run_id not in ids and alike(run, current)), None)
    if before is None:
        looked = f" in the {FARTHEST:,} looked through" if len(older) > FARTHEST else ""
        return f"no undisturbed run before {current.run_id}{looked} has its models: mark one with space"
    found = _sides(group_of(before, runs), second, runs)
    return replace(found, a_named=f"{found.a_named}, the nearest before")


def _with_the_marked(marked: RunSummary, current: RunSummary, runs: Sequence[RunSummary]) -> Sides | str:
    """Each for its series, or each for itself where they are of one."""
    if marked == current:
        return "move to another run: the one under the cursor is the only one that is marked"
    first, second = group_of(marked, runs), group_of(current, runs)
    if current in first:
        first, second = [marked], [current]
    return _going(current) or _sides(first, second, runs)


def _going(run: RunSummary) -> str:
    return f"run {run.run_id} is still going on" if run.state is RunState.RUNNING else ""


def _by_series(chosen: Sequence[RunSummary]) -> list[list[RunSummary]]:
    """Those of each series and role together, and those of none; in the order in which they were marked."""
    groups: dict[object, list[RunSummary]] = {}
    for run in chosen:
        key = None if run.series is None else (run.series.series_id, run.series.role)
        groups.setdefault(key, []).append(run)
    return list(groups.values())


def alike(run: RunSummary, current: RunSummary) -> bool:
    """Whether the run under the cursor can be compared with it unasked: undisturbed, same agents and models."""
    warm_up = run.series is not None and run.series.role == "warmup"
    same = run.simulated == current.simulated and same_models(run, current)
    return run.is_clean is True and not warm_up and same


def _sides(a: Sequence[RunSummary], b: Sequence[RunSummary], runs: Sequence[RunSummary]) -> Sides:
    return Sides(_ids(a), _ids(b), _named(a, runs), _named(b, runs))


def _ids(runs: Sequence[RunSummary]) -> tuple[str, ...]:
    return tuple(run.run_id for run in runs)


def _named(group: Sequence[RunSummary], runs: Sequence[RunSummary]) -> str:
    place = group[0].series
    if len(_by_series(group)) > 1 or (place is None and len(group) > 1):
        return f"{len(group)} marked runs"
    if place is None:
        return f"run {group[0].run_id}"
    if len(group) == 1 and place.of > 1:
        return f"run {group[0].run_id}, {series_words(place).replace(' of ', '/')} of series {place.series_id}"
    whole = len(group_of(group[0], runs))
    some = runs_text(whole) if len(group) == whole else f"{len(group)} of {runs_text(whole)}"
    return f"series {place.series_id}, {some}"
