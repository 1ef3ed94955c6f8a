"""What a daemon says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.domain.inventory import Totals
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_state import RunMode, RunState


@dataclass(frozen=True, slots=True)
class RunOutline:
    """Where a run stands."""

    run_id: str
    state: RunState
    mode: RunMode
    agents: tuple[AgentId, ...]
    simulated: bool


@dataclass(frozen=True, slots=True)
class AgentOutline:
    """What an agent does, and the settings of its next request."""

    state: AgentState
    settings: AgentSettings
    reloads: tuple[str, ...] = ()
    """Load-time options in which the next request differs from the model as it is loaded."""


@dataclass(frozen=True, slots=True)
class ServerOutline:
    """A server that answered when it was asked last."""

    host: str
    version: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """Enough to draw a first screen; everything else comes with the events."""

    labels: tuple[str, ...]
    """First path component under which each root's files are listed."""
    files: Totals | None
    """None until the first scan is complete."""
    run: RunOutline | None
    """The newest; None also while its series waits or once that has ended."""
    agents: dict[AgentId, AgentOutline]
    servers: tuple[ServerOutline, ...] = ()


@dataclass(frozen=True, slots=True)
class DaemonStatus:
    """The answer of `GET /v1/status`."""

    version: str
    pid: int
    roots: tuple[str, ...]
    """Absolute paths, wire form."""
    socket: str
    uptime_s: float
    viewers: int
    """Open event streams."""
    active_run: str | None
    journal: str
    """Path of the journal's file; empty when runs are kept in memory only."""
    log: str
    """Path of the daemon's log."""
    demo: bool
    """Both agents talk to the built-in simulator."""
    outline: Outline | None = None
    """None from a daemon that does not tell it."""
    unsaved: str = ""
    """What no disk has taken yet; empty when nothing waits."""
