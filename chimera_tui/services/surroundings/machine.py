"""The machine as the engine asks for it."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import chimera_tui
from chimera_tui.domain.environment import GpuInfo, HostInfo
from chimera_tui.services.surroundings.checkout import commit_of
from chimera_tui.services.surroundings.host import host_info
from chimera_tui.services.surroundings.ollama_process import ollama_environment
from chimera_tui.services.telemetry.nvml import Device, GpuGone, Nvml

_LOG = logging.getLogger(__name__)
_GPU_PATIENCE_S = 15.0
"""A driver that has to wake eight GPUs takes seconds; one that is wedged never answers."""


@dataclass(frozen=True, slots=True)
class Graphics:
    """What NVML tells of a machine."""

    gpus: tuple[GpuInfo, ...] = ()
    driver: str = ""
    cuda: str = ""


class Machine:
    """Implements `engine.ports.Surroundings`. Everything is learned at the first call and then remembered, but for
    the servers' environment: it is looked up each time, since a server is restarted to change it."""

    def __init__(
        self,
        nvml: Nvml | None = None,
        *,
        name_host: bool = False,
        checkout: Path | None = None,
        gpu_patience_s: float = _GPU_PATIENCE_S,
    ) -> None:
        """`checkout` is the folder that holds our package, unless told otherwise."""
        self._nvml = nvml or Nvml()
        self._name_host = name_host
        self._gpu_patience_s = gpu_patience_s
        # the code that runs is that of now, whatever is checked out later
        self._commit = commit_of(checkout or Path(chimera_tui.__file__).parent.parent)
        self._learning = threading.Lock()
        self._host: HostInfo | None = None
        self._graphics = Graphics()
        self._graphics_known = threading.Event()

    @property
    def commit(self) -> str:
        """Of the checkout when the program started; empty in an installed wheel."""
        return self._commit

    async def host(self) -> HostInfo:
        """Without GPUs as long as the driver has not answered, for which only the first call waits."""
        return await asyncio.to_thread(self._learned)

    def _learned(self) -> HostInfo:
        with self._learning:
            if self._host is None:
                # of its own, and left behind if it must be: a driver that never answers shall keep nothing alive
                threading.Thread(target=self._learn_graphics, name="graphics", daemon=True).start()
                self._host = host_info(name_host=self._name_host)
                if not self._graphics_known.wait(self._gpu_patience_s):
                    _LOG.warning("the GPU driver has not answered for %g s", self._gpu_patience_s)
        return replace(
            self._host,
            gpus=self._graphics.gpus,
            driver=self._graphics.driver,
            cuda=self._graphics.cuda,
            ollama_environment=ollama_environment("" if self._name_host else socket.gethostname()),
        )

    def _learn_graphics(self) -> None:
        try:
            with self._nvml.session() as problem:
                if not problem:
                    self._graphics = graphics(self._nvml)
        finally:
            self._graphics_known.set()


def graphics(nvml: Nvml) -> Graphics:
    """To be asked within a session. May block for seconds."""
    gpus = tuple(_gpu_info(nvml, device) for device in nvml.devices())
    return Graphics(gpus, nvml.driver(), nvml.cuda())


def _gpu_info(nvml: Nvml, device: Device) -> GpuInfo:
    """A GPU and each of its MIG slices, which have a name, a memory and a UUID of their own."""
    try:
        memory = nvml.memory(device)
    except GpuGone:
        memory = None
    return GpuInfo(device.name, None if memory is None else memory[1], device.uuid)
