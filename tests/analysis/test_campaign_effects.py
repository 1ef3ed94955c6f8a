"""Main effects, where the design lets them be told, and drift over a campaign."""

from __future__ import annotations

import pytest

from chimera_tui.analysis.campaign_cells import gathered
from chimera_tui.analysis.campaign_design import design_of
from chimera_tui.analysis.campaign_drift import drifts_of
from chimera_tui.analysis.campaign_effects import effects_of
from chimera_tui.domain.campaign import CampaignPlan, Cell
from chimera_tui.domain.conclusion import MainEffect
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from tests.analysis.campaigns import A, blocks, cell, constant, matrix, plan

GPU = {"20": 30.0, "80": 50.0}


def effects(of: CampaignPlan, runs: list[RunSummary]) -> dict[tuple[str, str, str], MainEffect]:
    return {(each.axis, each.metric, each.agent): each for each in effects_of(of, gathered(of.cells, runs))}


def by_gpu(of: Cell, agent: AgentId) -> float:
    return GPU.get(of.value("num_gpu"), 40.0)


def test_an_axis_that_matters_is_told_with_its_size_and_one_that_does_not_is_not() -> None:
    of = matrix(num_gpu=[20, 80], num_ctx=[512, 4096, 8192])
    found = effects(of, blocks(of, by_gpu))
    gpu, ctx = found[("num_gpu", "decode rate", "a")], found[("num_ctx", "decode rate", "a")]
    assert gpu.shown
    assert (gpu.worst, gpu.best) == ("20", "80")
    assert gpu.percent is not None and gpu.low_percent is not None and gpu.high_percent is not None
    assert gpu.percent == pytest.approx(66.7, abs=2)
    assert 60 < gpu.low_percent < 66.7 < gpu.high_percent < 75
    assert gpu.words == (
        f"num_gpu: A's decode rate is {gpu.percent:.1f} % faster "
        f"(95 % interval {gpu.low_percent:.1f}–{gpu.high_percent:.1f} %) with 80 than with 20"
    )
    assert [(level.value, level.cells, level.runs) for level in gpu.levels] == [("20", 3, 15), ("80", 3, 15)]
    assert gpu.levels[1].percent == pytest.approx(25.0, abs=1)
    assert not ctx.shown
    assert "no effect on A's decode rate can be shown" in ctx.words
    assert {axis for axis, _, _ in found} == {"num_gpu", "num_ctx"}


def test_a_shorter_wait_is_the_better_level() -> None:
    of = matrix(num_ctx=[512, 8192])
    waits = {"512": 100.0, "8192": 400.0}
    found = effects(of, blocks(of, constant(50.0), lambda of, agent: waits[of.value("num_ctx")]))
    ttft = found[("num_ctx", "TTFT", "b")]
    assert (ttft.worst, ttft.best, ttft.shown) == ("8192", "512", True)
    assert ttft.percent is not None
    assert ttft.percent == pytest.approx(-75.0, abs=2)
    assert f"B's TTFT is {-ttft.percent:.1f} % sooner" in ttft.words


def test_the_same_runs_give_the_same_interval_whatever_else_was_run() -> None:
    of = matrix(num_gpu=[20, 80])
    runs = blocks(of, by_gpu)
    more = plan(*of.cells, cell(9, {"num_gpu": 40}))
    first = effects(of, runs)[("num_gpu", "decode rate", "a")]
    again = effects(of, list(reversed(runs)))[("num_gpu", "decode rate", "a")]
    beside = effects(more, runs)[("num_gpu", "decode rate", "a")]
    assert (first.low_percent, first.high_percent) == (again.low_percent, again.high_percent)
    assert first.low_percent == beside.low_percent  # the cell without runs is no level


def test_too_few_runs_have_levels_and_no_interval() -> None:
    of = matrix(num_gpu=[20, 80], repeats=2)
    effect = effects(of, blocks(of, by_gpu, repeats=2))[("num_gpu", "decode rate", "a")]
    assert effect.percent == pytest.approx(66.7, abs=3)
    assert (effect.low_percent, effect.shown) == (None, False)
    assert "too few runs" in effect.words


