"""What is said beside the figures of a series."""

from __future__ import annotations

from dataclasses import replace

from chimera_tui.analysis.compare import compare
from chimera_tui.analysis.remarks import remarks_of
from chimera_tui.analysis.series import series_statistics
from chimera_tui.domain.environment import Environment, HostInfo
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.options import AgentId, Options
from chimera_tui.domain.runs import RunSummary
from tests.analysis.series import group

HOST = HostInfo("Ubuntu 24.04", "6.8.0", "AMD Ryzen 9", 16, 64_000_000_000, "3.12.3", "1f0c9a7be2d4")
RATES = [50.0, 50.1, 49.9, 50.05, 50.02, 49.95]


def asked(runs: list[RunSummary], *digests: str) -> list[RunSummary]:
    """The runs with the digests of A's prompt, the last one repeated."""
    return [
        replace(
            run, environment=Environment("0.1.0", "", HOST, (), (("a", digests[min(place, len(digests) - 1)]),))
        )
        for place, run in enumerate(runs)
    ]


def test_an_outlier_is_told_with_its_value_and_distance_and_how_many_figures_were_looked_at() -> None:
    told = remarks_of(series_statistics(group("r", [50.0, 50.1, 49.9, 50.0, 80.0]), {}))
    rate = (
        "A decode rate: r4 with 80.0 tok/s (60.0 % above) lies far off the others' median of 50.0 tok/s; it counts"
    )
    assert any(each.startswith(rate) for each in told)
    assert told[-1] == "17 figures were looked at for outliers (by chance in 1 of 1,000)"


def test_two_outliers_lie_far_off() -> None:
    steady = [50.0, 50.1, 49.9, 50.05, 49.95, 50.02, 49.97, 50.04]
    told = " ".join(remarks_of(series_statistics(group("r", [*steady, 90.0, 91.0]), {})))
    assert "r8 with 90.0 tok/s (80.0 % above) and r9 with 91.0 tok/s (82.0 % above) lie far off" in told
    assert "they count all the same" in told


def test_drift_is_looked_for_from_six_runs_on() -> None:
    told = remarks_of(series_statistics(group("r", [50.0, 49.0, 48.0, 47.0, 46.0, 45.0]), {}))
    assert told[0].startswith("A decode rate: drift: falling by 2.11 % a run, 10.5 % from first to last")
    assert told[-1].endswith("(by chance in 1 of 1,000), 17 for drift (3 of 1,000)")


def test_there_is_nothing_to_say_of_a_quiet_series() -> None:
    assert remarks_of(series_statistics(group("r", RATES), {})) == ()


def test_repeats_that_were_asked_different_things_are_no_repeats_and_that_is_said() -> None:
    runs = asked(group("r", RATES[:3]), "aaaa", "bbbb", "cccc")
    told = remarks_of(series_statistics(runs, {}))
    assert told[0].startswith("the series mixes prompts: agent A was given 3 different ones")
    assert series_statistics(asked(group("r", RATES[:3]), "aaaa"), {}).cautions == ()


def test_unequal_prompts_within_a_group_and_between_groups_are_cautions() -> None:
    a, b = group("a", RATES), group("b", RATES)
    between = compare(asked(a, "aaaa"), asked(b, "bbbb")).cautions
    assert any(each.startswith("agent A's prompt in B is not that in A") for each in between)
    assert not any("mixes prompts" in each for each in between)
    within = compare(asked(a, "aaaa"), asked(b, "aaaa", "bbbb")).cautions
    assert any(each.startswith("B mixes prompts: agent A was given 2 different ones") for each in within)
    alike = compare(asked(a, "aaaa"), asked(b, "aaaa")).cautions
    assert not any("prompt" in each for each in alike)


def test_where_no_run_of_a_side_counts_the_settings_of_those_that_were_named_are_told() -> None:
    disturbed = group("a", RATES, options=Options(num_gpu=10), causes=[Cause.QUEUED])
    view = compare(disturbed, group("b", RATES, options=Options(num_gpu=80)))
    assert {(each.agent, each.name, each.a, each.b) for each in view.settings} == {
        (agent.value, "num_gpu", "10", "80") for agent in AgentId
    }
