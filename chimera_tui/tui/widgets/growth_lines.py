"""A plot of growing rows as lines: a column, what stands beside it over the same axis, and how the rows come."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from chimera_tui.domain.names import printable
from chimera_tui.tui import formatting
from chimera_tui.tui.widgets.growth_plot import Mark, Point, line_plot, mark_plot, span_of
from chimera_tui.tui.widgets.growth_plot import Span as Range
from chimera_tui.tui.widgets.growth_state import GrowthState, OwnRuns
from chimera_tui.tui.widgets.lines import Line, Span, cropped, fit, roomiest

if TYPE_CHECKING:
    from chimera_tui.domain.rows import Growth, GrowthSeries

_SCALE = 10
"""Cells beside a plot."""
_LEAST_PLOT = 3
"""Lines; what stands beside goes before a plot gets lower."""
_STEPS = 8
"""The axis of a file that grows gets longer by a step of its length over eight to sixteen."""
_MOST_NOTES = 3
"""Lines."""


class _Words(NamedTuple):
    """What a plot shows."""

    label: str
    figures: tuple[str, ...]
    """From long to short."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """One plot with its words."""

    words: tuple[_Words, ...]
    unit: str
    points: Sequence[Point] = ()
    marks: Sequence[Mark] = ()

    @property
    def head(self) -> int:
        """Lines of the words."""
        return 2 * len(self.words)

    @property
    def values(self) -> list[float]:
        return [value for _, value in self.points] + [value for _, value, _ in self.marks]


def growth_lines(state: GrowthState, now_s: float, width: int, height: int) -> list[Line]:
    """At most `height` lines of at most `width` cells; `now_s` is the clock of `state.told_s`."""
    growth = state.growth
    if growth is None:
        text, style = (f"! {state.error}", "bad") if state.error else ("reading …", "dim")
        return [((fit(f" {printable(text)}", width), style),)]
    foot = _foot(state, growth, now_s, width)
    strips = _strips(state, growth)
    while len(strips) > 1 and height - len(foot) - sum(each.head for each in strips) < _LEAST_PLOT * len(strips):
        strips.pop()
    if not strips:
        why = "no column of numbers" if growth.rows else "no rows yet: they will be drawn as they come"
        return [((fit(f" {why}", width), "dim"),), *foot][:height]
    grows = not state.gone and state.stands_ns(now_s) is None
    lines = [*_drawn(strips, growth, grows, width, height - len(foot)), *foot]
    return [cropped(line, width) for line in lines[:height]]


def _drawn(strips: Sequence[_Strip], growth: Growth, grows: bool, width: int, height: int) -> list[Line]:
    across = _across(strips, grows)
    room = max(len(strips), height - 1 - sum(each.head for each in strips))
    heights = [room // len(strips) + (index < room % len(strips)) for index in range(len(strips))]
    same = len({strip.unit for strip in strips}) == 1 and bool(strips[0].unit)
    together = span_of(value for strip in strips for value in strip.values)
    lines: list[Line] = []
    for index, (strip, tall) in enumerate(zip(strips, heights, strict=True)):
        style = "accent" if index == 0 else "good"
        up = together if same else span_of(strip.values)
        for label, figures in strip.words:
            lines.append(((fit(f" {label}", width), "title"),))
            lines.append(((fit(f"   {roomiest(width - 3, *figures)}", width), "value"),))
        lines += _plot(strip, across, up, width, tall, style)
    lines.append(_axis(across, growth, width))
    return lines


def _plot(strip: _Strip, across: Range, up: Range, width: int, height: int, style: str) -> list[Line]:
    cells = max(1, width - _SCALE - 1)
    line = line_plot(strip.points, across, up, cells, height)
    marks = mark_plot(strip.marks, across, up, cells, height)
    ends = [""] * height
    ends[-1] = formatting.sig3(up[0])
    ends[0] = formatting.sig3(up[1])
    return [
        ((fit(end, _SCALE - 1, right=True), "dim"), ("│", "dim"), *_overlaid(dots, letters, style))
        for end, dots, letters in zip(ends, line, marks, strict=True)
    ]


def _overlaid(dots: str, letters: str, style: str) -> Iterator[Span]:
    """The line with the letters over it."""
    pairs = zip(dots, letters, strict=True)
    for is_letter, part in groupby(pairs, lambda pair: pair[1] != " "):
        text = "".join(letter if is_letter else dot for dot, letter in part)
        yield text, "strong" if is_letter else style


def _strips(state: GrowthState, growth: Growth) -> list[_Strip]:
    main = state.series(state.chosen) or (growth.series[0] if growth.series else None)
    if main is None:
        return []
    strips = [_of_column(main, f"column {state.place(main.name)} of {len(growth.columns)}")]
    own, name = state.own, state.beside_name
    if own is not None:
        runs = _of_runs(own, state, growth)
        if runs.marks and runs.unit != main.unit:
            strips.append(runs)
        else:
            (first,) = strips
            strips = [replace(first, words=(*first.words, *runs.words), marks=runs.marks)]
    elif name and (beside := state.series(name)) is not None:
        strips.append(_of_column(beside, "beside it"))
    return strips


def _of_column(series: GrowthSeries, remark: str) -> _Strip:
    unit = printable(series.unit)
    names = ("last", "median", "min", "max")
    values = (series.last, series.median, series.min, series.max)
    figures = [f"{name} {formatting.sig3(value)}" for name, value in zip(names, values, strict=True)]
    if series.kept < series.count:
        figures[1] = figures[1].replace("median ", "median ≈")
    told = " · ".join(figures)
    label = f"{printable(series.name)}{f' · {unit}' if unit else ''} · {remark}"
    tail = f" {unit}" if unit else ""
    long = f"{told}{tail} · {formatting.count(series.count)} values"
    return _Strip((_Words(label, (long, f"{told}{tail}", told, figures[0])),), series.unit, points=series.points)


def _of_runs(own: OwnRuns, state: GrowthState, growth: Growth) -> _Strip:
    label = f"{own.name} · {own.unit} · beside it{' · SIMULATED' if own.simulated else ''}"

    def only(text: str) -> _Strip:
        return _Strip((_Words(label, (text,)),), own.unit)

    if growth.axis == "row":
        return only("our runs stand over time; below these rows stands none: x changes that")
    if state.runs is None:
        return only("reading …")
    across = _wide(growth)
    marks = [mark for mark in own.marks if across[0] <= mark[0] <= across[1]]
    elsewhere = len(own.marks) - len(marks)
    rest = f" · {elsewhere} at other times" if elsewhere else ""
    if not marks:
        return only(f"none of our runs was made at this time{rest}")
    low, high = min(value for _, value, _ in marks), max(value for _, value, _ in marks)
    told = f"A and B, * both · min {formatting.sig3(low)} · max {formatting.sig3(high)} {own.unit}"
    return _Strip((_Words(label, (f"{told}{rest}", told)),), own.unit, marks=marks)


def _wide(growth: Growth) -> Range:
    """The time of the rows, and as long again before and after it."""
    xs = [x for series in growth.series for x, _ in series.points]
    low, high = (min(xs), max(xs)) if xs else (0, 0)
    return low - (high - low), high + (high - low)


def _across(strips: Sequence[_Strip], grows: bool) -> Range:
    """With room at its end for what comes next: or each new row would move all that is drawn."""
    xs = [x for strip in strips for x, _ in strip.points] + [x for strip in strips for x, _, _ in strip.marks]
    low, high = (min(xs), max(xs)) if xs else (0, 1)
    if low == high:
        return low - 0.5, high + 0.5
    step = 2.0 ** math.floor(math.log2((high - low) / _STEPS))
    return low, low + math.ceil((high - low) / step) * step if grows else high


# ---- below the plots -------------------------------------------------------------------------------------


def _axis(across: Range, growth: Growth, width: int) -> Line:
    left, right = (_tick(each, across, growth) for each in across)
    room = width - _SCALE - 1
    gap = room - len(left) - len(right)
    text = left + " " * gap + right if gap > 0 else left
    return (" " * (_SCALE - 1), ""), ("└", "dim"), (fit(text, max(0, room)), "dim")


def _tick(x: float, across: Range, growth: Growth) -> str:
    if growth.axis == "row":
        return formatting.count(round(x))
    try:
        moment = datetime.fromtimestamp(x / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return formatting.MISSING
    same_day = across[1] - across[0] < 86_400e9
    return f"{moment:%H:%M:%S}" if same_day else f"{moment:%Y-%m-%d %H:%M}"


def _foot(state: GrowthState, growth: Growth, now_s: float, width: int) -> list[Line]:
    """How the rows come, what they stand over, what a person should know."""
    text, style = _how_it_grows(state, growth, now_s)
    pace = growth.rows_per_minute
    rows = f"{formatting.count(growth.rows)} row{'' if growth.rows == 1 else 's'}"
    per_minute = f" · {formatting.sig3(pace)} rows per minute" if pace is not None else ""
    lines = [cropped(((f" {rows}{per_minute} · ", "value"), (text, style)), width)]
    lines.append(((fit(f" over {_over(growth)}", width), "label"),))
    notes = [f"! {state.error}"] if state.error else []
    notes += growth.notes
    told = textwrap.wrap(printable(" · ".join(notes)), max(10, width - 2)) if notes else []
    if len(told) > _MOST_NOTES:
        told = [*told[: _MOST_NOTES - 1], f"{told[_MOST_NOTES - 1]} …"]
    return lines + [((fit(f" {line}", width), "warn" if state.error else "dim"),) for line in told]


def _how_it_grows(state: GrowthState, growth: Growth, now_s: float) -> tuple[str, str]:
    if state.gone:
        return f"! {state.gone}", "warn"
    stands_ns = state.stands_ns(now_s)
    if not growth.rows:
        return "nothing in it yet", "dim"
    if stands_ns is None:
        return "grows", "good"
    return f"stands since {_how_long(stands_ns)}", "label"


def _how_long(ns: int) -> str:
    """In steps of a minute, then coarser: a screen on which nothing happens hardly moves."""
    minutes = ns // 60_000_000_000
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2_880 else f"{minutes // 1_440} d"


def _over(growth: Growth) -> str:
    if growth.axis == "row":
        return "the number of the row"
    if growth.axis == "time":
        return f"time (UTC), by the column {printable(growth.time_column)}"
    exact = formatting.duration(growth.resolution_ns)
    return f"time (UTC) at which the row appeared, to {exact}; rows that were there before have none"
