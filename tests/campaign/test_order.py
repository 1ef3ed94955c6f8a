"""Runs are made in random blocks, cells that need no reload together, and a break changes nothing of it."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera_tui.campaign.effect import load_key
from chimera_tui.campaign.order import Order, upcoming, whole
from chimera_tui.domain.campaign import CampaignPlan, Grouping, Rules
from tests.campaign.files import plain_plan

GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
plans = st.builds(
    lambda cells, loads, repeats, seed, grouping: plain_plan(
        cells, loads=loads, repeats=repeats, rules=Rules(seed=seed, grouping=grouping)
    ),
    st.integers(1, 12),
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(0, 3),
    st.sampled_from(GROUPINGS),
)


def wanted_of(plan: CampaignPlan) -> dict[str, int]:
    return {cell.cell_id: cell.repeats for cell in plan.cells}


def order_of(plan: CampaignPlan) -> list[str]:
    return upcoming(plan, {}, wanted_of(plan), limit=1_000)


def switches(plan: CampaignPlan, order: list[str]) -> int:
    """How often two runs in a row need another load."""
    keys = {cell.cell_id: load_key(cell) for cell in plan.cells}
    return sum(keys[one] != keys[other] for one, other in itertools.pairwise(order))


@given(plans)
@settings(max_examples=60)
def test_every_repeat_is_made_once(plan: CampaignPlan) -> None:
    assert Counter(order_of(plan)) == wanted_of(plan)


@given(plans, st.data())
@settings(max_examples=60)
def test_after_a_break_it_goes_on_as_it_would_have(plan: CampaignPlan, data: st.DataObject) -> None:
    order = order_of(plan)
    cut = data.draw(st.integers(0, len(order)))
    again = replace(plan)  # not the same object: what is remembered of an order decides nothing
    assert upcoming(again, Counter(order[:cut]), wanted_of(plan), limit=1_000) == order[cut:]


@given(plans.filter(lambda plan: plan.rules.grouping != "sequential"))
@settings(max_examples=60)
def test_each_block_has_every_cell_once(plan: CampaignPlan) -> None:
    order, size = order_of(plan), len(plan.cells)
    blocks = [order[start : start + size] for start in range(0, len(order), size)]
    assert all(set(block) == set(wanted_of(plan)) for block in blocks)


@given(plans.filter(lambda plan: plan.rules.grouping == "grouped"))
@settings(max_examples=60)
def test_groups_stay_together_and_a_block_begins_with_the_group_that_ended_the_one_before(
    plan: CampaignPlan,
) -> None:
    groups = len({load_key(cell) for cell in plan.cells})
    repeats = plan.cells[0].repeats
    assert switches(plan, order_of(plan)) == repeats * (groups - 1)


@given(plans, st.integers(0, 60), st.data())
@settings(max_examples=60)
def test_a_limit_gives_the_beginning_and_what_comes_first_comes_first(
    plan: CampaignPlan, limit: int, data: st.DataObject
) -> None:
    done = {cell.cell_id: data.draw(st.integers(0, 6)) for cell in plan.cells}
    first = data.draw(st.lists(st.sampled_from(plan.cells), unique=True, max_size=3))
    ids = [cell.cell_id for cell in first]
    order = upcoming(plan, done, wanted_of(plan), first=[*ids, "gone"], limit=1_000)
    assert upcoming(plan, done, wanted_of(plan), first=[*ids, "gone"], limit=limit) == order[:limit]
    early = [cell.cell_id for cell in first for _ in range(max(0, cell.repeats - done[cell.cell_id]))]
    assert order[: len(early)] == early
    assert Counter(order) == Counter(
        {cell.cell_id: left for cell in plan.cells if (left := cell.repeats - done[cell.cell_id]) > 0}
    )


def test_two_groups_take_turns_as_abba() -> None:
    plan = plain_plan(2, loads=2, repeats=6)
    order = order_of(plan)
    first, second = order[:2]
    assert order == [first, second, second, first] * 3


def test_sequential_is_cell_after_cell_in_the_order_of_the_file() -> None:
    plan = plain_plan(3, repeats=2, rules=Rules(grouping="sequential"))
    assert order_of(plan) == [cell.cell_id for cell in plan.cells for _ in range(2)]


@pytest.mark.parametrize("grouping", ["grouped", "shuffled"])
def test_blocks_differ_from_each_other_and_with_the_seed(grouping: Grouping) -> None:
    one = order_of(plain_plan(20, loads=3, repeats=2, rules=Rules(grouping=grouping)))
    other = order_of(plain_plan(20, loads=3, repeats=2, rules=Rules(seed=1, grouping=grouping)))
    assert one[:20] != one[20:]
    assert one != other
    assert one == order_of(plain_plan(20, loads=3, repeats=2, rules=Rules(grouping=grouping)))


@pytest.mark.parametrize("grouping", ["grouped", "shuffled"])
def test_the_order_does_not_go_by_the_order_of_the_file(grouping: Grouping) -> None:
    plan = plain_plan(9, loads=3, repeats=3, rules=Rules(grouping=grouping))
    turned = replace(plan, cells=plan.cells[::-1])
    assert order_of(turned) == order_of(plan)


def test_older_blocks_are_filled_first_when_a_cell_gets_more_repeats() -> None:
    plan = plain_plan(3, repeats=5, rules=Rules(grouping="shuffled"))
    one, two, three = (cell.cell_id for cell in plan.cells)
    order = upcoming(plan, {one: 2, two: 5, three: 4}, {one: 4, two: 7, three: 5})
    assert order[:2] == [one, one]
    assert Counter(order) == {one: 2, two: 2, three: 1}


def test_only_the_blocks_that_are_needed_are_made() -> None:
    plan = plain_plan(200, loads=7, repeats=400)
    order = Order(plan, "grouped")
    list(itertools.islice(order.runs({}, wanted_of(plan), ()), 250))
    assert set(order._blocks) == {0, 1}


def test_a_whole_campaign_can_be_ordered_in_each_way() -> None:
    plan = plain_plan(6, loads=2, repeats=3)
    loads = {grouping: switches(plan, list(whole(plan, grouping))) for grouping in GROUPINGS}
    assert loads["grouped"] == 3
    assert loads["grouped"] < loads["shuffled"]
