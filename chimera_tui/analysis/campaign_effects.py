"""Main effects: what an axis does to a figure, averaged over the other axes where they are balanced."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chimera_tui.analysis.campaign_cells import CellRuns
from chimera_tui.analysis.campaign_design import Design, design_of, levels_of
from chimera_tui.analysis.campaign_figures import Measure, measures
from chimera_tui.analysis.intervals import ALPHA, FEWEST_FOR_INTERVAL, RESAMPLES, SEED
from chimera_tui.domain.campaign import CampaignPlan, Cell
from chimera_tui.domain.comparison_text import factor_text, is_factor, percent_text
from chimera_tui.domain.conclusion import Level, MainEffect
from chimera_tui.domain.conclusion_text import WAYS, signed_span, subject
from chimera_tui.domain.options import AgentId

_LEAST_SHARE = 5 / RESAMPLES
"""Farther out the resamples are too few for a percentile."""


def effects_of(plan: CampaignPlan, cells: Sequence[CellRuns]) -> tuple[MainEffect, ...]:
    """Axis by axis, one for each figure of which two values of the axis have runs."""
    agents = [agent for agent in AgentId if any(agent in each.cell.agents for each in cells)]
    samples = [_Samples(measure, cells) for measure in measures(agents)]
    found = (_effect(axis, plan.axes, each) for axis in plan.axes for each in samples)
    return tuple(effect for effect in found if effect is not None)


class _Samples:
    """One figure's values by cell, and the means of the resampled ones, drawn once for all axes."""

    def __init__(self, measure: Measure, cells: Sequence[CellRuns]) -> None:
        self.measure = measure
        # wall times of one agent alone are of another piece of work than those of both
        pairs = any(len(each.cell.agents) == 2 for each in cells)
        of_all = [each for each in cells if measure.agent or not pairs or len(each.cell.agents) == 2]
        values = {each.cell.cell_id: measure.values(each.runs) for each in of_all}
        self.cells = tuple(each.cell for each in of_all if values[each.cell.cell_id])
        self.values = {cell.cell_id: values[cell.cell_id] for cell in self.cells}
        self._resampled: dict[str, Any] = {}

    def enough(self) -> tuple[Cell, ...]:
        """Cells whose values let an interval be told."""
        return tuple(cell for cell in self.cells if len(self.values[cell.cell_id]) >= FEWEST_FOR_INTERVAL)

    def mean(self, cell_id: str) -> float:
        values = self.values[cell_id]
        return sum(values) / len(values)

    def df(self, cells: Sequence[str]) -> int:
        """Degrees of freedom of their spread: what a mean takes away of each cell is gone."""
        return sum(len(self.values[cell]) - 1 for cell in cells)

    def resampled(self, cell_id: str) -> Any:
        """Means of the bootstrap's samples; drawn wider by √(n / (n − 1)), since a bootstrap of n values has a
        spread that is too small by that (Hesterberg 2015, What teachers should know about the bootstrap)."""
        if cell_id not in self._resampled:
            import numpy

            values = numpy.array(sorted(self.values[cell_id]))
            n = len(values)
            # of the cell alone, so that other cells do not change it
            drawn = numpy.random.default_rng([SEED, zlib.crc32(cell_id.encode())])
            means = values[drawn.integers(0, n, size=(RESAMPLES, n))].mean(axis=1)
            middle = values.mean()
            self._resampled[cell_id] = middle + (means - middle) * math.sqrt(n / (n - 1))
        return self._resampled[cell_id]


@dataclass(frozen=True, slots=True)
class _Largest:
    """The two levels that lie farthest apart."""

    worst: str
    best: str
    percent: float | None
    low: float | None
    high: float | None


def _effect(axis: str, axes: Sequence[str], samples: _Samples) -> MainEffect | None:
    if len(levels_of(axis, samples.cells)) < 2:
        return None
    measure = samples.measure
    design, wide = design_of(axis, axes, samples.enough()), False
    if len(design.levels) < 2:
        design, wide = design_of(axis, axes, samples.cells), True
    name = subject(measure.metric, measure.agent)
    if len(design.levels) < 2:
        words = f"{axis}: its effect on {name} can not be told"
        return MainEffect(
            axis, measure.metric, measure.agent, measure.unit, (), words=words, cautions=design.cautions
        )
    levels = _levels(design, samples, with_intervals=not wide)
    means = {level.value: level.mean for level in levels}
    largest = _largest(design, samples, means, len(axes), with_interval=not wide)
    shown = largest.low is not None and largest.high is not None and not largest.low <= 0 <= largest.high
    turned = _turned(design, samples, largest) if shown else ()
    return MainEffect(
        axis,
        measure.metric,
        measure.agent,
        measure.unit,
        levels,
        largest.worst,
        largest.best,
        largest.percent,
        largest.low,
        largest.high,
        shown,
        _words(axis, measure, largest, shown),
        (*design.cautions, *turned),
    )


