"""What the GPUs do at one moment, as far as NVML tells."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from chimera_tui.domain.telemetry import GpuProcess, GpuSample
from chimera_tui.services.telemetry.names import process_name
from chimera_tui.services.telemetry.nvml import Device, GpuGone, Nvml
from chimera_tui.services.telemetry.throttle import throttle_words

_TEMPERATURE_GPU = 0
_CLOCK_SM = 1
_CLOCK_MEMORY = 2
_NOT_AVAILABLE = (1 << 64) - 1
"""NVML_VALUE_NOT_AVAILABLE where a size is expected."""


class Gpus:
    """The devices that were there when the sampling began; one that is lost stays away."""

    def __init__(self, nvml: Nvml) -> None:
        self._nvml = nvml
        self._devices = nvml.devices()

    def sample(self, own: Collection[int]) -> tuple[GpuSample, ...]:
        """`own` are the pids of the daemon and its children. May block for seconds."""
        samples: list[GpuSample] = []
        for device in list(self._devices):
            try:
                samples.append(self._sample(device, own))
            except GpuGone as error:
                self._drop(device, error)
        # a GPU may have gone while its slices were asked
        there = {device.uuid for device in self._devices}
        return tuple(sample for sample in samples if sample.uuid in there)

    def _drop(self, lost: Device, error: GpuGone) -> None:
        """Slices go with their GPU, and the GPU with any of them."""
        self._devices = [device for device in self._devices if device.index != lost.index]
        self._nvml.tell_gone(f"GPU {lost.index}", error)

    def _sample(self, device: Device, own: Collection[int]) -> GpuSample:
        ask, handle = self._nvml.ask, device.handle
        used, total = (None, None) if device.sliced else self._nvml.memory(device) or (None, None)
        processes = () if device.sliced else self._processes(device, own)
        if device.mig_index is not None:
            # what stands with the whole GPU is not asked of a slice: some drivers answer with the GPU's own figure
            return GpuSample(
                device.index,
                device.name,
                device.uuid,
                memory_used_bytes=used,
                memory_total_bytes=total,
                processes=processes,
                mig_index=device.mig_index,
            )
        rates = ask("nvmlDeviceGetUtilizationRates", handle)
        return GpuSample(
            device.index,
            device.name,
            device.uuid,
            utilisation_percent=None if rates is None else float(rates.gpu),
            memory_used_bytes=used,
            memory_total_bytes=total,
            power_w=_thousandth(ask("nvmlDeviceGetPowerUsage", handle)),
            power_limit_w=_thousandth(ask("nvmlDeviceGetEnforcedPowerLimit", handle)),
            temperature_c=_number(ask("nvmlDeviceGetTemperature", handle, _TEMPERATURE_GPU)),
            sm_clock_mhz=_number(ask("nvmlDeviceGetClockInfo", handle, _CLOCK_SM)),
            memory_clock_mhz=_number(ask("nvmlDeviceGetClockInfo", handle, _CLOCK_MEMORY)),
            throttle=throttle_words(self._throttle_bits(device)),
            processes=processes,
        )

    def _throttle_bits(self, device: Device) -> int | None:
        """Drivers before 535 know the older name only."""
        bits = self._nvml.ask("nvmlDeviceGetCurrentClocksEventReasons", device.handle)
        if bits is None:
            bits = self._nvml.ask("nvmlDeviceGetCurrentClocksThrottleReasons", device.handle)
        return None if bits is None else int(bits)

    def _processes(self, device: Device, own: Collection[int]) -> tuple[GpuProcess, ...]:
        """Those that compute and those that draw; one that does both is one."""
        memory: dict[int, int | None] = {}
        for kind in ("Compute", "Graphics"):
            for process in self._running(kind, device):
                size = _size(process.usedGpuMemory)
                memory[process.pid] = max((memory.get(process.pid), size), key=lambda known: known or -1)
        return tuple(
            GpuProcess(pid, process_name(pid) or self._nvml_name(pid), size, own=pid in own)
            for pid, size in sorted(memory.items())
        )

    def _running(self, kind: str, device: Device) -> list[Any]:
        """Drivers before 510 know the second version of the call only."""
        function = f"nvmlDeviceGet{kind}RunningProcesses"
        for name in (function, f"{function}_v2"):
            found = self._nvml.ask(name, device.handle)
            if found is not None:
                return list(found)
        return []

    def _nvml_name(self, pid: int) -> str:
        """NVML gives the path of the program, now and then with its arguments."""
        try:
            path = self._nvml.text("nvmlSystemGetProcessName", pid)
        except GpuGone:
            return ""
        return path.partition(" ")[0].rpartition("/")[2]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _thousandth(milli: Any) -> float | None:
    return None if milli is None else milli / 1000


def _size(value: int | None) -> int | None:
    return None if value is None or value == _NOT_AVAILABLE else int(value)
