"""On what a campaign was measured, and what of it did not stay the same from run to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chimera_tui.domain.environment import Environment, ModelFacts
from chimera_tui.domain.formatting import size
from chimera_tui.domain.names import printable
from chimera_tui.domain.runs import RunSummary

Facts = tuple[tuple[str, str], ...]


def surroundings_of(runs: Sequence[RunSummary]) -> Facts:
    """Name → value; several values stand beside each other, in the order in which they were met."""
    return tuple((name, " · ".join(values)) for name, values in _values(runs).items())


def changes_of(runs: Sequence[RunSummary]) -> tuple[str, ...]:
    """A caution for each fact that changed between the runs."""
    return tuple(
        f"the runs are not of one {name}: {' and '.join(values)}"
        for name, values in _values(runs).items()
        if len(values) > 1
    )


def _values(runs: Sequence[RunSummary]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for run in runs:
        for name, value in _facts(run.environment) if run.environment else ():
            values = found.setdefault(printable(name), [])
            if (shown := printable(value)) and shown not in values:
                values.append(shown)
    return {name: values for name, values in found.items() if values}


def _facts(environment: Environment) -> Iterator[tuple[str, str]]:
    host = environment.host
    yield "machine", host.hostname or host.hostname_hash
    yield "system", " ".join(filter(None, (host.os, host.kernel)))
    cores = f" ({host.cpu_cores} cores)" if host.cpu_cores else ""
    yield "CPU", f"{host.cpu}{cores}" if host.cpu else ""
    yield "memory", size(host.memory_total_bytes) if host.memory_total_bytes else ""
    yield "GPU", ", ".join(_gpu(gpu.name, gpu.memory_total_bytes) for gpu in host.gpus)
    yield "driver", ", CUDA ".join(filter(None, (host.driver, host.cuda)))
    yield "Ollama's environment", " ".join(f"{name}={value}" for name, value in host.ollama_environment)
    for model in environment.models:
        yield f"server version of agent {model.agent.upper()}", model.server_version
        yield f"build of {model.name}", _build(model)
    yield "version of Chimera", " ".join(filter(None, (environment.version, environment.commit)))


def _gpu(name: str, memory_bytes: int | None) -> str:
    return f"{name} ({size(memory_bytes)})" if memory_bytes else name


def _build(model: ModelFacts) -> str:
    parts = (model.digest[:12], model.parameter_size, model.quantization)
    return " ".join(filter(None, parts)) if model.digest else ""
