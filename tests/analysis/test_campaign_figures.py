"""Figures of a campaign's cells while it runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.analysis.campaign_figures import best_so_far, cell_figures, counted, expected_causes
from chimera_tui.domain.campaign_view import CellFigure
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.metrics import total_of
from chimera_tui.domain.options import Options
from chimera_tui.domain.run_state import RunState
from tests.analysis.campaigns import A, B, blocks, cell, constant, matrix, plan, run


def test_a_cell_has_rate_and_ttft_of_each_agent_and_the_wall_of_the_run() -> None:
    of = matrix(num_gpu=[80])
    figures = cell_figures(blocks(of, constant(50.0), constant(300.0)), of.cells[0])
    assert [(each.metric, each.agent, each.unit) for each in figures] == [
        ("decode rate", "a", "tok/s"),
        ("decode rate", "b", "tok/s"),
        ("TTFT", "a", "ns"),
        ("TTFT", "b", "ns"),
        ("wall", "", "ns"),
    ]
    rate, ttft = figures[0], figures[2]
    assert rate.n == 5
    assert rate.mean == pytest.approx(50.0, rel=0.02)
    assert rate.low is not None and rate.high is not None and rate.mean is not None
    assert rate.low < rate.mean < rate.high
    assert ttft.mean == pytest.approx(300e6, rel=0.02)


def test_ttft_is_the_mean_of_an_agents_requests() -> None:
    of = cell(1)
    one = run(of, 0, constant(50.0), constant(100.0))
    first, second = one.agents[0].requests
    slower = replace(second, client=replace(second.client, sent_ns=second.client.sent_ns - 100_000_000))
    agent = replace(one.agents[0], requests=(first, slower), totals=total_of((first, slower)))
    (figure,) = (
        each
        for each in cell_figures([replace(one, agents=(agent, one.agents[1]))], of)
        if (each.metric, each.agent) == ("TTFT", "a")
    )
    assert figure.mean == pytest.approx(150e6)
    assert (figure.n, figure.low) == (1, None)


def test_warm_ups_failures_and_disturbed_runs_are_in_no_figure() -> None:
    of = cell(1)
    clean = [run(of, place, constant(50.0), constant(300.0)) for place in range(3)]
    others = [
        run(of, 3, constant(90.0), constant(300.0), role="warmup"),
        run(of, 4, constant(90.0), constant(300.0), state=RunState.FAILED),
        run(of, 5, constant(90.0), constant(300.0), causes=[Cause.THROTTLED]),
    ]
    figure = cell_figures([*others, *clean], of)[0]
    assert (figure.n, figure.mean) == (3, pytest.approx(50.0))


def test_a_cell_without_runs_has_figures_that_say_nothing() -> None:
    figures = cell_figures([], cell(1))
    assert {(each.n, each.mean, each.low, each.high) for each in figures} == {(0, None, None, None)}


def test_an_agent_alone_has_no_figures_of_the_other() -> None:
    alone = cell(1, agents=[B], scenario="b-alone")
    figures = cell_figures([run(alone, 0, constant(50.0), constant(300.0))], alone)
    assert [(each.metric, each.agent) for each in figures] == [("decode rate", "b"), ("TTFT", "b"), ("wall", "")]


def test_agents_that_reload_one_model_for_each_other_do_so_in_every_run_of_the_cell() -> None:
    fight = cell(1, scenario="different", options=[Options(num_ctx=512), Options(num_ctx=8192)])
    same = cell(2)
    apart = replace(same, settings=(same.settings[0], replace(same.settings[1], host="http://other:11434")))
    loads = {Cause.RELOAD_OTHER_AGENT, Cause.RELOAD_RUN_BEFORE, Cause.RELOAD_OTHER_CLIENT, Cause.COLD_LOAD}
    assert expected_causes(fight) == {Cause.QUEUED, *loads}
    assert expected_causes(replace(fight, mode="sequence")) == loads
    assert expected_causes(same) == {Cause.QUEUED}
    for other in (apart, replace(same, mode="sequence"), cell(3, agents=[A], scenario="a-alone")):
        assert expected_causes(other) == frozenset()
    reloading = run(fight, 0, constant(50.0), constant(9_000.0), causes=[Cause.RELOAD_OTHER_AGENT])
    assert [each.run_id for each in counted([reloading], fight).runs] == [reloading.run_id]
    assert counted([reloading], same).runs == ()


def figure(mean: float | None, low: float | None = None, high: float | None = None, **what: str) -> CellFigure:
    metric, agent = what.get("metric", "decode rate"), what.get("agent", "a")
    return CellFigure(metric, agent, "tok/s" if metric == "decode rate" else "ns", 5, mean, low, high)  # type: ignore[arg-type]


def test_the_best_so_far_is_told_with_those_whose_interval_overlaps() -> None:
    of = matrix(num_gpu=[20, 40, 60, 80])
    ids = [each.cell_id for each in of.cells]
    figures = {
        ids[0]: [figure(50.0, 49.0, 51.0)],
        ids[1]: [figure(50.5, 49.5, 51.5)],
        ids[2]: [figure(40.0, 39.0, 41.0)],
        ids[3]: [figure(39.0)],
    }
    (best,) = best_so_far(of, figures)
    assert (best.metric, best.agent, best.cell_id) == ("decode rate", "a", ids[1])
    assert best.rivals == (ids[0], ids[3])  # without an interval nothing tells it from the best


def test_a_shorter_ttft_is_the_better_one_and_missing_figures_are_no_rivals() -> None:
    of = matrix(num_gpu=[20, 40, 60])
    ids = [each.cell_id for each in of.cells]
    figures = {ids[0]: [figure(9e8, metric="TTFT")], ids[1]: [figure(3e8, metric="TTFT")], ids[2]: [figure(None)]}
    (best,) = best_so_far(of, figures)
    assert (best.metric, best.cell_id, best.rivals) == ("TTFT", ids[1], (ids[0],))


def test_an_agent_alone_is_not_the_best_beside_cells_of_both() -> None:
    both, alone = cell(1), cell(2, agents=[A], scenario="a-alone")
    figures = {both.cell_id: [figure(40.0)], alone.cell_id: [figure(80.0)]}
    assert [best.cell_id for best in best_so_far(plan(both, alone), figures)] == [both.cell_id]
    assert [best.cell_id for best in best_so_far(plan(alone), figures)] == [alone.cell_id]
