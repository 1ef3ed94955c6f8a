from __future__ import annotations

import pytest

from chimera_tui.services.inventory.growth_times import clock_of, iso_ns

MOMENT_NS = 1_763_146_443_000_000_000
"""2025-11-14T18:54:03Z."""


@pytest.mark.parametrize(
    ("text", "after_ns"),
    [
        ("2025-11-14T18:54:03Z", 0),
        ("2025-11-14 18:54:03.125+00:00", 125_000_000),
        ("2025-11-14T19:54:03.000001+01:00", 1_000),
        ("2025-11-14T18:54:03.123456789Z", 123_456_000),
        ("2025/11/14 18:54:03 UTC", 0),
        (" 2025-11-14T18:54:03Z ", 0),
    ],
)
def test_iso_8601_is_a_time_whatever_the_column_is_called(text: str, after_ns: int) -> None:
    assert iso_ns(text) == MOMENT_NS + after_ns
    clock = clock_of("when it was", [text])
    assert clock is not None and clock([text]) == [MOMENT_NS + after_ns]


@pytest.mark.parametrize(
    "text", ["", "20251114", "2025-13-14", "gemma3", "18:54:03", "2025-11-14T99:00", 3, None, True]
)
def test_what_is_no_date_is_no_time(text: object) -> None:
    assert iso_ns(text) is None


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("timestamp", 1_763_146_443),
        ("time", "1763146443.0"),
        ("created_at", 1_763_146_443_000),
        ("start_ts_ms", "1763146443000"),
        ("unix_time_us", 1_763_146_443_000_000),
        ("metadata.request_start_ns", MOMENT_NS),
        ("metadata.request_start_ns", str(MOMENT_NS)),
        ("credit_issued_ns", MOMENT_NS),
    ],
)
def test_a_number_called_a_time_is_one_in_s_ms_us_or_ns(name: str, cell: object) -> None:
    clock = clock_of(name, [cell])
    assert clock is not None and clock([cell, cell]) == [MOMENT_NS, MOMENT_NS]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("tokens", 1_763_146_443),
        ("time_to_first_token_ns", 1_763_146_443),
        ("total_duration_ns", 1_763_146_443),
        ("elapsed_time", 1_763_146_443),
        ("start_time_ns", 1_763_146_443),
        ("duration_ns", 30_000_000_000),
        ("time_s", 12.5),
        ("timestamp", "soon"),
        ("timestamp", True),
        ("timestamp", "9" * 5_000),
    ],
)
def test_a_measure_is_no_time_of_the_day(name: str, cell: object) -> None:
    assert clock_of(name, [cell]) is None


def test_a_cell_that_is_no_time_has_none() -> None:
    clock = clock_of("timestamp", [1_763_146_443])
    assert clock is not None
    assert clock(["", None, "n/a", 12, float("nan"), 1_763_146_443.5]) == [None] * 5 + [MOMENT_NS + 500_000_000]
