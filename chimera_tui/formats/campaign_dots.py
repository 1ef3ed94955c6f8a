"""A picture of one figure: a row for each cell, a dot for each agent, and its 95 % interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chimera_tui.domain.campaign_view import CellFigure
from chimera_tui.domain.conclusion import CellResult, Conclusion
from chimera_tui.domain.conclusion_text import figure_text
from chimera_tui.formats.campaign_scales import Scale, scale_of
from chimera_tui.formats.elements import Child, Markup, element

WIDTH = 860.0
_LEFT = 336.0
_RIGHT = 24.0
_TOP = 30.0
_ROW = 26.0
_BOTTOM = 44.0
_LABEL = 46
"""Most characters of a cell's label; all of it stands in the tooltip and in the tables."""
MOST_ROWS = 120
"""A picture of more is no picture: the rest is in the tables."""


def dot_plot(conclusion: Conclusion, metric: str) -> Markup | None:
    """None when no cell has this figure."""
    rows = [
        (cell, found)
        for cell in conclusion.cells
        if (found := [each for each in cell.figures if each.metric == metric and each.mean is not None])
    ][:MOST_ROWS]
    if not rows:
        return None
    unit = rows[0][1][0].unit
    values = [
        bound
        for _, figures in rows
        for each in figures
        for bound in (each.mean, each.low, each.high)
        if bound is not None
    ]
    scale = scale_of(values, unit, _LEFT, WIDTH - _RIGHT)
    height = _TOP + _ROW * len(rows) + _BOTTOM
    return element(
        "svg",
        element("title", f"{metric} of each cell with its 95 % interval"),
        *_stripes(len(rows)),
        *_axis(scale, metric, height),
        *(
            mark
            for place, (cell, figures) in enumerate(rows)
            for mark in _row(conclusion, cell, figures, place, scale)
        ),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {height:g}",
        role="img",
        class_="picture",
    )


def _axis(scale: Scale, metric: str, height: float) -> Iterator[Child]:
    bottom = height - _BOTTOM
    for tick in scale.ticks:
        x = scale.at(tick)
        yield element("line", x1=x, y1=_TOP - 6, x2=x, y2=bottom, class_="grid")
        yield element("text", scale.words(tick), x=x, y=bottom + 16, text_anchor="middle", class_="tick")
    name = f"{metric}, {scale.unit}"
    yield element("text", name, x=(_LEFT + WIDTH - _RIGHT) / 2, y=bottom + 36, text_anchor="middle", class_="name")


def _stripes(rows: int) -> Iterator[Child]:
    for place in range(1, rows, 2):
        yield element("rect", x=0, y=_TOP + _ROW * place, width=WIDTH, height=_ROW, class_="stripe")


def _row(
    conclusion: Conclusion, cell: CellResult, figures: Sequence[CellFigure], place: int, scale: Scale
) -> Iterator[Child]:
    middle = _TOP + _ROW * (place + 0.5)
    label = cell.label if len(cell.label) <= _LABEL else f"{cell.label[: _LABEL - 1]}…"
    yield element("text", f"{cell.number}", x=26, y=middle + 4, text_anchor="end", class_="number")
    yield element("text", element("title", cell.label), label, x=36, y=middle + 4, class_="label")
    for index, figure in enumerate(figures):
        shift = 0.0 if len(figures) == 1 else 6.0 * (2 * index - 1)
        yield _dot(conclusion, cell, figure, middle + shift, scale)


def _dot(conclusion: Conclusion, cell: CellResult, figure: CellFigure, y: float, scale: Scale) -> Markup:
    """A circle for A, a square for B, a diamond for the whole run; hollow where it is behind the
    best, small where it is not ranked."""
    mean = figure.mean or 0.0
    x = scale.at(mean)
    marks: list[Child] = []
    if figure.low is not None and figure.high is not None:
        low, high = scale.at(figure.low), scale.at(figure.high)
        marks += [
            element("line", x1=low, y1=y, x2=high, y2=y, class_="span"),
            element("line", x1=low, y1=y - 3, x2=low, y2=y + 3, class_="span"),
            element("line", x1=high, y1=y - 3, x2=high, y2=y + 3, class_="span"),
        ]
    ranking = conclusion.ranking(figure.metric, figure.agent)
    best = ranking is not None and ranking.best_cell == cell.cell_id
    beaten = ranking is not None and any(
        each.cell_id == cell.cell_id and each.is_behind for each in ranking.rivals
    )
    is_ranked = best or (ranking is not None and any(each.cell_id == cell.cell_id for each in ranking.rivals))
    marks.append(shape(figure.agent, x, y, filled=not beaten, size=4.5 if is_ranked else 2.5))
    if best:
        right = scale.at(figure.high) if figure.high is not None else x
        at_end = right > WIDTH - _RIGHT - 40
        left = scale.at(figure.low) if figure.low is not None else x
        marks.append(
            element(
                "text",
                "best",
                x=left - 6 if at_end else right + 6,
                y=y + 4,
                text_anchor="end" if at_end else "start",
                class_="best",
            )
        )
    who = f"agent {figure.agent.upper()}: " if figure.agent else ""
    title = f"cell {cell.number}, {who}{figure_text(figure)}, n = {figure.n}"
    return element("g", element("title", title), *marks, class_=f"agent-{figure.agent or 'both'}")


def shape(agent: str, x: float, y: float, *, filled: bool, size: float = 4.5) -> Markup:
    """What stands for an agent in every picture, without regard to colour."""
    kind = "full" if filled else "hollow"
    if agent == "a":
        return element("circle", cx=x, cy=y, r=size, class_=f"dot {kind}")
    if agent == "b":
        return element("rect", x=x - size, y=y - size, width=2 * size, height=2 * size, class_=f"dot {kind}")
    far = size * 1.35
    points = f"{x:g},{y - far:g} {x + far:g},{y:g} {x:g},{y + far:g} {x - far:g},{y:g}"
    return element("polygon", points=points, class_=f"dot {kind}")
