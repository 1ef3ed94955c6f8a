"""Everything that can be told about the world, as past facts. The viewer is a projection of these.

An event travels as one JSON line (`domain/wire.py`). `kind` names it there; `Envelope` numbers it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from chimera_tui.domain.campaign_outline import CampaignChanged
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.metrics import LiveMetrics
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import RunEvent
from chimera_tui.domain.series import SeriesEnded, SeriesWaits

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
    """The settings of one agent's next request."""

    agent: AgentId
    settings: AgentSettings
    reloads: tuple[str, ...] = ()
    """Load-time options that differ from the model as it is loaded now: the next request reloads."""
    kind: Literal["settings_changed"] = "settings_changed"


# ---- derived, never journaled ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MetricsUpdated:
    """The fold of one agent's events so far, at most twice a second and at every change of state."""

    run_id: str
    agent: AgentId
    metrics: LiveMetrics
    kind: Literal["metrics_updated"] = "metrics_updated"


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
    | RunEvent
    | SeriesWaits
    | SeriesEnded
    | CampaignChanged
    | MetricsUpdated
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with its place in the daemon's stream."""

    seq: int
    """Counts up from 1 within one daemon's life."""
    event: Event
    text: str | None = field(default=None, compare=False, repr=False)
    """The event as JSON, where somebody has made that already."""
