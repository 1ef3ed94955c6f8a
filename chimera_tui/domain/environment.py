"""On what a result was measured: hardware, software, model and prompt, without naming the machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GpuInfo:
    """A GPU, or a MIG slice, which follows its GPU and is named after it."""

    name: str
    memory_total_bytes: int | None = None
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class HostInfo:
    """The machine that the daemon runs on; the server may be another one."""

    os: str
    kernel: str
    cpu: str
    cpu_cores: int | None
    """Physical ones, where the kernel tells."""
    memory_total_bytes: int | None
    python: str
    hostname_hash: str
    """First 12 hex digits of SHA-256 over the host name with a fixed salt of ours: tells machines apart only."""
    hostname: str = ""
    """Only when asked for (`[run] name_host = true`)."""
    gpus: tuple[GpuInfo, ...] = ()
    driver: str = ""
    cuda: str = ""
    """CUDA version that the driver supports."""
    ollama_environment: tuple[tuple[str, str], ...] = ()
    """`OLLAMA_*` and the choice of GPUs of the server processes on this machine, where it may be read and as far
    as they agree; keys and tokens never."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One agent's model as its server describes it; what it does not tell is empty or None."""

    agent: str
    host_is_local: bool
    server_version: str
    name: str
    digest: str = ""
    family: str = ""
    parameter_size: str = ""
    quantization: str = ""
    block_count: int | None = None
    context_length: int | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """Recorded once per run."""

    version: str
    """Ours."""
    commit: str
    """Of our checkout; empty in an installed wheel."""
    host: HostInfo
    models: tuple[ModelFacts, ...]
    prompt_digests: tuple[tuple[str, str], ...] = ()
    """(agent, first 12 hex digits of SHA-256 over persona and analysis prompt)."""
