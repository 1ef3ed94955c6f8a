"""Everything that can be told about the world, as past facts. The viewer is a projection of these.

An event travels as one JSON line (`domain/wire.py`). `kind` names it there; `Envelope` numbers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.metrics import AgentState, LiveMetrics, Offload, Phase, RequestMetrics, Step
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.runs import RunMode, RunSummary

# ---- the daemon ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attached:
    """First event of every stream: who answers. Whatever a viewer knew before is void."""

    version: str
    roots: tuple[str, ...]
    """Absolute paths, wire form, in the order given."""
    labels: tuple[str, ...]
    """First path component under which each root's files are listed."""
    pid: int
    hostname: str
    kind: Literal["attached"] = "attached"


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """The past has been told; what follows happens now."""

    kind: Literal["caught_up"] = "caught_up"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know: a bell line, not a state."""

    level: Literal["info", "warning", "error"]
    text: str
    kind: Literal["notice"] = "notice"


# ---- the inventory ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FilesChanged:
    """A delta: put every `changed`, drop every `removed`. `moved` pairs say which of these are one file."""

    changed: tuple[FileEntry, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    """(old path, new path); old is also in `removed`, new in `changed`."""
    initial: bool = False
    """Part of the first scan: not news."""
    kind: Literal["files_changed"] = "files_changed"


@dataclass(frozen=True, slots=True)
class ScanFinished:
    """The first scan is complete."""

    files: int
    folders: int
    duration_ns: int
    kind: Literal["scan_finished"] = "scan_finished"


@dataclass(frozen=True, slots=True)
class WatchModeChanged:
    """How changes are seen. `reason` is empty for plain inotify."""

    mode: Literal["inotify", "polling", "off"]
    reason: str = ""
    kind: Literal["watch_mode_changed"] = "watch_mode_changed"


@dataclass(frozen=True, slots=True)
class FactsRead:
    """How far the background reader is, and which files it could not read whole."""

    files_read: int
    files_total: int
    numbers: int
    problems: tuple[tuple[str, str], ...] = ()
    """(path, problem) of files whose problem is new or changed since the last event; ("path", "") clears it."""
    kind: Literal["facts_read"] = "facts_read"


# ---- servers and settings --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model of a server's list, with the shape `/api/show` tells once asked."""

    name: str
    size_bytes: int = 0
    parameter_size: str = ""
    quantization: str = ""
    family: str = ""
    digest: str = ""
    block_count: int | None = None
    context_length: int | None = None


@dataclass(frozen=True, slots=True)
class ServerSeen:
    """A server answered: its version and models. Replaces what was known of that host."""

    host: str
    version: str
    models: tuple[ModelInfo, ...]
    simulated: bool
    kind: Literal["server_seen"] = "server_seen"


@dataclass(frozen=True, slots=True)
class ServerLost:
    """A server did not answer."""

    host: str
    error: ErrorInfo
    kind: Literal["server_lost"] = "server_lost"


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """The settings of one agent's next request. `offload` is what they would mean, as far as known."""

    agent: AgentId
    settings: AgentSettings
    reloads: tuple[str, ...] = ()
    """Load-time options that differ from the model as it is loaded now: the next request reloads."""
    kind: Literal["settings_changed"] = "settings_changed"


@dataclass(frozen=True, slots=True)
class OffloadMeasured:
    """What `/api/ps` said of an agent's model."""

    agent: AgentId
    offload: Offload
    kind: Literal["offload_measured"] = "offload_measured"


# ---- runs (these, and only these, make up the journal's account of a run) --------------------------------


@dataclass(frozen=True, slots=True)
class RunStarted:
    run_id: str
    agents: tuple[AgentId, ...]
    mode: RunMode
    settings: tuple[AgentSettings, ...]
    """One per agent, in the order of `agents`."""
    started_utc: datetime
    at_ns: int
    """Monotonic clock at the same moment as `started_utc`."""
    simulated: bool = False
    kind: Literal["run_started"] = "run_started"


@dataclass(frozen=True, slots=True)
class AgentStateChanged:
    run_id: str
    agent: AgentId
    state: AgentState
    at_ns: int
    step: Phase | None = None
    why: str = ""
    error: ErrorInfo | None = None
    kind: Literal["agent_state_changed"] = "agent_state_changed"


@dataclass(frozen=True, slots=True)
class FactsIngested:
    """The agent has its fact sheet."""

    run_id: str
    agent: AgentId
    files: int
    facts: int
    facts_left_out: int
    cut: str
    """Says what was left out to fit the context, else empty."""
    at_ns: int
    context_size: int | None = None
    """Tokens that prompt and answer may use together, as far as known."""
    kind: Literal["facts_ingested"] = "facts_ingested"


@dataclass(frozen=True, slots=True)
class RequestSent:
    run_id: str
    agent: AgentId
    step: Step
    at_ns: int
    """Stamp of the probe, just before the request was sent."""
    system: str
    prompt: str
    prompt_tokens_estimated: int | None = None
    """Before the server has counted them."""
    kind: Literal["request_sent"] = "request_sent"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One content-bearing line of the stream."""

    at_ns: int
    """Kernel receive time on the monotonic clock."""
    text: str
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class TokensArrived:
    """A batch of chunks, oldest first; batches may be merged, never reordered."""

    run_id: str
    agent: AgentId
    step: Step
    chunks: tuple[Chunk, ...]
    kind: Literal["tokens_arrived"] = "tokens_arrived"


@dataclass(frozen=True, slots=True)
class RequestFinished:
    """A request's stream has ended, well or badly."""

    run_id: str
    agent: AgentId
    metrics: RequestMetrics
    error: ErrorInfo | None = None
    kind: Literal["request_finished"] = "request_finished"


@dataclass(frozen=True, slots=True)
class ReportSaved:
    run_id: str
    folder: str
    """Absolute path."""
    files: tuple[str, ...]
    kind: Literal["report_saved"] = "report_saved"


@dataclass(frozen=True, slots=True)
class RunFinished:
    """Last event of a run."""

    run_id: str
    summary: RunSummary
    kind: Literal["run_finished"] = "run_finished"


# ---- derived, never journaled ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MetricsUpdated:
    """The fold of one agent's events so far, at most twice a second and at every change of state."""

    run_id: str
    agent: AgentId
    metrics: LiveMetrics
    kind: Literal["metrics_updated"] = "metrics_updated"


RunEvent = (
    RunStarted
    | AgentStateChanged
    | FactsIngested
    | RequestSent
    | TokensArrived
    | RequestFinished
    | ReportSaved
    | RunFinished
)
Event = (
    Attached
    | CaughtUp
    | Notice
    | FilesChanged
    | ScanFinished
    | WatchModeChanged
    | FactsRead
    | ServerSeen
    | ServerLost
    | SettingsChanged
    | OffloadMeasured
    | RunEvent
    | MetricsUpdated
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with its place in the daemon's stream."""

    seq: int
    """Counts up from 1 within one daemon's life."""
    event: Event
