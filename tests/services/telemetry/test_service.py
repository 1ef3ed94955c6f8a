"""Samples as a listener gets them: at once, on a beat, off the event loop. The host's are of this machine."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from itertools import islice

import pytest

from chimera_tui.domain.telemetry import TelemetrySample
from chimera_tui.services.telemetry.nvml import Nvml
from chimera_tui.services.telemetry.service import HardwareTelemetry, Mailbox, beats
from tests.services.telemetry.recorded import DRIVER_NOT_LOADED, Library, rtx
from tests.support import eventually

PERIOD_S = 0.02


async def take(samples: AsyncIterator[TelemetrySample], count: int) -> list[TelemetrySample]:
    async with asyncio.timeout(20):
        return [await anext(samples) for _ in range(count)]


async def test_the_first_sample_comes_without_waiting_for_a_beat() -> None:
    async with HardwareTelemetry(Nvml(Library(rtx())), period_s=3600).samples() as samples:
        (first,) = await take(samples, 1)
    assert [gpu.power_w for gpu in first.gpus] == [287.45]
    assert first.host.memory_total_bytes
    assert (first.host.cpu_percent, first.host.own_cpu_percent, first.host.disk_read_bytes_per_s) == (None,) * 3


async def test_later_samples_know_what_happened_since_the_one_before() -> None:
    async with HardwareTelemetry(Nvml(Library()), period_s=PERIOD_S).samples() as samples:
        first, second = await take(samples, 2)
    assert second.at_ns > first.at_ns
    assert second.host.cpu_percent is not None
    assert second.host.own_cpu_percent is not None
    assert 0 <= second.host.cpu_percent <= 100
    assert second.host.load_1m is not None


@pytest.mark.parametrize("problem", [DRIVER_NOT_LOADED, None])
async def test_without_a_gpu_the_host_is_sampled_all_the_same(problem: int | None) -> None:
    async with HardwareTelemetry(Nvml(Library(problem=problem)), period_s=PERIOD_S).samples() as samples:
        taken = await take(samples, 2)
    assert [sample.gpus for sample in taken] == [(), ()]
    assert all(sample.host.memory_used_bytes for sample in taken)


async def test_on_this_machine_the_real_libraries_answer() -> None:
    async with HardwareTelemetry(period_s=PERIOD_S).samples() as samples:
        assert len(await take(samples, 2)) == 2


async def test_a_driver_that_blocks_holds_neither_the_loop_nor_later_samples_up() -> None:
    library = Library(rtx())
    async with HardwareTelemetry(Nvml(library), period_s=PERIOD_S).samples() as samples:
        await take(samples, 1)
        library.open.clear()
        stuck_since = time.monotonic_ns()
        await eventually(lambda: library.at_once, "a call that blocks")
        skipped = stuck_since + round(10 * PERIOD_S * 1e9)
        await eventually(lambda: time.monotonic_ns() > skipped, "ten beats that must be skipped")
        library.open.set()
        freed = time.monotonic_ns()
        late = [sample for sample in await take(samples, 3) if sample.at_ns > stuck_since]
    assert library.most_at_once == 1
    # the one that was stuck, then only such as began after the driver answered: none was queued
    assert all(sample.at_ns >= freed for sample in late[1:])


async def test_two_listeners_never_ask_the_driver_at_the_same_time() -> None:
    library = Library(rtx())
    telemetry = HardwareTelemetry(Nvml(library), period_s=0.005)
    async with telemetry.samples() as one, telemetry.samples() as other:
        await asyncio.gather(take(one, 10), take(other, 10))
    assert library.most_at_once == 1


async def test_a_listener_that_leaves_ends_the_sampling() -> None:
    library = Library(rtx())
    async with HardwareTelemetry(Nvml(library), period_s=PERIOD_S).samples() as samples:
        await take(samples, 1)
        assert library.sessions == 1
    await eventually(lambda: library.sessions == 0, "the end of the session")
    await eventually(lambda: not _sampling(), "the end of the thread")


async def test_a_driver_that_never_answers_does_not_hold_up_whoever_leaves_or_comes_next() -> None:
    library = Library(rtx())
    telemetry = HardwareTelemetry(Nvml(library), period_s=PERIOD_S)
    library.open.clear()
    async with telemetry.samples():
        await eventually(lambda: library.at_once, "the call that is stuck")
    async with telemetry.samples() as samples:
        (sample,) = await take(samples, 1)
    assert sample.gpus == ()
    assert sample.host.memory_total_bytes
    library.open.set()
    await eventually(lambda: not _sampling(), "the end of the threads")


def _sampling() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "telemetry"]


async def test_a_sample_that_nobody_took_gives_way_to_the_next() -> None:
    mailbox = Mailbox(asyncio.get_running_loop())
    async with HardwareTelemetry(period_s=PERIOD_S).samples() as samples:
        one, two = await take(samples, 2)
    mailbox.put(one)
    mailbox.put(two)
    await asyncio.sleep(0)
    mailbox.end()
    assert [sample async for sample in mailbox] == [two]


def test_beats_do_not_drift_and_those_that_come_too_late_are_left_out() -> None:
    period_s = 0.05
    stamps = beats(period_s, threading.Event())
    began = next(stamps)
    time.sleep(2.5 * period_s)  # a sample that takes too long
    late, after = islice(stamps, 2)
    places = [(stamp - began) / (period_s * 1e9) for stamp in (late, after)]
    whole = [int(place + 0.05) for place in places]  # the first stamp is taken a moment after the beginning
    assert 3 <= whole[0] < whole[1]


def test_nothing_heavy_is_imported_before_the_first_sample_is_wanted() -> None:
    code = (
        "import sys\n"
        "from chimera_tui.services.surroundings.machine import Machine\n"
        "from chimera_tui.services.telemetry.service import HardwareTelemetry\n"
        "HardwareTelemetry(), Machine()\n"
        "print(sorted({'psutil', 'pynvml'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
