from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.options import (
    OPTION_SPECS,
    AgentSettings,
    Options,
    effective_num_gpu,
    option_spec,
)

HOST = "http://h"


def test_num_gpu_steps_from_80_to_20_in_two() -> None:
    spec = option_spec("num_gpu")
    once = spec.step(80, -1)
    assert spec.step(once, -1) == 20


@pytest.mark.parametrize("spec", OPTION_SPECS, ids=lambda spec: spec.name)
@given(data=st.data())
def test_steps_stay_in_range_and_move_the_right_way(spec, data) -> None:  # type: ignore[no-untyped-def]
    number = st.integers(int(spec.low), int(spec.high)) if spec.kind == "int" else st.floats(spec.low, spec.high)
    value = data.draw(number)
    down, up = spec.step(value, -1), spec.step(value, 1)
    assert spec.low <= down <= value + 1e-4 and value - 1e-4 <= up <= spec.high
    assert spec.check(down) == down


def test_a_step_down_from_automatic_begins_with_everything() -> None:
    spec = option_spec("num_gpu")
    assert spec.step(None, -1) == 120
    assert option_spec("temperature").step(None, 1) == 0.9


@pytest.mark.parametrize("text", ["", "  ", "default"])
def test_nothing_typed_means_the_servers_default(text: str) -> None:
    assert option_spec("top_k").parse(text) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [("num_gpu", "1.5"), ("num_ctx", "3"), ("temperature", "nan"), ("top_p", "1e400"), ("seed", "-1")],
)
def test_a_value_that_can_not_be_is_refused_with_its_range(name: str, text: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        option_spec(name).parse(text)


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(SettingInvalid, match="Did you mean repeat_penalty"):
        option_spec("repeat_penality")


def test_only_what_was_asked_for_is_requested() -> None:
    options = Options().with_value("num_gpu", 20).with_value("temperature", 1)
    assert options.requested() == {"num_gpu": 20, "temperature": 1.0}
    assert options.with_value("num_gpu", None).requested() == {"temperature": 1.0}


@pytest.mark.parametrize(
    ("num_gpu", "blocks", "effect"),
    [
        (60, 34, 35),
        (80, 34, 35),
        (35, 34, 35),
        (34, 34, 34),
        (0, 34, 0),
        (60, None, 60),
        (-1, 34, None),
        (None, 34, None),
    ],
)
def test_num_gpu_beyond_all_layers_is_all_layers(
    num_gpu: int | None, blocks: int | None, effect: int | None
) -> None:
    assert effective_num_gpu(num_gpu, blocks) == effect


def test_a_negative_num_gpu_is_left_to_the_server_like_an_omitted_one() -> None:
    assert AgentSettings("m", HOST, Options(num_gpu=-1)).load_time_options() == {"num_gpu": None, "num_ctx": None}
    assert AgentSettings("m", HOST, Options(num_gpu=0)).load_time_options() == {"num_gpu": 0, "num_ctx": None}


def test_nan_is_out_of_every_range() -> None:
    for spec in OPTION_SPECS:
        if spec.kind == "float":
            with pytest.raises(SettingInvalid):
                spec.check(math.nan)
