"""The heat map of a campaign as lines: the cells over two axes, each with its number and a shade."""

from __future__ import annotations

from chimera_tui.domain.campaign import Cell
from chimera_tui.tui import formatting
from chimera_tui.tui.campaign_words import BEST, CELL_SIGNS, RIVAL, half_width_text, value_words
from chimera_tui.tui.widgets.campaign_geometry import Geometry, MapView, geometry, stacked
from chimera_tui.tui.widgets.lines import Line, Span, cropped, fit, line_width

SHADES = 10
SHADE = "shade-"
"""Prefix of a style's name, before 0 for the worst to 9 for the best: also `shade-3+strong`."""


def map_lines(view: MapView, width: int, height: int) -> list[Line]:
    view, shown, legend = arranged(view, width, height)
    lines = [_title(view), *_fixed(view), *_axes(view, shown)]
    for row in shown.rows:
        if shown.part and row % shown.part == 0:
            lines.append(_part_title(view, row // shown.part))
        lines += _row(view, row, shown)
    lines = [cropped(line, width) for line in lines]
    return [*lines[: max(0, height - len(legend) - 1)], (), *(cropped(line, width) for line in legend)]


def arranged(view: MapView, width: int, height: int) -> tuple[MapView, Geometry, list[Line]]:
    """(what is shown, where, the legend below it), for so much room."""
    legend = _legend(view, width)
    height -= len(legend) + 1
    view = stacked(view, height)
    return view, geometry(view, width, height), legend


def _title(view: MapView) -> Line:
    scale = view.picture.column(view.measure).scale
    better = "lower is better" if view.measure.lower_is_better else "higher is better"
    return ((f" {view.measure.words}, {scale.unit}", "title"), (f"   {better}", "dim"))


def _fixed(view: MapView) -> list[Line]:
    """What the cells of the map have in common, when there are more axes than two."""
    fixed = view.picture.fixed(view.axes, view.place)
    if not fixed:
        return []
    told = " · ".join(f"{value_words(axis)} {value_words(value)}" for axis, value in fixed)
    return [((" at ", "label"), (told, "value"), (", as the cell under the cursor", "dim"))]


def _axes(view: MapView, shown: Geometry) -> list[Line]:
    down = f"{value_words(view.axes.down)} ↓" if view.axes.down else ""
    across = f"  {value_words(view.axes.across)} →" if view.axes.across else ""
    hidden = _seen(shown.columns, len(view.across)), _seen(shown.rows, view.rows)
    across += hidden[0] + (f" · ↓{hidden[1]}" if hidden[1] else "")
    wide = shown.cell[0]
    values = [
        fit(f"{value_words(view.across[column])} ", wide, right=True) if view.axes.across else ""
        for column in shown.columns
    ]
    return [
        ((" " * shown.label, ""), (across, "label")),
        ((fit(f" {down}", shown.label), "label"), ("".join(values), "label")),
    ]


def _seen(shown: range, of: int) -> str:
    """Which ones can be seen; empty for all of them."""
    return "" if len(shown) == of else f" {shown.start + 1}–{shown.stop}/{of}"


def _part_title(view: MapView, part: int) -> Line:
    return ((f" {value_words(view.axes.stacked)} ", "label"), (value_words(view.parts[part]), "strong"))


def _row(view: MapView, row: int, shown: Geometry) -> list[Line]:
    """One row of the grid, as many lines as its cells are tall."""
    wide, tall = shown.cell
    lines: list[list[Span]] = [[(" " * shown.label, "")] for _ in range(tall)]
    lines[(tall - 1) // 2][0] = (
        fit(f" {value_words(view.down[row % len(view.down)])}" if view.axes.down else "", shown.label),
        "label",
    )
    for column in shown.columns:
        cell = view.cell(column, row)
        for line, span in zip(lines, _cell(view, cell, (column, row) == view.here, wide, tall), strict=True):
            line.append(span)
    return [tuple(line) for line in lines]


def _cell(view: MapView, cell: Cell | None, is_here: bool, wide: int, tall: int) -> list[Span]:
    """Its lines: the number in the middle, below it half of its interval where there is room."""
    if cell is None:
        first, second, style = "·  ", "", "dim"
    else:
        first, second, style = _told(view, cell)
    if is_here:
        style = "cursor"
    texts = [""] * tall
    texts[(tall - 1) // 2] = first
    if tall > 1:
        texts[(tall - 1) // 2 + 1] = second
    middle = (tall - 1) // 2
    spans: list[Span] = []
    for number, text in enumerate(texts):
        left, right = ("[", "]") if is_here and number == middle else (" ", " ")
        spans.append((left + fit(text, wide - 2, right=True) + right, style))
    return spans


def _told(view: MapView, cell: Cell) -> tuple[str, str, str]:
    """(number with its mark, half of its interval, style); a sign where there is no number yet."""
    column = view.picture.column(view.measure)
    figure = view.picture.figure(cell.cell_id, view.measure)
    progress = view.picture.progress(cell.cell_id)
    if figure is None or figure.mean is None:
        state = progress.state if progress is not None else "waiting"
        if state == "done":
            return formatting.MISSING, "", "dim"
        sign, style = CELL_SIGNS[state]
        return sign, "", style
    mark = column.mark(cell.cell_id)
    share = column.share(figure.mean)
    shade = shade_of(1.0 - share if view.measure.lower_is_better else share)
    text = f"{mark} {column.scale.text(figure.mean)}" if mark else column.scale.text(figure.mean)
    return text, half_width_text(figure), f"{shade}+strong" if mark == BEST else shade


def shade_of(goodness: float) -> str:
    """`shade-0` of the worst, 0, to `shade-9` of the best, 1."""
    return f"{SHADE}{min(SHADES - 1, int(goodness * SHADES))}"


def _legend(view: MapView, width: int) -> list[Line]:
    """What shades and signs mean, over as many lines as it needs."""
    column = view.picture.column(view.measure)
    parts: list[list[Span]] = []
    if column.high > 0:
        worst, best = (column.high, column.low) if view.measure.lower_is_better else (column.low, column.high)
        parts.append([
            (f"{column.scale.text(worst)} ", "label"),
            *((" ", f"{SHADE}{number}") for number in range(SHADES)),
            (f" {column.scale.text(best)} {column.scale.unit}", "label"),
        ])  # fmt: skip
    if column.best:
        parts.append([(BEST, "good"), (" best", "label")])
    if column.rivals:
        parts.append([(RIVAL, "accent"), (" not told from it", "label")])
    parts += [[("○", "dim"), (" no run yet", "label")], [("·", "dim"), (" no such cell", "label")]]
    lines: list[list[Span]] = [[(" ", "")]]
    for part in parts:
        if len(lines[-1]) > 1 and line_width((*lines[-1], *part)) + 3 > width:
            lines.append([(" ", "")])
        lines[-1] += [*([("   ", "")] if len(lines[-1]) > 1 else []), *part]
    return [tuple(line) for line in lines]
