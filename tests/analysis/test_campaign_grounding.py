"""The quality axis of a campaign: how many of the numbers in its reports the files bear out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from chimera_tui.analysis.campaign_alerts import alerts_of
from chimera_tui.analysis.campaign_conclusion import conclude
from chimera_tui.analysis.campaign_figures import best_so_far, cell_figures
from chimera_tui.campaign.repeats import wanted_runs
from chimera_tui.domain.campaign import AlertRule, CampaignPlan, RepeatRule, Rules
from chimera_tui.domain.conclusion import Conclusion
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.verdicts import Tally
from chimera_tui.formats.campaign_csv import csv, runs_csv
from chimera_tui.formats.campaign_html import html
from chimera_tui.formats.campaign_json import json_document
from chimera_tui.formats.campaign_markdown import markdown
from tests.analysis.campaigns import blocks, constant, matrix, plan, record

CONTEXTS = matrix(num_ctx=[512, 8192], repeats=8)
POOR, GOOD = CONTEXTS.cells


def graded(runs: Iterable[RunSummary], score: Callable[[RunSummary, int], int]) -> list[RunSummary]:
    """Of A's 20 claims so many are supported, and all of B's 20."""
    told = []
    for place, run in enumerate(runs):
        supported = score(run, place)
        tallies = (Tally(supported=supported, contradicted=20 - supported), Tally(supported=20))
        agents = tuple(replace(each, grounding=tally) for each, tally in zip(run.agents, tallies, strict=True))
        told.append(replace(run, agents=agents))
    return told


def by_context(run: RunSummary, place: int) -> int:
    """A small context invents."""
    assert run.campaign is not None
    return (4 if run.campaign.cell == POOR.cell_id else 18) + place % 3 - 1


@pytest.fixture(scope="module")
def runs() -> list[RunSummary]:
    return graded(blocks(CONTEXTS, constant(40.0), repeats=8), by_context)


@pytest.fixture(scope="module")
def found(runs: list[RunSummary]) -> Conclusion:
    return conclude(record(CONTEXTS), runs)


def test_a_cell_has_the_mean_of_its_runs_scores_with_an_interval(found: Conclusion) -> None:
    poor, good = found.cells
    assert poor.grounding is not None and good.grounding is not None
    assert poor.grounding.mean == pytest.approx(0.6, abs=0.02)
    assert good.grounding.mean == pytest.approx(0.95, abs=0.02)
    assert good.grounding.low is not None and good.grounding.high is not None
    assert good.grounding.low <= good.grounding.mean <= good.grounding.high
    figure = good.figure("grounding", "")
    assert figure is not None
    assert (figure.mean, figure.unit, figure.n) == (good.grounding.mean, "", 8)


def test_cells_are_ranked_by_it_and_an_axis_has_an_effect_on_it(found: Conclusion) -> None:
    ranking = found.ranking("grounding", "")
    assert ranking is not None
    assert (ranking.best_cell, ranking.rivals[0].standing) == (GOOD.cell_id, "worse")
    (effect,) = [each for each in found.effects if each.metric == "grounding"]
    assert effect.shown
    assert "grounding score is" in effect.words
    assert "% higher" in effect.words
    assert all(drift.metric != "grounding" for drift in found.drifts), (
        "a machine that grows warm invents no numbers"
    )


def test_the_headline_tells_it_where_it_parts_cells(found: Conclusion, runs: list[RunSummary]) -> None:
    (told,) = [sentence for sentence in found.headline if "grounded" in sentence]
    assert told.startswith("Best grounded reports: 0.9")
    assert "with cell 2 (num_ctx 8192), every other cell is behind" in told
    alike = conclude(record(CONTEXTS), graded(runs, lambda run, place: 15 + place % 3))
    assert not [sentence for sentence in alike.headline if "grounded" in sentence]


def test_it_stands_beside_rate_and_ttft_on_the_front_and_decides_nothing_there(
    found: Conclusion, runs: list[RunSummary]
) -> None:
    points = {point.cell_id: point for point in found.fronts[-1].points}
    assert points[POOR.cell_id].grounding == pytest.approx(0.6, abs=0.02)
    plain = conclude(record(CONTEXTS), [replace(run, agents=_unchecked(run)) for run in runs])
    assert [(each.cell_id, each.place) for each in plain.fronts[-1].points] == [
        (each.cell_id, each.place) for each in found.fronts[-1].points
    ]


def _unchecked(run: RunSummary):  # type: ignore[no-untyped-def]
    return tuple(replace(each, grounding=None) for each in run.agents)


def test_a_campaign_that_checked_nothing_tells_nothing_of_it(runs: list[RunSummary]) -> None:
    plain = conclude(record(CONTEXTS), [replace(run, agents=_unchecked(run)) for run in runs])
    assert plain.cells[0].grounding is None
    assert plain.ranking("grounding", "") is None
    for text in (markdown(plain, CONTEXTS), html(plain, CONTEXTS), csv(plain, CONTEXTS)):
        assert "grounding" not in text


def test_a_run_whose_second_report_was_not_checked_has_no_score(runs: list[RunSummary]) -> None:
    first, second = runs[0].agents
    assert replace(runs[0], agents=(first, replace(second, grounding=None))).grounding_score is None


def test_every_format_tells_it(found: Conclusion, runs: list[RunSummary]) -> None:
    text = markdown(found, CONTEXTS)
    assert "Grounding score" in text
    assert "| grounding score |" in text
    assert "grounding score 0.9" in html(found, CONTEXTS)
    assert f"{GOOD.cell_id},2," in csv(found, CONTEXTS)
    assert [line for line in csv(found, CONTEXTS).split("\n") if ",grounding," in line]
    assert ",grounding_score," in runs_csv(found, CONTEXTS, runs).split("\n")[0]
    assert json_document(found, CONTEXTS)["cells"][1]["grounding"]["n"] == 8


def test_a_campaign_that_goes_on_tells_the_best_so_far_by_it(runs: list[RunSummary]) -> None:
    of = {cell: [run for run in runs if _of(run, cell.cell_id)] for cell in CONTEXTS.cells}
    figures = {cell.cell_id: cell_figures(mine, cell) for cell, mine in of.items()}
    (best,) = [each for each in best_so_far(CONTEXTS, figures) if each.metric == "grounding"]
    assert (best.cell_id, best.rivals) == (GOOD.cell_id, ())


def test_repeats_may_go_by_it_until_it_is_narrow_enough(runs: list[RunSummary]) -> None:
    rule = RepeatRule(metric="grounding", half_width_percent=20.0, least=3, most=20)
    adaptive = plan(*CONTEXTS.cells, rules=Rules(repeat=rule))
    figures = {GOOD.cell_id: cell_figures([run for run in runs if _of(run, GOOD.cell_id)][:6], GOOD)}
    wanted = wanted_runs(adaptive, figures, {GOOD.cell_id: 8})
    assert wanted[GOOD.cell_id].count == 6
    assert wanted[GOOD.cell_id].why.startswith("narrow enough: ±")


def _of(run: RunSummary, cell_id: str) -> bool:
    return run.campaign is not None and run.campaign.cell == cell_id


def test_a_score_that_fell_below_that_of_the_baseline_is_an_alert_where_the_rule_asks_for_it() -> None:
    one: CampaignPlan = matrix(num_ctx=[512], repeats=8)
    (cell,) = one.cells
    plain = blocks(one, constant(40.0), repeats=8)
    now, before = graded(plain, lambda run, place: 4 + place % 2), graded(plain, lambda run, place: 18 + place % 2)
    (alert,) = alerts_of(cell, AlertRule(metrics=("grounding",)), now, before)
    assert alert.metric == "grounding"
    assert alert.words.startswith("grounding score is ")
    assert "% lower than the baseline" in alert.words
    assert alerts_of(cell, AlertRule(), now, before) == ()
