from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.comparison import ComparisonView, SettingDifference
from chimera_tui.tui.comparison_lines import comparison_lines
from tests.tui.scripted_history import comparison


@pytest.mark.parametrize("width", [60, 80, 140])
def test_a_setting_that_was_only_asked_for_otherwise_is_said_to_be_equal_in_effect(width: int) -> None:
    only_asked = SettingDifference("num_gpu", "60", "120", "a", equal_in_effect="all 35 layers")
    real = SettingDifference("num_ctx", "2048", "4096", "a")
    lines = [
        "".join(text for text, _ in line)
        for line in comparison_lines(replace(comparison(), settings=(only_asked, real)), width)
    ]
    row = next(index for index, line in enumerate(lines) if "num_gpu" in line)
    assert lines[row].split() == ["agent", "A", "num_gpu", "60", "120"]
    assert lines[row + 1].strip() == "equal in effect: all 35 layers"
    assert lines[row + 2].split() == ["agent", "A", "num_ctx", "2048", "4096"]
    assert all(len(line) <= width for line in lines[row : row + 3])


@pytest.mark.parametrize("width", [78, 98, 140])
def test_p_and_verdict_of_every_figure_stay_in_sight(width: int) -> None:
    lines = ["".join(text for text, _ in line) for line in comparison_lines(comparison(), width)]
    place = next(index for index, line in enumerate(lines) if line.startswith("  = TTFT, analysis"))
    told = lines[place] if width >= 99 else lines[place] + lines[place + 1]
    for words in ("831 ms", "840 ms", "+1.08 %", "no difference", "-0.60 … +2.90 %", "0.22"):
        assert words in told
    assert all(len(line) <= width for line in lines)


def test_the_first_lines_say_what_a_and_b_are() -> None:
    view = replace(comparison(), a_runs=("t4y6mm",), b_runs=())
    lines = comparison_lines(view, 140, "run t4y6mm, 1/5 of series x", "series p2m4xy, 5 runs")
    assert ["".join(text for text, _ in line).strip() for line in lines[:2]] == [
        "A = run t4y6mm, 1/5 of series x",
        "B = series p2m4xy, 5 runs: no run counts",
    ]


def test_where_nothing_is_compared_no_setting_is_said_to_be_the_same_that_was_not_recorded() -> None:
    empty = ComparisonView((), ("x",), ("Nothing to compare: no run of A counts.",), ())
    told = "\n".join("".join(text for text, _ in line) for line in comparison_lines(empty, 80))
    assert "that was recorded differs" in told and "figures" not in told
