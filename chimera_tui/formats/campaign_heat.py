"""A picture of one figure over two axes: the number in each field, and a shade that grows with how good it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from chimera_tui.domain.campaign import MORE_IS_BETTER, WHOLE_RUN, CampaignMetric, CampaignPlan
from chimera_tui.domain.comparison_text import value_text
from chimera_tui.domain.conclusion import Conclusion, MainEffect
from chimera_tui.domain.formatting import MISSING
from chimera_tui.formats.elements import Child, Markup, element

_LEFT, _TOP = 130.0, 52.0
_FIELD_WIDTH, _FIELD_HEIGHT = 92.0, 40.0
_MOST = 12
"""Values of one axis; a picture of more can not be read."""
_DARKEST = 0.55
_LABEL = 16
Fields = Mapping[tuple[str, str], float]


class _Shown(NamedTuple):
    """What the fields hold."""

    unit: str
    more: bool
    """Whether more is better."""


def heat_axes(conclusion: Conclusion, plan: CampaignPlan) -> tuple[str, str] | None:
    """The two axes that move rate and TTFT most: (across, down). None when fewer than two vary."""
    axes = list(plan.axes)
    if len(axes) < 2:
        return None
    weights = {axis: _weight(axis, conclusion.effects) for axis in axes}
    first, second = sorted(axes, key=lambda axis: (-weights[axis], axes.index(axis)))[:2]
    many = {axis: len(values_of(plan, axis)) for axis in (first, second)}
    return (first, second) if many[first] >= many[second] else (second, first)


def _weight(axis: str, effects: Sequence[MainEffect]) -> float:
    """An effect that is shown outweighs every one that is not."""
    mine = [
        each for each in effects if each.axis == axis and each.percent is not None and each.metric not in WHOLE_RUN
    ]
    return max((abs(each.percent or 0.0) + (1e6 if each.shown else 0.0) for each in mine), default=0.0)


def values_of(plan: CampaignPlan, axis: str) -> tuple[str, ...]:
    """In the order of the file; empty for cells that do not have the axis."""
    return tuple(dict.fromkeys(cell.value(axis) for cell in plan.cells))[:_MOST]


def heat_map(
    conclusion: Conclusion, plan: CampaignPlan, axes: tuple[str, str], metric: CampaignMetric, agent: str
) -> Markup | None:
    """Means over the other axes. None when no field has this figure."""
    fields = _fields(conclusion, plan, axes, metric, agent)
    if not fields:
        return None
    columns, rows = values_of(plan, axes[0]), values_of(plan, axes[1])
    shown = _Shown({"decode rate": "tok/s", "grounding": ""}.get(metric, "ns"), metric in MORE_IS_BETTER)
    width, height = _LEFT + _FIELD_WIDTH * len(columns) + 8, _TOP + _FIELD_HEIGHT * len(rows) + 8
    whose = f" of agent {agent.upper()}" if agent else ""
    return element(
        "svg",
        element("title", f"{metric}{whose} over {axes[0]} and {axes[1]}"),
        *_titles(axes, columns, rows),
        *(
            mark
            for down, row in enumerate(rows)
            for across, column in enumerate(columns)
            for mark in _field(fields, column, row, across, down, shown)
        ),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        class_=f"picture heat agent-{agent or 'both'}",
        style=f"max-width:{width:g}px",
    )


def _fields(
    conclusion: Conclusion, plan: CampaignPlan, axes: tuple[str, str], metric: str, agent: str
) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    results = {each.cell_id: each for each in conclusion.cells}
    for cell in plan.cells:
        told = results.get(cell.cell_id)
        figure = told.figure(metric, agent) if told else None
        if figure is not None and figure.mean is not None:
            found.setdefault((cell.value(axes[0]), cell.value(axes[1])), []).append(figure.mean)
    return {place: sum(means) / len(means) for place, means in found.items()}


def _titles(axes: tuple[str, str], columns: Sequence[str], rows: Sequence[str]) -> Iterator[Child]:
    middle = _LEFT + _FIELD_WIDTH * len(columns) / 2
    yield element("text", axes[0], x=middle, y=16, text_anchor="middle", class_="name")
    yield element("text", axes[1], x=_LEFT - 10, y=_TOP - 12, text_anchor="end", class_="name")
    for place, value in enumerate(columns):
        x = _LEFT + _FIELD_WIDTH * (place + 0.5)
        yield element("text", _short(value), x=x, y=_TOP - 10, text_anchor="middle", class_="tick")
    for place, value in enumerate(rows):
        y = _TOP + _FIELD_HEIGHT * (place + 0.5) + 4
        yield element("text", _short(value), x=_LEFT - 10, y=y, text_anchor="end", class_="tick")


def _short(value: str) -> str:
    shown = value or MISSING
    return shown if len(shown) <= _LABEL else f"{shown[: _LABEL - 1]}…"


def _field(fields: Fields, column: str, row: str, across: int, down: int, shown: _Shown) -> Iterator[Child]:
    x, y = _LEFT + _FIELD_WIDTH * across, _TOP + _FIELD_HEIGHT * down
    value = fields.get((column, row))
    best = (max if shown.more else min)(fields.values())
    box = {"x": x + 1, "y": y + 1, "width": _FIELD_WIDTH - 2, "height": _FIELD_HEIGHT - 2}
    if value is None:
        yield element("rect", **box, class_="none")
    else:
        shade = _DARKEST * _goodness(value, fields, shown)
        yield element("rect", **box, class_="field", fill_opacity=round(shade, 3))
        if value == best:
            yield element("rect", **box, class_="best-field")
    words = value_text(value, shown.unit)
    middle, line = x + _FIELD_WIDTH / 2, y + _FIELD_HEIGHT / 2
    if value == best:
        yield element("text", words, x=middle, y=line - 1, text_anchor="middle", class_="value")
        yield element("text", "best", x=middle, y=line + 13, text_anchor="middle", class_="best")
    else:
        yield element("text", words, x=middle, y=line + 4, text_anchor="middle", class_="value")


def _goodness(value: float, fields: Fields, shown: _Shown) -> float:
    """0 for the worst field, 1 for the best."""
    low, high = min(fields.values()), max(fields.values())
    if low == high:
        return 0.0
    share = (value - low) / (high - low)
    return share if shown.more else 1 - share
