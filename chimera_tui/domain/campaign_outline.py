"""Where a run stands in a campaign, and how a campaign stands, in one line: what a viewer's start needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class CampaignPlace:
    """Where a run stands in a campaign."""

    campaign_id: str
    """Same alphabet as a run's id."""
    cell: str
    """`Cell.cell_id`."""
    role: Literal["warmup", "measured"]
    repeat: int
    """Counts from 1 within cell and role; a run that failed is made anew in the same place."""


class CampaignState(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    """For a server, for space on the disk, for a cool GPU; it goes on by itself."""
    PAUSED = "paused"
    """By a person."""
    INTERRUPTED = "interrupted"
    """Its daemon ended; it can be resumed."""
    STOPPED = "stopped"
    """By a limit or a stop rule; it can be resumed."""
    DONE = "done"

    @property
    def is_active(self) -> bool:
        """Whether a daemon works on it, or waits to."""
        return self in (CampaignState.RUNNING, CampaignState.WAITING, CampaignState.PAUSED)


@dataclass(frozen=True, slots=True)
class CampaignOutline:
    """One line of the list of campaigns, and what a top bar needs."""

    campaign_id: str
    name: str
    state: CampaignState
    begun_utc: datetime
    cells: int
    done: int
    """Measured runs that are done."""
    wanted: int
    failed: int
    """Failed runs, interrupted ones not among them."""
    why: str = ""
    """What it waits for, or what stopped it."""
    eta_s: float | None = None
    """Time that is left by measured durations; None before the first run, and when nothing goes on."""
    spent_s: float = 0.0
    """Wall time of its runs."""
    run_id: str = ""
    """Of the run that goes on."""
    cell: str = ""
    """Of which cell that is."""
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class CampaignChanged:
    """A campaign has come further or changed its state; whoever shows more of it asks for its view."""

    outline: CampaignOutline
    kind: Literal["campaign_changed"] = "campaign_changed"
