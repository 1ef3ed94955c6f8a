"""A campaign's conclusion as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.analysis.campaign_conclusion import conclude
from chimera_tui.domain.campaign import CampaignPlan, Cell, MergedCell, Rules
from chimera_tui.domain.campaign_view import Decision
from chimera_tui.domain.conclusion import Conclusion
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.options import AgentId, Options
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.wire import adapter
from tests.analysis.campaigns import A, B, blocks, cell, constant, matrix, plan, record, run
from tests.formats.records import ENVIRONMENT, MS, STARTED, TELEMETRY

GPU = {"20": 30.0, "80": 50.0}


def concluded(of: CampaignPlan, runs: list[RunSummary]) -> Conclusion:
    return conclude(record(of), runs)


def night(repeats: int = 8) -> tuple[CampaignPlan, list[RunSummary]]:
    """num_gpu matters for rate and wait, num_ctx for nothing."""
    of = matrix(num_gpu=[20, 80], num_ctx=[512, 8192], repeats=repeats)
    runs = blocks(
        of,
        lambda of, agent: GPU[of.value("num_gpu")],
        lambda of, agent: 40_000 / GPU[of.value("num_gpu")],
        repeats=repeats,
    )
    return of, runs


def test_the_headline_answers_which_setting_to_use_with_numbers_and_intervals() -> None:
    of, runs = night()
    headline = concluded(of, runs).headline
    assert 3 <= len(headline) <= 5
    assert headline[0].startswith("Use cell ")
    assert "(num_gpu 80 · num_ctx " in headline[0]
    rate = next(sentence for sentence in headline if sentence.startswith("Highest decode rate: A "))
    assert "tok/s (95 % interval " in rate
    assert "n = 8" in rate
    assert any(sentence.startswith("Shortest TTFT: A ") and " ms" in sentence for sentence in headline)
    assert any(sentence.startswith("What matters: num_gpu") for sentence in headline)
    assert any("no effect can be shown of num_ctx" in sentence for sentence in headline)
    assert not any("This rests on intervals" in sentence for sentence in headline)


def test_a_conclusion_travels_over_the_wire() -> None:
    of, runs = night(3)
    told = concluded(of, runs)
    kept = adapter(Conclusion)
    assert kept.validate_json(kept.dump_json(told)) == told


def test_the_order_in_which_runs_are_given_changes_nothing() -> None:
    of, runs = night(3)
    assert concluded(of, list(reversed(runs))) == concluded(of, runs)


def test_too_few_runs_say_how_many_could_tell() -> None:
    of, runs = night(3)
    told = concluded(of, runs)
    assert told.headline[0].startswith("Use cell ")
    assert told.headline[-1] == (
        "This rests on intervals; the rank test can not confirm it with so few runs: against 3 other cells p is "
        "at least 0.300; 5 repeats of each cell could."
    )
    assert any("intervals below 6 runs are rough" in caution for caution in told.cautions)


def test_no_difference_is_no_answer() -> None:
    of = matrix(num_gpu=[20, 80], num_ctx=[512, 8192])
    told = concluded(of, blocks(of, constant(50.0)))
    assert told.headline[0] == (
        "These runs do not show that any setting is better than another, at decode rate or at TTFT."
    )
    assert "No effect can be shown of num_gpu and num_ctx." in told.headline


def test_rate_and_wait_that_want_different_cells_leave_a_choice() -> None:
    of = matrix(num_gpu=[20, 80], repeats=8)
    runs = blocks(
        of,
        lambda of, agent: GPU[of.value("num_gpu")],
        lambda of, agent: 10 * GPU[of.value("num_gpu")],
        repeats=8,
    )
    told = concluded(of, runs)
    assert told.headline[0] == (
        "No cell is best at both decode rate and TTFT: the choice is between cells 2 and 1, fastest first."
    )


def test_no_run_concludes_nothing_and_breaks_nothing() -> None:
    of, _ = night()
    told = concluded(of, [])
    assert told.headline == ("No run of this campaign counts yet: nothing can be said of any setting.",)
    assert [each.n for each in told.cells] == [0, 0, 0, 0]
    assert (told.rankings, told.fronts, told.effects) == ((), (), ())


def test_a_single_cell_leaves_nothing_to_choose_from() -> None:
    of = matrix(num_gpu=[20])
    assert concluded(of, blocks(of, constant(30.0))).headline[0].startswith("Only cell 1 (num_gpu 20) has runs")


def test_runs_that_do_not_count_are_named_with_their_reasons() -> None:
    of = plan(cell(1, {"num_gpu": 20}), cell(2, {"num_gpu": 80}))
    first, second = of.cells
    wait = constant(320.0)
    failed = run(first, 11, constant(30.0), wait, state=RunState.FAILED)
    error = ErrorInfo("load_failed", "no memory left", "h", "")
    failed = replace(failed, agents=(replace(failed.agents[0], error=error), failed.agents[1]))
    runs = [
        *(run(first, place, constant(30.0), wait) for place in range(3)),
        run(first, 10, constant(30.0), wait, role="warmup"),
        failed,
        run(first, 12, constant(30.0), wait, causes=[Cause.THROTTLED, Cause.PROMPT_CACHED]),
        run(first, 13, constant(30.0), wait, state=RunState.CANCELLED),
        run(cell(9), 14, constant(99.0), wait),
    ]
    told = conclude(record(of, Decision("skipped", STARTED, second.cell_id)), runs)
    one, two = told.cells
    assert (one.n, one.warmups, one.wanted) == (3, 1, 5)
    assert [(each.code, each.what) for each in one.failures] == [("load_failed", "no memory left")]
    assert [each.why for each in one.left_out] == ["throttled clock", "it was cancelled"]
    assert [(each.cause, each.runs, each.disturbs) for each in one.causes] == [
        ("cached prompt", 1, False),
        ("throttled clock", 1, True),
    ]
    assert (two.n, two.why) == (0, "skipped by a person")
    assert "cell 2 has no run that counts and can not be judged" in told.cautions
    assert "cell 1 has fewer runs that count than the file asks for" in told.cautions
    assert "2 runs left out: throttled clock (1), it was cancelled (1)" in told.cautions
    assert "1 run failed: load_failed (1)" in told.cautions


def test_waits_that_a_cell_measures_count_and_are_told() -> None:
    fight = cell(1, scenario="different", options=[Options(num_ctx=512), Options(num_ctx=8192)])
    of = plan(fight)
    runs = [
        run(fight, place, constant(30.0), constant(9_000.0), causes=[Cause.RELOAD_OTHER_AGENT])
        for place in range(3)
    ]
    told = concluded(of, runs)
    assert told.cells[0].n == 3
    assert [(each.runs, each.disturbs) for each in told.cells[0].causes] == [(3, False)]
    assert (
        "each agent loaded the model anew, with options of its own, in cell 1; that is what is measured there: "
        "TTFT and wall hold that wait"
    ) in told.cautions


def test_a_speedup_is_told_only_against_the_same_settings_alone() -> None:
    both = cell(1, {"num_gpu": 80})
    alone = [
        replace(cell(number, {"num_gpu": 80}, agents=[agent]), scenario=f"{agent.value}-alone")  # type: ignore[arg-type]
        for number, agent in ((2, A), (3, B))
    ]
    other = cell(4, {"num_gpu": 20})
    wait = constant(320.0)

    def runs(of: CampaignPlan, wall_ms: dict[int, int]) -> list[RunSummary]:
        return [
            run(each, 10 * each.number + place, constant(50.0), wait, wall_ns=wall_ms[each.number] * MS)
            for each in of.cells
            for place in range(3)
        ]

    of = plan(both, *alone, other)
    told = concluded(of, runs(of, {1: 6_000, 2: 5_000, 3: 4_000, 4: 6_000}))
    speedup = told.cells[0].speedup
    assert speedup is not None
    assert (speedup.mean, speedup.n) == (pytest.approx(1.5), 3)
    assert told.cells[3].speedup is None
    assert told.cells[0].overlap_efficiency is not None
    assert told.cells[1].overlap_efficiency is None


def test_what_was_not_the_same_in_every_run_is_told() -> None:
    of = matrix(num_ctx=[512, 8192], repeats=3)
    runs = blocks(of, constant(50.0), repeats=3)

    def at(place: int, each: RunSummary) -> RunSummary:
        assert each.campaign is not None
        ours = replace(ENVIRONMENT, prompt_digests=(("a", each.campaign.cell),))
        newer = replace(ours, models=(replace(ours.models[0], server_version="0.34.0"), ours.models[1]))
        return replace(each, environment=newer if place > 3 else ours)

    told = concluded(of, [at(place, each) for place, each in enumerate(runs)])
    assert ("server version of agent A", "0.33.3 · 0.34.0") in told.surroundings
    assert ("GPU", "NVIDIA H200 (150 GB)") in told.surroundings
    assert "the runs are not of one server version of agent A: 0.33.3 and 0.34.0" in told.cautions
    assert any(
        caution.startswith(
            "agent A was given 2 different prompts in different cells, as a prompt is fitted to num_ctx"
        )
        for caution in told.cautions
    )


def test_order_and_merged_points_are_told() -> None:
    of = matrix(num_gpu=[20, 80], repeats=3)
    first = replace(
        of.cells[1], merged=(MergedCell("num_gpu 120", ("A: num_gpu 120 is all 35 layers, as 80 is",)),)
    )
    of = replace(of, cells=(of.cells[0], first), rules=Rules(grouping="sequential"))
    told = conclude(
        record(of, Decision("stopped", STARTED, why="the time limit of 8 h is reached")),
        blocks(of, constant(50.0), repeats=3),
    )
    assert told.ended == "stopped: the time limit of 8 h is reached"
    assert any(caution.startswith("every repeat of a cell ran right after the other") for caution in told.cautions)
    assert (
        "1 point of the matrix is the same in effect as cell 2 and not run apart "
        "(A: num_gpu 120 is all 35 layers, as 80 is)"
    ) in told.cautions


def test_energy_is_told_where_power_is_known() -> None:
    of = matrix(num_gpu=[20])
    runs = [replace(each, telemetry=TELEMETRY) for each in blocks(of, constant(50.0))]
    energy = concluded(of, runs).cells[0].energy_per_token_j
    assert energy is not None
    assert energy.mean == pytest.approx(1801.5 / sum(o.totals.tokens or 0 for o in runs[0].agents))
    assert concluded(of, blocks(of, constant(50.0))).cells[0].energy_per_token_j is None


def test_simulated_runs_are_labelled() -> None:
    of = matrix(num_gpu=[20])
    runs = [replace(each, simulated=place < 3) for place, each in enumerate(blocks(of, constant(50.0)))]
    told = concluded(of, runs)
    assert told.simulated
    assert told.cautions[0] == "simulated runs are beside measured ones"


def test_agents_with_different_best_cells_are_both_told() -> None:
    of = matrix(num_gpu=[20, 80], repeats=8)

    def rate(of: Cell, agent: AgentId) -> float:
        return 50.0 if (of.number == 1) == (agent is A) else 30.0

    (sentence,) = (s for s in concluded(of, blocks(of, rate, repeats=8)).headline if s.startswith("Highest"))
    assert "with cell 1 (num_gpu 20), every other cell is behind; B " in sentence
    assert sentence.endswith("with cell 2 (num_gpu 80), every other cell is behind.")
