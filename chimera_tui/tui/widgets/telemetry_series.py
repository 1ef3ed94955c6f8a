"""Which figures of the hardware are plotted, in which unit and on which scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from chimera_tui.domain.flags import Cause
from chimera_tui.tui import formatting

if TYPE_CHECKING:
    from chimera_tui.domain.telemetry import GpuProcess, GpuSample, TelemetrySample


class Series(NamedTuple):
    """One figure over time, ready to be drawn."""

    label: str
    points: tuple[tuple[int, float | None], ...]
    """(monotonic ns, value)."""
    low: float
    high: float
    """Ends of the scale."""
    now: str
    """The newest value with its unit."""
    spread: str
    """Least and most with their unit: `12–99 %`."""
    mean: str
    """With its unit."""


Scale = tuple[float, float | None]
"""Without an upper end it reaches to the most that was seen."""
Pick: TypeAlias = "Callable[[TelemetrySample], float | None]"
Show = Callable[[float], str]


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _one(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def _giga(value: float) -> str:
    return formatting.sig3(value / 1e9)


def _series(
    label: str,
    samples: Sequence[TelemetrySample],
    pick: Pick,
    show: Show,
    unit: str,
    scale: Scale,
) -> Series | None:
    """None when no sample has a value."""
    points = tuple((sample.at_ns, pick(sample)) for sample in samples)
    known = [value for _, value in points if value is not None]
    if not known:
        return None
    low, high = scale
    newest = points[-1][1]
    now = formatting.MISSING if newest is None else f"{show(newest)} {unit}".replace(" / ", "/")
    top = max(known) if high is None else high
    spread = f"{show(min(known))}–{show(max(known))} {_bare(unit)}"
    return Series(label, points, low, top, now, spread, f"{show(sum(known) / len(known))} {_bare(unit)}")


def _bare(unit: str) -> str:
    """Of `/ 25.3 GB` the `GB`, of `% of all` the `%`."""
    words = unit.split()
    return words[-1] if words[0] == "/" else words[0]


def _first_gpu(samples: Sequence[TelemetrySample]) -> GpuSample | None:
    return next((sample.gpus[0] for sample in reversed(samples) if sample.gpus), None)


def series_of(samples: Sequence[TelemetrySample]) -> list[Series]:
    """The first GPU's, the machine's and our own, most important first; what was never reported is left out."""
    gpu = _first_gpu(samples)
    found: list[Series | None] = []
    if gpu is not None:
        uuid = gpu.uuid

        def of(pick: Callable[[GpuSample], float | None]) -> Pick:
            return lambda sample: next((pick(each) for each in sample.gpus if each.uuid == uuid), None)

        memory = gpu.memory_total_bytes
        found += [
            _series("GPU", samples, of(lambda g: g.utilisation_percent), _whole, "%", (0, 100)),
            _series("VRAM", samples, of(lambda g: g.memory_used_bytes), _giga, _of_total(memory), (0, memory)),
            _series("power", samples, of(lambda g: g.power_w), _whole, "W", (0, gpu.power_limit_w)),
            _series("temp", samples, of(lambda g: g.temperature_c), _whole, "°C", (20, 100)),
            _series("clock", samples, of(lambda g: g.sm_clock_mhz), _whole, "MHz", (0, None)),
        ]
    ram = next((s.host.memory_total_bytes for s in reversed(samples) if s.host.memory_total_bytes), None)
    found += [
        _series("CPU", samples, lambda s: s.host.cpu_percent, _whole, "% of all", (0, 100)),
        _series("memory", samples, lambda s: s.host.memory_used_bytes, _giga, _of_total(ram), (0, ram)),
        _series("own", samples, lambda s: s.host.own_cpu_percent, _one, "% of a core", (0, 100)),
        _series("disk", samples, _disk, lambda value: formatting.sig3(value / 1e6), "MB/s", (0, None)),
    ]
    return [each for each in found if each is not None]


def _of_total(total: int | None) -> str:
    return f"/ {_giga(total)} GB" if total else "GB"


def _disk(sample: TelemetrySample) -> float | None:
    rates = (sample.host.disk_read_bytes_per_s, sample.host.disk_write_bytes_per_s)
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known else None


class Remark(NamedTuple):
    """Something that is no plot."""

    text: str
    style: str


def remarks_of(samples: Sequence[TelemetrySample]) -> list[Remark]:
    """What slows a GPU down, who else uses it, the other GPUs in numbers, or that there is none."""
    newest = samples[-1]
    if not any(sample.gpus for sample in samples):
        return [Remark("no NVIDIA GPU seen here", "dim")]
    remarks: list[Remark] = []
    for gpu in newest.gpus:
        which = _name(gpu) if len(newest.gpus) > 1 else "GPU"
        if gpu.throttle:
            words = ", ".join(reason.replace("_", " ") for reason in gpu.throttle)
            remarks.append(Remark(f"{Cause.THROTTLED.sign} {which} slowed: {words}", "warn"))
        others = [_process(process) for process in gpu.processes if process.is_other]
        if others:
            remarks.append(Remark(f"{Cause.OTHER_GPU_PROCESS.sign} also on {which}: {', '.join(others)}", "warn"))
    return remarks + [Remark(_numbers(gpu), "value") for gpu in newest.gpus[1:]]


def _name(gpu: GpuSample) -> str:
    return f"GPU {gpu.index}" if gpu.mig_index is None else f"GPU {gpu.index} slice {gpu.mig_index}"


def _process(process: GpuProcess) -> str:
    return f"{process.name} {_giga(process.memory_bytes)} GB" if process.memory_bytes else process.name


def _numbers(gpu: GpuSample) -> str:
    used, total = gpu.memory_used_bytes, gpu.memory_total_bytes
    figures = (
        None if gpu.utilisation_percent is None else f"{_whole(gpu.utilisation_percent)} %",
        None if used is None else f"{_giga(used)} {_of_total(total)}".replace(" / ", "/"),
        None if gpu.power_w is None else f"{_whole(gpu.power_w)} W",
        None if gpu.temperature_c is None else f"{_whole(gpu.temperature_c)} °C",
        None if gpu.sm_clock_mhz is None else f"{_whole(gpu.sm_clock_mhz)} MHz",
    )
    return f"{_name(gpu)}  " + "  ".join(figure for figure in figures if figure is not None)
