"""What the hardware did beside a run: one sample a second, and the least, mean and most of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_OLLAMA_NAMES = ("ollama", "llama")
"""How the names of Ollama's server and of its runners begin, in every version so far."""

_SCREEN_NAMES = frozenset((
    "Xorg", "X", "Xwayland", "Hyprland", "cinnamon", "gnome-shell", "kwin_wayland", "kwin_x11", "labwc",
    "marco", "muffin", "mutter", "niri", "plasmashell", "sway", "weston", "xfwm4",
))  # fmt: skip
"""Display servers and compositors: they hold a little memory in every run on a machine with a screen."""

_OPEN_END_NS = 5_000_000_000
"""Samples come once a second, later from a slow driver. Over a longer time nobody knows what the power was."""


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process that holds memory of a GPU."""

    pid: int
    name: str
    """Printable; empty when it can not be read."""
    memory_bytes: int | None = None
    own: bool = False
    """The daemon or one of its children."""

    @property
    def is_other(self) -> bool:
        """Whether it may take from the server what is measured: neither Ollama's, nor ours, nor the screen's.

        One without a name (another container's, a hidden user's) is not said to be other: in a container the
        server itself looks like that, and every run would be flagged.
        """
        if self.own or not self.name or self.name in _SCREEN_NAMES:
            return False
        # a program that is started through a wrapper may be called `.ollama-wrapped`
        return not self.name.lstrip(".").startswith(_OLLAMA_NAMES)


@dataclass(frozen=True, slots=True)
class GpuSample:
    """One GPU, or one MIG slice, at one moment; what NVML does not tell is None.

    A GPU that is cut into slices is an entry of its own, before its slices. Nothing is told twice: power,
    temperature, clocks and throttling stand with the GPU, memory and processes with the slices. Neither knows a
    utilisation, since NVML gives none while MIG is on.
    """

    index: int
    """NVML's; a slice has that of its GPU."""
    name: str
    uuid: str
    """Tells entries apart; the index does not."""
    utilisation_percent: float | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    temperature_c: float | None = None
    sm_clock_mhz: float | None = None
    memory_clock_mhz: float | None = None
    throttle: tuple[str, ...] = ()
    """NVML's clock event reasons that slow it down, e.g. `sw_thermal`, `hw_power_brake`; idle is none of them."""
    processes: tuple[GpuProcess, ...] = ()
    mig_index: int | None = None
    """Number of the slice within its GPU; None for a whole GPU."""


@dataclass(frozen=True, slots=True)
class HostSample:
    """The machine; percentages and rates are since the sample before, None in the first."""

    cpu_percent: float | None = None
    """Of all cores together, 0…100."""
    memory_used_bytes: int | None = None
    """What programs could not get: total less available."""
    memory_total_bytes: int | None = None
    load_1m: float | None = None
    disk_read_bytes_per_s: float | None = None
    """Of the physical disks; what RAID, LVM or encryption do on top is not counted again."""
    disk_write_bytes_per_s: float | None = None
    own_cpu_percent: float | None = None
    """Of one core: the daemon and its children; the screens are not among them."""


