"""The machine that the tests run on, with recorded GPUs."""

from __future__ import annotations

import asyncio
import logging
import platform
import re
import socket
from pathlib import Path

import pytest

from chimera_tui.domain.environment import GpuInfo
from chimera_tui.services.surroundings.host import cpu_model, hostname_hash
from chimera_tui.services.surroundings.machine import Machine
from chimera_tui.services.telemetry.nvml import Nvml
from tests.services.telemetry.recorded import (
    DRIVER_NOT_LOADED,
    GIB,
    NOT_SUPPORTED,
    Error,
    Gpu,
    Library,
    a100_in_two,
    rtx,
)
from tests.support import eventually


def machine(*gpus: Gpu, problem: int | None = None) -> Machine:
    return Machine(Nvml(Library(*gpus, problem=problem)))


async def test_this_machine_is_described_without_its_name() -> None:
    host = await machine(problem=DRIVER_NOT_LOADED).host()
    assert host.os
    assert platform.release() in host.kernel
    assert host.cpu
    assert host.cpu_cores
    assert host.memory_total_bytes
    assert host.python == platform.python_version()
    assert re.fullmatch("[0-9a-f]{12}", host.hostname_hash)
    assert host.hostname == ""
    assert (host.gpus, host.driver, host.cuda) == ((), "", "")


async def test_the_name_is_given_when_it_is_asked_for() -> None:
    host = await Machine(Nvml(Library(problem=DRIVER_NOT_LOADED)), name_host=True).host()
    assert host.hostname == socket.gethostname()


async def test_the_real_library_is_asked_where_no_other_is_given() -> None:
    host = await Machine().host()
    assert isinstance(host.gpus, tuple)
    assert bool(host.gpus) <= bool(host.driver)


def test_the_hash_is_fixed_and_tells_machines_apart() -> None:
    assert hostname_hash("box7") == "cc1e04be71cf"
    assert hostname_hash("box7") != hostname_hash("box8")
    assert hostname_hash("b\udcffx")


async def test_gpus_driver_and_cuda_are_told_as_nvml_tells_them() -> None:
    host = await machine(rtx(0), rtx(1, MemoryInfo=Error(NOT_SUPPORTED))).host()
    assert host.gpus == (
        GpuInfo("NVIDIA GeForce RTX 4080 SUPER", 16 * GIB, "GPU-00000000-5c1a-4f0b-9d3e-2f6a1b7c8d9e"),
        GpuInfo("NVIDIA GeForce RTX 4080 SUPER", None, "GPU-00000001-5c1a-4f0b-9d3e-2f6a1b7c8d9e"),
    )
    assert (host.driver, host.cuda) == ("570.86.15", "12.8")


async def test_slices_are_listed_after_their_gpu() -> None:
    host = await machine(a100_in_two()).host()
    assert [(gpu.name, gpu.memory_total_bytes) for gpu in host.gpus] == [
        ("NVIDIA A100-SXM4-40GB", 40 * GIB),
        ("NVIDIA A100-SXM4-40GB MIG 3g.20gb", 20 * GIB),
        ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", 5 * GIB),
    ]


async def test_it_is_learned_once_however_many_ask_at_once() -> None:
    library = Library(rtx())
    own = Machine(Nvml(library))
    first, second = await asyncio.gather(own.host(), own.host())
    library.gpus.clear()
    assert first == second == await own.host()
    assert library.sessions == 0


async def test_a_driver_that_never_answers_is_waited_for_once(caplog: pytest.LogCaptureFixture) -> None:
    library = Library(rtx())
    library.open.clear()
    own = Machine(Nvml(library), gpu_patience_s=0.05)
    with caplog.at_level(logging.WARNING):
        assert [(await own.host()).gpus for _ in range(3)] == [(), (), ()]
    assert len(caplog.records) == 1
    library.open.set()
    # an answer that comes late is told from then on
    await eventually(lambda: library.ended, "the late answer")
    assert len((await own.host()).gpus) == 1


def test_the_commit_is_that_of_the_checkout_when_the_program_started(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("a" * 40 + "\n")
    own = Machine(checkout=tmp_path)
    (tmp_path / ".git" / "HEAD").write_text("b" * 40 + "\n")
    assert own.commit == "a" * 40


def test_an_installed_wheel_has_no_commit(tmp_path: Path) -> None:
    assert Machine(checkout=tmp_path).commit == ""


def test_our_own_checkout_has_a_commit(repository: Path) -> None:
    if not (repository / ".git").exists():
        pytest.skip("not a git checkout")
    assert re.fullmatch("[0-9a-f]{40}", Machine().commit)


@pytest.mark.parametrize(
    ("cpuinfo", "name"),
    [
        ("processor\t: 0\nmodel\t\t: 97\nmodel name\t: AMD Ryzen 9  7950X\nflags\t: fpu\n", "AMD Ryzen 9 7950X"),
        ("processor\t: 0\nCPU part\t: 0xd0b\n\nModel\t\t: Raspberry Pi 5 Model B\n", "Raspberry Pi 5 Model B"),
        ("processor\t: 0\ncpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported"),
        ("processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\n", ""),
        ("model name\t:\nmodel name\t: \n", ""),
        ("", ""),
    ],
)
def test_the_processor_is_named_as_the_kernel_names_it(cpuinfo: str, name: str) -> None:
    assert cpu_model(cpuinfo) == name