def _levels(design: Design, samples: _Samples, *, with_intervals: bool) -> tuple[Level, ...]:
    means = {level: _mean([samples.mean(cell) for cell in design.cells[level]]) for level in design.levels}
    middle = _mean(list(means.values()))
    found: list[Level] = []
    for level, cells in design.cells.items():
        low, high = (
            _bounds(_marginal(samples, cells), ALPHA, samples.df(cells)) if with_intervals else (None, None)
        )
        runs = sum(len(samples.values[cell]) for cell in cells)
        percent = 100 * (means[level] / middle - 1) if middle else None
        found.append(Level(level, len(cells), runs, means[level], low, high, percent))
    return tuple(found)


def _largest(
    design: Design, samples: _Samples, means: Mapping[str, float], axes: int, *, with_interval: bool
) -> _Largest:
    """The interval is one of all pairs of levels and all axes at once (Bonferroni): these two were picked for
    their distance, and of many axes one is likely to seem to matter."""
    worst_first = sorted(design.levels, key=lambda level: means[level], reverse=not samples.measure.more)
    worst, best = worst_first[0], worst_first[-1]
    if means[worst] <= 0:
        return _Largest(worst, best, None, None, None)
    low = high = None
    if with_interval:
        ratio = _marginal(samples, design.cells[best]) / _marginal(samples, design.cells[worst])
        df = samples.df((*design.cells[best], *design.cells[worst]))
        low, high = _bounds(100 * (ratio - 1), ALPHA / math.comb(len(design.levels), 2) / axes, df)
    return _Largest(worst, best, 100 * (means[best] / means[worst] - 1), low, high)


def _marginal(samples: _Samples, cells: Sequence[str]) -> Any:
    """Every setting of the other axes weighs the same, however many runs it has."""
    return sum(samples.resampled(cell) for cell in cells) / len(cells)


def _bounds(values: Any, alpha: float, df: int) -> tuple[float | None, float | None]:
    """Percentiles that lie as far out as Student's t with these degrees of freedom lies beyond the normal: the
    expanded percentile interval (Hesterberg 2015)."""
    import numpy
    from scipy.special import ndtr, stdtrit

    share = max(float(ndtr(stdtrit(df, alpha / 2))), _LEAST_SHARE)
    low, high = (float(bound) for bound in numpy.quantile(values, (share, 1 - share)))
    return (low, high) if math.isfinite(low) and math.isfinite(high) else (None, None)


def _turned(design: Design, samples: _Samples, largest: _Largest) -> tuple[str, ...]:
    """A caution when the effect is the other way round at some settings of the other axes, by the means."""
    pairs = list(zip(design.cells[largest.worst], design.cells[largest.best], strict=True))
    turned = sum(samples.measure.better(samples.mean(worst), samples.mean(best)) for worst, best in pairs)
    if not turned:
        return ()
    return (f"the other way round at {turned} of {len(pairs)} settings of the other axes, by the means",)


def _words(axis: str, measure: Measure, largest: _Largest, shown: bool) -> str:
    name = subject(measure.metric, measure.agent)
    percent, low, high = largest.percent, largest.low, largest.high
    if percent is None or low is None or high is None:
        return f"{axis}: too few runs to show an effect on {name}"
    pair = f"with {largest.best} than with {largest.worst}"
    if not shown:
        return (
            f"{axis}: no effect on {name} can be shown; from {largest.worst} to {largest.best} it changes by "
            f"{signed_span(low, high)} (95 % interval)"
        )
    if is_factor(percent):
        bounds = f"95 % interval {factor_text(low)}–{factor_text(high)}×"
        pair = f"with {largest.best} as with {largest.worst}"
        way = "high" if measure.metric == "grounding" else "fast"
        return f"{axis}: {name} is {factor_text(percent)}× as {way} ({bounds}) {pair}"
    near, far = sorted((abs(low), abs(high)))
    bounds = f"95 % interval {percent_text(near)}–{percent_text(far)} %"
    return f"{axis}: {name} is {percent_text(abs(percent))} % {WAYS[measure.metric][0]} ({bounds}) {pair}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
