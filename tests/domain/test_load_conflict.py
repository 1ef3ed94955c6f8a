from __future__ import annotations

import pytest

from chimera_tui.domain.load_conflict import LoadDifference, load_time_differences
from chimera_tui.domain.options import AgentSettings, Options

HOST = "http://127.0.0.1:11434"


def asks(model: str = "m", host: str = HOST, **options: float) -> AgentSettings:
    return AgentSettings(model, host, Options(**options))  # type: ignore[arg-type]


def test_a_fight_needs_one_server_one_model_and_different_load_time_options() -> None:
    a = asks(num_gpu=80, temperature=0.1)
    assert load_time_differences(a, asks(num_gpu=20, num_ctx=512)) == (
        LoadDifference("num_gpu", 80, 20),
        LoadDifference("num_ctx", None, 512),
    )
    assert load_time_differences(a, asks(num_gpu=80, temperature=0.9)) == ()
    assert load_time_differences(a, asks("n")) == ()
    assert load_time_differences(a, asks(host="http://other")) == ()


def test_a_model_without_a_tag_is_the_latest() -> None:
    assert load_time_differences(asks("m", num_gpu=80), asks("M:latest", num_gpu=20))
    assert not load_time_differences(asks("m", num_gpu=80), asks("m:4b", num_gpu=20))


@pytest.mark.parametrize(
    ("first", "second", "blocks", "layers"),
    [
        (60, 120, 34, 35),
        (35, 999, 34, 35),
        (34, 80, 34, None),
        (20, 21, 34, None),
        (60, 120, None, None),
    ],
)
def test_numbers_that_are_equal_in_effect_reload_all_the_same(
    first: int, second: int, blocks: int | None, layers: int | None
) -> None:
    (found,) = load_time_differences(asks(num_gpu=first), asks(num_gpu=second), block_count=blocks)
    assert found == LoadDifference("num_gpu", first, second, layers)
    assert found.recurs


@pytest.mark.parametrize(("first", "second"), [(asks(), asks(num_gpu=20)), (asks(num_gpu=20), asks(num_gpu=-1))])
def test_an_automatic_num_gpu_takes_what_is_loaded_and_reloads_nothing(
    first: AgentSettings, second: AgentSettings
) -> None:
    (found,) = load_time_differences(first, second, block_count=34)
    assert not found.recurs


def test_two_ways_to_leave_num_gpu_to_the_server_are_no_difference() -> None:
    assert load_time_differences(asks(), asks(num_gpu=-1)) == ()


def test_contexts_beyond_the_models_own_are_one_to_the_server() -> None:
    wide, wider = asks(num_ctx=131_072), asks(num_ctx=262_144)
    assert load_time_differences(wide, wider, context_length=32_768) == ()
    assert load_time_differences(wide, wider, context_length=131_072) == ()
    assert [each.name for each in load_time_differences(wide, wider)] == ["num_ctx"]
    assert [each.name for each in load_time_differences(wide, asks(num_ctx=4096), context_length=32_768)] == [
        "num_ctx"
    ]
