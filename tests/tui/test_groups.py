from __future__ import annotations

from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui.groups import Sides, group_of, series_of, sides
from tests.tui.scripted_history import CACHED, COLD, place, run, some_runs

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
    repeats = [
        run("two", series=place(2, 2)),
        run("one", series=place(1, 2)),
        run("w", series=place(1, 1, warm_up=True)),
    ]
    assert isinstance(sides(repeats[0], (), repeats), str)


def test_a_disturbed_run_is_passed_over_for_the_nearest_that_counts() -> None:
    cold = run("cold", 1, flags=(COLD,))
    runs = [run("newest"), cold, run("calm", 2, flags=(CACHED,))]
    found = sides(runs[0], (), runs)
    assert isinstance(found, Sides) and found.a == ("calm",)
    assert found.why == "A = run calm, the nearest before · B = run newest"
    only = sides(runs[0], (), runs[:2])
    assert isinstance(only, str) and "no undisturbed run before newest" in only


def series(name: str, size: int = 3) -> list[RunSummary]:
    return [run(f"{name}{n}", series=place(n, size, series_id=name)) for n in range(size, 0, -1)]


def ids(runs: list[RunSummary]) -> tuple[str, ...]:
    return tuple(each.run_id for each in runs)


X, Y = series("x"), series("y")
KNOWN = [run("top"), *X, *Y, run("old"), run("older")]


def found(cursor: int, *marked: str) -> Sides:
    told = sides(KNOWN[cursor], marked, KNOWN)
    assert isinstance(told, Sides), told
    return told


def test_two_marked_runs_are_compared_with_each_other_the_first_as_a_wherever_the_cursor_is() -> None:
    for cursor in range(len(KNOWN)):
        told = found(cursor, "older", "top")
        assert (told.a, told.b) == (("older",), ("top",))


def test_two_marked_runs_of_one_series_are_two_runs_and_not_parts_of_it() -> None:
    told = found(3, "x1", "x3")
    assert (told.a, told.b) == (("x1",), ("x3",))
    assert told.why == "A = run x1, 1/3 of series x · B = run x3, 3/3 of series x"


def test_the_marked_runs_of_two_series_are_two_groups() -> None:
    told = found(0, *ids(Y), *ids(X))
    assert (told.a, told.b) == (ids(Y), ids(X))
    assert told.why == "A = series y, 3 runs · B = series x, 3 runs"


def test_a_series_that_was_marked_in_part_is_said_to_be_a_part() -> None:
    told = found(0, "x1", "x2", *ids(Y))
    assert told.a == ("x1", "x2") and told.a_named == "series x, 2 of 3 runs"


def test_one_marked_run_and_the_one_under_the_cursor_stand_for_their_series() -> None:
    told = found(5, "x2")
    assert (told.a, told.b) == (ids(X), ids(Y))
    assert found(0, "x2").b == ("top",)


def test_one_marked_run_and_another_of_its_series_are_two_runs() -> None:
    told = found(1, "x1")
    assert (told.a, told.b) == (("x1",), ("x3",))


def test_more_groups_are_compared_with_the_run_under_the_cursor_unless_it_is_one_of_them() -> None:
    told = found(8, "top", *ids(X), *ids(Y))
    assert told.a_named == "7 marked runs" and told.b == ("older",)
    within = sides(KNOWN[1], ids(X), KNOWN)
    assert isinstance(within, str) and "no two groups" in within
    assert found(0, *ids(X)).b == ("top",)


def test_a_marked_run_that_goes_on_is_not_compared() -> None:
    going = run("going", state=RunState.RUNNING)
    told = sides(KNOWN[0], ("going", "old"), [going, *KNOWN])
    assert isinstance(told, str) and "going is still going on" in told


def test_the_only_marked_run_is_not_compared_with_itself() -> None:
    assert isinstance(sides(BY_ID["t4y6mm"], ("t4y6mm",), RUNS), str)


def test_a_run_that_goes_on_has_nothing_to_compare() -> None:
    assert BY_ID["k3v9qa"].state is RunState.RUNNING
    assert isinstance(sides(BY_ID["k3v9qa"], (), RUNS), str)
