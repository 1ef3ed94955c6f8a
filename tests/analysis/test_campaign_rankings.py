"""Which cell is best, and what so few runs do not tell."""

from __future__ import annotations

import pytest

from chimera_tui.analysis.campaign_cells import gathered, results_of
from chimera_tui.analysis.campaign_pareto import fronts_of
from chimera_tui.analysis.campaign_rankings import holm, rankings_of
from chimera_tui.analysis.simultaneous import pooled, ratio_bounds
from chimera_tui.domain.campaign import CampaignPlan, Cell
from chimera_tui.domain.conclusion import ParetoFront, Ranking
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from tests.analysis.campaigns import A, Figure, blocks, cell, constant, matrix, plan, record


def rankings(of: CampaignPlan, runs: list[RunSummary]) -> dict[tuple[str, str], Ranking]:
    cells = gathered(of.cells, runs)
    return {(each.metric, each.agent): each for each in rankings_of(cells, results_of(record(of), cells))}


def fronts(of: CampaignPlan, runs: list[RunSummary]) -> dict[str, ParetoFront]:
    cells = gathered(of.cells, runs)
    return {each.agent: each for each in fronts_of(cells, results_of(record(of), cells))}


def by_number(*figures: float) -> Figure:
    return lambda cell, agent: figures[cell.number - 1]


def test_the_best_is_told_from_what_is_worse_and_not_from_what_is_alike() -> None:
    of = matrix(num_gpu=[20, 40, 60, 80], repeats=8)
    found = rankings(of, blocks(of, by_number(20.0, 50.0, 50.0, 40.0), repeats=8))[("decode rate", "a")]
    best, *rivals = found.best_cell, *(rival.cell_id for rival in found.rivals)
    ids = [each.cell_id for each in of.cells]
    assert {best, rivals[0]} == {ids[1], ids[2]}
    assert rivals[1:] == [ids[3], ids[0]]
    assert found.standing("alike") == (rivals[0],)
    assert found.standing("worse") == (ids[3], ids[0])
    assert found.rivals[2].percent == pytest.approx(60.0, abs=2)
    assert found.rivals[2].low_percent is not None and found.rivals[2].high_percent is not None
    assert 55 < found.rivals[2].low_percent < 60 < found.rivals[2].high_percent < 65
    assert found.contenders == (best, rivals[0])
    assert found.least_p == pytest.approx(3 * 2 / 12_870)


def test_of_waits_the_shortest_is_best() -> None:
    of = matrix(num_ctx=[512, 8192], repeats=6)
    found = rankings(of, blocks(of, constant(50.0), by_number(900.0, 300.0), repeats=6))
    assert found[("TTFT", "a")].best_cell == of.cells[1].cell_id
    assert found[("TTFT", "a")].rivals[0].percent == pytest.approx(200.0, abs=10)
    assert found[("TTFT", "a")].standing("worse") == (of.cells[0].cell_id,)
    assert found[("wall", "")].unit == "ns"


def test_three_runs_each_settle_nothing_however_far_the_means_lie_apart() -> None:
    of = matrix(num_gpu=[20, 80], repeats=3)
    found = rankings(of, blocks(of, by_number(10.0, 50.0), repeats=3))[("decode rate", "a")]
    assert found.least_p == pytest.approx(0.1)
    assert [rival.is_behind for rival in found.rivals] == [True]
    assert found.standing("not settled") == (of.cells[0].cell_id,)


def test_many_cells_need_more_runs_to_be_told_apart() -> None:
    """The same two cells, once alone and once among ten: Holm's correction counts the others."""
    pair, many = matrix(num_gpu=[20, 80]), matrix(num_gpu=list(range(1, 11)))
    assert rankings(pair, blocks(pair, by_number(40.0, 50.0)))[("decode rate", "a")].standing("worse")
    rates: Figure = lambda cell, agent: 40.0 + cell.number  # noqa: E731
    crowded = rankings(many, blocks(many, rates))[("decode rate", "a")]
    assert crowded.least_p == pytest.approx(9 * 2 / 252)
    assert crowded.standing("worse") == ()
    assert crowded.standing("not settled") != ()


