"""Where layers lie and how long things take."""

from __future__ import annotations

import pytest

from chimera_tui.simulator.models import model_named
from chimera_tui.simulator.timing import GIB, LoadOptions, Machine, OutOfMemory

GEMMA = model_named("gemma3")
MACHINE = Machine(vram_bytes=24 * GIB, token_rate=100, cpu_rate=10, load_s=2.0)


def options(num_gpu: int = -1, num_ctx: int = 4096) -> LoadOptions:
    return LoadOptions(num_ctx=num_ctx, num_gpu=num_gpu)


@pytest.mark.parametrize(("num_gpu", "layers"), [(0, 0), (20, 20), (35, 35), (60, 35), (120, 35), (-1, 35)])
def test_as_many_layers_as_asked_but_never_more_than_there_are(num_gpu: int, layers: int) -> None:
    placement = MACHINE.place(GEMMA, options(num_gpu))
    assert (placement.layers_on_gpu, placement.layers) == (layers, 35)
    assert placement.size_vram_bytes == placement.size_bytes * layers // 35


def test_a_larger_context_takes_more_memory() -> None:
    sizes = [MACHINE.place(GEMMA, options(num_ctx=num_ctx)).size_bytes for num_ctx in (4096, 8192)]
    assert sizes[1] - sizes[0] == 4096 * GEMMA.kv_bytes_per_token


def test_automatic_offload_takes_what_fits_and_an_explicit_one_fails() -> None:
    small = Machine(vram_bytes=2 * GIB)
    assert 0 < small.place(GEMMA, options()).layers_on_gpu < 35
    with pytest.raises(OutOfMemory):
        small.place(GEMMA, options(35))


def test_without_a_gpu_everything_is_on_the_cpu() -> None:
    assert Machine(vram_bytes=0).place(GEMMA, options(80)).size_vram_bytes == 0


@pytest.mark.parametrize(("num_gpu", "step_s"), [(35, 0.01), (0, 0.1), (7, 0.2 * 0.01 + 0.8 * 0.1)])
def test_the_time_of_a_token_is_shared_between_gpu_and_cpu(num_gpu: int, step_s: float) -> None:
    assert MACHINE.decode_step_s(GEMMA, MACHINE.place(GEMMA, options(num_gpu))) == pytest.approx(step_s)


def test_fewer_layers_on_the_gpu_load_sooner_and_prefill_later() -> None:
    full, none = (MACHINE.place(GEMMA, options(num_gpu)) for num_gpu in (35, 0))
    assert MACHINE.load_time_s(GEMMA, full) == 2.0 > MACHINE.load_time_s(GEMMA, none) > 0
    assert MACHINE.prefill_s(GEMMA, full, 1000) < MACHINE.prefill_s(GEMMA, none, 1000)


def test_the_gpu_is_faster_for_every_model_also_without_given_rates() -> None:
    machine = Machine(vram_bytes=80 * GIB)
    for name in ("gemma3", "gemma3:270m", "llama3.1:8b-instruct-q4_0", "qwen2.5:7b", "phi4:14b"):
        model = model_named(name)
        full, none = (machine.place(model, options(num_gpu)) for num_gpu in (999, 0))
        assert machine.decode_step_s(model, full) * 2 < machine.decode_step_s(model, none)


@pytest.mark.parametrize(("vram_gib", "num_ctx"), [(8, 4096), (24, 32_768), (80, 262_144)])
def test_the_default_context_follows_the_vram(vram_gib: int, num_ctx: int) -> None:
    assert Machine(vram_bytes=vram_gib * GIB).default_num_ctx() == num_ctx
