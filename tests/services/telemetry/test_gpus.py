"""GPUs as NVML tells of them, from recorded answers: no GPU is needed, and none is asked."""

from __future__ import annotations

import logging
import os
from typing import Any

import pynvml
import pytest

from chimera_tui.domain.telemetry import GpuProcess, GpuSample
from chimera_tui.services.telemetry.gpus import Gpus
from chimera_tui.services.telemetry.nvml import Nvml
from tests.services.telemetry.recorded import (
    DRIVER_NOT_LOADED,
    FUNCTION_NOT_FOUND,
    GIB,
    LIBRARY_NOT_FOUND,
    NO_PERMISSION,
    NOT_AVAILABLE,
    NOT_SUPPORTED,
    VERSION_MISMATCH,
    Error,
    Gpu,
    Library,
    a100_in_two,
    memory,
    process,
    rtx,
)

ELSEWHERE = 4_200_000
"""Above every pid that Linux gives, so no process of this machine has it."""


def sample(library: Library, own: frozenset[int] = frozenset()) -> tuple[GpuSample, ...]:
    nvml = Nvml(library)
    with nvml.session() as problem:
        assert problem == ""
        return Gpus(nvml).sample(own)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (LIBRARY_NOT_FOUND, "Library Not Found"),
        (DRIVER_NOT_LOADED, "Driver Not Loaded"),
        (VERSION_MISMATCH, "version mismatch"),
        (NO_PERMISSION, "Insufficient Permissions"),
    ],
)
def test_a_machine_without_a_working_driver_says_why_and_is_no_error(code: int, says: str) -> None:
    library = Library(problem=code)
    with Nvml(library).session() as problem:
        assert says in problem
    assert library.sessions == 0


def test_a_desktop_card_tells_everything() -> None:
    (gpu,) = sample(Library(rtx()))
    assert gpu == GpuSample(
        index=0,
        name="NVIDIA GeForce RTX 4080 SUPER",
        uuid="GPU-00000000-5c1a-4f0b-9d3e-2f6a1b7c8d9e",
        utilisation_percent=97.0,
        memory_used_bytes=9 * GIB,
        memory_total_bytes=16 * GIB,
        power_w=287.45,
        power_limit_w=320.0,
        temperature_c=66.0,
        sm_clock_mhz=2745.0,
        memory_clock_mhz=11501.0,
    )


def test_a_session_is_shut_down_again() -> None:
    library = Library(rtx())
    sample(library)
    assert library.sessions == 0


@pytest.mark.parametrize("code", [NOT_SUPPORTED, NO_PERMISSION, FUNCTION_NOT_FOUND, VERSION_MISMATCH, 999])
def test_a_field_that_one_of_two_cards_does_not_tell_is_none_there_and_there_only(code: int) -> None:
    first, second = sample(Library(rtx(0), rtx(1, PowerUsage=Error(code), MemoryInfo=Error(code))))
    assert (first.power_w, first.memory_used_bytes) == (287.45, 9 * GIB)
    assert (second.power_w, second.memory_used_bytes, second.memory_total_bytes) == (None, None, None)
    assert second.temperature_c == 66.0
    assert (first.index, second.index) == (0, 1)


def test_unified_memory_that_is_reported_as_nothing_is_not_told() -> None:
    (gpu,) = sample(Library(rtx(MemoryInfo=memory(0, 0))))
    assert (gpu.memory_used_bytes, gpu.memory_total_bytes) == (None, None)


def test_cards_without_a_uuid_are_told_apart() -> None:
    uuids = {gpu.uuid for gpu in sample(Library(rtx(UUID=Error(NOT_SUPPORTED)), rtx(UUID=Error(NOT_SUPPORTED))))}
    assert len(uuids) == 2


def test_slices_follow_their_gpu_and_nothing_is_told_twice() -> None:
    whole, first, second = sample(Library(a100_in_two()))
    assert (whole.mig_index, whole.power_w, whole.sm_clock_mhz) == (None, 81.0, 1410.0)
    assert (whole.memory_used_bytes, whole.processes, whole.utilisation_percent) == (None, (), None)
    assert [(each.index, each.mig_index) for each in (first, second)] == [(0, 0), (0, 2)]
    assert [each.memory_used_bytes for each in (first, second)] == [7 * GIB, GIB]
    assert [[p.pid for p in each.processes] for each in (first, second)] == [[4_100_001], [4_100_002]]
    assert {each.power_w for each in (first, second)} == {None}
    assert {each.temperature_c for each in (first, second)} == {None}
    assert second.name == "NVIDIA A100-SXM4-40GB MIG 1g.5gb"


