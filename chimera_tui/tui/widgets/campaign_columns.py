"""The columns of a campaign's cells: what each shows of a cell, and which of them a width has room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from chimera_tui.domain.campaign import Cell
from chimera_tui.domain.campaign_view import CellFigure, CellProgress
from chimera_tui.domain.flags import DISTURBS
from chimera_tui.domain.names import printable
from chimera_tui.tui import formatting
from chimera_tui.tui.campaign_picture import CampaignPicture, Column
from chimera_tui.tui.campaign_words import BEST, CELL_SIGNS, WORSE, Measure, half_width_text
from chimera_tui.tui.widgets.lines import Line, Span, fit, roomiest

_SIGNS = 5
"""Cells before the columns: a space, state, mark of the best, a space after each."""
_GAP = "  "
_FIGURE, _HALF, _INTERVAL, _REMARKS = 7, 8, 16, 12
_WIDEST_NAME = 24
_LEAST_PLOT, _WIDEST_PLOT = 16, 48
_LEAST_LABEL = 12


@dataclass(frozen=True, slots=True)
class Axis:
    name: str
    width: int
    values: tuple[str, ...]
    """Of each cell, in the order of the plan."""
    right: bool
    """Whether all values are numbers."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns there are and how wide each is; 0 for one that has no room."""

    axes: tuple[Axis, ...]
    """Empty: the cell's label stands in their place."""
    label: int
    runs: int
    half: int
    interval: int
    plot: int
    remarks: int

    @property
    def names(self) -> int:
        return self.label or _joined([axis.width for axis in self.axes])

    @property
    def figures(self) -> int:
        """Of the figure with its uncertainty."""
        beside = self.interval or self.half
        return _FIGURE + (1 + beside if beside else 0)


