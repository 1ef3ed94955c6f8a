"""What occupies the conductor: a series of runs, or a campaign."""

from __future__ import annotations

from typing import Protocol

from chimera_tui.domain.options import AgentId


class Job(Protocol):
    """One at a time: two would measure each other."""

    @property
    def run_id(self) -> str | None:
        """Of the run that goes on, or that was made last."""
        ...

    @property
    def agents(self) -> tuple[AgentId, ...]:
        """Of that run."""
        ...

    @property
    def in_the_way(self) -> tuple[str, str]:
        """Why nothing else may be started, and what to do about it."""
        ...

    async def conduct(self) -> None:
        """To its end. Raises nothing."""
        ...

    async def cancel(self, agent: AgentId | None) -> None:
        """Stop one agent of the run that goes on, or the whole job; returns when it has stopped."""
        ...

    async def stop(self) -> None:
        """The daemon ends: stop at once, and leave behind what lets it be resumed; returns when it has stopped."""
        ...

    def retry(self) -> None:
        """Try again now what waits to be tried again; nothing when nothing waits."""
        ...
