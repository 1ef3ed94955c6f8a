"""What NVML answers on machines that we do not have here, played back through an object shaped like `pynvml`."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import pynvml

NOT_SUPPORTED = pynvml.NVML_ERROR_NOT_SUPPORTED
NO_PERMISSION = pynvml.NVML_ERROR_NO_PERMISSION
DRIVER_NOT_LOADED = pynvml.NVML_ERROR_DRIVER_NOT_LOADED
LIBRARY_NOT_FOUND = pynvml.NVML_ERROR_LIBRARY_NOT_FOUND
FUNCTION_NOT_FOUND = pynvml.NVML_ERROR_FUNCTION_NOT_FOUND
GPU_IS_LOST = pynvml.NVML_ERROR_GPU_IS_LOST
VERSION_MISMATCH = pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH
NOT_FOUND = pynvml.NVML_ERROR_NOT_FOUND
NOT_AVAILABLE = pynvml.NVML_VALUE_NOT_AVAILABLE_ulonglong.value

TEMPERATURE = f"Temperature {pynvml.NVML_TEMPERATURE_GPU}"
SM_CLOCK = f"ClockInfo {pynvml.NVML_CLOCK_SM}"
MEMORY_CLOCK = f"ClockInfo {pynvml.NVML_CLOCK_MEM}"

GIB = 1 << 30


@dataclass(frozen=True)
class Error:
    """Recorded instead of an answer."""

    code: int


@dataclass
class Gpu:
    """One GPU or MIG slice: what each function answers; what was not recorded is not supported."""

    answers: dict[str, Any]
    slices: list[Gpu | None] = field(default_factory=list)
    """MIG places; None is an empty one."""
    lost: bool = False


class Library:
    """The functions of `pynvml`, as recorded. Asking for one that pynvml does not have fails the test."""

    NVMLError = pynvml.NVMLError
    NVMLLibraryMismatchError = pynvml.NVMLLibraryMismatchError

    def __init__(
        self, *gpus: Gpu, problem: int | None = None, names: dict[int, str | Error] | None = None
    ) -> None:
        self.gpus = list(gpus)
        self.problem = problem
        self.names = names or {}
        self.sessions = 0
        self.ended = 0
        self.at_once = 0
        self.most_at_once = 0
        self.open = threading.Event()
        """Cleared, the driver answers nothing until it is set again."""
        self.open.set()
        self._count = threading.Lock()

    def nvmlInit(self) -> None:
        self._wait_for_the_driver()
        if self.problem is not None:
            raise pynvml.NVMLError(self.problem)
        self.sessions += 1

    def nvmlShutdown(self) -> None:
        self.sessions -= 1
        self.ended += 1

    def nvmlSystemGetDriverVersion(self) -> str:
        return "570.86.15"

    def nvmlSystemGetCudaDriverVersion(self) -> int:
        return 12080

    def nvmlSystemGetProcessName(self, pid: int) -> str:
        name = self.names.get(pid, Error(NOT_FOUND))
        return str(_answer(name))

    def nvmlDeviceGetCount(self) -> int:
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Gpu:
        return _reachable(self.gpus[index])

    def nvmlDeviceGetMigMode(self, gpu: Gpu) -> list[int]:
        return [1, 1] if _reachable(gpu).slices else _answer(gpu.answers.get("MigMode", Error(NOT_SUPPORTED)))

    def nvmlDeviceGetMaxMigDeviceCount(self, gpu: Gpu) -> int:
        return len(_reachable(gpu).slices)

    def nvmlDeviceGetMigDeviceHandleByIndex(self, gpu: Gpu, place: int) -> Gpu:
        found = _reachable(gpu).slices[place]
        if found is None:
            raise pynvml.NVMLError(NOT_FOUND)
        return found

    def __getattr__(self, function: str) -> Any:
        assert hasattr(pynvml, function), function
        return partial(self._recorded, function.removeprefix("nvmlDeviceGet"))

    def _recorded(self, what: str, gpu: Gpu, *arguments: int) -> Any:
        self._wait_for_the_driver()
        key = " ".join([what, *map(str, arguments)])
        return _answer(_reachable(gpu).answers.get(key, Error(NOT_SUPPORTED)))

    def _wait_for_the_driver(self) -> None:
        with self._count:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.open.wait(20), "the test forgot to let the driver answer"
        with self._count:
            self.at_once -= 1


def _reachable(gpu: Gpu) -> Gpu:
    if gpu.lost:
        raise pynvml.NVMLError(GPU_IS_LOST)
    return gpu


def _answer(recorded: Any) -> Any:
    if isinstance(recorded, Error):
        raise pynvml.NVMLError(recorded.code)
    if isinstance(recorded, Exception):
        raise recorded
    return recorded


def memory(used: int, total: int) -> SimpleNamespace:
    return SimpleNamespace(used=used, total=total, free=total - used)


def process(pid: int, used: int | None) -> SimpleNamespace:
    return SimpleNamespace(pid=pid, usedGpuMemory=used, gpuInstanceId=0xFFFFFFFF, computeInstanceId=0xFFFFFFFF)


def rtx(number: int = 0, **changes: Any) -> Gpu:
    """A desktop's card that tells everything."""
    return Gpu(
        {
            "Name": "NVIDIA GeForce RTX 4080 SUPER",
            "UUID": f"GPU-{number:08d}-5c1a-4f0b-9d3e-2f6a1b7c8d9e",
            "UtilizationRates": SimpleNamespace(gpu=97, memory=81),
            "MemoryInfo": memory(9 * GIB, 16 * GIB),
            "PowerUsage": 287_450,
            "EnforcedPowerLimit": 320_000,
            TEMPERATURE: 66,
            SM_CLOCK: 2745,
            MEMORY_CLOCK: 11501,
            "CurrentClocksEventReasons": 0,
            "ComputeRunningProcesses": [],
            "GraphicsRunningProcesses": [],
        }
        | changes
    )


def a100_in_two() -> Gpu:
    """A data centre's GPU with two slices and an empty place between them, as MIG mode has it."""
    slices = [
        Gpu(
            {
                "Name": f"NVIDIA A100-SXM4-40GB MIG {profile}",
                "UUID": f"MIG-{profile}-8c4c5a27",
                "MemoryInfo": memory(used, total),
                "ComputeRunningProcesses": [process(pid, used)],
                "GraphicsRunningProcesses": [],
                "PowerUsage": 81_000,
                TEMPERATURE: 41,
            }
        )
        for profile, used, total, pid in (
            ("3g.20gb", 7 * GIB, 20 * GIB, 4_100_001),
            ("1g.5gb", GIB, 5 * GIB, 4_100_002),
        )
    ]
    return Gpu(
        {
            "Name": "NVIDIA A100-SXM4-40GB",
            "UUID": "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77",
            "MemoryInfo": memory(8 * GIB, 40 * GIB),
            "PowerUsage": 81_000,
            "EnforcedPowerLimit": 400_000,
            TEMPERATURE: 41,
            SM_CLOCK: 1410,
            MEMORY_CLOCK: 1215,
            "CurrentClocksEventReasons": 0,
            "ComputeRunningProcesses": [process(4_100_001, None), process(4_100_002, None)],
        },
        slices=[slices[0], None, slices[1]],
    )
