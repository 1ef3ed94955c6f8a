"""What a campaign costs: loads of each order, and its time."""

from __future__ import annotations

import pytest

from chimera_tui.campaign.cost import estimate, orders_cost, plan_view
from chimera_tui.domain.campaign import CoolDown, Limits, Rules
from tests.campaign.files import HOST, adaptive, expanded, plain_plan, plan_of


def loads_of(toml: str) -> dict[str, int]:
    return {order.grouping: order.reloads for order in orders_cost(plan_of(toml), None)}


def test_the_chosen_order_comes_first_and_loads_take_their_time() -> None:
    plan = plain_plan(4, loads=2, repeats=3, rules=Rules(grouping="sequential"))
    orders = orders_cost(plan, 2.5)
    assert [order.grouping for order in orders] == ["sequential", "grouped", "shuffled"]
    sequential, grouped, shuffled = (order.reloads for order in orders)
    assert sequential == 4  # cells of two groups by turns in the file
    assert grouped == 1 + 3  # one at the beginning, one between the groups of each block
    assert shuffled > grouped
    assert [order.extra_s for order in orders] == [2.5 * loads for loads in (sequential, grouped, shuffled)]
    assert orders_cost(plan, None)[0].extra_s is None


def test_one_configuration_is_loaded_once() -> None:
    toml = "scenario = 'a-alone'\n[repeats]\nwarmup = 2\n[matrix]\nnum_ctx = 512\nseed = [1, 2, 3]\n"
    assert loads_of(toml) == {"grouped": 1, "shuffled": 1, "sequential": 1}


def test_models_and_hosts_do_not_push_each_other_out() -> None:
    toml = "scenario = 'a-alone'\n[matrix]\nmodel = ['x', 'y']\nhost = ['one:1', 'two:2']\n"
    assert loads_of(toml) == {"grouped": 4, "shuffled": 4, "sequential": 4}


@pytest.mark.parametrize(
    ("mode", "per_run"),
    [("together", 4), ("sequence", 2)],
)
def test_agents_that_differ_on_one_model_of_one_server_reload_within_a_run(mode: str, per_run: int) -> None:
    pair = "[repeats]\ncount = 3\n[[cells]]\na = { num_ctx = 512 }\nb = { num_ctx = 1024 }\n"
    assert loads_of(f"mode = '{mode}'\n{pair}")["grouped"] == 3 * per_run
    apart = pair.replace("num_ctx = 1024", "num_ctx = 1024, host = 'two:2'")
    assert loads_of(f"mode = '{mode}'\n{apart}")["grouped"] == 2


def test_layers_left_to_the_server_take_what_the_other_agent_has_loaded() -> None:
    toml = "[repeats]\ncount = 3\n[[cells]]\na = { num_gpu = 20 }\n"
    assert loads_of(toml)["grouped"] == 1


def test_warm_ups_of_two_agents_who_fight_reload_as_well() -> None:
    toml = "[repeats]\ncount = 1\nwarmup = 2\n[[cells]]\na = { num_ctx = 512 }\nb = { num_ctx = 1024 }\n"
    assert loads_of(toml)["sequential"] == 3 * 4


def test_the_time_is_made_of_runs_and_loads() -> None:
    told = estimate(plain_plan(4, repeats=5), 8, 30.0, 2.0)
    assert told.seconds == 20 * 30.0 + 8 * 2.0
    assert told.words == "20 runs of 30.0 s as measured before, 8 model loads of 2.00 s"


def test_what_is_not_known_is_not_guessed() -> None:
    plan = plain_plan(4)
    assert estimate(plan, 8, None, 2.0).seconds is None
    told = estimate(plan, 8, 30.0, None)
    assert told.seconds == 600.0
    assert "model loads not counted" in told.words


def test_a_limit_of_time_ends_it_and_adaptive_runs_are_at_most_so_many() -> None:
    limited = Rules(limits=Limits(time_s=60.0), cool_down=CoolDown(50.0))
    told = estimate(plain_plan(4, rules=limited), 0, 30.0, 1.0)
    assert told.seconds == 60.0
    assert "the limit of 1 m 00 s ends early" in told.words
    assert "cool down not counted" in told.words
    assert estimate(plain_plan(4, rules=adaptive()), 0, 30.0, 1.0).words.startswith("at most 20 runs")


def test_a_plan_is_shown_with_all_that() -> None:
    toml = "[repeats]\ncount = 4\nwarmup = 1\n[matrix]\nnum_gpu = [10, 60, 80]\n[[exclude]]\nnum_gpu = 10\n"
    view = plan_view(expanded(toml), run_s=10.0, load_s=1.0)
    assert (view.points, view.excluded, view.runs) == (3, 1, 5)
    assert view.orders[0].reloads == 1
    assert view.estimate_s == 51.0
    assert view.plan.cells[0].settings[0].host == HOST
