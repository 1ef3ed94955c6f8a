from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.campaign import CampaignPlan, Rules
from chimera_tui.domain.campaign_view import CampaignView, CellFigure
from chimera_tui.tui.campaign_picture import CampaignPicture, MapAxes
from chimera_tui.tui.campaign_words import Measure, Scale, first_measure, half_width_text, left_text, scale_of
from chimera_tui.tui.widgets.campaign_header import progress_bar
from tests.tui.scripted_campaign import campaign, cell_id, cells

B_RATE = Measure("decode rate", "b")


def narrowed(*numbers: int) -> CampaignPicture:
    """A campaign of only these cells."""
    view = campaign()
    kept = tuple(cell for cell in view.plan.cells if cell.number in numbers)
    plan = replace(view.plan, cells=kept)
    ids = {cell.cell_id for cell in kept}
    told = tuple(progress for progress in view.progress if progress.cell_id in ids)
    return CampaignPicture(CampaignView(view.outline, plan, told))


def test_axes_are_those_in_which_cells_differ() -> None:
    assert CampaignPicture(campaign()).axes == ("model", "num_gpu", "num_ctx")
    assert narrowed(1, 2, 3).axes == ("num_ctx",)
    assert narrowed(1).axes == ()


def test_the_map_begins_with_the_two_longest_axes() -> None:
    assert CampaignPicture(campaign()).map_axes == MapAxes("num_ctx", "num_gpu")
    assert narrowed(1, 2).map_axes == MapAxes("num_ctx")
    assert narrowed(1).map_axes == MapAxes()


def test_stepping_round_shows_every_axis_once() -> None:
    axes, shown = ("model", "num_gpu", "num_ctx"), MapAxes("num_ctx", "num_gpu")
    seen = []
    for _ in axes:
        shown = shown.step(axes, "x")
        assert shown.across != shown.down
        seen.append(shown.across)
    assert sorted(seen) == sorted(axes)
    assert MapAxes("a", "b").step(("a", "b"), "y") == MapAxes("b", "a")
    assert MapAxes("a").step(("a",), "x") == MapAxes("a")


def test_a_slice_has_the_cells_that_are_like_one_in_all_other_axes() -> None:
    picture = CampaignPicture(campaign())
    axes = picture.map_axes
    gemma, llama = picture.slice(axes, 0), picture.slice(axes, 31)
    assert len(gemma) == len(llama) == 16
    assert gemma["512", "80", ""].number == 1 and llama["512", "80", ""].number == 17
    every = picture.slice(replace(axes, stacked="model"), 0)
    assert len(every) == 32 and every["512", "80", "llama3.1:8b"].number == 17
    assert picture.fixed(axes, 31) == (("model", "llama3.1:8b"),)


def test_the_best_and_its_rivals_are_marked_by_figure() -> None:
    column = CampaignPicture(campaign()).column(B_RATE)
    assert [column.mark(cell_id(number)) for number in (1, 2, 3)] == ["★", "☆", ""]
    assert column.share(column.high) == 1.0 and column.share(column.low) == 0.0
    assert CampaignPicture(campaign()).column(Measure("wall", "")).best == ""


def test_the_first_figure_is_of_the_agent_whose_options_vary() -> None:
    plan = CampaignPlan("one", cells(), Rules())
    assert first_measure(plan) == B_RATE
    equal = replace(plan, cells=tuple(replace(cell, scenario="equal") for cell in plan.cells))
    assert first_measure(equal) == Measure("decode rate", "a")


@pytest.mark.parametrize(
    ("means", "unit", "text"),
    [
        ([8.1e8, 1.9e9], "ms", "810"),
        ([8.1e8, 1.2e10], "s", "0.810"),
        ([], "ms", "–"),
        ([4.0e4], "µs", "40.0"),
    ],
)
def test_times_of_a_column_have_one_unit(means: list[float], unit: str, text: str) -> None:
    scale = scale_of(Measure("TTFT", "a"), means)
    assert scale.unit == unit
    assert scale.text(means[0] if means else None) == text


def test_what_one_run_does_not_tell_is_empty() -> None:
    once = CellFigure("decode rate", "b", "tok/s", 1, 40.1, None, None)
    assert half_width_text(once) == "" and half_width_text(None) == ""
    assert Scale(1.0, "tok/s").interval(once) == ""
    assert half_width_text(replace(once, low=39.6, high=40.6)) == "±1.25 %"


def test_the_time_left_is_told_in_words() -> None:
    assert left_text(None) == "" and left_text(0.2) == "≈ 1 s left"
    assert left_text(42.4) == "≈ 42 s left" and left_text(7_380.0) == "≈ 2 h 03 m left"


def test_the_bar_is_full_only_when_all_is_done() -> None:
    assert progress_bar(159, 160, 20) == ("━" * 19, "─")
    assert progress_bar(160, 160, 20) == ("━" * 20, "")
    assert progress_bar(0, 0, 4) == ("", "─" * 4)


def test_grounding_is_a_figure_of_campaigns_whose_reports_were_checked() -> None:
    grounding = Measure("grounding", "")
    plain = campaign()
    assert grounding not in CampaignPicture(plain).measures
    figure = CellFigure("grounding", "", "", 3, 0.91, 0.88, 0.94)
    first, *others = plain.progress
    told = replace(plain, progress=(replace(first, figures=(*first.figures, figure)), *others))
    picture = CampaignPicture(told)
    assert picture.measures[-1] == grounding
    scale = picture.column(grounding).scale
    assert (scale.text(figure.mean), scale.interval(figure), scale.unit) == ("0.910", "[0.880, 0.940]", "of 1")
    assert not grounding.lower_is_better


def test_a_campaign_whose_repeats_go_by_grounding_begins_with_it() -> None:
    view = campaign()
    rules = replace(view.plan.rules, repeat=replace(view.plan.rules.repeat, metric="grounding"))
    plan = replace(view.plan, rules=rules)
    assert first_measure(plan) == Measure("grounding", "")
    assert Measure("grounding", "") in CampaignPicture(replace(view, plan=plan)).measures
