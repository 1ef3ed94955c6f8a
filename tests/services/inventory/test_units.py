"""Numbers as people write them and the units that names tell."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chimera_tui.services.inventory.units import parse_leading, parse_number, summarise, unit_of


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12", 12, ""),
        ("-1.5e-3", -0.0015, ""),
        (" 7 ", 7, ""),
        ("1,234.5", 1234.5, ""),
        ("22,80,000", 2_280_000, ""),
        ("41.2 %", 41.2, "%"),
        ("12ms", 12, "ms"),
        ("~101 tok/s", 101, "tok/s"),
        ("504 GB/s", 504, "GB/s"),
        ("175W", 175, "W"),
        ("0.5s", 0.5, "s"),
        ("+3.5%", 3.5, "%"),
        ("1e3 ms", 1000, "ms"),
    ],
)
def test_a_number_is_read_with_its_unit(text: str, value: float, unit: str) -> None:
    assert parse_number(text) == (value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1_000",
        "0x1f",
        "TRUE",
        "-",
        ".",
        "q4_0",
        "1,23",
        "2025-10-02",
        "2025-09-30T20:11:33",
        "1:30",
        "4/5",
        "3.13.1",
        "10.0.26100",
        "12 GB GDDR6X",
        "5 of 6",
        "8-15",
    ],
)
def test_what_is_no_plain_number_is_none(text: str) -> None:
    assert parse_number(text) is None


def test_a_number_too_large_to_hold_is_infinite_not_absent() -> None:
    assert parse_number("1e400") == (math.inf, "")


def test_a_decimal_comma_is_read_when_asked_for() -> None:
    assert parse_number("1.234,5", decimal_comma=True) == (1234.5, "")
    assert parse_number("0,5 ms", decimal_comma=True) == (0.5, "ms")
    assert parse_number("0.5", decimal_comma=True) == (0.5, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~450 ms (±45 ms)", (450, "ms")),
        ("0.344s (vs 0.12s warm)", (0.344, "s")),
        ("2.2 GHz", (2.2, "GHz")),
        ("0.3, Top_p: 0.9", (0.3, "")),
        ("40-60 layers", None),
        ("9728", (9728, "")),
    ],
)
def test_words_behind_a_value_do_not_hide_it(text: str, expected: tuple[float, str] | None) -> None:
    assert parse_leading(text) == expected


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("ttft_s", "s"),
        ("eval_s_mean", "s"),
        ("p99_ms", "ms"),
        ("latency_ms.p99", "ms"),
        ("eval_duration_ns", "ns"),
        ("tokens_s", "tok/s"),
        ("mean_tokens_s", "tok/s"),
        ("Tokens/s", "tok/s"),
        ("Tokens per Second", "tok/s"),
        ("tokens_per_second", "tok/s"),
        ("tok/s", "tok/s"),
        ("runs[].ttft_s", "s"),
        ("Generation Time (ms)", "ms"),
        ("cpu_percent", "%"),
        ("CPU %", "%"),
        ("memory_used_gb", "GB"),
        ("size_bytes", "B"),
        ("gpu_power_w", "W"),
        ("gpu_temp_c", "°C"),
        ("sm_clock_mhz", "MHz"),
        ("j_per_token", "j/tok"),
        ("ms_per_token", "ms/tok"),
        ("num_gpu", ""),
        ("num_ms", ""),
        ("eval_count", ""),
        ("latency_ms.count", ""),
        ("temperature", ""),
        ("class", ""),
        ("s", ""),
        ("response_chars", ""),
        ("", ""),
    ],
)
def test_a_name_tells_its_unit_or_none(name: str, unit: str) -> None:
    assert unit_of(name) == unit


def test_a_summary_is_count_least_mean_middle_and_most() -> None:
    fact = summarise("ttft_s", [4.0, 1.0, 2.0, 9.0], "s")
    assert (fact.count, fact.min, fact.mean, fact.median, fact.max, fact.unit) == (4, 1.0, 4.0, 3.0, 9.0, "s")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
@example([5e-324, 5e-324])
def test_a_summary_is_finite_and_in_order_whatever_the_values(values: list[float]) -> None:
    fact = summarise("x", values, "")
    assert all(map(math.isfinite, (fact.min, fact.mean, fact.median, fact.max)))
    assert fact.min <= fact.median <= fact.max
    slack = 1e-9 * max(abs(fact.min), abs(fact.max)) + 1e-300
    assert fact.min - slack <= fact.mean <= fact.max + slack


@given(st.text(max_size=40))
def test_no_text_breaks_the_number_reader(text: str) -> None:
    found = parse_number(text)
    assert found is None or isinstance(found[0], float)
