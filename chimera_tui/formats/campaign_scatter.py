"""A picture of the choice between a high decode rate and a short TTFT: every cell, and the front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chimera_tui.domain.comparison_text import value_text
from chimera_tui.domain.conclusion import Conclusion, ParetoFront, ParetoPoint
from chimera_tui.formats.campaign_dots import shape
from chimera_tui.formats.campaign_scales import Scale, scale_of
from chimera_tui.formats.elements import Child, Markup, element

WIDTH, HEIGHT = 560.0, 380.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 28.0, 42.0, 52.0
_NEAREST = 13.0
"""Points whose numbers would be nearer to each other than this share a line of them."""
_MOST_TOLD = 4
_LETTER, _LINE = 7.0, 13.0
"""A figure's width and height, as far as that can be known before it is drawn."""


def scatter(conclusion: Conclusion, front: ParetoFront) -> Markup:
    """TTFT from left to right, decode rate upwards: the best corner is at the top left."""
    points = front.points
    across = scale_of([point.ttft_ns for point in points], "ns", _LEFT, WIDTH - _RIGHT)
    up = scale_of([point.rate for point in points], "tok/s", HEIGHT - _BOTTOM, _TOP)
    numbers = {cell.cell_id: cell.number for cell in conclusion.cells}
    return element(
        "svg",
        element("title", f"decode rate against TTFT, {whose(front)}"),
        *_axes(across, up),
        *_line(points, across, up),
        *(_point(front.agent, point, numbers, across, up) for point in reversed(points)),
        *_numbers(points, numbers, across, up),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        role="img",
        class_="picture half",
    )


def whose(front: ParetoFront) -> str:
    """Of whom the front is, in words."""
    if front.agent:
        return f"agent {front.agent.upper()}"
    return "both agents (sum of their rates, mean of their TTFT)"


def _axes(across: Scale, up: Scale) -> Iterator[Child]:
    bottom = HEIGHT - _BOTTOM
    for tick in across.ticks:
        x = across.at(tick)
        yield element("line", x1=x, y1=_TOP, x2=x, y2=bottom, class_="grid")
        yield element("text", across.words(tick), x=x, y=bottom + 16, text_anchor="middle", class_="tick")
    for tick in up.ticks:
        y = up.at(tick)
        yield element("line", x1=_LEFT, y1=y, x2=WIDTH - _RIGHT, y2=y, class_="grid")
        yield element("text", up.words(tick), x=_LEFT - 8, y=y + 4, text_anchor="end", class_="tick")
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    yield element("text", f"TTFT, {across.unit}", x=middle, y=HEIGHT - 12, text_anchor="middle", class_="name")
    yield element("text", f"decode rate, {up.unit}", x=8, y=16, class_="name")


def _line(points: Sequence[ParetoPoint], across: Scale, up: Scale) -> Iterator[Child]:
    """Steps between the cells of the front: what lies below and to the right of them is beaten."""
    front = sorted((each for each in points if each.place == "front"), key=lambda each: each.ttft_ns)
    if len(front) < 2:
        return
    path = f"M{across.at(front[0].ttft_ns):g},{up.at(front[0].rate):g}"
    for point in front[1:]:
        path += f"H{across.at(point.ttft_ns):g}V{up.at(point.rate):g}"
    yield element("path", d=path, class_="front")


def _point(agent: str, point: ParetoPoint, numbers: dict[str, int], across: Scale, up: Scale) -> Markup:
    title = f"cell {numbers[point.cell_id]}: {value_text(point.rate, 'tok/s')}, {value_text(point.ttft_ns, 'ns')}"
    title += f", grounding score {value_text(point.grounding, '')}" if point.grounding is not None else ""
    mark = shape(agent, across.at(point.ttft_ns), up.at(point.rate), filled=point.place == "front", size=5)
    return element("g", element("title", title), mark, class_=f"agent-{agent or 'both'} {point.place}")


def _numbers(points: Sequence[ParetoPoint], numbers: dict[str, int], across: Scale, up: Scale) -> Iterator[Child]:
    """Of the front and what is near to it; those in one place stand in one line."""
    placed: list[tuple[float, float, list[str]]] = []
    for point in points:
        if point.place == "behind" and len(points) > 12:
            continue
        x, y, number = across.at(point.ttft_ns), up.at(point.rate), str(numbers[point.cell_id])
        near = next((each for each in placed if abs(each[0] - x) + abs(each[1] - y) < _NEAREST), None)
        if near is None:
            placed.append((x, y, [number]))
        else:
            near[2].append(number)
    taken: list[tuple[float, float, float]] = []
    for x, y, told in placed:
        shown = ", ".join(told) if len(told) <= _MOST_TOLD else f"{', '.join(told[: _MOST_TOLD - 1])} …"
        width = _LETTER * len(shown)
        left = x - 9 - width if x + 9 + width > WIDTH else x + 9
        above, below = y - 7, y + 17
        line = next((each for each in (above, below) if not _meets(left, each, width, taken)), None)
        if line is not None:
            taken.append((left, line, width))
            yield element("text", shown, x=left, y=line, class_="number")


def _meets(left: float, line: float, width: float, taken: Sequence[tuple[float, float, float]]) -> bool:
    """Whether a number would lie over one that stands there already."""
    return any(
        abs(line - other) < _LINE and left < far + reach + _LETTER and far < left + width + _LETTER
        for far, other, reach in taken
    )