def test_the_clear_ones_of_many_cells_are_behind_although_the_rank_test_can_not_confirm_it() -> None:
    of = matrix(num_gpu=list(range(1, 25)))
    found = rankings(of, blocks(of, lambda cell, agent: 50.0 if cell.number <= 4 else 48.0 - cell.number))
    for agent in ("a", "b"):
        ranking = found[("decode rate", agent)]
        assert ranking.least_p is not None and ranking.least_p > 0.05
        assert sorted(ranking.contenders) == [cell.cell_id for cell in of.cells[:4]]


def test_one_run_each_has_no_interval_and_tells_nothing() -> None:
    of = matrix(num_gpu=[20, 80])
    found = rankings(of, blocks(of, by_number(10.0, 50.0), repeats=1))[("decode rate", "a")]
    assert (found.rivals[0].low_percent, found.rivals[0].standing) == (None, "not settled")
    assert len(found.contenders) == 2


def test_the_spread_is_of_all_cells_and_never_less_than_that_of_the_two() -> None:
    calm, wild = [50.0, 50.1, 49.9], [40.0, 60.0, 50.0]
    both = pooled([calm, wild])
    assert both is not None
    assert both.df == 4
    assert both.variation == pytest.approx(0.1416, abs=1e-3)
    few = pooled([calm, calm, calm, calm])
    assert few is not None
    narrow, wide = ratio_bounds(calm, calm, few, 4), ratio_bounds(wild, calm, few, 4)
    assert wide[0] < narrow[0] < 1 < narrow[1] < wide[1]
    assert pooled([[1.0], [2.0, 3.0]]) is None
    assert pooled([[0.0] * 9]) is None


def test_cells_of_one_agent_alone_are_not_ranked_beside_cells_of_both() -> None:
    of = plan(cell(1), cell(2, agents=[A], scenario="a-alone"))
    runs = blocks(of, by_number(40.0, 80.0))
    assert rankings(of, runs)[("decode rate", "a")].rivals == ()
    alone = plan(of.cells[1])
    assert rankings(alone, runs)[("decode rate", "a")].best.mean == pytest.approx(80.0, rel=0.02)


@pytest.mark.parametrize(
    ("ps", "corrected"),
    [
        ([], []),
        ([0.03], [0.03]),
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.5, 0.6], [1.0, 1.0]),
    ],
)
def test_holms_correction(ps: list[float], corrected: list[float]) -> None:
    assert holm(ps) == pytest.approx(corrected)


def test_the_front_holds_what_nothing_beats_at_both() -> None:
    of = matrix(num_gpu=[1, 2, 3, 4])
    # fast and slow to begin, slow and quick to begin, beaten by the first, as good as the second
    found = fronts(of, blocks(of, by_number(50.0, 30.0, 40.0, 30.0), by_number(900.0, 100.0, 950.0, 100.3)))
    for front in found.values():
        places = {point.cell_id: point.place for point in front.points}
        assert places[of.cells[0].cell_id] == "front"
        assert places[of.cells[2].cell_id] == "behind"
        assert "behind" not in (places[of.cells[1].cell_id], places[of.cells[3].cell_id])
    assert found["a"].points[0].cell_id == of.cells[0].cell_id
    assert found[""].points[0].rate == pytest.approx(100.0, rel=0.02)  # the sum of both agents'
    assert found[""].points[0].ttft_ns == pytest.approx(900e6, rel=0.02)


def test_a_rate_that_is_higher_by_less_than_can_be_told_is_not_worth_a_wait() -> None:
    of = matrix(num_gpu=[1, 2])
    runs = blocks(of, by_number(50.5, 50.0), by_number(9_000.0, 300.0), noise=0.02)
    front = fronts(of, runs)["a"]
    assert [point.cell_id for point in front.points] == [cell.cell_id for cell in of.cells]  # fastest first
    assert [point.place for point in front.points] == ["doubtful", "front"]


def test_agents_differ_in_what_is_best() -> None:
    of = matrix(num_gpu=[1, 2])

    def rate(of: Cell, agent: AgentId) -> float:
        return 50.0 if (of.number == 1) == (agent is A) else 30.0

    found = rankings(of, blocks(of, rate))
    assert found[("decode rate", "a")].best_cell == of.cells[0].cell_id
    assert found[("decode rate", "b")].best_cell == of.cells[1].cell_id
