"""A run's samples folded into least, mean and most."""

from __future__ import annotations

import pytest

from chimera_tui.domain.telemetry import GpuProcess, GpuSample, HostSample, TelemetrySample, summarise

S = 1_000_000_000


def sample(at_s: float, *gpus: GpuSample, cpu: float | None = None) -> TelemetrySample:
    return TelemetrySample(round(at_s * S), HostSample(cpu_percent=cpu), gpus)


def gpu(uuid: str = "a", power_w: float | None = 100.0, *, mig_index: int | None = None) -> GpuSample:
    return GpuSample(0, "GPU", uuid, power_w=power_w, mig_index=mig_index)


def energy(*samples: TelemetrySample) -> float | None:
    summary = summarise(samples)
    assert summary is not None
    return summary.energy_j


def test_without_samples_there_is_no_summary() -> None:
    assert summarise([]) is None


def test_a_value_that_was_not_told_does_not_count_as_nought() -> None:
    summary = summarise([sample(0, cpu=None), sample(1, cpu=20), sample(2, cpu=60)])
    assert summary is not None
    assert summary.cpu_percent is not None
    assert (summary.cpu_percent.min, summary.cpu_percent.mean, summary.cpu_percent.max) == (20, 40, 60)
    assert (summary.cpu_percent.samples, summary.samples, summary.seconds) == (2, 3, 2.0)
    assert summary.load_1m is None


def test_energy_is_the_area_below_the_power_also_when_samples_were_skipped() -> None:
    assert energy(sample(0, gpu("a", 100)), sample(1, gpu("a", 300)), sample(4, gpu("a", 300))) == 200 + 900


def test_energy_of_several_gpus_is_their_sum_and_a_gap_of_one_is_bridged() -> None:
    samples = (
        sample(0, gpu("a", 100), gpu("b", 10)),
        sample(1, gpu("a", None), gpu("b", 10)),
        sample(2, gpu("a", 100), gpu("b", 10)),
    )
    assert energy(*samples) == pytest.approx(220)


def test_a_gpu_that_never_tells_its_power_makes_the_energy_unknown_rather_than_too_small() -> None:
    assert energy(sample(0, gpu("a"), gpu("b", None)), sample(1, gpu("a"), gpu("b", None))) is None


def test_a_slice_has_no_power_of_its_own_and_its_gpu_is_counted_once() -> None:
    both = (gpu("a", 50), gpu("slice", None, mig_index=0))
    assert energy(sample(0, *both), sample(2, *both)) == 100


def test_energy_needs_two_samples() -> None:
    assert energy(sample(0, gpu())) is None
    assert energy(sample(0), sample(1)) is None


def spanned(began_s: float, ended_s: float, *samples: TelemetrySample) -> float | None:
    summary = summarise(samples, (round(began_s * S), round(ended_s * S)))
    assert summary is not None
    return summary.energy_j


def test_energy_is_that_of_the_whole_run_though_it_ends_between_two_samples() -> None:
    assert spanned(0, 5.86, *(sample(at, gpu("a", 100)) for at in range(6))) == pytest.approx(586)
    assert spanned(0, 2.5, sample(0.1, gpu("a", 100)), sample(2, gpu("a", 300))) == pytest.approx(10 + 380 + 150)


def test_energy_before_and_after_the_run_is_not_counted() -> None:
    assert spanned(1, 3, sample(0, gpu("a", 0)), sample(4, gpu("a", 400))) == pytest.approx(400)
    assert spanned(2, 2, sample(0, gpu("a", 0)), sample(4, gpu("a", 400))) == 0


@pytest.mark.parametrize(("began_s", "ended_s"), [(-5.1, 1), (0, 6.1)])
def test_energy_is_not_known_when_the_power_of_seconds_at_an_end_is_not(began_s: float, ended_s: float) -> None:
    assert spanned(began_s, ended_s, sample(0, gpu()), sample(1, gpu())) is None


@pytest.mark.parametrize(
    ("process", "other"),
    [
        (GpuProcess(1, "python3"), True),
        (GpuProcess(1, "firefox"), True),
        (GpuProcess(1, "ollama"), False),
        (GpuProcess(1, "ollama_llama_server"), False),
        (GpuProcess(1, "llama-server"), False),
        (GpuProcess(1, ".ollama-wrapped"), False),
        (GpuProcess(1, "Xorg"), False),
        (GpuProcess(1, "gnome-shell"), False),
        (GpuProcess(1, "python3", own=True), False),
        (GpuProcess(1, ""), False),
    ],
)
def test_other_processes_are_neither_the_servers_nor_ours_nor_the_screens(
    process: GpuProcess, other: bool
) -> None:
    assert process.is_other is other


def test_the_summary_names_other_processes_and_every_reason_to_throttle_once() -> None:
    processes = (
        GpuProcess(2, "trainer"),
        GpuProcess(3, "ollama"),
        GpuProcess(4, "blender"),
        GpuProcess(5, "blender"),
    )
    one = GpuSample(0, "GPU", "a", throttle=("sw_thermal",), processes=processes)
    two = GpuSample(0, "GPU", "a", throttle=("hw_slowdown", "sw_thermal"))
    summary = summarise([sample(0, one), sample(1, two)])
    assert summary is not None
    assert summary.gpus[0].other_processes == ("blender", "trainer")
    assert summary.gpus[0].throttle == ("hw_slowdown", "sw_thermal")
