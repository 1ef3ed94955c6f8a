"""What a series comes to, as lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.statistics import Itl, NotCounted, StatisticsView
from chimera_tui.tui.statistics_lines import Told, itl_line, statistics_lines
from tests.tui.scripted_history import statistics


def text(told: Told, width: int = 140) -> str:
    return "\n".join("".join(part for part, _ in line).rstrip() for line in statistics_lines(told, width))


def row(name: str, width: int = 140) -> str:
    found = next(line for line in text(statistics(), width).splitlines() if line.strip().startswith(name))
    return " ".join(found.split())


def test_each_figure_has_mean_interval_sd_cv_and_median() -> None:
    assert row("decode rate") == "decode rate 40.2 tok/s 39.9 … 40.4 0.319 0.80 % 40.1 39.8 40.6 5"
    assert row("TTFT") == "TTFT, analysis 840 ms 831 ms … 850 ms 9.60 ms 1.14 % 831 ms 831 ms 1.21 s 5"
    assert row("tokens").startswith("tokens 1,224 tok 1,224 … 1,224")


@pytest.mark.parametrize("width", [77, 117, 197])
def test_what_a_narrow_screen_leaves_out_is_the_least_important_and_nothing_is_cut(width: int) -> None:
    lines = text(statistics(), width).splitlines()
    assert all(len(line) <= width for line in lines) and "…" not in text(statistics(), width).replace(" … ", "")
    for title in ("mean", "95 % interval", "sd", "cv", "median"):
        assert title in lines[1]


def test_too_few_values_have_no_interval() -> None:
    assert row("energy per token").startswith("energy per token 2.71 J – 0.0200")


def test_drift_outliers_with_their_distance_and_the_caution_are_sentences() -> None:
    told = text(statistics())
    assert "A TTFT, analysis: drift: rising by 3.10 % a run" in told
    assert "A TTFT, analysis: w6qm3d with 1.21 s (45.6 % above) lies far off" in told
    assert "5 runs: the interval is rough" in told


def test_warm_ups_stand_apart_and_runs_that_do_not_count_say_why() -> None:
    told = text(replace(statistics(), left_out=(NotCounted("w6qm3d", "cold load"),)))
    assert told.startswith("statistics   of 5 runs · warm-up apart: h8z2ws · 1 left out")
    assert "run w6qm3d does not count: cold load" in told


def test_a_series_of_which_no_run_counts_says_how_to_let_them() -> None:
    told = text(
        StatisticsView((), (), left_out=(NotCounted("w6qm3d", "cold load"),), caution="no run reported it")
    )
    assert "no run counts; f lets those count" in told and "no run reported it" not in told


def test_the_latency_between_tokens_has_its_percentiles_and_a_dash_for_what_few_gaps_do_not_tell() -> None:
    few = Itl("a", 12, 2e7, 2e7, None, None, 3e7)
    line = itl_line(AgentId.A, StatisticsView(("w6qm3d",), (few,)), 120)
    assert line[1][0] == "p50 20.0 ms · p95 – · p99 – · max 30.0 ms · 12 gaps"
    assert itl_line(AgentId.B, StatisticsView(("w6qm3d",), (few,)), 120)[1][0] == "–"
    assert itl_line(AgentId.A, None, 120)[1][0] == "reading …"
