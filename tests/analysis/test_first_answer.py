"""Models that think first: when the answer came is a figure of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.analysis.compare import compare
from chimera_tui.analysis.series import series_statistics
from chimera_tui.domain.runs import RunSummary
from tests.analysis.series import group
from tests.formats.records import MS

RATES = [50.0, 50.1, 49.9, 50.05, 50.02, 49.95]
FIGURES = {"first answer, analysis", "first answer, report"}


def thinking(runs: list[RunSummary], thought_ms: int | None) -> list[RunSummary]:
    """The same runs, their answers so much later than their first thought; None: no answer came at all."""
    return [
        replace(
            run,
            agents=tuple(
                replace(
                    agent,
                    requests=tuple(
                        replace(
                            request,
                            client=replace(
                                request.client,
                                first_answer_ns=None
                                if thought_ms is None or request.client.first_content_ns is None
                                else request.client.first_content_ns + thought_ms * MS,
                            ),
                        )
                        for request in agent.requests
                    ),
                )
                for agent in run.agents
            ),
        )
        for run in runs
    ]


def test_a_series_tells_when_the_answer_came_of_a_model_that_thinks() -> None:
    told = series_statistics(thinking(group("r", RATES), 2_000), {})
    for agent in told.agents:
        assert agent.metric("TTFT, analysis").description.mean == pytest.approx(320e6)
        assert agent.metric("first answer, analysis").description.mean == pytest.approx(2_320e6)


def test_models_that_do_not_think_have_no_such_figure() -> None:
    told = series_statistics(group("r", RATES), {})
    assert not FIGURES & {each.sample.metric for agent in told.agents for each in agent.metrics}
    view = compare(group("a", RATES), group("b", RATES))
    assert not FIGURES & {each.metric for each in view.metrics}


def test_a_comparison_sets_first_answers_beside_each_other_also_when_only_one_side_thought() -> None:
    view = compare(group("a", RATES), thinking(group("b", RATES), 2_000))
    found = {(each.metric, each.agent): each for each in view.metrics}
    waits = found["first answer, report", "b"]
    assert (waits.a_mean, waits.b_mean, waits.verdict) == (pytest.approx(320e6), pytest.approx(2_320e6), "worse")
    assert "Agent B, first answer, report: B is 7.25× as long (95 % interval 7.25–7.25×)" in waits.words
    assert waits.words in view.headline
    assert found["TTFT, report", "b"].difference_percent == 0


def test_thoughts_that_no_answer_followed_are_not_reported_rather_than_taken_for_an_answer() -> None:
    told = series_statistics(thinking(group("r", RATES), None), {})
    assert told.agents[0].metric("first answer, report").description.n == 0
