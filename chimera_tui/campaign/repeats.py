"""How often each cell is measured: as often as asked for, or until it is narrow enough."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chimera_tui.domain import formatting
from chimera_tui.domain.campaign import MORE_IS_BETTER, WHOLE_RUN, CampaignPlan, Cell, RepeatRule
from chimera_tui.domain.campaign_view import CellFigure

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many measured runs a cell shall have, as of now."""

    count: int
    why: str = ""
    """In words, where it is not what was asked for."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """A cell's figures of the metric that the rule goes by."""

    cell: Cell
    asked: int
    n: int
    """Of the agent with the fewest."""
    percent: float
    """Half the widest interval, of its mean; infinite while an interval is missing."""
    figures: Mapping[str, CellFigure]
    """By agent, those that have an interval."""


def wanted_runs(
    plan: CampaignPlan, figures: Mapping[str, Sequence[CellFigure]], asked: Mapping[str, int]
) -> dict[str, Wanted]:
    """By cell. `figures` are of the runs that count, `asked` the plan's repeats as people have changed them.

    With an adaptive rule a cell that is narrow enough stops early, and the runs it saves go to cells that can not
    be told from the best one, widest first: all together never get more runs that count than are asked for.
    """
    rule = plan.rules.repeat
    found = {cell.cell_id: Wanted(asked.get(cell.cell_id, 0)) for cell in plan.cells}
    percent = rule.half_width_percent
    if percent is None:
        return found
    cells = [
        _measured(cell, figures.get(cell.cell_id, ()), asked.get(cell.cell_id, 0), rule) for cell in plan.cells
    ]
    saved = 0
    open_: list[_Measured] = []
    for each in cells:
        if not each.asked:
            continue
        is_narrow = each.percent <= percent and each.n >= rule.least and each.asked <= each.cell.repeats
        if is_narrow:
            found[each.cell.cell_id] = Wanted(each.n, f"narrow enough: {_width(each)}")
        else:
            open_.append(each)
        unused = max(0, each.asked - each.n) if is_narrow else 0
        saved += unused - max(0, each.n - max(each.asked, each.cell.repeats))
    if rule.spend_saved and saved > 0:
        found |= _spent(saved, open_, cells, rule)
    for each in open_:
        if each.n >= rule.most >= each.asked:
            found[each.cell.cell_id] = Wanted(rule.most, f"{rule.most} runs at most: {_width(each)}")
    return found


def _measured(cell: Cell, figures: Sequence[CellFigure], asked: int, rule: RepeatRule) -> _Measured:
    agents = [""] if rule.metric in WHOLE_RUN else [agent.value for agent in cell.agents]
    mine = {each.agent: each for each in figures if each.metric == rule.metric and each.agent in agents}
    n = min((mine[agent].n if agent in mine else 0 for agent in agents), default=0)
    percents = [_percent(mine[agent]) if agent in mine else math.inf for agent in agents]
    whole = {agent: each for agent, each in mine.items() if None not in (each.mean, each.low, each.high)}
    return _Measured(cell, asked, n, max(percents, default=math.inf), whole)


def _percent(figure: CellFigure) -> float:
    if figure.low is None or figure.high is None or not figure.mean:
        return math.inf
    return 100 * (figure.high - figure.low) / 2 / abs(figure.mean)


def _spent(
    saved: int, open_: Sequence[_Measured], cells: Sequence[_Measured], rule: RepeatRule
) -> dict[str, Wanted]:
    """One run at a time to the widest, taken to narrow with the root of its runs."""
    rivals = _rivals(cells, rule)
    given: dict[str, int] = {}
    heap = [
        (-each.percent, number, each)
        for number, each in enumerate(open_)
        if each.cell.cell_id in rivals
        and each.n >= rule.least
        and math.isfinite(each.percent)
        and _next(each, 0) <= rule.most
    ]
    heapq.heapify(heap)
    while heap and saved:
        _, number, each = heapq.heappop(heap)
        count = given[each.cell.cell_id] = given.get(each.cell.cell_id, 0) + 1
        saved -= 1
        if _next(each, count) <= rule.most:
            expected = each.percent * math.sqrt(each.n / (each.n + count))
            heapq.heappush(heap, (-expected, number, each))
    found = {}
    for each in open_:
        count = given.get(each.cell.cell_id, 0)
        if count:
            wanted = max(each.asked, each.n) + count
            found[each.cell.cell_id] = Wanted(wanted, f"{wanted - each.asked} more: {rivals[each.cell.cell_id]}")
    return found


def _next(each: _Measured, given: int) -> int:
    """How many runs it has with one more than was given."""
    return max(each.asked, each.n) + given + 1


def _rivals(cells: Sequence[_Measured], rule: RepeatRule) -> dict[str, str]:
    """Cells whose interval overlaps that of the best one for an agent, and the best one itself; with why."""
    found: dict[str, str] = {}
    for agent in dict.fromkeys(agent for each in cells for agent in each.figures):
        mine = [(each, each.figures[agent]) for each in cells if agent in each.figures]
        sign = 1 if rule.metric in MORE_IS_BETTER else -1
        best, bounds = max(mine, key=lambda pair: sign * (pair[1].mean or 0.0))
        near = [each for each, figure in mine if each is not best and _overlap(figure, bounds)]
        for each in near:
            found.setdefault(each.cell.cell_id, f"can not be told from cell {best.cell.number}")
        if near:
            found.setdefault(best.cell.cell_id, f"{_numbers(near)} can not be told from it")
    return found


def _overlap(one: CellFigure, other: CellFigure) -> bool:
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low <= other.high and other.low <= one.high


def _numbers(cells: Sequence[_Measured]) -> str:
    numbers = [str(each.cell.number) for each in cells[:_MOST_NAMED]]
    more = len(cells) - len(numbers)
    if len(cells) == 1:
        return f"cell {numbers[0]}"
    return f"cells {', '.join(numbers)}" + (f" and {more} more" if more else "")


def _width(each: _Measured) -> str:
    return f"±{formatting.sig3(each.percent)} %" if math.isfinite(each.percent) else "no interval yet"
