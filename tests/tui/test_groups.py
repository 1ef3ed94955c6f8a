from __future__ import annotations

from chimera_tui.domain.runs import RunState
from chimera_tui.tui.groups import Sides, group_of, series_of, sides
from tests.tui.scripted_history import place, run, some_runs

RUNS = some_runs()
BY_ID = {each.run_id: each for each in RUNS}


def test_a_run_stands_for_the_runs_of_its_series_in_the_same_role() -> None:
    assert len(group_of(BY_ID["w6qm3d"], RUNS)) == 5
    assert [each.run_id for each in group_of(BY_ID["h8z2ws"], RUNS)] == ["h8z2ws"]
    assert len(series_of(BY_ID["h8z2ws"], RUNS)) == 6
    assert group_of(BY_ID["t4y6mm"], RUNS) == [BY_ID["t4y6mm"]]


def test_without_marks_the_run_before_has_the_same_agents_and_models_and_is_done() -> None:
    found = sides(BY_ID["d7k9pe"], (), RUNS)
    assert isinstance(found, str) and "d7k9pe" in found
    simulated = sides(run("newest", simulated=True), (), [run("newest", simulated=True), *RUNS])
    assert isinstance(simulated, Sides) and simulated.a == ("c2v8xx",)


def test_a_series_is_not_compared_with_its_own_warm_up() -> None:
    series = [
        run("two", series=place(2, 2)),
        run("one", series=place(1, 2)),
        run("w", series=place(1, 1, warm_up=True)),
    ]
    assert isinstance(sides(series[0], (), series), str)


def test_with_two_marked_runs_the_one_under_the_cursor_is_the_second_side() -> None:
    found = sides(BY_ID["c2v8xx"], ("t4y6mm", "c2v8xx"), RUNS)
    assert isinstance(found, Sides) and (found.a, found.b) == (("t4y6mm",), ("c2v8xx",))


def test_a_marked_run_of_the_cursors_series_stays_on_its_own_side() -> None:
    found = sides(BY_ID["w6qm3d"], ("p2m4xy",), RUNS)
    assert isinstance(found, Sides)
    assert found.a == ("p2m4xy",) and "p2m4xy" not in found.b and "w6qm3d" in found.b


def test_the_only_marked_run_is_not_compared_with_itself() -> None:
    assert isinstance(sides(BY_ID["t4y6mm"], ("t4y6mm",), RUNS), str)


def test_a_run_that_goes_on_has_nothing_to_compare() -> None:
    assert BY_ID["k3v9qa"].state is RunState.RUNNING
    assert isinstance(sides(BY_ID["k3v9qa"], (), RUNS), str)
