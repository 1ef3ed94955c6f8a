"""What the viewer asks of whoever holds the truth: the daemon's client, or a replay in its place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

from chimera_tui.domain.events import Event
from chimera_tui.domain.inventory import FileContent
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunRequest


class Connection(Protocol):
    """Every method may raise a ChimeraError, whose sentence is shown."""

    def event_batches(self) -> AsyncIterator[Sequence[Event]]:
        """The stream of events: first `Attached` and the past, then `CaughtUp`, then what happens."""
        ...

    async def start_run(self, request: RunRequest) -> str: ...

    async def cancel(self, agent: AgentId | None = None) -> None: ...

    async def change(self, agent: AgentId, name: str, value: str | None) -> object:
        """Set a setting from typed text; None resets it to the server's default."""
        ...

    async def refresh(self) -> None: ...

    async def preview(self, path: str) -> FileContent: ...

    async def aclose(self) -> None: ...


Connect = Callable[[], Awaitable[Connection]]
"""Opens a connection; called again after the daemon has gone away."""
