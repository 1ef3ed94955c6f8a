from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.domain import formatting


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123, "0.0123"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (1234.5, "1,230"), (9.996, "10.0"),
        (0.9999, "1.00"), (-1.234, "-1.23"), (0, "0"), (0.0, "0"), (7, "7"), (12_345, "12,300"), (None, "–"),
        (math.nan, "–"), (math.inf, "∞"), (-math.inf, "-∞"), (1.2e-9, "1.20e-09"), (1.5e20, "1.50e+20"),
    ],
)  # fmt: skip
def test_three_significant_figures(value: float | None, text: str) -> None:
    assert formatting.sig3(value) == text


@given(st.floats(min_value=1e-4, max_value=1e12))
def test_three_figures_are_within_half_a_percent_of_the_value(value: float) -> None:
    assert float(formatting.sig3(value).replace(",", "")) == pytest.approx(value, rel=0.005)


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 s"), (830, "830 ns"), (41_000, "41.0 µs"), (830_000_000, "830 ms"), (1_234_000_000, "1.23 s"),
        (999_600_000, "1.00 s"), (59_960_000_000, "1 m 00 s"), (125_000_000_000, "2 m 05 s"),
        (3_720_000_000_000, "1 h 02 m"), (3_599_700_000_000, "1 h 00 m"), (273_600_000_000_000, "3 d 04 h"),
        (-1_234_000_000, "-1.23 s"), (None, "–"),
    ],
)  # fmt: skip
def test_durations_have_the_unit_that_a_person_would_choose(ns: int | None, text: str) -> None:
    assert formatting.duration(ns) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (512, "512 B"), (999, "999 B"), (1_000, "1.00 kB"), (441_512, "442 kB"), (999_950, "1.00 MB"),
     (1_500_000_000, "1.50 GB"), (None, "–")],
)  # fmt: skip
def test_sizes_are_decimal(size_bytes: int | None, text: str) -> None:
    assert formatting.size(size_bytes) == text


def test_what_was_not_reported_is_a_dash_and_zero_is_zero() -> None:
    for function in (formatting.rate, formatting.percent, formatting.count, formatting.utc):
        assert function(None) == "–"
    assert formatting.age(None, 0) == "–"
    assert formatting.rate(0) == "0 tok/s"
    assert formatting.percent(0) == "0 %"
    assert formatting.count(0) == "0"


def test_rates_shares_counts_and_moments() -> None:
    assert formatting.rate(40.91) == "40.9 tok/s"
    assert formatting.percent(0.625) == "62.5 %"
    assert formatting.percent(1.0) == "100 %"
    assert formatting.count(12_345) == "12,345"
    assert formatting.utc(1_763_146_455_000_000_000) == "2025-11-14 18:54 UTC"


def test_a_moment_that_no_calendar_holds_is_a_dash() -> None:
    assert formatting.utc(10**30) == "–"
    assert formatting.utc(-(10**30)) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 m"), (3_600, "1 h"), (169_200, "47 h"), (172_800, "2 d"),
     (2 * 31_536_000, "2 y"), (-5, "0 s")],
)  # fmt: skip
def test_ages_have_one_unit(seconds: int, text: str) -> None:
    assert formatting.age(0, seconds * 1_000_000_000) == text
