"""What the viewer asks of whoever holds the truth: the daemon's client, or a replay in its place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:  # only named here; the first frame needs none of them
    from chimera_tui.client.campaigns import Steering
    from chimera_tui.domain.campaign_outline import CampaignOutline
    from chimera_tui.domain.campaign_view import CampaignView
    from chimera_tui.domain.comparison import ComparisonView
    from chimera_tui.domain.events import Event
    from chimera_tui.domain.inventory import FileContent
    from chimera_tui.domain.options import AgentId
    from chimera_tui.domain.rows import Axis, Growth
    from chimera_tui.domain.runs import RunPage, RunRequest, RunSummary
    from chimera_tui.domain.statistics import StatisticsView


class History(Protocol):
    """The runs of the past. Every method may raise a ChimeraError, whose sentence is shown."""

    async def page(self, limit: int, skip: int = 0) -> RunPage:
        """How many runs there are, and `limit` of them, newest first, below the newest `skip`."""
        ...

    async def compare(self, a: Sequence[str], b: Sequence[str], include_flagged: bool = False) -> ComparisonView:
        """B against A; runs with flags that disturb count only when asked for."""
        ...

    async def run_statistics(self, run_id: str) -> StatisticsView:
        """The latency between a run's tokens."""
        ...

    async def series_statistics(self, series_id: str, include_flagged: bool = False) -> StatisticsView:
        """What the runs of a series tell together; disturbed ones count only when asked for."""
        ...


class Campaigns(History, Protocol):
    """Campaigns of the directory, and the runs that they are made of. A name is an id here. As `History`."""

    async def campaigns(self) -> Sequence[CampaignOutline]:
        """Newest first."""
        ...

    async def campaign(self, name: str) -> CampaignView: ...

    async def steer_campaign(self, name: str, kind: Steering, cell: str = "", amount: int = 0) -> CampaignOutline:
        """Pause, resume, skip or want a cell, change its repeats by an amount, have it run first."""
        ...

    async def run(self, run_id: str) -> RunSummary: ...


@runtime_checkable
class Follower(Protocol):
    """A screen that is told what happens while it is open."""

    def apply(self, batch: Sequence[Event]) -> None: ...


class Growths(Protocol):
    """Rows that others append to files, and our own runs to stand beside them. As `History`."""

    async def growth(
        self, path: str, columns: Sequence[str] = (), points: int = 1_000, axis: Axis | None = None
    ) -> Growth:
        """What the rows of a listed file tell now; the best column over the best axis where none is named."""
        ...

    async def page(self, limit: int, skip: int = 0) -> RunPage: ...


class Connection(Campaigns, Growths, Protocol):
    """Every method may raise a ChimeraError, whose sentence is shown."""

    def event_batches(self) -> AsyncIterator[Sequence[Event]]:
        """The stream of events: first `Attached` and the past, then `CaughtUp`, then what happens."""
        ...

    async def status(self) -> object:
        """An answer, at once, from whoever is there and not standing still."""
        ...

    async def start_run(self, request: RunRequest) -> str: ...

    async def cancel(self, agent: AgentId | None = None) -> None: ...

    async def retry(self) -> None:
        """Let a series that waits to try again do so now."""
        ...

    async def change(self, agent: AgentId, name: str, value: str | None) -> object:
        """Set a setting from typed text; None resets it to the server's default."""
        ...

    async def refresh(self) -> None: ...

    async def preview(self, path: str) -> FileContent: ...

    async def aclose(self) -> None: ...


Connect = Callable[[], Awaitable[Connection]]
"""Opens a connection; called again after the daemon has gone away."""
