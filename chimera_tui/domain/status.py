"""What a daemon says of itself."""

from __future__ import annotations

from dataclasses import dataclass


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