def _joined(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * max(0, len(widths) - 1)


def layout_for(picture: CampaignPicture, width: int) -> Layout:
    """The names first, then the figure and how far the cell is, then what else there is room for."""
    most = max((progress.wanted for progress in picture.view.progress), default=0)
    runs = max(4, 2 * len(str(most)) + 1)
    left = width - _SIGNS - _joined([0, runs, _FIGURE])
    axes, label = _names(picture, left - 1 - _HALF, left - 1 - _HALF - len(_GAP) - _REMARKS)
    left -= label or _joined([axis.width for axis in axes])
    half = _HALF if left >= 1 + _HALF else 0
    left -= 1 + half if half else 0
    remarks = min(_REMARKS, max(0, left - len(_GAP)))
    remarks = remarks if remarks >= len("✗10") else 0
    left -= len(_GAP) + remarks if remarks else 0
    interval = _INTERVAL if half and left >= _INTERVAL - _HALF else 0
    left -= _INTERVAL - _HALF if interval else 0
    plot = min(_WIDEST_PLOT, left - len(_GAP))
    return Layout(axes, label, runs, half, interval, plot if plot >= _LEAST_PLOT else 0, remarks)


def _names(picture: CampaignPicture, most: int, room: int) -> tuple[tuple[Axis, ...], int]:
    """A column per axis with its whole name, or as wide as its values are; else (none, width of the label)."""
    columns: list[tuple[str, tuple[str, ...], int, bool]] = []
    for name, told in picture.values.items():
        values = tuple(map(printable, told))
        widest = max(map(cell_len, values))
        columns.append((printable(name), values, min(_WIDEST_NAME, widest), _all_numbers(values)))
    whole = [min(_WIDEST_NAME, max(cell_len(name), widest)) for name, _, widest, _ in columns]
    tight = [max(4, min(cell_len(name), 7), widest) for name, _, widest, _ in columns]
    for widths, limit in ((whole, room), (tight, most)):
        if columns and _joined(widths) <= limit:
            axes = zip(columns, widths, strict=True)
            return tuple(Axis(name, width, values, right) for (name, values, _, right), width in axes), 0
    longest = max((cell_len(cell.label) for cell in picture.cells), default=0)
    return (), max(_LEAST_LABEL, min(longest, most))


def _all_numbers(values: Sequence[str]) -> bool:
    return all(value.replace(".", "", 1).lstrip("-").isdigit() for value in values if value)


def titles_line(layout: Layout, column: Column, measure: Measure) -> Line:
    if layout.axes:
        names = _GAP.join(fit(axis.name, axis.width, right=axis.right) for axis in layout.axes)
    else:
        names = fit("cell", layout.names)
    named = f"{measure.words}, {column.scale.unit}"
    figure = fit(roomiest(layout.figures, f"{named}, 95 %", named, measure.words), layout.figures, right=True)
    titles = [" " * _SIGNS + names, fit("runs", layout.runs, right=True), figure]
    if layout.plot:
        low, high = (column.scale.text(end) for end in column.ends)
        titles.append(low + fit(high, layout.plot - cell_len(low), right=True))
    return ((_GAP.join(titles), "label"),)


def cell_line(picture: CampaignPicture, number: int, layout: Layout, measure: Measure) -> Line:
    cell, column = picture.cells[number], picture.column(measure)
    progress, figure = picture.progress(cell.cell_id), picture.figure(cell.cell_id, measure)
    sign, style = CELL_SIGNS[progress.state if progress is not None else "waiting"]
    mark = column.mark(cell.cell_id)
    is_out = progress is not None and progress.state in ("skipped", "given up")
    spans: list[Span] = [
        (f" {sign} ", style),
        (f"{mark or ' '} ", "good" if mark == BEST else "accent"),
        (_name(cell, number, layout), "dim" if is_out else "strong" if mark == BEST else "value"),
        (_GAP, ""),
        (fit(_runs(progress), layout.runs, right=True), "value" if progress and progress.done else "dim"),
        (_GAP, ""),
        *_figure(figure, layout, column, bold=mark == BEST),
    ]
    if layout.plot:
        spans += [(_GAP, ""), *_plot(figure, layout.plot, column, mark)]
    if layout.remarks:
        spans += [(_GAP, ""), *_remarks(picture, progress, layout.remarks)]
    return tuple(spans)


def _name(cell: Cell, number: int, layout: Layout) -> str:
    if not layout.axes:
        return fit(printable(cell.label), layout.label)
    return _GAP.join(fit(axis.values[number], axis.width, right=axis.right) for axis in layout.axes)


def _runs(progress: CellProgress | None) -> str:
    return "" if progress is None else f"{progress.done}/{max(progress.done, progress.wanted)}"


def _figure(figure: CellFigure | None, layout: Layout, column: Column, *, bold: bool) -> list[Span]:
    if figure is None:
        return [(fit(formatting.MISSING, _FIGURE, right=True) + " " * (layout.figures - _FIGURE), "dim")]
    spans: list[Span] = [(fit(column.scale.text(figure.mean), _FIGURE, right=True), "strong" if bold else "value")]
    if layout.interval:
        spans.append((" " + fit(column.scale.interval(figure), layout.interval), "dim"))
    elif layout.half:
        spans.append((" " + fit(half_width_text(figure), layout.half), "dim"))
    return spans


def _plot(figure: CellFigure | None, width: int, column: Column, mark: str) -> list[Span]:
    """The interval as a bar around its mean, on one scale for all cells."""
    if figure is None or figure.mean is None:
        return [(" " * width, "")]
    start, end = column.ends
    reach = end - start

    def at(value: float) -> int:
        return round((value - start) / reach * (width - 1)) if reach > 0 else width // 2

    mean = at(figure.mean)
    low, high = (mean if value is None else at(value) for value in (figure.low, figure.high))
    style = "good" if mark == BEST else "accent" if mark else "dim"
    return [
        (" " * low + "─" * (mean - low), style),
        ("●" if figure.low is not None else "○", style if mark else "value"),
        ("─" * (high - mean) + " " * (width - 1 - high), style),
    ]


def _remarks(picture: CampaignPicture, progress: CellProgress | None, width: int) -> list[Span]:
    """Worse than the baseline, failures, disturbed runs: the first ones stay when room gets scarce."""
    if progress is None:
        return []
    worst = max((alert.percent for alert in picture.alerts(progress.cell_id)), default=None)
    told: list[Span] = []
    if worst is not None:
        told.append((f"{WORSE}{formatting.sig3(worst)} %", "bad"))
    if progress.failed:
        told.append((f"✗{progress.failed}", "bad"))
    if progress.disturbed:
        told.append((f"{DISTURBS}{progress.disturbed}", "warn"))
    spans: list[Span] = []
    for text, style in told:
        if cell_len(text) + 1 > width:
            break
        spans.append((f"{text} ", style))
        width -= cell_len(text) + 1
    return spans
