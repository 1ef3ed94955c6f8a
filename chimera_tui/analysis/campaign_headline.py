"""Which setting to use, in three to five sentences that claim no more than the runs do."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.analysis.intervals import ALPHA, least_p
from chimera_tui.domain.conclusion import CellResult, MainEffect, ParetoFront, Ranking
from chimera_tui.domain.conclusion_text import cells_words, figure_words, listed
from chimera_tui.domain.formatting import sig3
from chimera_tui.domain.names import printable

_MAIN = ("decode rate", "TTFT")
_TITLES = {
    "decode rate": "Highest decode rate",
    "TTFT": "Shortest TTFT",
    "wall": "Shortest run",
    "grounding": "Best grounded reports",
}
_MOST_REPEATS = 50
_MOST_AXES = 3


def headline_of(
    results: Sequence[CellResult],
    rankings: Sequence[Ranking],
    fronts: Sequence[ParetoFront],
    effects: Sequence[MainEffect],
) -> tuple[str, ...]:
    """The answer, then what it stands on: rate, TTFT, grounding where it parts cells, what matters, and what so
    few runs do not tell."""
    main = [ranking for ranking in rankings if ranking.metric in _MAIN]
    if not main:
        return ("No run of this campaign counts yet: nothing can be said of any setting.",)
    cells = {each.cell_id: each for each in results}
    sentences = [
        _answer(main, fronts, cells),
        *(_leaders(metric, main, cells) for metric in _MAIN),
        _leaders("grounding", [ranking for ranking in rankings if _parts(ranking)], cells),
        _what_matters(effects),
        _too_few(main),
    ]
    return tuple(sentence for sentence in sentences if sentence)


def _parts(ranking: Ranking) -> bool:
    """Whether any cell can be told from the best."""
    return any(rival.is_behind for rival in ranking.rivals)


def _answer(main: Sequence[Ranking], fronts: Sequence[ParetoFront], cells: dict[str, CellResult]) -> str:
    if not any(ranking.rivals for ranking in main):
        return f"Only {_named(cells[main[0].best_cell])} has runs that count: there is nothing to choose from."
    if all(len(ranking.contenders) == 1 + len(ranking.rivals) for ranking in main):
        return "These runs do not show that any setting is better than another, at decode rate or at TTFT."
    good = [cell_id for cell_id in cells if all(cell_id in ranking.contenders for ranking in main)]
    if good:
        wins = {cell_id: sum(each.best_cell == cell_id for each in main) for cell_id in good}
        best = max(good, key=lambda cell_id: (wins[cell_id], -cells[cell_id].number))
        also = [cells[cell_id] for cell_id in good if cell_id != best]
        verb = "is" if len(also) == 1 else "are"
        more = f"; as far as can be told, {cells_words(also)} {verb} as good" if also else ""
        return f"Use {_named(cells[best])}: no cell is shown to be better at decode rate or at TTFT{more}."
    front = next((each for each in fronts if not each.agent), fronts[0] if fronts else None)
    on_it = [cells[point.cell_id] for point in front.points if point.place == "front"] if front else []
    between = f": the choice is between {cells_words(on_it)}, fastest first" if len(on_it) > 1 else ""
    return f"No cell is best at both decode rate and TTFT{between}."


def _leaders(metric: str, main: Sequence[Ranking], cells: dict[str, CellResult]) -> str:
    clauses: list[str] = []
    before = ""
    for ranking in main:
        if ranking.metric != metric:
            continue
        where = "the same cell" if ranking.best_cell == before else _named(cells[ranking.best_cell])
        before = ranking.best_cell
        who = f"{ranking.agent.upper()} " if ranking.agent else ""
        clauses.append(f"{who}{figure_words(ranking.best)} with {where}{_others(ranking, cells)}")
    return f"{_TITLES[metric]}: {'; '.join(clauses)}." if clauses else ""


def _others(ranking: Ranking, cells: dict[str, CellResult]) -> str:
    ties = sorted((cells[each.cell_id] for each in ranking.rivals if not each.is_behind), key=_number)
    if not ranking.rivals:
        return ""
    if not ties:
        return ", every other cell is behind"
    if len(ties) == len(ranking.rivals):
        return ", no other cell can be told from it"
    return f", {cells_words(ties)} can not be told from it"


def _number(cell: CellResult) -> int:
    return cell.number


def _what_matters(effects: Sequence[MainEffect]) -> str:
    """The largest effect of each axis that has one, the largest first."""
    main = [effect for effect in effects if effect.metric in _MAIN]
    largest: dict[str, MainEffect] = {}
    for effect in sorted(main, key=lambda each: -abs(each.percent or 0)):
        if effect.shown:
            largest.setdefault(effect.axis, effect)
    without = [printable(axis) for axis in dict.fromkeys(each.axis for each in main) if axis not in largest]
    told = [printable(each.words) for each in largest.values()][:_MOST_AXES]
    if without:
        told.append(f"no effect can be shown of {listed(without)}")
    if not told:
        return ""
    return f"What matters: {'; '.join(told)}." if largest else f"{told[0][:1].upper()}{told[0][1:]}."


def _too_few(main: Sequence[Ranking]) -> str:
    """When the rank test could not even show the clearest difference, and how many repeats could."""
    blind = [ranking for ranking in main if ranking.least_p is not None and ranking.least_p >= ALPHA]
    if not blind:
        return ""
    worst = max(blind, key=lambda ranking: ranking.least_p or 0.0)
    rivals = len(worst.rivals)
    needed = next((n for n in range(2, _MOST_REPEATS) if rivals * least_p(n, n) < ALPHA), None)
    more = f"; {needed} repeats of each cell could" if needed else ""
    against = f"{rivals} other cells" if rivals > 1 else "one other cell"
    return (
        f"This rests on intervals; the rank test can not confirm it with so few runs: against {against} p is at "
        f"least {sig3(worst.least_p)}{more}."
    )


def _named(cell: CellResult) -> str:
    return f"cell {cell.number} ({printable(cell.label)})"
