"""What can be asked of the engine while it runs; the daemon's routes call this, the conductor does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.runs import RunRequest


class Commands(Protocol):
    """Raises ChimeraError with a sentence for the person who asked."""

    @property
    def settings(self) -> Mapping[AgentId, AgentSettings]:
        """Of the next requests."""
        ...

    @property
    def active_run(self) -> str | None:
        """Id of the run that goes on, if one does."""
        ...

    async def start(self, request: RunRequest) -> str:
        """Begin a run, or a series of runs, and give the first one's id at once.

        RunInProgress, NothingToAnalyse, SettingInvalid.
        """
        ...

    async def cancel(self, agent: AgentId | None = None) -> None:
        """Stop one agent of the run that goes on, or the run with the series it is part of.

        Returns when its streams are closed. No run is no error.
        """
        ...

    async def retry(self) -> None:
        """Let a series that waits to try again do so now; nothing when none waits."""
        ...

    async def change(self, agent: AgentId, name: str, text: str | None) -> AgentSettings:
        """Set an option, or `model`, `host`, `api`; None resets to the server's default. SettingInvalid."""
        ...

    async def refresh(self) -> None:
        """Ask the servers again for version, models and what is loaded; tells it through events."""
        ...

    async def close(self) -> None:
        """Cancel what runs and let go of everything."""
        ...
