from __future__ import annotations

import pytest

from benchmarks.soak import Soak


def soaked(memory: list[float], handles: list[int]) -> Soak:
    found = Soak()
    found.memory_mb["daemon"], found.handles["daemon"] = memory, handles
    found.threads["daemon"] = [9] * len(handles)
    return found


WARM = [50.0] * 10 + [70.0] * 30


def test_what_grows_only_until_it_is_warm_is_flat() -> None:
    assert soaked(WARM, [21] * 40).is_flat


@pytest.mark.parametrize("handles", [[21] * 30 + [22] * 10, [21 + number // 10 for number in range(40)]])
def test_a_handle_that_is_lost_is_found(handles: list[int]) -> None:
    assert not soaked(WARM, handles).is_flat


def test_what_comes_and_goes_is_not_lost() -> None:
    assert soaked(WARM, [6, 9, 9, 9] * 10).is_flat
    assert soaked([50.0] * 10 + [60.0, 70.0, 80.0] * 5 + [60.0, 75.0, 90.0] * 5, [21] * 40).is_flat


def test_memory_that_goes_on_growing_is_found() -> None:
    assert not soaked([50.0 + number / 4 for number in range(40)], [21] * 40).is_flat


@pytest.mark.parametrize("wrong", ["zombies", "not_done"])
def test_a_zombie_or_a_run_that_is_not_done_is_found(wrong: str) -> None:
    found = soaked(WARM, [21] * 40)
    setattr(found, wrong, 1)
    assert not found.is_flat