@dataclass(frozen=True, slots=True)
class TelemetrySample:
    at_ns: int
    """Monotonic clock."""
    host: HostSample
    gpus: tuple[GpuSample, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, mean and most of the samples that had a value."""

    min: float
    mean: float
    max: float
    samples: int


def spread_of(values: Iterable[float | None]) -> Spread | None:
    """None when no value is known."""
    known = [value for value in values if value is not None]
    return Spread(min(known), sum(known) / len(known), max(known), len(known)) if known else None


@dataclass(frozen=True, slots=True)
class GpuSummary:
    index: int
    name: str
    uuid: str
    utilisation_percent: Spread | None
    memory_used_bytes: Spread | None
    power_w: Spread | None
    temperature_c: Spread | None
    sm_clock_mhz: Spread | None
    memory_clock_mhz: Spread | None
    throttle: tuple[str, ...]
    """Every reason seen, sorted."""
    other_processes: tuple[str, ...]
    """Names of those that `GpuProcess.is_other`, sorted."""
    mig_index: int | None = None


@dataclass(frozen=True, slots=True)
class TelemetrySummary:
    """A run's telemetry."""

    samples: int
    seconds: float
    """From the first sample to the last, up to a second less than the run took."""
    gpus: tuple[GpuSummary, ...]
    cpu_percent: Spread | None
    memory_used_bytes: Spread | None
    load_1m: Spread | None
    disk_read_bytes_per_s: Spread | None
    disk_write_bytes_per_s: Spread | None
    own_cpu_percent: Spread | None
    energy_j: float | None = None
    """Of all GPUs during the whole run, by the trapezoid rule over each one's samples; before the first and after
    the last the power counts as unchanged. None without a GPU, when one of them told its power less than twice,
    and when the samples leave seconds of the run's ends open: a part would pass for the whole."""


def summarise(
    samples: Sequence[TelemetrySample], span_ns: tuple[int, int] | None = None
) -> TelemetrySummary | None:
    """None without samples. `span_ns` is when the run began and ended, on the samples' clock; without it the run
    is as long as the samples reach."""
    if not samples:
        return None

    def host(pick: Callable[[HostSample], float | None]) -> Spread | None:
        return spread_of(pick(sample.host) for sample in samples)

    return TelemetrySummary(
        samples=len(samples),
        seconds=(samples[-1].at_ns - samples[0].at_ns) / 1e9,
        gpus=tuple(_gpu_summary(samples, uuid) for uuid in _uuids(samples)),
        cpu_percent=host(lambda h: h.cpu_percent),
        memory_used_bytes=host(lambda h: h.memory_used_bytes),
        load_1m=host(lambda h: h.load_1m),
        disk_read_bytes_per_s=host(lambda h: h.disk_read_bytes_per_s),
        disk_write_bytes_per_s=host(lambda h: h.disk_write_bytes_per_s),
        own_cpu_percent=host(lambda h: h.own_cpu_percent),
        energy_j=_energy(samples, span_ns or (samples[0].at_ns, samples[-1].at_ns)),
    )


def _uuids(samples: Sequence[TelemetrySample]) -> list[str]:
    return list(dict.fromkeys(gpu.uuid for sample in samples for gpu in sample.gpus))


def _gpu_summary(samples: Sequence[TelemetrySample], uuid: str) -> GpuSummary:
    seen = [gpu for sample in samples for gpu in sample.gpus if gpu.uuid == uuid]
    return GpuSummary(
        index=seen[-1].index,
        name=seen[-1].name,
        uuid=uuid,
        utilisation_percent=spread_of(gpu.utilisation_percent for gpu in seen),
        memory_used_bytes=spread_of(gpu.memory_used_bytes for gpu in seen),
        power_w=spread_of(gpu.power_w for gpu in seen),
        temperature_c=spread_of(gpu.temperature_c for gpu in seen),
        sm_clock_mhz=spread_of(gpu.sm_clock_mhz for gpu in seen),
        memory_clock_mhz=spread_of(gpu.memory_clock_mhz for gpu in seen),
        throttle=tuple(sorted({reason for gpu in seen for reason in gpu.throttle})),
        other_processes=tuple(sorted({p.name for gpu in seen for p in gpu.processes if p.is_other})),
        mig_index=seen[-1].mig_index,
    )


def _energy(samples: Sequence[TelemetrySample], span_ns: tuple[int, int]) -> float | None:
    whole = dict.fromkeys(gpu.uuid for sample in samples for gpu in sample.gpus if gpu.mig_index is None)
    energies = [_energy_of(samples, uuid, *span_ns) for uuid in whole]
    known = [energy for energy in energies if energy is not None]
    return sum(known) if known and len(known) == len(energies) else None


def _energy_of(samples: Sequence[TelemetrySample], uuid: str, began_ns: int, ended_ns: int) -> float | None:
    """Joules of one GPU; a moment without its power is bridged by its neighbours."""
    points = [
        (sample.at_ns, gpu.power_w)
        for sample in samples
        for gpu in sample.gpus
        if gpu.uuid == uuid and gpu.power_w is not None
    ]
    if len(points) < 2 or points[0][0] - began_ns > _OPEN_END_NS or ended_ns - points[-1][0] > _OPEN_END_NS:
        return None
    points = [(min(began_ns, points[0][0]), points[0][1]), *points, (max(ended_ns, points[-1][0]), points[-1][1])]
    return sum(_joules(left, right, began_ns, ended_ns) for left, right in pairwise(points))


def _joules(left: tuple[int, float], right: tuple[int, float], began_ns: int, ended_ns: int) -> float:
    """Below the line between two samples, as far as it lies within the run."""
    start, end = max(left[0], began_ns), min(right[0], ended_ns)
    if start >= end:
        return 0.0
    middle = ((start + end) / 2 - left[0]) / (right[0] - left[0])
    return (end - start) / 1e9 * (left[1] + middle * (right[1] - left[1]))
