from __future__ import annotations

import pytest

from chimera_tui.tui.repeat_count import RepeatCount


@pytest.mark.parametrize(
    ("typed", "runs"),
    [("5", 5), ("31", 31), ("99", 99), ("02", 2), ("012", 12), ("00", 1), ("995", 99), ("0005", 1), ("", 1)],
)
def test_a_count_is_read_as_typed_and_never_beyond_99(typed: str, runs: int) -> None:
    count = RepeatCount()
    for digit in typed:
        count.type(digit)
    assert count.runs == runs


def test_a_dropped_count_is_one_run() -> None:
    count = RepeatCount()
    count.type("7")
    count.drop()
    assert (count.typed, count.runs) == ("", 1)
