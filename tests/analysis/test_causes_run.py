from __future__ import annotations

import pytest

from chimera_tui.domain.flags import Cause, disturbances
from chimera_tui.domain.metrics import Offload
from tests.analysis.evidence import A, agent, flags_of, only, request, telemetry


@pytest.mark.parametrize(
    ("offload", "text"),
    [
        (Offload(None, 34, 1_000, 600), "60.0 % of the model in VRAM"),
        (Offload(20, 34, 1_000, 600), "20 of 35 layers on the GPU, 60.0 % of the model in VRAM"),
        (Offload(80, 34, 100_000, 99_950), None),
        (Offload(80, 34, 1_000, 0), None),
        (Offload(3, 34, 1_000, 0), None),
        (None, None),
    ],
)
def test_a_model_partly_in_vram_is_told_and_one_without_a_gpu_is_not(
    offload: Offload | None, text: str | None
) -> None:
    found = flags_of(agent(A, request(), offload=offload))
    assert [flag.text for flag in found] == ([text] if text else [])
    assert disturbances(found) == ()


def test_layers_on_the_cpu_are_partial_where_a_gpu_is_known() -> None:
    flag = only(agent(A, request(), offload=Offload(0, 34, 1_000, 0)), telemetry=telemetry())
    assert (flag.cause, flag.text) == (
        Cause.PARTIAL_OFFLOAD,
        "0 of 35 layers on the GPU, 0 % of the model in VRAM",
    )


def test_a_slowed_clock_and_other_programs_on_the_gpu_are_the_whole_runs() -> None:
    told = telemetry(("hw_power_brake", "sw_thermal"), "ollama", "train.py")
    slowed, shared = flags_of(agent(A, request()), telemetry=told)
    assert (slowed.cause, slowed.agent, slowed.step) == (Cause.THROTTLED, None, None)
    assert slowed.text == (
        "GPU 0 was slowed: hw_power_brake and sw_thermal; its clock was 1200 MHz on average, 1200 at most"
    )
    assert (shared.cause, shared.text) == (Cause.OTHER_GPU_PROCESS, "GPU 0 was shared with train.py")
