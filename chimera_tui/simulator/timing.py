"""How fast the simulated machine is: where layers lie, and how long load, prefill and decode take."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.simulator.models import Model

GIB = 1 << 30
_GPU_BYTES_PER_S = 520e9
_CPU_BYTES_PER_S = 52e9
_GPU_STEP_S = 0.0017
_CPU_STEP_S = 0.0004
_GPU_PREFILL_WEIGHTS_PER_S = 2e13
_CPU_PREFILL_WEIGHTS_PER_S = 5.2e10
_STREAMED_PREFILL_WEIGHTS_PER_S = 4e12
"""Of layers that lie in memory beside a GPU: llama.cpp brings their weights over for each batch of a prompt."""
_MOST_PREFILL_PER_S = 20_000.0
_LOAD_BYTES_PER_S = 1.25e9
_LOAD_START_S = 0.4
_LOAD_WITHOUT_GPU = 0.6
"""Share of the load time that remains when no layer goes to the GPU."""


class OutOfMemory(Exception):
    """An explicit num_gpu asks for more VRAM than there is."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Options that a loaded runner can not change."""

    num_ctx: int
    num_batch: int = 512
    num_gpu: int = -1
    main_gpu: int = 0
    use_mmap: bool | None = None
    num_thread: int = 0
    draft_num_predict: int = 0
    shift: bool = True


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a loaded model lies."""

    layers_on_gpu: int
    layers: int
    size_bytes: int
    size_vram_bytes: int

    @property
    def gpu_share(self) -> float:
        return self.layers_on_gpu / self.layers


@dataclass(frozen=True, slots=True)
class Machine:
    """The simulated hardware; a rate of None is derived from each model's size."""

    vram_bytes: int
    num_parallel: int = 1
    token_rate: float | None = None
    """Tokens per second with every layer on the GPU."""
    cpu_rate: float | None = None
    prefill_rate: float | None = None
    """Prompt tokens per second with every layer on the GPU."""
    load_s: float | None = None
    """Seconds to load with every layer on the GPU."""

    def default_num_ctx(self) -> int:
        """Ollama's default by VRAM."""
        if self.vram_bytes < 23 * GIB:
            return 4096
        return 32_768 if self.vram_bytes < 47 * GIB else 262_144

    def place(self, model: Model, options: LoadOptions) -> Placement:
        """Where the model would lie on an otherwise empty GPU. Raises OutOfMemory."""
        size = model.size_bytes + model.overhead_bytes
        size += options.num_ctx * self.num_parallel * model.kv_bytes_per_token
        fitting = min(model.layers, self.vram_bytes * model.layers // size)
        if self.vram_bytes == 0 or options.num_gpu < 0:
            on_gpu = fitting
        else:
            on_gpu = min(options.num_gpu, model.layers)
            if on_gpu > fitting:
                raise OutOfMemory
        return Placement(on_gpu, model.layers, size, size * on_gpu // model.layers)

    def decode_step_s(self, model: Model, placement: Placement) -> float:
        """Seconds per token: share_gpu / gpu_rate + share_cpu / cpu_rate."""
        gpu_s = 1 / self.token_rate if self.token_rate else _GPU_STEP_S + model.size_bytes / _GPU_BYTES_PER_S
        cpu_s = 1 / self.cpu_rate if self.cpu_rate else _CPU_STEP_S + model.size_bytes / _CPU_BYTES_PER_S
        if self.token_rate and not self.cpu_rate:
            cpu_s = max(cpu_s, gpu_s)
        return placement.gpu_share * gpu_s + (1 - placement.gpu_share) * cpu_s

    def prefill_s(self, model: Model, placement: Placement, tokens: int) -> float:
        """Seconds for the uncached tokens of a prompt; never less than one decode step."""
        gpu_rate = min(_GPU_PREFILL_WEIGHTS_PER_S / model.parameters, _MOST_PREFILL_PER_S)
        off_gpu = _STREAMED_PREFILL_WEIGHTS_PER_S if self.vram_bytes else _CPU_PREFILL_WEIGHTS_PER_S
        cpu_rate = min(off_gpu / model.parameters, gpu_rate)
        if self.prefill_rate:
            cpu_rate, gpu_rate = self.prefill_rate * cpu_rate / gpu_rate, self.prefill_rate
        per_token = placement.gpu_share / gpu_rate + (1 - placement.gpu_share) / cpu_rate
        return max(tokens * per_token, self.decode_step_s(model, placement))

    def load_time_s(self, model: Model, placement: Placement) -> float:
        full = self.load_s if self.load_s is not None else _LOAD_START_S + model.size_bytes / _LOAD_BYTES_PER_S
        return full * (_LOAD_WITHOUT_GPU + (1 - _LOAD_WITHOUT_GPU) * placement.gpu_share)
