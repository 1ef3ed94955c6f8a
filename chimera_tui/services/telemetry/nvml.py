"""NVIDIA's management library, with every error turned into the absence of what was asked for."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chimera_tui.domain.names import printable

_LOG = logging.getLogger(__name__)

_GONE = frozenset({15, 16, 28})
"""NVML_ERROR_GPU_IS_LOST, _RESET_REQUIRED and _GPU_NOT_FOUND: the numbers are part of the C interface."""

Handle = Any
"""NVML's handle of a GPU or of a MIG slice; a pointer that only the library understands."""


class GpuGone(Exception):
    """A GPU has fallen off the bus or waits for a reset: nothing can be known of it until the driver restarts."""


@dataclass(frozen=True, slots=True)
class Device:
    """A GPU, or a MIG slice, and what does not change about it."""

    handle: Handle
    index: int
    name: str
    uuid: str
    mig_index: int | None = None
    sliced: bool = False
    """A GPU whose memory and processes are told by its slices."""


class Nvml:
    """`pynvml`, imported when it is first wanted.

    A method that answers None means that this driver, this GPU or this user's rights do not tell. Calls may block
    for seconds while a driver wakes a GPU or has lost one.
    """

    def __init__(self, library: Any = None) -> None:
        """`library` has the functions and error classes of `pynvml`, which it replaces."""
        self._library = library
        self._told: set[str] = set()

    @contextmanager
    def session(self) -> Iterator[str]:
        """Initialise and shut down again. Gives why there is nothing to be seen, empty when all is well."""
        problem = self._start()
        try:
            yield problem
        finally:
            if not problem:
                self.ask("nvmlShutdown")

    def _start(self) -> str:
        if self._library is None:
            try:
                self._library = importlib.import_module("pynvml")
            except ImportError:
                return "nvidia-ml-py is not installed"
        try:
            self._library.nvmlInit()
        except self._errors as error:
            return printable(str(error))
        return ""

    @property
    def _errors(self) -> tuple[type[Exception], ...]:
        # the driver's texts are decoded by pynvml as if they could only be UTF-8
        return (self._library.NVMLError, self._library.NVMLLibraryMismatchError, UnicodeDecodeError)

    def ask(self, function: str, *arguments: Any) -> Any:
        """What the function answers, or None for any error of NVML. Raises GpuGone."""
        call = getattr(self._library, function, None)
        if call is None:
            return None
        try:
            return call(*arguments)
        except self._errors as error:
            if function.startswith("nvmlDeviceGet") and getattr(error, "value", None) in _GONE:
                raise GpuGone(printable(str(error))) from error
            return None

    def text(self, function: str, *arguments: Any) -> str:
        """Printable; empty when it is not told. Raises GpuGone."""
        answer = self.ask(function, *arguments)
        return printable(answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer or ""))

    def driver(self) -> str:
        return self.text("nvmlSystemGetDriverVersion")

    def cuda(self) -> str:
        """The CUDA version that the driver supports, e.g. `12.8`."""
        version = self.ask("nvmlSystemGetCudaDriverVersion")
        return f"{version // 1000}.{version % 1000 // 10}" if version else ""

    def devices(self) -> list[Device]:
        """Every GPU that answers, each followed by its MIG slices."""
        found: list[Device] = []
        for index in range(self._count()):
            try:
                found.extend(self._device(index))
            except GpuGone as error:
                self.tell_gone(f"GPU {index}", error)
        return found

    def _count(self) -> int:
        try:
            return self.ask("nvmlDeviceGetCount") or 0
        except GpuGone:
            return 0

    def _device(self, index: int) -> list[Device]:
        handle = self.ask("nvmlDeviceGetHandleByIndex", index)
        if handle is None:
            return []
        slices = self._slices(handle, index)
        return [self._described(handle, index, sliced=bool(slices)), *slices]

    def _slices(self, handle: Handle, index: int) -> list[Device]:
        if not (self.ask("nvmlDeviceGetMigMode", handle) or [0])[0]:
            return []
        places = range(self.ask("nvmlDeviceGetMaxMigDeviceCount", handle) or 0)
        handles = ((place, self.ask("nvmlDeviceGetMigDeviceHandleByIndex", handle, place)) for place in places)
        return [self._described(mig, index, place) for place, mig in handles if mig is not None]

    def _described(self, handle: Handle, index: int, mig_index: int | None = None, sliced: bool = False) -> Device:
        name = self.text("nvmlDeviceGetName", handle) or "NVIDIA GPU"
        place = f"gpu-{index}" if mig_index is None else f"gpu-{index}-mig-{mig_index}"
        return Device(handle, index, name, self.text("nvmlDeviceGetUUID", handle) or place, mig_index, sliced)

    def memory(self, device: Device) -> tuple[int, int] | None:
        """Used and total bytes. Raises GpuGone."""
        memory = self.ask("nvmlDeviceGetMemoryInfo", device.handle)
        return (int(memory.used), int(memory.total)) if memory is not None and memory.total else None

    def tell_gone(self, what: str, error: GpuGone) -> None:
        """One line in the log for each GPU that went, however often it is asked for."""
        if what not in self._told:
            self._told.add(what)
            _LOG.warning("%s is left out of the telemetry: %s", what, error)
