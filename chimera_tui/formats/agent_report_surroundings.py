"""The sections `Hardware During The Run` and `Environment` of an agent's report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from chimera_tui.domain.environment import Environment, GpuInfo, HostInfo, ModelFacts
from chimera_tui.domain.formatting import sig3, size
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.telemetry import GpuSummary, Spread, TelemetrySummary
from chimera_tui.formats.agent_report_values import NOT_REPORTED, pipe_table

Fact = tuple[str, str]

HARDWARE_TITLES = ("Quantity", "Unit", "Min", "Mean", "Max", "Samples")
FACT_TITLES = ("What", "Value")


def hardware(summary: RunSummary, telemetry: TelemetrySummary) -> Iterable[str]:
    """Least, mean and most of every quantity that was seen, then what is no spread."""
    yield from ("", *pipe_table(HARDWARE_TITLES, spread_rows(telemetry)))
    yield from ("", *pipe_table(FACT_TITLES, hardware_facts(summary, telemetry)))


def environment(found: Environment, agent: AgentId) -> Iterable[str]:
    """The machine, our own version, and this agent's model and server."""
    yield from ("", *pipe_table(FACT_TITLES, [*machine_facts(found), *model_facts(found, agent)]))


def machine_facts(found: Environment) -> list[Fact]:
    """Our own version, hardware and system; what nobody told is left out."""
    return [fact for fact in (*_own_facts(found), *_host_facts(found.host)) if fact[1]]


def model_facts(found: Environment, agent: AgentId) -> list[Fact]:
    """One agent's server, model and prompt; what nobody told is left out."""
    facts = [fact for model in found.models if model.agent == agent.value for fact in _model_facts(model)]
    facts += [("Prompt digest", digest) for name, digest in found.prompt_digests if name == agent.value]
    return [fact for fact in facts if fact[1]]


# ---- hardware --------------------------------------------------------------------------------------------


def spread_rows(telemetry: TelemetrySummary) -> Iterable[tuple[str, ...]]:
    """Cells under `HARDWARE_TITLES`, one row per quantity that was seen."""
    for label, gpu in _labelled(telemetry.gpus):
        yield from _gpu_spreads(label, gpu)
    host = (
        ("CPU", "% of all cores", telemetry.cpu_percent, 1.0),
        ("Memory used", "GB", telemetry.memory_used_bytes, 1e9),
        ("Load average, 1 min", "", telemetry.load_1m, 1.0),
        ("Disk read", "MB/s", telemetry.disk_read_bytes_per_s, 1e6),
        ("Disk write", "MB/s", telemetry.disk_write_bytes_per_s, 1e6),
        ("Chimera TUI itself", "% of one core", telemetry.own_cpu_percent, 1.0),
    )
    for name, unit, spread, scale in host:
        if spread is not None and _is_finite(spread.min, spread.mean, spread.max):
            yield _spread(name, unit, spread, scale)


def _gpu_spreads(label: str, gpu: GpuSummary) -> Iterable[tuple[str, ...]]:
    quantities = (
        ("utilisation", "%", gpu.utilisation_percent, 1.0),
        ("memory used", "GB", gpu.memory_used_bytes, 1e9),
        ("power", "W", gpu.power_w, 1.0),
        ("temperature", "°C", gpu.temperature_c, 1.0),
        ("SM clock", "MHz", gpu.sm_clock_mhz, 1.0),
        ("memory clock", "MHz", gpu.memory_clock_mhz, 1.0),
    )
    for name, unit, spread, scale in quantities:
        if spread is not None and _is_finite(spread.min, spread.mean, spread.max):
            yield _spread(f"{label} {name}", unit, spread, scale)


def _spread(name: str, unit: str, spread: Spread, scale: float) -> tuple[str, ...]:
    figures = (sig3(value / scale) for value in (spread.min, spread.mean, spread.max))
    return (name, unit, *figures, str(spread.samples))


def hardware_facts(summary: RunSummary, telemetry: TelemetrySummary) -> Iterable[Fact]:
    """Energy, names, throttling and other processes."""
    yield "Sampled", f"{telemetry.samples} times in {sig3(telemetry.seconds)} s"
    energy, per_token = telemetry.energy_j, summary.energy_per_token_j
    yield "Energy of all GPUs", f"{sig3(energy)} J" if _is_finite(energy) else NOT_REPORTED
    yield "Energy per token", f"{sig3(per_token)} J" if _is_finite(per_token) else NOT_REPORTED
    for label, gpu in _labelled(telemetry.gpus):
        yield label, gpu.name
        yield f"{label} throttled by", ", ".join(gpu.throttle) or "nothing"
        yield f"{label} other processes", ", ".join(gpu.other_processes) or "none"


def _is_finite(*values: float | None) -> bool:
    return all(value is not None and math.isfinite(value) for value in values)


def _labelled(gpus: Sequence[GpuSummary]) -> Iterable[tuple[str, GpuSummary]]:
    """A slice shares the index of its GPU."""
    for gpu in gpus:
        yield f"GPU {gpu.index}" + ("" if gpu.mig_index is None else f" MIG {gpu.mig_index}"), gpu


# ---- environment -----------------------------------------------------------------------------------------


def _own_facts(found: Environment) -> Iterable[Fact]:
    yield "Chimera TUI", " ".join(filter(None, (found.version, found.commit and f"commit {found.commit}")))


def _host_facts(host: HostInfo) -> Iterable[Fact]:
    for index, gpu in enumerate(host.gpus):
        yield f"GPU {index}", _gpu(gpu)
    yield "GPU driver", ", ".join(filter(None, (host.driver, host.cuda and f"CUDA {host.cuda}")))
    yield "CPU", ", ".join(filter(None, (host.cpu, f"{host.cpu_cores} cores" if host.cpu_cores else "")))
    yield "Memory", _size(host.memory_total_bytes)
    yield "OS", ", ".join(filter(None, (host.os, host.kernel and f"kernel {host.kernel}")))
    yield "Python", host.python
    yield "Machine", " ".join(filter(None, (host.hostname_hash, host.hostname and f"({host.hostname})")))
    yield "Ollama environment", ", ".join(f"{name}={value}" for name, value in host.ollama_environment)


def _model_facts(model: ModelFacts) -> Iterable[Fact]:
    place = "" if model.host_is_local else ", on another machine, whose hardware is not known"
    yield "Ollama", f"{model.server_version or 'version ' + NOT_REPORTED}{place}"
    yield "Model", model.name
    yield "Model digest", model.digest
    yield "Model family", model.family
    yield "Parameters", model.parameter_size
    yield "Quantisation", model.quantization
    yield "Blocks", "" if model.block_count is None else str(model.block_count)
    yield "Training context", "" if model.context_length is None else f"{model.context_length} tokens"


def _gpu(gpu: GpuInfo) -> str:
    return ", ".join(filter(None, (gpu.name, _size(gpu.memory_total_bytes))))


def _size(size_bytes: int | None) -> str:
    return "" if size_bytes is None else size(size_bytes)
