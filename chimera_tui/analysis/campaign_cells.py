"""What each cell of a campaign has to show: its figures, and the runs that are in none of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from chimera_tui.analysis.campaign_figures import counted, expected_causes, figure_of, told_measures
from chimera_tui.analysis.groups import Selection
from chimera_tui.analysis.intervals import Interval, mean_interval
from chimera_tui.analysis.speedup import speedup
from chimera_tui.domain.campaign import Cell
from chimera_tui.domain.campaign_view import CampaignRecord
from chimera_tui.domain.conclusion import CauseCount, CellFailure, CellResult, Estimate
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.statistics import NotCounted

_NO_ERROR = ErrorInfo("unknown", "no agent told why", "", "")


@dataclass(frozen=True, slots=True)
class CellRuns:
    """A cell and all of its runs."""

    cell: Cell
    measured: tuple[RunSummary, ...]
    """Oldest first, in whatever state."""
    warmups: tuple[RunSummary, ...]
    selection: Selection
    """Of the measured ones."""

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """Those that count, oldest first."""
        return self.selection.runs


def gathered(cells: Sequence[Cell], runs: Iterable[RunSummary]) -> tuple[CellRuns, ...]:
    """The runs of a campaign by cell, in the order of the cells; runs of other cells are left aside."""
    of_cell: dict[str, list[RunSummary]] = {cell.cell_id: [] for cell in cells}
    for run in runs:
        if run.campaign is not None and run.campaign.cell in of_cell:
            of_cell[run.campaign.cell].append(run)
    found: list[CellRuns] = []
    for cell in cells:
        mine = sorted(of_cell[cell.cell_id], key=lambda run: (run.started_utc, run.run_id))
        warmups = tuple(run for run in mine if _is_warmup(run))
        measured = tuple(run for run in mine if not _is_warmup(run))
        found.append(CellRuns(cell, measured, warmups, counted(measured, cell)))
    return tuple(found)


def _is_warmup(run: RunSummary) -> bool:
    return run.campaign is not None and run.campaign.role == "warmup"


def results_of(record: CampaignRecord, cells: Sequence[CellRuns]) -> tuple[CellResult, ...]:
    """One for each cell, also for those without any run."""
    skipped = _skipped(record)
    everything = [run for each in cells for run in each.runs]
    return tuple(
        replace(
            _result(each, everything),
            speedup=_speedup(each, cells),
            why="skipped by a person" if each.cell.cell_id in skipped else "",
        )
        for each in cells
    )


def _result(each: CellRuns, everything: Sequence[RunSummary]) -> CellResult:
    """`everything` are the campaign's runs that count."""
    cell, runs = each.cell, each.runs
    failed = [run for run in each.measured if run.state is RunState.FAILED]
    failures = {run.run_id for run in failed}
    return CellResult(
        cell_id=cell.cell_id,
        number=cell.number,
        label=cell.label,
        wanted=cell.repeats,
        run_ids=tuple(run.run_id for run in runs),
        figures=tuple(
            figure_of(measure, measure.values(runs)) for measure in told_measures(cell.agents, everything)
        ),
        left_out=tuple(
            NotCounted(out.run_id, out.why) for out in each.selection.left_out if out.run_id not in failures
        ),
        failures=tuple(_failure(run) for run in failed),
        warmups=len(each.warmups),
        causes=_causes(each),
        overlap_efficiency=_estimate(runs, lambda run: run.overlap_efficiency),
        energy_per_token_j=_estimate(runs, lambda run: run.energy_per_token_j),
        grounding=_estimate(runs, lambda run: run.grounding_score),
    )


def _failure(run: RunSummary) -> CellFailure:
    error = next((outcome.error for outcome in run.agents if outcome.error is not None), _NO_ERROR)
    return CellFailure(run.run_id, error.code, error.what)


def _causes(each: CellRuns) -> tuple[CauseCount, ...]:
    """Of the finished runs; a cause counts once a run, whomever it hit."""
    expected = expected_causes(each.cell)
    counts = Counter(
        cause
        for run in each.measured
        if run.state is RunState.DONE
        for cause in dict.fromkeys(flag.cause for flag in run.flags)
    )
    return tuple(
        CauseCount(cause.value, runs, cause.disturbs and cause not in expected)
        for cause, runs in sorted(counts.items(), key=lambda item: (-item[1], item[0].value))
    )


def _estimate(runs: Sequence[RunSummary], pick: Callable[[RunSummary], float | None]) -> Estimate | None:
    values = [value for value in map(pick, runs) if value is not None and math.isfinite(value)]
    return _told(values, mean_interval(values)) if values else None


def _told(values: Sequence[float], interval: Interval | None) -> Estimate:
    low, high = (interval.low, interval.high) if interval else (None, None)
    return Estimate(len(values), sum(values) / len(values), low, high)


def _speedup(each: CellRuns, cells: Sequence[CellRuns]) -> Estimate | None:
    """Against the cells that run each agent alone with the very same settings and prompts."""
    if len(each.cell.agents) != 2:
        return None
    alone = [_alone(each, cells, agent) for agent in each.cell.agents]
    first, second = alone
    if not (first and second):
        return None
    found = speedup(each.runs, first, second, include_flagged=True)  # they were chosen with what each cell expects
    if found.speedup is None:
        return None
    low, high = (found.interval.low, found.interval.high) if found.interval else (None, None)
    return Estimate(len(found.pair_ids), found.speedup, low, high)


def _alone(each: CellRuns, cells: Sequence[CellRuns], agent: AgentId) -> Sequence[RunSummary]:
    wanted = _settings(each.cell, agent)
    for other in cells:
        same = other.cell.agents == (agent,) and other.cell.prompt == each.cell.prompt
        if same and _settings(other.cell, agent) == wanted:
            return other.runs
    return ()


def _settings(cell: Cell, agent: AgentId) -> AgentSettings | None:
    return next((each for who, each in zip(cell.agents, cell.settings, strict=True) if who is agent), None)


def _skipped(record: CampaignRecord) -> set[str]:
    """Cells that a person left out, and did not want back."""
    last = {each.cell: each.kind for each in record.decisions if each.kind in ("skipped", "wanted")}
    return {cell_id for cell_id, kind in last.items() if kind == "skipped"}
