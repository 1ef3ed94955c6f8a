"""NVML's clock event reasons as words."""

from __future__ import annotations

import pynvml
import pytest

from chimera_tui.services.telemetry.throttle import throttle_words


def test_idling_and_the_owners_own_clocks_are_no_throttling() -> None:
    bits = pynvml.nvmlClocksEventReasonGpuIdle | pynvml.nvmlClocksEventReasonApplicationsClocksSetting
    assert throttle_words(bits) == ()


@pytest.mark.parametrize("bits", [0, None])
def test_nothing_is_no_throttling(bits: int | None) -> None:
    assert throttle_words(bits) == ()


@pytest.mark.parametrize(
    ("constant", "word"),
    [
        ("nvmlClocksEventReasonSwPowerCap", "sw_power_cap"),
        ("nvmlClocksEventReasonHwSlowdown", "hw_slowdown"),
        ("nvmlClocksEventReasonSyncBoost", "sync_boost"),
        ("nvmlClocksEventReasonSwThermalSlowdown", "sw_thermal"),
        ("nvmlClocksEventReasonHwThermalSlowdown", "hw_thermal"),
        ("nvmlClocksEventReasonHwPowerBrakeSlowdown", "hw_power_brake"),
        ("nvmlClocksEventReasonDisplayClockSetting", "display_clock_setting"),
        ("nvmlClocksThrottleReasonBoardLimit", "board_limit"),
        ("nvmlClocksThrottleReasonReliability", "reliability"),
    ],
)
def test_every_reason_of_the_library_has_a_word(constant: str, word: str) -> None:
    assert throttle_words(getattr(pynvml, constant)) == (word,)


def test_several_reasons_are_told_in_order_and_an_unknown_one_is_spelled_out() -> None:
    assert throttle_words(0x1 | 0x48 | 0x800) == ("hw_slowdown", "hw_thermal", "reason_0x800")
