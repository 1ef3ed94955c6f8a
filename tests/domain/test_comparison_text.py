"""The figures of a comparison as every output writes them."""

from __future__ import annotations

import pytest

from chimera_tui.domain.comparison import ComparedMetric, Unit
from chimera_tui.domain.comparison_text import (
    difference_text,
    interval_text,
    p_text,
    p_words,
    runs_text,
    value_text,
    verdict_text,
)


def row(seen: float | None, low: float | None = None, high: float | None = None) -> ComparedMetric:
    return ComparedMetric("decode rate", "a", "tok/s", (1.0,), (1.0,), 1.0, 1.0, seen, low, high)


@pytest.mark.parametrize(
    ("seen", "low", "high", "difference", "interval"),
    [
        (5.284, 4.694, 5.881, "+5.28 %", "+4.69 … +5.88 %"),
        (-93.31, -93.44, -93.18, "-93.3 %", "-93.4 … -93.2 %"),
        (2_229.0, 2_201.0, 2_260.0, "23.3×", "23.0 … 23.6×"),
        (100.0, 96.0, 100.4, "2.00×", "1.96 … 2.00×"),
        (130.0, -10.0, 270.0, "2.30×", "0.900 … 3.70×"),
        (0.0421, -0.123, 0.2, "+0.04 %", "-0.12 … +0.20 %"),
        (0.0, 0.0, 0.0, "0 %", "0 … 0 %"),
        (None, None, None, "–", "–"),
    ],
)
def test_difference_and_interval_are_in_one_form(
    seen: float | None, low: float | None, high: float | None, difference: str, interval: str
) -> None:
    found = row(seen, low, high)
    assert (difference_text(found), interval_text(found)) == (difference, interval)
    assert len(interval) <= 17  # its column in the viewer


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (40.16, "tok/s", "40.2 tok/s"),
        (8.31e8, "ns", "831 ms"),
        (1_224.5, "tokens", "1,224 tok"),
        (12.5, "tokens", "12.5 tok"),
        (0.3104, "J", "0.310 J"),
        (None, "J", "–"),
        (None, "tokens", "–"),
    ],
)
def test_every_value_has_its_unit(value: float | None, unit: Unit, text: str) -> None:
    assert value_text(value, unit) == text


def test_p_and_verdict_say_no_more_than_is_known() -> None:
    assert [p_text(p) for p in (None, 0.0004, 0.00216, 1.0)] == ["–", "<0.001", "0.00216", "1.00"]
    assert [p_words(p) for p in (0.0004, 0.0022)] == ["p < 0.001", "p = 0.00220"]
    assert verdict_text(row(5.0)) == "can not tell"
    assert verdict_text(ComparedMetric("wall", "", "ns", (), (1.0,), None, 1.0)) == "not reported"


def test_one_run_is_a_run() -> None:
    assert (runs_text(1), runs_text(0), runs_text(1_200)) == ("1 run", "0 runs", "1,200 runs")
