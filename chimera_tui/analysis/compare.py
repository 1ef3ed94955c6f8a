"""Two groups of runs beside each other: what differs, by how much, and whether so few runs can tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chimera_tui.analysis.cautions import cautions_of
from chimera_tui.analysis.differences import setting_differences
from chimera_tui.analysis.groups import (
    Figure,
    Selection,
    agents_of,
    checked,
    decode_of,
    first_answer_of,
    grounding_of,
    of_agent,
    select,
    thought,
    ttft_of,
)
from chimera_tui.analysis.intervals import difference_interval, least_p, rank_test, ratio_interval
from chimera_tui.analysis.wording import GROUNDING, WAITS, Better, judge, sentence
from chimera_tui.domain.comparison import ComparedMetric, ComparisonView, LeftOut, Unit
from chimera_tui.domain.metrics import Step
from chimera_tui.domain.runs import RunSummary

STEPS: tuple[Step, ...] = ("analysis", "report")


@dataclass(frozen=True, slots=True)
class _Row:
    metric: str
    agent: str
    unit: Unit
    figure: Figure
    better: Better


def compare(a: Sequence[RunSummary], b: Sequence[RunSummary], *, include_flagged: bool = False) -> ComparisonView:
    """B against A. Warm-ups, unfinished and (unless asked for) disturbed runs count on neither side."""
    first, second = select(a, include_flagged=include_flagged), select(b, include_flagged=include_flagged)
    rows = _rows(first.runs, second.runs)
    metrics = tuple(_compared(row, first.runs, second.runs) for row in rows)
    return ComparisonView(
        a_runs=tuple(run.run_id for run in first.runs),
        b_runs=tuple(run.run_id for run in second.runs),
        headline=_headline(metrics, first, second),
        metrics=metrics,
        settings=setting_differences(first.runs or _made(a), second.runs or _made(b)),
        left_out=(*_left_out("a", first), *_left_out("b", second)),
        cautions=tuple(cautions_of(metrics, first, second)),
    )


def _made(runs: Sequence[RunSummary]) -> Sequence[RunSummary]:
    """Whose settings are told where no run of a side counts: those that were named."""
    return [run for run in runs if run.series is None or run.series.role != "warmup"] or runs


def _rows(a: Sequence[RunSummary], b: Sequence[RunSummary]) -> list[_Row]:
    """Figures of the agents that ran on both sides; those of whole runs only where the same agents ran in each."""
    rows: list[_Row] = []
    agents = agents_of(a)
    for agent in agents:
        if agent not in agents_of(b):
            continue
        name = agent.value
        rows.append(_Row("decode rate", name, "tok/s", of_agent(agent, lambda o: o.totals.decode_rate), "more"))
        for step in STEPS:
            rows.append(_Row(f"decode rate, {step}", name, "tok/s", of_agent(agent, decode_of(step)), "more"))
        for step in STEPS:
            rows.append(_Row(f"TTFT, {step}", name, "ns", of_agent(agent, ttft_of(step)), "less"))
        if thought([*a, *b], agent):
            for step in STEPS:
                pick = of_agent(agent, first_answer_of(step))
                rows.append(_Row(f"first answer, {step}", name, "ns", pick, "less"))
        rows.append(_Row("tokens", name, "tokens", of_agent(agent, lambda o: o.totals.tokens), ""))
        if checked([*a, *b], agent):
            rows.append(_Row(GROUNDING, name, "", of_agent(agent, grounding_of), "more"))
    if rows and len({frozenset(outcome.agent for outcome in run.agents) for run in (*a, *b)}) == 1:
        rows.append(_Row("wall", "", "ns", lambda run: run.wall_ns or None, "less"))
        rows.append(_Row("energy per token", "", "J", lambda run: run.energy_per_token_j, "less"))
    return rows


def _compared(row: _Row, a: Sequence[RunSummary], b: Sequence[RunSummary]) -> ComparedMetric:
    first, second = _known(row.figure, a), _known(row.figure, b)
    found = ComparedMetric(row.metric, row.agent, row.unit, first, second, _mean(first), _mean(second))
    if found.a_mean is not None and found.b_mean is not None:
        found = _tested(found, found.a_mean, found.b_mean, row.better)
    return replace(found, words=sentence(found, row.better))


def _tested(found: ComparedMetric, a_mean: float, b_mean: float, better: Better) -> ComparedMetric:
    interval, ratio = difference_interval(found.a, found.b), ratio_interval(found.a, found.b)
    test, least = rank_test(found.a, found.b), least_p(len(found.a), len(found.b))
    p = test.p if test else None
    return replace(
        found,
        difference_percent=100 * (b_mean / a_mean - 1) if a_mean > 0 else None,
        low_percent=100 * (ratio.low - 1) if ratio else None,
        high_percent=100 * (ratio.high - 1) if ratio else None,
        p=p,
        verdict=judge(interval, p, least, b_mean - a_mean, better),
        difference=b_mean - a_mean,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        least_p=least,
    )


def _known(figure: Figure, runs: Sequence[RunSummary]) -> tuple[float, ...]:
    return tuple(float(value) for value in map(figure, runs) if value is not None and math.isfinite(value))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _left_out(side: Literal["a", "b"], selection: Selection) -> tuple[LeftOut, ...]:
    warmups = [LeftOut(run.run_id, side, "warm-up") for run in selection.warmups]
    return (*(LeftOut(each.run_id, side, each.why) for each in selection.left_out), *warmups)


def _headline(metrics: Sequence[ComparedMetric], a: Selection, b: Selection) -> tuple[str, ...]:
    """The whole rate and the waits of each agent, or why there is none of it."""
    empty = [label for label, side in (("A", a), ("B", b)) if not side.runs]
    if empty:
        return (f"Nothing to compare: no run of {' and of '.join(empty)} counts.",)
    if not metrics:
        return ("Nothing to compare: no agent ran on both sides.",)
    main = [each for each in metrics if each.metric == "decode rate" or each.metric.startswith(WAITS)]
    return tuple(each.words for each in sorted(main, key=lambda each: each.metric != "decode rate"))
