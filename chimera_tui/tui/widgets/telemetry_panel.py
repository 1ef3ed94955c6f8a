"""The hardware of the last two minutes: small plots with value and spread, as many as the panel has room for."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from chimera_tui.domain.names import printable
from chimera_tui.tui.projection import SAMPLES_KEPT, Projection
from chimera_tui.tui.timing import once
from chimera_tui.tui.widgets import braille
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, fit
from chimera_tui.tui.widgets.telemetry_series import Remark, Series, remarks_of, series_of

if TYPE_CHECKING:
    from chimera_tui.domain.telemetry import TelemetrySample

SPAN_NS = SAMPLES_KEPT * 1_000_000_000
"""What a plot reaches back."""
SAMPLE_NS = 1_000_000_000
REDRAW_S = 0.5
"""Least pause between two redraws."""
TALL = 8
"""From this many lines on, the panel is one column with a head, and plots may be taller than a line."""

LABEL = 8
LEAST_PLOT = 8
"""Cells; the spread goes before a plot gets narrower."""
LEAST_SLOT = 40
"""Cells that one plot needs with its label and value."""
_TALLER = ("GPU", "power", "CPU", "VRAM")
"""What gets the lines that are left over, in this order."""


def telemetry_lines(
    samples: Sequence[TelemetrySample], width: int, height: int, *, plots: bool = True
) -> list[Line]:
    """At most `height` lines of at most `width` cells; without `plots`, means stand in their place."""
    if not samples:
        return [((fit(" telemetry: a sample a second, beside every run", width), "dim"),)]
    series, remarks = series_of(samples), remarks_of(samples)
    if height >= TALL:
        return _column(samples, series, remarks, width, height, plots=plots)
    return _grid(series, remarks, width, height, plots=plots)


def _column(
    samples: Sequence[TelemetrySample],
    series: list[Series],
    remarks: list[Remark],
    width: int,
    height: int,
    *,
    plots: bool,
) -> list[Line]:
    """A head, plots below each other, remarks at the end."""
    name = printable(samples[-1].gpus[0].name) if samples[-1].gpus else ""
    head = f" last 2 min{f' · {name}' if name else ''}"
    lines: list[Line] = [((fit(head, width), "title"),)]
    told = _fold(remarks, max(1, height - 1 - len(series)))
    series = series[: height - 1 - len(told)]
    words = _words(series, width)
    heights = _heights(series, height - 1 - len(told)) if plots else [1] * len(series)
    for each, tall in zip(series, heights, strict=True):
        lines += _slot(each, width, tall, words) if plots else [_figures(each, width, words)]
    return lines + [((fit(f" {printable(remark.text)}", width), remark.style),) for remark in told]


def _fold(remarks: list[Remark], room: int) -> list[Remark]:
    """The first remarks, with a count of those that have no line."""
    if len(remarks) <= room:
        return remarks
    kept = remarks[:room]
    rest = f"  +{len(remarks) - room} more"
    return [*kept[:-1], Remark(kept[-1].text + rest, kept[-1].style)]


def _heights(series: Sequence[Series], lines: int) -> list[int]:
    """Every plot has a line; what is left over goes to the most telling ones, up to three lines each."""
    heights = [1] * len(series)
    order = sorted(
        range(len(series)),
        key=lambda i: _TALLER.index(series[i].label) if series[i].label in _TALLER else len(_TALLER) + i,
    )
    left = lines - len(series)
    for tall in (2, 3):
        for index in order:
            if left > 0:
                heights[index] = tall
                left -= 1
    return heights


def _grid(series: list[Series], remarks: list[Remark], width: int, height: int, *, plots: bool) -> list[Line]:
    """Plots of one line in as many columns as fit; a remark takes the last place."""
    told = _fold(remarks, 1)
    wanted = -(-(len(series) + len(told)) // max(1, height))
    columns = max(1, min(wanted, width // LEAST_SLOT))
    slot = width // columns
    shown = series[: columns * height - len(told)]
    words = [_words(shown[x::columns], slot) for x in range(columns)]
    places: list[Line] = [
        _slot(each, slot, 1, words[n % columns])[0] if plots else _figures(each, slot, words[n % columns])
        for n, each in enumerate(shown)
    ]
    places += [((fit(f" {printable(remark.text)}", slot), remark.style),) for remark in told]
    rows: list[Line] = []
    for y in range(min(height, -(-len(places) // columns))):
        rows.append(tuple(span for line in places[y * columns : (y + 1) * columns] for span in line))
    return rows


def _words(series: Sequence[Series], width: int) -> tuple[int, int]:
    """Cells of value and spread beside the plots of one column: a value is never cut, a spread may go."""
    now = max((len(each.now) for each in series), default=0) + 1
    room = width - LABEL - now - LEAST_PLOT
    return now, max((wide for each in series if (wide := len(each.spread) + 1) <= room), default=0)


def _slot(series: Series, width: int, height: int, words: tuple[int, int]) -> list[Line]:
    """Label, plot, value and spread in exactly `width` cells; a taller plot has its words in its last line."""
    now, spread = words
    cells = max(1, width - LABEL - now - spread)
    bins = braille.binned(series.points, 2 * cells, SPAN_NS)
    reach = 2 * cells * SAMPLE_NS // SPAN_NS + 1
    drawn = braille.plot(braille.bridged(bins, reach), series.low, series.high, height)
    lines: list[Line] = []
    for y, plot in enumerate(drawn):
        last = y == height - 1
        spans: list[Span] = [
            (fit(f" {series.label}" if last else "", LABEL), "label"),
            (plot, "accent"),
            (fit(f" {series.now}" if last else "", now), "value"),
            (fit(f" {series.spread}" if last and len(series.spread) < spread else "", spread), "dim"),
        ]
        lines.append(tuple(spans))
    return lines


def _figures(series: Series, width: int, words: tuple[int, int]) -> Line:
    """Label, value, mean and spread in exactly `width` cells."""
    now, spread = words
    mean = max(0, width - LABEL - now - spread)
    return (
        (fit(f" {series.label}", LABEL), "label"),
        (fit(f" {series.now}", now), "value"),
        (fit(f" ⌀ {series.mean}" if len(series.mean) + 3 <= mean else "", mean), "dim"),
        (fit(f" {series.spread}" if len(series.spread) < spread else "", spread), "dim"),
    )


class TelemetryPanel(LinesWidget):
    """Give it the projection with `update`; it redraws at most twice a second."""

    def __init__(self, *, plots: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plots = plots
        self._projection = Projection()
        self._newest: TelemetrySample | None = None
        self._next_paint = 0.0
        self._timer: TimerHandle | None = None

    def update(self, projection: Projection) -> None:
        """Costs nothing while there is no new sample."""
        newest = projection.samples[-1] if projection.samples else None
        if newest is self._newest and projection is self._projection:
            return
        self._projection, self._newest = projection, newest
        wait = self._next_paint - monotonic()
        if wait <= 0:
            self._paint_and_rest()
        elif self._timer is None:
            self._timer = once(self, wait, self._paint_and_rest)

    def _paint_and_rest(self) -> None:
        self._timer = None
        self._next_paint = monotonic() + REDRAW_S
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        if self.size.width and self.size.height:
            width, height = self.size
            self.show(telemetry_lines(self._projection.samples, width, height, plots=self._plots))
