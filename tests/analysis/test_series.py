"""A series of repeats, and the gaps between its tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.analysis.itl import itl_gaps, itl_statistics, merged_gaps
from chimera_tui.analysis.series import series_statistics
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.metrics import Step
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import Chunk, RequestSent, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.verdicts import Tally
from tests.analysis.series import group, run


def arrived(
    *stamps: int, agent: AgentId = AgentId.A, step: Step = "analysis", run_id: str = "r1"
) -> TokensArrived:
    return TokensArrived(run_id, agent, step, tuple(Chunk(at_ns, "x") for at_ns in stamps))


def test_gaps_run_on_over_batches_and_never_over_requests() -> None:
    events = [arrived(10, 13), arrived(20), arrived(500, 504, step="report"), arrived(30, agent=AgentId.B)]
    found = itl_gaps(events)
    assert found[AgentId.A].gaps_ns == [3, 7, 4]
    assert found[AgentId.B].gaps_ns == []


def test_what_mended_a_report_is_in_no_gap() -> None:
    found = itl_gaps([arrived(10, 13), arrived(500, 504, 509, step="repair")])
    assert found[AgentId.A].gaps_ns == [3]


def test_a_request_that_is_sent_again_begins_anew() -> None:
    sent = RequestSent("r1", AgentId.A, "analysis", 50, "", "")
    assert itl_gaps([arrived(10, 12), sent, arrived(90, 95)])[AgentId.A].gaps_ns == [2, 5]


def test_a_clock_that_stepped_back_is_counted_and_gives_no_gap() -> None:
    gaps = itl_gaps([arrived(10, 12, 5, 9)])[AgentId.A]
    assert (gaps.gaps_ns, gaps.backwards) == ([2, 4], 1)


def test_the_gaps_of_all_runs_are_one_distribution() -> None:
    merged = merged_gaps([itl_gaps([arrived(0, 1, 3)]), itl_gaps([arrived(0, 100, run_id="r2")])])
    found = itl_statistics(merged[AgentId.A])
    assert (found.gaps, found.p50_ns, found.max_ns, found.p95_ns, found.p99_ns) == (3, 2, 100, None, None)


def test_far_percentiles_come_with_enough_gaps() -> None:
    found = itl_statistics(list(range(1, 102)))
    assert (found.p50_ns, found.p95_ns, found.p99_ns, found.max_ns) == (51, 96, 100, 101)
    assert itl_statistics([]).mean_ns is None


def test_each_figure_of_each_agent_is_described() -> None:
    found = series_statistics(group("r", [50.0, 52.0, 51.0]), {AgentId.A: [5, 6, 7]})
    assert found.run_ids == ("r0", "r1", "r2")
    first, second = found.agents
    rate = first.metric("decode rate")
    assert rate.sample.values == pytest.approx((50.0, 52.0, 51.0))
    assert rate.description.mean == pytest.approx(51.0)
    assert first.metric("TTFT, report").description.mean == pytest.approx(320e6)
    assert first.metric("tokens").description.mean == 202
    assert (first.itl.p50_ns, second.itl.gaps) == (6, 0)
    assert found.wall.description.mean == 6e9
    assert found.energy_per_token.description.not_reported == 3
    assert "3 runs" in found.caution


def test_warm_ups_are_kept_apart_and_solo_runs_are_another_thing() -> None:
    runs = [run(0, name="w", rate=1.0, role="warmup"), *group("r", [50.0, 50.0]), run(9, name="s", role="solo")]
    found = series_statistics(runs, {})
    assert found.warmup_ids == ("w0",)
    assert found.run_ids == ("r0", "r1")
    assert found.left_out == ()


def test_disturbed_and_unfinished_runs_are_left_out_with_the_reason_unless_asked_for() -> None:
    runs = [
        *group("r", [50.0, 50.0]),
        run(2, name="x", causes=[Cause.THROTTLED]),
        run(3, name="y", causes=[Cause.PROMPT_CACHED]),
        replace(run(4, name="z"), state=RunState.FAILED),
    ]
    found = series_statistics(runs, {})
    assert found.run_ids == ("r0", "r1", "y3")
    assert [(each.run_id, each.why) for each in found.left_out] == [("x2", "throttled clock"), ("z4", "it failed")]
    asked = series_statistics(runs, {}, include_flagged=True)
    assert (asked.run_ids, asked.flagged) == (("r0", "r1", "x2", "y3"), 1)


def test_an_outlier_is_told_by_its_run() -> None:
    found = series_statistics(group("r", [50.0, 50.1, 49.9, 50.0, 80.0]), {})
    assert found.agents[0].metric("decode rate").outlier_runs() == ("r4",)


def test_a_series_of_nothing_says_so() -> None:
    found = series_statistics([], {})
    assert (found.agents, found.caution) == ((), "no run reported it")


def test_the_grounding_score_is_told_where_reports_were_checked() -> None:
    runs = group("s", [40.0, 41.0])
    (plain,) = {len(agent.metrics) for agent in series_statistics(runs, {}).agents}
    checked = [
        replace(each, agents=tuple(replace(o, grounding=Tally(supported, 1)) for o in each.agents))
        for each, supported in zip(runs, (1, 3), strict=True)
    ]
    first = series_statistics(checked, {}).agents[0]
    assert len(first.metrics) == plain + 1
    assert first.metric("grounding score").sample.values == (0.5, 0.75)
