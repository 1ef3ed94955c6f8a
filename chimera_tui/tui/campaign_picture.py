"""A campaign's view, arranged for looking things up: what list, map and lines of its screen are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from chimera_tui.domain.campaign import Cell
from chimera_tui.domain.campaign_view import Alert, CampaignView, CellFigure, CellProgress
from chimera_tui.tui.campaign_words import BEST, RIVAL, Measure, Scale, measures_of, scale_of

Slice = dict[tuple[str, str, str], Cell]
"""(value across, value down, value of the stacked axis) → cell."""


@dataclass(frozen=True, slots=True)
class MapAxes:
    """Which axes the map is spread over; empty where the campaign has fewer."""

    across: str = ""
    down: str = ""
    stacked: str = ""
    """A third one, whose values stand below each other."""

    def step(self, axes: tuple[str, ...], which: str) -> MapAxes:
        """The next axis across (`x`) or down (`y`); one that the other side has changes places with it."""
        if len(axes) < 2:
            return self
        here, there = (self.across, self.down) if which == "x" else (self.down, self.across)
        following = axes[(axes.index(here) + 1) % len(axes)] if here in axes else axes[0]
        moved = (following, here if following == there else there)
        return MapAxes(*moved) if which == "x" else MapAxes(moved[1], moved[0])


class Column(NamedTuple):
    """One figure over all cells."""

    scale: Scale
    low: float
    """Least mean of all; 0 while there is none."""
    high: float
    ends: tuple[float, float]
    """Of all intervals."""
    best: str
    """Id of the best cell; empty while none is known."""
    rivals: frozenset[str]

    def mark(self, cell_id: str) -> str:
        """`★` of the best, `☆` of one that can not be told from it, else empty."""
        return BEST if cell_id == self.best else RIVAL if cell_id in self.rivals else ""

    def share(self, value: float) -> float:
        """Where a mean lies between the least and the largest of all, 0…1; 1 when all are equal."""
        return (value - self.low) / (self.high - self.low) if self.high > self.low else 1.0


class CampaignPicture:
    """One view of a campaign. Cells are known by their id, or by their place in the plan, from 0."""

    def __init__(self, view: CampaignView) -> None:
        self.view = view
        self.cells = view.plan.cells
        self._places = {cell.cell_id: place for place, cell in enumerate(self.cells)}
        self._progress = {progress.cell_id: progress for progress in view.progress}
        self._alerts: dict[str, list[Alert]] = {}
        for alert in view.alerts:
            self._alerts.setdefault(alert.cell_id, []).append(alert)
        self._columns: dict[Measure, Column] = {}
        self._slice: tuple[object, Slice] = (None, {})
        """The newest one and what it was asked for: it is drawn again and again while the cursor walks in it."""

    # ---- cells ---------------------------------------------------------------------------------------

    def place(self, cell_id: str) -> int | None:
        return self._places.get(cell_id)

    def label(self, cell_id: str) -> str:
        place = self.place(cell_id)
        return cell_id if place is None else self.cells[place].label

    def brief(self, cell_id: str) -> str:
        """Its values alone, for where there is no room for the label: `gemma3:latest · 80 · 512`."""
        place = self.place(cell_id)
        values = () if place is None else tuple(column[place] or "–" for column in self.values.values())
        return " · ".join(values) or self.label(cell_id)

    def progress(self, cell_id: str) -> CellProgress | None:
        return self._progress.get(cell_id)

    def alerts(self, cell_id: str) -> list[Alert]:
        return self._alerts.get(cell_id, [])

    # ---- figures -------------------------------------------------------------------------------------

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Grounding only where it goes by that, or has some."""
        graded = self.view.plan.rules.repeat.metric == "grounding" or any(
            figure.metric == "grounding" for cell in self.view.progress for figure in cell.figures
        )
        return tuple(each for each in measures_of(self.view.plan) if graded or each.metric != "grounding")

    def figure(self, cell_id: str, measure: Measure) -> CellFigure | None:
        """None while no run of the cell tells it."""
        progress = self._progress.get(cell_id)
        if progress is None:
            return None
        found = (each for each in progress.figures if (each.metric, each.agent) == measure)
        figure = next(found, None)
        return None if figure is None or figure.mean is None else figure

    def column(self, measure: Measure) -> Column:
        known = self._columns.get(measure)
        if known is None:
            known = self._columns[measure] = self._make_column(measure)
        return known

    def _make_column(self, measure: Measure) -> Column:
        figures = [figure for cell in self.cells if (figure := self.figure(cell.cell_id, measure)) is not None]
        means = [figure.mean for figure in figures if figure.mean is not None]
        ends = [end for figure in figures for end in (figure.low, figure.high) if end is not None] + means
        best = next((each for each in self.view.best if (each.metric, each.agent) == measure), None)
        return Column(
            scale_of(measure, means),
            min(means, default=0.0),
            max(means, default=0.0),
            (min(ends, default=0.0), max(ends, default=0.0)),
            best.cell_id if best is not None else "",
            frozenset(best.rivals) if best is not None else frozenset(),
        )

    # ---- axes ----------------------------------------------------------------------------------------

    @cached_property
    def values(self) -> dict[str, tuple[str, ...]]:
        """Axis → its value for each cell, of all axes in which cells differ, in the order of the file."""
        told = [dict(cell.values) for cell in self.cells]
        names = dict.fromkeys(name for values in told for name in values)
        columns = {name: tuple(values.get(name, "") for values in told) for name in names}
        return {name: column for name, column in columns.items() if len(set(column)) > 1}

    @cached_property
    def axes(self) -> tuple[str, ...]:
        return tuple(self.values)

    @cached_property
    def steps(self) -> dict[str, tuple[str, ...]]:
        """Axis → its different values in the order of the file; one, empty, for no axis."""
        return {"": ("",)} | {axis: tuple(dict.fromkeys(column)) for axis, column in self.values.items()}

    @cached_property
    def map_axes(self) -> MapAxes:
        """Where the map begins: the two axes with the most values, the longer one downwards, where room is."""
        ranked = sorted(self.axes, key=lambda axis: -len(self.steps[axis]))[:2]
        return MapAxes(*reversed(ranked))

    def fixed(self, axes: MapAxes, place: int) -> tuple[tuple[str, str], ...]:
        """The axes that the map is not spread over, with the values of one cell."""
        shown = (axes.across, axes.down, axes.stacked)
        return tuple((axis, column[place]) for axis, column in self.values.items() if axis not in shown)

    def at(self, axes: MapAxes, place: int) -> tuple[str, str, str]:
        """(value across, value down, value of the stacked axis) of one cell; empty for no axis."""
        across, down, stacked = map(self.values.get, (axes.across, axes.down, axes.stacked))
        return (
            across[place] if across else "",
            down[place] if down else "",
            stacked[place] if stacked else "",
        )

    def slice(self, axes: MapAxes, place: int) -> Slice:
        """The cells that are like one cell in all axes that the map is not spread over."""
        asked = (axes, self.fixed(axes, place))
        if self._slice[0] != asked:
            held = [(self.values[axis], value) for axis, value in asked[1]]
            found: Slice = {}
            for number, cell in enumerate(self.cells):
                if all(column[number] == value for column, value in held):
                    found.setdefault(self.at(axes, number), cell)
            self._slice = (asked, found)
        return self._slice[1]
