"""Which cell is best by each figure, and which others can not be told from it."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.analysis.campaign_cells import CellRuns
from chimera_tui.analysis.campaign_figures import Measure, measures, ranked
from chimera_tui.analysis.intervals import ALPHA, least_p, rank_test
from chimera_tui.analysis.simultaneous import pooled, ratio_bounds
from chimera_tui.domain.campaign_view import CellFigure
from chimera_tui.domain.conclusion import CellResult, Ranking, Rival, Standing
from chimera_tui.domain.options import AgentId


def rankings_of(cells: Sequence[CellRuns], results: Sequence[CellResult]) -> tuple[Ranking, ...]:
    """One for each figure that any cell has; cells that run one agent alone take part only among themselves."""
    choices = set(ranked([each.cell for each in cells]))
    chosen = [(each, told) for each, told in zip(cells, results, strict=True) if each.cell in choices]
    agents = [agent for agent in AgentId if any(agent in each.cell.agents for each, _ in chosen)]
    found = (_ranking(measure, chosen) for measure in measures(agents))
    return tuple(ranking for ranking in found if ranking is not None)


def _ranking(measure: Measure, cells: Sequence[tuple[CellRuns, CellResult]]) -> Ranking | None:
    known: list[tuple[CellFigure, float, str, tuple[float, ...]]] = []
    for each, told in cells:
        figure = told.figure(measure.metric, measure.agent)
        if figure is not None and figure.mean is not None:
            known.append((figure, figure.mean, told.cell_id, measure.values(each.runs)))
    if not known:
        return None
    known.sort(key=lambda item: -item[1] if measure.more else item[1])
    (best, best_mean, best_cell, reference), *others = known
    tests = [rank_test(reference, values) for *_, values in others]
    corrected = holm([test.p if test else 1.0 for test in tests])
    spread = pooled([values for *_, values in known])
    rivals: list[Rival] = []
    for (_, mean, cell_id, values), p in zip(others, corrected, strict=True):
        low = high = None
        if spread is not None:
            bounds = ratio_bounds(reference, values, spread, len(known))
            low, high = sorted(_worse(measure, bound) for bound in bounds)
        percent = max(0.0, _worse(measure, mean / best_mean)) if best_mean else 0.0
        rivals.append(Rival(cell_id, mean, percent, low, high, p, _standing(low, p)))
    least = _least(len(reference), [len(values) for *_, values in others])
    return Ranking(measure.metric, measure.agent, measure.unit, best, best_cell, tuple(rivals), least)


def _standing(low: float | None, p: float) -> Standing:
    """The lower bound tells whether 0 is in the interval: the cell's mean is the worse one."""
    if low is None:
        return "not settled"
    apart = low > 0
    if apart != (p < ALPHA):
        return "not settled"
    return "worse" if apart else "alike"


def _worse(measure: Measure, ratio: float) -> float:
    """By how many per cent of the best."""
    return 100 * (1 - ratio) if measure.more else 100 * (ratio - 1)


def holm(ps: Sequence[float]) -> list[float]:
    """Corrected for being tested together (Holm 1979), in the order given."""
    corrected = [1.0] * len(ps)
    most = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda place: ps[place])):
        most = max(most, min(1.0, (len(ps) - rank) * ps[place]))
        corrected[place] = most
    return corrected


def _least(n: int, others: Sequence[int]) -> float | None:
    """As if all were as far from the best as can be: each is multiplied by how many are tested."""
    return min(holm([least_p(n, m) for m in others])) if others else None
