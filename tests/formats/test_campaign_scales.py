"""Axes of pictures."""

from __future__ import annotations

import pytest

from chimera_tui.formats.campaign_scales import scale_of


@pytest.mark.parametrize(
    ("values", "unit", "ticks", "shown"),
    [
        ([30.0, 50.0], "tok/s", ["30", "35", "40", "45", "50"], "tok/s"),
        ([1.2e8, 9.3e8], "ns", ["0", "200", "400", "600", "800", "1,000"], "ms"),
        ([1.5e9, 9.0e9], "ns", ["0", "2", "4", "6", "8", "10"], "s"),
        ([1.1e8, 2.7e9], "ns", ["0", "1", "2", "3"], "s"),
        ([40.0], "tok/s", ["36", "38", "40", "42", "44"], "tok/s"),
        ([], "tok/s", ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"], "tok/s"),
    ],
)
def test_ticks_are_round_and_around_all_values(
    values: list[float], unit: str, ticks: list[str], shown: str
) -> None:
    scale = scale_of(values, unit, 100.0, 200.0)
    assert [scale.words(tick) for tick in scale.ticks] == ticks
    assert scale.unit == shown
    assert scale.at(scale.low) == 100.0
    assert scale.at(scale.high) == 200.0
    assert all(scale.low <= value <= scale.high for value in values)


def test_an_axis_may_run_upwards() -> None:
    scale = scale_of([0.0, 10.0], "tok/s", 300.0, 20.0)
    assert scale.at(10.0) < scale.at(5.0) < scale.at(0.0)
