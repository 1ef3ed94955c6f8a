"""What running both agents at once gains."""

from __future__ import annotations

import pytest

from chimera_tui.analysis.speedup import speedup
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from tests.analysis.series import MS, run


def walls(name: str, *seconds: float, agents: tuple[AgentId, ...] = (AgentId.A, AgentId.B)) -> list[RunSummary]:
    return [
        run(index, name=name, agents=agents, wall_ns=round(each * 1000) * MS) for index, each in enumerate(seconds)
    ]


PAIR = walls("p", 8.0, 8.1, 7.9)
SOLO_A = walls("a", 5.0, 5.1, 4.9, agents=(AgentId.A,))
SOLO_B = walls("b", 6.0, 6.2, 5.8, agents=(AgentId.B,))


def test_the_speedup_is_both_alone_by_both_at_once() -> None:
    found = speedup(PAIR, SOLO_A, SOLO_B)
    assert found.speedup == pytest.approx((5.0 + 6.0) / 8.0)
    assert found.interval is not None
    assert found.interval.low < 1.375 < found.interval.high
    assert (found.pair_ids, found.solo_a_ids) == (("p0", "p1", "p2"), ("a0", "a1", "a2"))
    assert found.caution == ""


def test_overlap_efficiency_stands_under_its_own_name_and_says_why_it_is_not_the_same() -> None:
    found = speedup(PAIR, SOLO_A, SOLO_B)
    assert found.overlap_efficiency == pytest.approx(sum(10.56 / 2 / wall for wall in (8.0, 8.1, 7.9)) / 3)
    assert "waiting for the other counts as work" in found.efficiency_note


def test_few_runs_give_a_ratio_without_an_interval() -> None:
    found = speedup(PAIR[:1], SOLO_A, SOLO_B)
    assert found.speedup == pytest.approx(11.0 / 8.0)
    assert found.interval is None
    assert "fewer than three runs" in found.caution


def test_without_one_of_the_three_kinds_there_is_no_speedup() -> None:
    found = speedup(PAIR, SOLO_A, [run(0, agents=(AgentId.B,), causes=[Cause.THROTTLED])])
    assert found.speedup is None
    assert "no run of B alone counts" in found.caution
    assert [each.why for each in found.left_out] == ["throttled clock"]


def test_waiting_for_the_other_agent_is_what_a_speedup_measures_and_other_waits_are_not() -> None:
    queued = [run(index, name="q", causes=[Cause.QUEUED], wall_ns=8_000 * MS) for index in range(3)]
    assert speedup(queued, SOLO_A, SOLO_B).speedup == pytest.approx(11.0 / 8.0)
    cold = [run(index, name="c", causes=[Cause.QUEUED, Cause.COLD_LOAD]) for index in range(3)]
    found = speedup(cold, SOLO_A, SOLO_B)
    assert found.speedup is None
    assert {each.why for each in found.left_out} == {"cold load"}


def test_a_run_of_both_is_never_taken_for_one_alone() -> None:
    assert speedup(PAIR, PAIR, SOLO_B).speedup is None
