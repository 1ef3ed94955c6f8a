"""A campaign as CSV: a row for each figure of each cell, or a row for each run."""

from __future__ import annotations

import csv as csv_module
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from chimera_tui.domain.campaign import CampaignPlan, Cell
from chimera_tui.domain.campaign_view import CellFigure
from chimera_tui.domain.conclusion import CellResult, Conclusion
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import OPTION_SPECS, AgentId
from chimera_tui.domain.runs import AgentOutcome, RunSummary

Value = str | int | float | None
_CELL = ("cell_id", "cell", "label", "scenario", "mode", "prompt")
_FIGURE = ("agent", "metric", "unit", "n", "mean", "low_95", "high_95")
_STANDING = ("standing", "worse_percent", "worse_low_95", "worse_high_95", "p_holm")
_UNRANKED: tuple[Value, ...] = (None,) * len(_STANDING)
_RUN = ("run_id", "role", "repeat", "state", "started_utc", "counts", "why_not", "simulated", "wall_s")
_WHOLE = ("overlap_efficiency", "energy_per_token_j", "grounding_score", "flags")
_AGENT = ("model", "host", "decode_rate_tok_per_s", "ttft_mean_ms", "tokens", "load_ms", "queue_ms", "error")


def csv(conclusion: Conclusion, plan: CampaignPlan) -> str:
    """One row per cell, agent and metric; durations in ns. What is not known is empty."""
    axes = axes_of(plan)
    cells = {cell.cell_id: cell for cell in plan.cells}
    standings = _standings(conclusion)
    rows = (
        (*_cell(cells[result.cell_id], axes), *_figure(figure), *standings.get(_key(result, figure), _UNRANKED))
        for result in conclusion.cells
        for figure in result.figures
    )
    return _written((*_CELL, *(f"axis_{axis}" for axis in axes), *_FIGURE, *_STANDING), rows)


def runs_csv(conclusion: Conclusion, plan: CampaignPlan, runs: Sequence[RunSummary]) -> str:
    """One row per run of the plan's cells, also of those that failed, oldest first; names carry their units."""
    axes = axes_of(plan)
    cells = {cell.cell_id: cell for cell in plan.cells}
    counted = {run_id for result in conclusion.cells for run_id in result.run_ids}
    why = {out.run_id: out.why for result in conclusion.cells for out in result.left_out}
    header = [*_RUN, *_CELL, *(f"axis_{axis}" for axis in axes), *_WHOLE]
    for agent in AgentId:
        header += [f"{agent.value}_{name}" for name in (*_AGENT, *(spec.name for spec in OPTION_SPECS))]
    rows = (
        [*_run(run, counted, why), *_cell(cells[run.campaign.cell], axes), *_whole(run), *_agents(run)]
        for run in sorted(runs, key=lambda run: (run.started_utc, run.run_id))
        if run.campaign is not None and run.campaign.cell in cells
    )
    return _written(header, rows)


def axes_of(plan: CampaignPlan) -> tuple[str, ...]:
    """All that any cell has, in the order of the file, also those with one value only."""
    return tuple(dict.fromkeys(name for cell in plan.cells for name, _ in cell.values))


def _written(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    target = io.StringIO()
    writer = csv_module.writer(target, lineterminator="\n")
    writer.writerow([_shown(name) for name in header])
    writer.writerows([_shown(value) for value in row] for row in rows)
    return target.getvalue()


def _shown(value: Value) -> Value:
    return printable(value) if isinstance(value, str) else value


def _cell(cell: Cell, axes: Sequence[str]) -> Iterator[Value]:
    yield from (cell.cell_id, cell.number, cell.label, cell.scenario, cell.mode, cell.prompt)
    yield from (cell.value(axis) for axis in axes)


def _figure(figure: CellFigure) -> Iterator[Value]:
    yield from (figure.agent, figure.metric, figure.unit, figure.n, figure.mean, figure.low, figure.high)


def _key(result: CellResult, figure: CellFigure) -> tuple[str, str, str]:
    return result.cell_id, figure.metric, figure.agent


def _standings(conclusion: Conclusion) -> dict[tuple[str, str, str], tuple[Value, ...]]:
    """By cell, metric and agent: standing, per cent worse than the best with its interval, p."""
    found: dict[tuple[str, str, str], tuple[Value, ...]] = {}
    for ranking in conclusion.rankings:
        found[ranking.best_cell, ranking.metric, ranking.agent] = ("best", 0.0, None, None, None)
        for each in ranking.rivals:
            told = each.standing, each.percent, each.low_percent, each.high_percent, each.p
            found[each.cell_id, ranking.metric, ranking.agent] = told
    return found


def _run(run: RunSummary, counted: set[str], why: dict[str, str]) -> Iterator[Value]:
    place = run.campaign
    yield run.run_id
    yield place.role if place else ""
    yield place.repeat if place else None
    yield run.state.value
    yield run.started_utc.astimezone(UTC).isoformat().replace("+00:00", "Z")
    yield "yes" if run.run_id in counted else "no"
    yield why.get(run.run_id, "")
    yield "yes" if run.simulated else "no"
    yield run.wall_ns / 1e9


def _whole(run: RunSummary) -> Iterator[Value]:
    yield run.overlap_efficiency
    yield run.energy_per_token_j
    yield run.grounding_score
    yield "; ".join(dict.fromkeys(flag.cause.value for flag in run.flags))


def _agents(run: RunSummary) -> Iterator[Value]:
    for agent in AgentId:
        outcome = next((each for each in run.agents if each.agent is agent), None)
        if outcome is None:
            yield from [None] * (len(_AGENT) + len(OPTION_SPECS))
        else:
            yield from _agent(outcome)


def _agent(outcome: AgentOutcome) -> Iterator[Value]:
    settings, totals = outcome.settings, outcome.totals
    yield from (settings.model, settings.host, totals.decode_rate, _ms(totals.mean_ttft_ns), totals.tokens)
    yield from (_ms(totals.load_ns), _ms(totals.queue_ns))
    yield outcome.error.code if outcome.error else ""
    yield from (settings.options.get(spec.name) for spec in OPTION_SPECS)


def _ms(ns: float | None) -> float | None:
    return None if ns is None else ns / 1e6