def test_a_gpu_in_mig_mode_that_has_no_slices_tells_its_own_memory() -> None:
    (gpu,) = sample(Library(rtx(MigMode=[1, 1])))
    assert gpu.memory_used_bytes == 9 * GIB


def test_a_lost_gpu_vanishes_from_the_samples_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    library = Library(rtx(0), rtx(1))
    nvml = Nvml(library)
    with nvml.session(), caplog.at_level(logging.WARNING):
        gpus = Gpus(nvml)
        assert [gpu.index for gpu in gpus.sample(frozenset())] == [0, 1]
        library.gpus[0].lost = True
        for _ in range(3):
            assert [gpu.index for gpu in gpus.sample(frozenset())] == [1]
        assert Gpus(nvml).sample(frozenset())[0].index == 1
    assert [record.getMessage() for record in caplog.records] == [
        "GPU 0 is left out of the telemetry: GPU is lost"
    ]


def test_a_lost_slice_takes_its_gpu_along() -> None:
    library = Library(a100_in_two(), rtx(1))
    nvml = Nvml(library)
    with nvml.session():
        gpus = Gpus(nvml)
        assert len(gpus.sample(frozenset())) == 4
        last = library.gpus[0].slices[2]
        assert last is not None
        last.lost = True
        assert [gpu.index for gpu in gpus.sample(frozenset())] == [1]


def test_a_driver_before_535_is_asked_for_throttling_by_its_older_name() -> None:
    old = rtx(CurrentClocksEventReasons=Error(FUNCTION_NOT_FOUND), CurrentClocksThrottleReasons=0x20)
    (gpu,) = sample(Library(old))
    assert gpu.throttle == ("sw_thermal",)


def test_a_driver_before_510_is_asked_for_processes_by_the_older_version() -> None:
    mismatch = pynvml.NVMLLibraryMismatchError("a versioned function is wanted")
    changes: dict[str, Any] = {
        "ComputeRunningProcesses": mismatch,
        "ComputeRunningProcesses_v2": [process(ELSEWHERE, GIB)],
    }
    (gpu,) = sample(Library(rtx(**changes)))
    assert [p.pid for p in gpu.processes] == [ELSEWHERE]


def test_memory_that_is_not_available_is_none() -> None:
    processes = [process(ELSEWHERE, NOT_AVAILABLE), process(ELSEWHERE + 1, None), process(ELSEWHERE + 2, GIB)]
    (gpu,) = sample(Library(rtx(ComputeRunningProcesses=processes)))
    assert [p.memory_bytes for p in gpu.processes] == [None, None, GIB]


def test_a_process_that_computes_and_draws_is_one() -> None:
    both: dict[str, Any] = {
        "ComputeRunningProcesses": [process(ELSEWHERE, None)],
        "GraphicsRunningProcesses": [process(ELSEWHERE, 5)],
    }
    (gpu,) = sample(Library(rtx(**both)))
    assert gpu.processes == (GpuProcess(ELSEWHERE, "", 5),)


def test_a_process_of_this_machine_has_its_name_and_our_own_is_marked() -> None:
    (gpu,) = sample(Library(rtx(ComputeRunningProcesses=[process(os.getpid(), 1)])), frozenset({os.getpid()}))
    (own,) = gpu.processes
    assert own.name
    assert own.own
    assert not own.is_other


def test_a_name_that_only_nvml_knows_is_that_of_the_program_and_printable() -> None:
    names: dict[int, str | Error] = {
        ELSEWHERE: "/usr/bin/trainer --all",
        ELSEWHERE + 1: "/opt/\x1b[31mred",
        ELSEWHERE + 2: Error(NO_PERMISSION),
    }
    processes = [process(pid, None) for pid in names]
    (gpu,) = sample(Library(rtx(ComputeRunningProcesses=processes), names=names))
    assert [p.name for p in gpu.processes] == ["trainer", r"\x1b[31mred", ""]


def test_a_name_that_is_no_utf8_is_no_error() -> None:
    broken = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    gpu = Gpu(rtx().answers | {"Name": broken})
    assert sample(Library(gpu))[0].name == "NVIDIA GPU"