def test_axes_that_change_only_together_are_named_and_tell_no_effect() -> None:
    of = plan(cell(1, {"num_gpu": 20, "num_ctx": 512}), cell(2, {"num_gpu": 80, "num_ctx": 8192}))
    effect = effects(of, blocks(of, by_gpu))[("num_gpu", "decode rate", "a")]
    assert not effect.shown
    assert effect.levels == ()
    assert effect.cautions == ("num_gpu changes only together with num_ctx: their effects can not be told apart",)


def test_only_settings_that_have_every_value_count() -> None:
    """Without the balance num_gpu 20 would look better than 80: its extra cell is fast for another reason."""
    of = plan(*matrix(num_gpu=[20, 80], num_ctx=[512]).cells, cell(3, {"num_gpu": 20, "num_ctx": 8192}))
    rates = {1: 30.0, 2: 50.0, 3: 300.0}
    effect = effects(of, blocks(of, lambda of, agent: rates[of.number]))[("num_gpu", "decode rate", "a")]
    assert (effect.worst, effect.best) == ("20", "80")
    assert [level.cells for level in effect.levels] == [1, 1]
    assert effect.cautions == (
        "unbalanced: 1 of 2 settings of the other axes have every value of num_gpu; "
        "the others are left out of its effect",
    )


def test_a_value_that_shares_no_setting_with_the_others_is_left_out_and_named() -> None:
    of = plan(
        cell(1, {"num_gpu": 20, "num_ctx": 512}),
        cell(2, {"num_gpu": 80, "num_ctx": 512}),
        cell(3, {"num_gpu": 40, "num_ctx": 8192}),
    )
    design = design_of("num_gpu", of.axes, of.cells)
    assert design.levels == ("20", "80")
    assert design.cautions == ("num_gpu 40 was measured at no setting that the other values share",)


def test_an_effect_that_turns_round_somewhere_says_so() -> None:
    of = matrix(num_gpu=[20, 80], num_ctx=[512, 4096, 8192])

    def rate(of: Cell, agent: AgentId) -> float:
        return 30.0 if (of.value("num_gpu") == "20") != (of.value("num_ctx") == "8192") else 50.0

    effect = effects(of, blocks(of, rate))[("num_gpu", "decode rate", "a")]
    assert effect.shown
    assert effect.cautions == ("the other way round at 1 of 3 settings of the other axes, by the means",)


def test_wall_times_of_one_agent_alone_are_no_level_beside_those_of_both() -> None:
    of = plan(cell(1, {"scenario": "equal"}), cell(2, {"scenario": "a-alone"}, agents=[A], scenario="a-alone"))
    found = effects(of, blocks(of, constant(50.0)))
    assert ("scenario", "decode rate", "a") in found
    assert ("scenario", "wall", "") not in found


def test_a_drift_of_the_machine_shows_over_the_blocks_and_is_no_effect_of_a_cell() -> None:
    of = matrix(num_gpu=[20, 80], num_ctx=[512, 8192])
    drifting = blocks(of, by_gpu, noise=0.002, drift=-0.1)
    found = {(each.metric, each.agent): each for each in drifts_of(gathered(of.cells, drifting))}
    rate = found[("decode rate", "a")]
    assert rate.direction == "falling"
    assert rate.percent == pytest.approx(-9.5, abs=2)
    assert rate.n == 20
    assert rate.words.startswith("A's decode rate: drift: falling")
    assert not effects(of, drifting)[("num_ctx", "decode rate", "a")].shown
    calm = {(each.metric, each.agent): each for each in drifts_of(gathered(of.cells, blocks(of, by_gpu)))}
    assert calm[("decode rate", "a")].direction == "none"


def test_drift_needs_runs() -> None:
    of = matrix(num_gpu=[20])
    (first, *_) = drifts_of(gathered(of.cells, blocks(of, by_gpu, repeats=1)))
    assert (first.n, first.direction, first.percent) == (0, "unknown", None)
