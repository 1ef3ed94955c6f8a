from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.comparison import SettingDifference
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
