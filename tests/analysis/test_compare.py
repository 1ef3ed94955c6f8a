"""Two groups of runs beside each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera_tui.analysis.compare import compare
from chimera_tui.domain.comparison import ComparedMetric, ComparisonView, SettingDifference
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.options import AgentId, Options
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.verdicts import Tally
from tests.analysis.series import group, run

SLOW = [40.0, 40.4, 39.8, 40.1, 40.2, 39.9]
FAST = [42.0, 42.5, 41.9, 42.2, 42.4, 42.1]


def metric(view: ComparisonView, name: str, agent: str = "a") -> ComparedMetric:
    return next(each for each in view.metrics if (each.metric, each.agent) == (name, agent))


def test_a_clear_difference_is_told_with_its_interval_and_p() -> None:
    found = metric(compare(group("a", SLOW), group("b", FAST)), "decode rate")
    assert found.difference == pytest.approx(sum(FAST) / 6 - sum(SLOW) / 6)
    assert found.difference_percent == pytest.approx(100 * (253.1 / 240.4 - 1))
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < found.difference < found.high
    assert found.p == pytest.approx(2 / 924)  # no overlap: the least that 6 and 6 can give
    assert found.verdict == "better"
    assert found.words.startswith(
        "Agent A, decode rate: B is 5.28 % faster (95 % interval 4.69–5.88 %); with n = 6 each this is"
    )


def test_the_interval_and_p_are_those_of_scipy() -> None:
    from scipy.stats import bootstrap, mannwhitneyu

    near = [40.25, 40.6, 39.7, 40.3, 40.9]
    found = metric(compare(group("a", SLOW), group("b", near)), "decode rate")
    theirs = bootstrap(
        (sorted(found.a), sorted(found.b)),
        lambda x, y, axis: y.mean(axis=axis) - x.mean(axis=axis),
        n_resamples=9_999,
        method="BCa",
        random_state=20_251_113,
    ).confidence_interval
    assert (found.low, found.high) == (theirs.low, theirs.high)
    assert found.p == pytest.approx(mannwhitneyu(found.a, found.b, method="exact").pvalue)


def test_slower_is_worse_and_a_later_first_token_too() -> None:
    early, late = group("a", FAST, ttft_ms=300.0), group("b", SLOW, ttft_ms=330.0)
    view = compare(early, late)
    assert metric(view, "decode rate").verdict == "worse"
    waits = metric(view, "TTFT, report", "b")
    assert (waits.verdict, waits.unit) == ("worse", "ns")
    assert "B is 10.0 % later (95 % interval 10.0–10.0 %)" in waits.words


def test_no_difference_is_not_said_to_be_equality() -> None:
    found = metric(compare(group("a", SLOW), group("b", [*SLOW[1:], 40.05])), "decode rate")
    assert found.verdict == "no difference"
    assert "between" in found.words
    assert "does not show that there is none" in found.words


@pytest.mark.parametrize(("n", "least"), [(1, 1.0), (2, 1 / 3), (3, 0.1)])
def test_too_few_runs_tell_nothing_however_far_apart(n: int, least: float) -> None:
    view = compare(group("a", SLOW[:n]), group("b", FAST[:n]))
    found = metric(view, "decode rate")
    assert found.verdict == "unknown"
    assert found.least_p == pytest.approx(least)
    assert (found.low is None) == (n < 3)
    assert "B was" in found.words
    assert "too few to tell" in found.words
    assert "more repeats are needed" in view.cautions[0]


def test_a_figure_that_one_side_did_not_report_is_told_as_that() -> None:
    silent = [
        replace(each, agents=tuple(replace(agent, requests=agent.requests[:1]) for agent in each.agents))
        for each in group("b", FAST)
    ]
    found = metric(compare(group("a", SLOW), silent), "TTFT, report")
    assert found.words == "Agent A, TTFT, report: not reported by B."
    assert (found.a_mean, found.b_mean, found.verdict) == (pytest.approx(320e6), None, "unknown")


def test_disturbed_failed_and_warm_up_runs_are_left_out_and_named() -> None:
    b = [
        *group("b", FAST),
        run(7, name="q", rate=1.0, causes=[Cause.RELOAD_OTHER_CLIENT]),
        replace(run(8, name="f"), state=RunState.CANCELLED),
        run(9, name="w", rate=1.0, role="warmup"),
    ]
    view = compare(group("a", SLOW), b)
    assert view.b_runs == tuple(f"b{index}" for index in range(6))
    assert {(each.run_id, each.side, each.why) for each in view.left_out} == {
        ("q7", "b", "reload: another client had loaded it otherwise"),
        ("f8", "b", "it was cancelled"),
        ("w9", "b", "warm-up"),
    }
    asked = compare(group("a", SLOW), b, include_flagged=True)
    assert "q7" in asked.b_runs
    assert any("B counts disturbed runs, as was asked for: q7" in caution for caution in asked.cautions)


def test_a_run_that_could_show_no_disturbance_counts_only_when_asked_for() -> None:
    blind = run(7, name="q", rate=1.0)
    requests = tuple(replace(each, server=replace(each.server, load_ns=None)) for each in blind.agents[0].requests)
    unlike = replace(blind, agents=(replace(blind.agents[0], requests=requests), blind.agents[1]))
    view = compare(group("a", SLOW), [*group("b", FAST), unlike])
    (left_out,) = view.left_out
    assert (left_out.run_id, left_out.side) == ("q7", "b")
    assert left_out.why == "not known: the server left counters out"
    asked = compare(group("a", SLOW), [*group("b", FAST), unlike], include_flagged=True)
    assert "q7" in asked.b_runs
    assert "B counts runs that are not known to be clean, as was asked for: q7" in asked.cautions
    alone = compare(group("a", SLOW), [unlike])
    assert alone.cautions[0].startswith("1 run, disturbed or not known to be clean, was left out")


def test_where_every_run_was_disturbed_nothing_is_compared_and_the_way_out_is_named() -> None:
    view = compare(group("a", SLOW), group("b", FAST, causes=[Cause.QUEUED]))
    assert view.headline == ("Nothing to compare: no run of B counts.",)
    assert view.metrics == ()
    assert "6 disturbed runs were left out" in view.cautions[0]


def test_agents_that_ran_on_one_side_only_are_not_compared() -> None:
    view = compare(group("a", SLOW, agents=[AgentId.A]), group("b", FAST, agents=[AgentId.B]))
    assert view.headline == ("Nothing to compare: no agent ran on both sides.",)


def test_settings_that_differ_are_listed_for_each_agent() -> None:
    view = compare(
        group("a", SLOW, options=Options(num_gpu=20, num_ctx=2048)), group("b", FAST, options=Options(num_gpu=80))
    )
    assert {(each.agent, each.name, each.a, each.b) for each in view.settings} == {
        ("a", "num_gpu", "20", "80"),
        ("b", "num_gpu", "20", "80"),
        ("a", "num_ctx", "2048", "server's default"),
        ("b", "num_ctx", "2048", "server's default"),
    }


def test_num_gpu_beyond_the_model_is_one_setting_whatever_its_number() -> None:
    sixty, many = (group(name, SLOW, options=Options(num_gpu=n), blocks=34) for name, n in (("a", 60), ("b", 120)))
    told = [
        SettingDifference("num_gpu", "60", "120", agent, equal_in_effect="all 35 layers") for agent in ("a", "b")
    ]
    assert list(compare(sixty, many).settings) == told
    few = group("c", SLOW, options=Options(num_gpu=20), blocks=34)
    assert list(compare(sixty, few).settings) == [
        SettingDifference("num_gpu", "all 35 layers", "20 of 35 layers", agent) for agent in ("a", "b")
    ]


def test_an_automatic_num_gpu_is_the_servers_however_it_is_asked_for() -> None:
    view = compare(group("a", SLOW, options=Options(num_gpu=-1)), group("b", SLOW, options=Options()))
    assert {(each.a, each.b, each.equal_in_effect) for each in view.settings} == {
        ("-1", "server's default", "server's default")
    }


def test_numbers_that_are_equal_in_effect_mix_no_settings_within_a_group() -> None:
    group_a = [run(index, options=Options(num_gpu=n), blocks=34) for index, n in enumerate((60, 80, 120))]
    view = compare(group_a, group("b", SLOW, options=Options(num_gpu=60), blocks=34))
    assert not any("mixes settings" in caution for caution in view.cautions)
    assert {(each.a, each.b, each.equal_in_effect) for each in view.settings} == {
        ("120 / 60 / 80", "60", "all 35 layers")
    }


def test_numbers_are_different_settings_while_the_models_layers_are_unknown() -> None:
    view = compare(group("a", SLOW, options=Options(num_gpu=60)), group("b", SLOW, options=Options(num_gpu=80)))
    assert {(each.a, each.b, each.equal_in_effect) for each in view.settings} == {("60", "80", "")}


def test_a_group_of_mixed_settings_is_told() -> None:
    mixed = [run(0, options=Options(top_k=20)), run(1, options=Options(top_k=40))]
    assert "A mixes settings: agent A's top_k is 20 and 40" in compare(mixed, group("b", FAST)).cautions


def test_a_cached_prompt_on_one_side_makes_ttft_unlike_and_is_told() -> None:
    view = compare(group("a", SLOW), group("b", FAST, causes=[Cause.PROMPT_CACHED]))
    assert any("in 0 of 6 runs of A and in 6 of 6 of B" in caution for caution in view.cautions)


def test_simulated_runs_beside_measured_ones_are_told() -> None:
    simulated = [replace(each, simulated=True) for each in group("b", FAST)]
    view = compare(group("a", SLOW), simulated)
    assert "simulated runs are beside measured ones" in view.cautions
    assert [each.name for each in view.settings] == ["simulated"]


def test_the_wall_of_both_agents_is_not_set_beside_that_of_one() -> None:
    view = compare(group("a", SLOW), group("b", FAST, agents=[AgentId.A]))
    assert "wall" not in {each.metric for each in view.metrics}
    assert {each.agent for each in view.metrics} == {"a"}
    assert [(each.name, each.a, each.b) for each in view.settings] == [("agents", "A+B", "A")]


def test_a_drift_and_an_outlier_within_a_group_are_told() -> None:
    falling = [50.0, 49.0, 48.2, 47.0, 46.1, 45.0]
    odd = [50.0, 50.1, 49.9, 50.05, 80.0, 49.95]
    cautions = compare(group("a", falling), group("b", odd)).cautions
    drift = "A, agent A, decode rate: drift: falling by 2.10 % a run, 10.5 % from first to last (p = 0.00278)"
    assert any(each.startswith(drift) for each in cautions)
    assert (
        "B, agent B, decode rate: b4 with 80.0 tok/s (60.0 % above) lies far off the others' median of 50.0 "
        "tok/s; it counts all the same"
    ) in cautions
    assert (
        "4 figures were looked at for outliers (by chance in 1 of 1,000), 4 for drift (3 of 1,000)"
    ) in cautions


def test_groups_that_ran_one_after_the_other_are_told_and_interleaved_ones_are_not() -> None:
    later = [run(100 + index, name="b", rate=rate) for index, rate in enumerate(FAST)]
    told = "one group ran wholly before the other"
    assert any(told in each for each in compare(group("a", SLOW), later).cautions)
    assert not any(told in each for each in compare(group("a", SLOW), group("b", FAST)).cautions)


RATES = st.lists(st.floats(min_value=1.0, max_value=500.0), min_size=1, max_size=6)


@settings(max_examples=15, deadline=None)
@given(RATES, RATES)
def test_any_two_groups_give_a_verdict_that_their_numbers_bear(a: list[float], b: list[float]) -> None:
    for each in compare(group("a", a), group("b", b)).metrics:
        if each.verdict in ("better", "worse", "different"):
            assert each.low is not None
            assert each.high is not None
            assert each.p is not None
            assert each.p < 0.05
            assert not each.low <= 0 <= each.high
        if each.low is not None and each.high is not None:
            assert each.low <= each.high
        assert ("too few" in each.words or "not reported" in each.words) == (
            each.least_p is None or each.least_p >= 0.05 or each.low is None
        )


@settings(max_examples=15, deadline=None)
@given(RATES)
def test_a_group_beside_itself_shows_no_difference(rates: list[float]) -> None:
    view = compare(group("a", rates), group("b", rates))
    assert {each.verdict for each in view.metrics} <= {"no difference", "unknown"}
    assert view.settings == ()


def test_the_grounding_score_is_a_figure_where_reports_were_checked() -> None:
    def scored(runs: list[RunSummary], supported: int) -> list[RunSummary]:
        return [
            replace(each, agents=tuple(replace(o, grounding=Tally(supported + i, 0, 0, 10)) for o in each.agents))
            for i, each in enumerate(runs)
        ]

    plain = compare(group("a", SLOW), group("b", FAST))
    assert all(each.metric != "grounding score" for each in plain.metrics)
    view = compare(scored(group("a", SLOW), 10), scored(group("b", FAST), 90))
    found = metric(view, "grounding score")
    assert found.a[0] == pytest.approx(0.5)
    assert (found.b_mean or 0) > (found.a_mean or 0)
    assert found.verdict == "better"
    assert "% higher" in found.words
