"""What a campaign has and lacks follows from its plan, its decisions and its runs, and from nothing else."""

from __future__ import annotations

import pytest

from chimera_tui.campaign.ledger import Ledger
from chimera_tui.domain.campaign import Rules, StopRule
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.run_state import RunState
from tests.campaign.plans import GONE, KILLED, OOM, REJECTED, cell, decided, plan, record, run_of

ONE, TWO = cell(1), cell(2)
FAILED = RunState.FAILED


def drain(ledger: Ledger) -> list[tuple[str, str, int]]:
    """Make every run that is asked for; (cell, role, repeat) of each."""
    made: list[tuple[str, str, int]] = []
    while (turn := ledger.next()) is not None:
        assert len(made) < 100
        made.append((turn.cell.cell_id, turn.role, turn.repeat))
        ledger.add(run_of(turn.cell, len(made), role=turn.role))
    return made


def test_every_repeat_is_made_once_and_then_nothing_is_lacking() -> None:
    ledger = Ledger(record(plan(ONE, TWO)), ())
    made = drain(ledger)
    assert sorted(made) == [(each.cell_id, "measured", repeat) for each in (ONE, TWO) for repeat in (1, 2)]
    assert ledger.lacking() == (0, 0)
    assert {each.state for each in ledger.progress()} == {"done"}


def test_a_ledger_made_anew_goes_on_where_the_other_stood() -> None:
    of = record(plan(ONE, TWO, cell(3, repeats=4)))
    whole = drain(Ledger(of, ()))
    for cut in range(len(whole)):
        first = Ledger(of, ())
        runs = []
        for number in range(cut):
            turn = first.next()
            assert turn is not None
            runs.append(run_of(turn.cell, number))
            first.add(runs[-1])
        assert drain(Ledger(of, runs)) == whole[cut:]


def test_warm_ups_come_before_the_cells_first_measured_run_and_are_counted_apart() -> None:
    warm = cell(1, repeats=2, warmup=2)
    ledger = Ledger(record(plan(warm)), ())
    assert ledger.lacking() == (2, 2)
    assert [(role, repeat) for _, role, repeat in drain(ledger)] == [
        ("warmup", 1),
        ("warmup", 2),
        ("measured", 1),
        ("measured", 2),
    ]


def test_what_was_cut_off_is_made_again_and_never_counted() -> None:
    runs = [
        run_of(ONE, 1),
        run_of(ONE, 2, FAILED, KILLED),
        run_of(ONE, 3, RunState.CANCELLED),
        run_of(ONE, 4, RunState.RUNNING),
    ]
    ledger = Ledger(record(plan(ONE)), runs)
    (progress,) = ledger.progress()
    assert (progress.done, progress.failed, progress.state, progress.runs) == (1, 0, "waiting", ("run001",))
    turn = ledger.next()
    assert turn is not None
    assert turn.repeat == 2


def test_a_cell_is_given_up_after_so_many_failures_in_a_row_and_the_others_go_on() -> None:
    ledger = Ledger(record(plan(ONE, TWO, rules=Rules(stop=StopRule(tries=2)))), ())
    ledger.add(run_of(ONE, 1, FAILED, OOM))
    assert not ledger.is_given_up(ONE.cell_id)
    ledger.add(run_of(ONE, 2))
    ledger.add(run_of(ONE, 3, FAILED, OOM))
    assert not ledger.is_given_up(ONE.cell_id)
    ledger.add(run_of(ONE, 4, FAILED, OOM))
    assert ledger.is_given_up(ONE.cell_id)
    first, second = ledger.progress()
    assert (first.state, first.done, first.failed, first.error) == ("given up", 1, 3, OOM)
    assert second.state == "waiting"
    assert {each for each, _, _ in drain(ledger)} == {TWO.cell_id}


def test_what_no_new_try_heals_is_given_up_at_once() -> None:
    ledger = Ledger(record(plan(ONE, TWO)), [run_of(ONE, 1, FAILED, REJECTED)])
    assert ledger.is_given_up(ONE.cell_id)
    assert "no new try heals" in ledger.progress()[0].why


@pytest.mark.parametrize("error", [KILLED, GONE])
def test_a_killed_daemon_or_a_server_that_is_gone_is_no_fault_of_the_cell(error: ErrorInfo) -> None:
    ledger = Ledger(record(plan(ONE)), [run_of(ONE, number, FAILED, error) for number in range(20)])
    assert not ledger.is_given_up(ONE.cell_id)
    assert ledger.progress()[0].failed == 0
    assert len(drain(ledger)) == 2


def test_resuming_gives_new_tries_to_what_was_given_up_before_it_and_not_after() -> None:
    runs = [run_of(ONE, number, FAILED, OOM) for number in range(3)]
    resumed = Ledger(record(plan(ONE), decided("resumed", runs=3)), runs)
    assert not resumed.is_given_up(ONE.cell_id)
    before = Ledger(record(plan(ONE), decided("resumed", runs=0)), runs)
    assert before.is_given_up(ONE.cell_id)


def test_people_skip_want_add_take_and_prefer() -> None:
    three = cell(3, repeats=1)
    ledger = Ledger(record(plan(ONE, TWO, three)), ())
    ledger.decide(decided("skipped", ONE))
    ledger.decide(decided("repeats", TWO, amount=3))
    ledger.decide(decided("first", three))
    assert [progress.state for progress in ledger.progress()] == ["skipped", "waiting", "waiting"]
    assert drain(ledger) == [
        (three.cell_id, "measured", 1),
        *((TWO.cell_id, "measured", repeat) for repeat in range(1, 6)),
    ]
    ledger.decide(decided("wanted", ONE))
    ledger.decide(decided("repeats", ONE, amount=-1))
    assert drain(ledger) == [(ONE.cell_id, "measured", 1)]
    ledger.decide(decided("repeats", ONE, amount=-100))
    ledger.decide(decided("repeats", ONE, amount=2))
    assert drain(ledger) == [(ONE.cell_id, "measured", 2)]


def test_a_new_plan_keeps_the_runs_of_the_cells_that_are_the_same() -> None:
    runs = [run_of(ONE, 1), run_of(TWO, 2), run_of(ONE, 3)]
    three = cell(3, repeats=1)
    ledger = Ledger(record(plan(ONE, three)), runs)
    assert [progress.done for progress in ledger.progress()] == [2, 0]
    assert drain(ledger) == [(three.cell_id, "measured", 1)]


def test_time_and_tokens_of_every_run_are_spent_also_of_those_that_failed() -> None:
    ledger = Ledger(record(plan(ONE)), [run_of(ONE, 1), run_of(ONE, 2, FAILED, OOM)])
    assert (ledger.spent_s, ledger.tokens) == (4.0, 200)
