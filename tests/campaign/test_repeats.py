"""Adaptive repeats: a cell that is narrow enough stops, and what it saves goes where intervals overlap."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera_tui.campaign.repeats import Wanted, wanted_runs
from chimera_tui.domain.campaign import CampaignMetric, CampaignPlan
from chimera_tui.domain.campaign_view import CellFigure
from tests.campaign.files import adaptive, plain_plan, plan_of

PLAN = plain_plan(4, repeats=5, rules=adaptive())
IDS = [cell.cell_id for cell in PLAN.cells]


def figure(
    n: int, mean: float, half: float | None, *, agent: str = "a", metric: CampaignMetric = "decode rate"
) -> CellFigure:
    unit: Literal["tok/s", "ns"] = "tok/s" if metric == "decode rate" else "ns"
    low, high = (None, None) if half is None else (mean - half, mean + half)
    return CellFigure(metric, agent, unit, n, mean, low, high)


def wanted(*figures: CellFigure | None, plan: CampaignPlan = PLAN, asked: int | list[int] = 5) -> list[Wanted]:
    """Of each cell, by its figure."""
    counts = [asked] * len(plan.cells) if isinstance(asked, int) else asked
    by_cell = {cell.cell_id: [each] for cell, each in zip(plan.cells, figures, strict=False) if each is not None}
    found = wanted_runs(
        plan, by_cell, {cell.cell_id: count for cell, count in zip(plan.cells, counts, strict=True)}
    )
    return [found[cell.cell_id] for cell in plan.cells]


def test_without_a_rule_each_cell_gets_what_is_asked_for() -> None:
    plan = plain_plan(2, repeats=5)
    assert wanted(figure(5, 100, 0.1), plan=plan, asked=[7, 5]) == [Wanted(7), Wanted(5)]


def test_nothing_is_known_before_the_first_runs() -> None:
    assert wanted() == [Wanted(5)] * 4
    assert wanted(figure(2, 100, None)) == [Wanted(5)] * 4


def test_a_cell_that_is_narrow_enough_stops_but_not_before_its_least() -> None:
    assert wanted(figure(3, 100, 2.0))[0] == Wanted(3, "narrow enough: ±2.00 %")
    assert wanted(figure(3, 100, 2.1))[0] == Wanted(5)
    assert wanted(figure(2, 100, 0.1))[0] == Wanted(5)


def test_every_agent_has_to_be_narrow() -> None:
    plan = plan_of("[repeats]\nuntil_percent = 2\n")
    (cell,) = plan.cells
    both = [figure(4, 100, 1.0), figure(4, 100, 1.0, agent="b")]
    assert wanted_runs(plan, {cell.cell_id: both}, {cell.cell_id: 5})[cell.cell_id].count == 4
    for other in ([], [figure(4, 100, 9.0, agent="b")], [figure(2, 100, 1.0, agent="b")]):
        assert wanted_runs(plan, {cell.cell_id: [both[0], *other]}, {cell.cell_id: 5})[cell.cell_id].count == 5


def test_saved_runs_go_to_cells_that_can_not_be_told_from_the_best_widest_first() -> None:
    found = wanted(figure(3, 50, 0.1), figure(5, 100, 6.0), figure(5, 97, 3.0), figure(5, 80, 9.0))
    assert found == [
        Wanted(3, "narrow enough: ±0.200 %"),
        Wanted(7, "2 more: cell 3 can not be told from it"),
        Wanted(5),
        Wanted(5),
    ]


def test_a_width_that_is_expected_to_shrink_lets_others_have_their_turn() -> None:
    found = wanted(figure(3, 50, 0.1), figure(3, 50, 0.1), figure(5, 100, 6.0), figure(5, 97, 5.7))
    assert [each.count for each in found] == [3, 3, 7, 7]
    assert found[3].why == "2 more: can not be told from cell 3"


def test_less_is_better_for_times() -> None:
    plan = plain_plan(3, repeats=5, rules=adaptive(metric="TTFT"))
    times = [
        figure(3, 1e9, 1e6, metric="TTFT"),
        figure(5, 4e8, 5e7, metric="TTFT"),
        figure(5, 4.4e8, 2e7, metric="TTFT"),
    ]
    assert [each.count for each in wanted(*times, plan=plan)] == [3, 7, 5]


def test_what_the_best_is_clear_of_gets_nothing() -> None:
    found = wanted(figure(3, 50, 0.1), figure(5, 100, 6.0), figure(5, 70, 9.0), figure(5, 60, 9.0))
    assert [each.count for each in found] == [3, 5, 5, 5]


def test_no_cell_gets_more_than_the_most() -> None:
    plan = plain_plan(4, repeats=5, rules=adaptive(most=6))
    found = wanted(figure(3, 50, 0.1), figure(6, 100, 9.0), figure(6, 99, 9.0), figure(5, 98, 9.0), plan=plan)
    assert [each.count for each in found] == [3, 6, 6, 5]  # both that were saved are spent
    assert found[1].why == "6 runs at most: ±9.00 %"


def test_saved_runs_are_not_spent_when_the_file_says_so() -> None:
    plan = plain_plan(4, repeats=5, rules=adaptive(spend_saved=False))
    assert [
        each.count for each in wanted(figure(3, 50, 0.1), figure(5, 100, 6.0), figure(5, 97, 6.0), plan=plan)
    ] == [
        3,
        5,
        5,
        5,
    ]


def test_what_people_add_is_made_and_what_they_skip_is_neither_saved_nor_given() -> None:
    found = wanted(figure(3, 100, 0.1), figure(3, 100, 6.0), figure(4, 99, 6.0), asked=[8, 0, 5, 5])
    assert [each.count for each in found] == [8, 0, 5, 5]
    skipped = wanted(figure(3, 50, 0.1), figure(4, 99, 6.0), figure(5, 100, 6.0), asked=[5, 0, 5, 5])
    assert [each.count for each in skipped] == [3, 0, 7, 5]  # the four that the second had are not taken back


@pytest.mark.parametrize("metric", ["decode rate", "TTFT", "wall"])
def test_figures_of_other_metrics_do_not_count(metric: CampaignMetric) -> None:
    plan = plain_plan(1, repeats=5, rules=adaptive(metric=metric))
    agent = "" if metric == "wall" else "a"
    others = [each for each in ("decode rate", "TTFT", "wall") if each != metric]
    assert wanted(figure(3, 100, 0.1, metric=metric, agent=agent), plan=plan)[0].count == 3
    for other in others:
        assert wanted(figure(3, 100, 0.1, metric=other, agent=""), plan=plan)[0].count == 5  # type: ignore[arg-type]


cells = st.tuples(st.integers(0, 10), st.floats(1, 100), st.floats(0, 60))


@given(st.lists(cells, min_size=4, max_size=4), st.lists(st.integers(0, 5), min_size=4, max_size=4))
@settings(max_examples=100)
def test_all_together_never_want_more_than_is_asked_for(
    told: list[tuple[int, float, float]], asked: list[int]
) -> None:
    """However wide they are: runs that were made beyond what was asked for count as spent."""
    found = wanted(*(figure(n, mean, half) for n, mean, half in told), asked=asked)
    made = [n for n, _, _ in told]
    beyond = sum(max(0, each.count - max(n, count)) for each, n, count in zip(found, made, asked, strict=True))
    saved = sum(max(0, count - each.count) for each, count in zip(found, asked, strict=True))
    assert beyond <= saved
    assert all(each.count <= max(10, count) for each, count in zip(found, asked, strict=True))


def test_a_campaign_that_stays_wide_ends() -> None:
    """Fed its own wishes: each cell reaches a count at which nothing more is wanted."""
    made = [0] * 4
    for _ in range(200):
        found = wanted(*(figure(n, 100, 50 if number else 0.1) if n else None for number, n in enumerate(made)))
        open_ = [number for number, each in enumerate(found) if each.count > made[number]]
        if not open_:
            break
        made[open_[0]] += 1
    assert sum(made) == 20
    assert made[0] == 3
