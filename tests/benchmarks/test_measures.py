"""The arithmetic of measurements whose runs are too long for the tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.measures import loop_lag
from benchmarks.measures.streaming import chunks
from benchmarks.stage import cpu_percent
from chimera_tui.domain.options import AgentId
from tests.benchmarks.test_rates import EVENTS, A, B

MS = 1_000_000


def test_only_the_lags_within_the_windows_count(tmp_path: Path) -> None:
    file = tmp_path / "lags.json"
    file.write_text(json.dumps([[1, 900 * MS], *([at, at * MS] for at in range(10, 111)), [200, 900 * MS]]))
    assert loop_lag._figures(file, [(10, 110)]) == pytest.approx((60.0, 109.0, 110.0))


def test_the_longest_lag_is_that_of_the_usual_window(tmp_path: Path) -> None:
    file = tmp_path / "lags.json"
    file.write_text(
        json.dumps([[1, 4 * MS], [2, 1 * MS], [11, 90 * MS], [15, 90 * MS], [21, 6 * MS], [22, 2 * MS]])
    )
    windows = [(1, 2), (11, 12), (21, 22)]
    assert loop_lag._figures(file, windows)[2] == 6.0, "neither 90, a hiccup, nor 90 from between the windows"


def test_a_process_that_has_ended_or_just_begun_adds_nothing_to_the_share() -> None:
    assert cpu_percent([], {1: 5.0}, 2.0) == 0


@pytest.mark.parametrize(("agent", "count"), [(A, 4), (B, 1)])
def test_chunks_are_those_of_the_agent_in_order(agent: AgentId, count: int) -> None:
    assert chunks(EVENTS, agent) == ["x"] * count
