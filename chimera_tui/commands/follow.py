"""A run, or a series of runs, as the daemon tells it from the first start to the last event."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from chimera_tui.client.api import DaemonClient
from chimera_tui.commands.followed import Followed, followed, recalled, series_in_journal
from chimera_tui.domain.errors import DaemonUnreachable
from chimera_tui.domain.events import (
    Attached,
    CaughtUp,
    Event,
    FilesChanged,
    Notice,
    ScanFinished,
)
from chimera_tui.domain.inventory import InventoryState, Totals
from chimera_tui.domain.run_events import (
    ReportSaved,
    RequestSent,
    RunEvent,
    RunFinished,
    RunStarted,
    TokensArrived,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.domain.series import SeriesEnded


async def follow(
    client: DaemonClient,
    request: RunRequest,
    *,
    started: Callable[[], None],
    tell: Callable[[Event], None],
) -> tuple[tuple[Followed, ...], SeriesEnded | None]:
    """Wait for the inventory, start what is asked for, and follow it to its end: every run, in order, and how the
    series ended; None for a single run, and when that was not heard.

    `started` is called once the daemon has taken the request, `tell` with every event. Raises what the daemon
    answers to the request (NothingToAnalyse, RunInProgress, …), or DaemonUnreachable when it goes away.
    """
    story = _Story()
    async with aclosing(client.events()) as events:
        await _until_scanned(events, story, tell)
        run_id = await client.start_run(request)
        started()
        following = Following(client, run_id, story.inventory.totals())
        over = await _read(events, following, tell)
    while not over:
        # The stream ended first: the daemon has ended, or this reader was too slow for it. The journal knows.
        over = await following.lost()
        if not over:
            tell(Notice("warning", "the stream of events ended; attaching again"))
            async with aclosing(client.events()) as events:
                over = await _read(events, following, tell)
    return await following.all(), following.end


async def _read(events: AsyncIterator[Event], following: Following, tell: Callable[[Event], None]) -> bool:
    """Whether the last run was heard to its end before the stream's."""
    async for event in events:
        tell(event)
        if following.take(event):
            return True
    return False


class Following:
    """Waits for the end of one run after the other; feed it every event of the streams it is told by."""

    def __init__(self, client: DaemonClient, run_id: str, totals: Totals) -> None:
        self._client = client
        self._totals = totals
        self._expected: str | None = run_id
        """The run whose end is waited for; None between two runs."""
        self._first = run_id
        self._series_id = ""
        self._heard: list[RunEvent] = []
        self._ended: dict[str, Followed] = {}
        self._last: RunSummary | None = None
        self._complete = True
        self.end: SeriesEnded | None = None
        """Once it was heard."""

    def take(self, event: Event) -> bool:
        """Whether that was all."""
        match event:
            case RunStarted():
                return self._begin(event)
            case RunFinished(run_id=run_id, summary=summary) if run_id == self._expected:
                self._ended[run_id] = followed(summary, self._heard, self._totals)
                self._expected, self._heard, self._last = None, [], summary
                return summary.series is None
            case SeriesEnded(series_id=series_id) if series_id == self._series_id and self._expected is None:
                self.end = event
                return True
            case ReportSaved() | RequestSent() | TokensArrived() if event.run_id == self._expected:
                self._heard.append(event)
        return False

    def _begin(self, event: RunStarted) -> bool:
        if event.run_id == self._expected:
            self._heard = []  # told from its beginning, also when it is told again
            self._series_id = event.series.series_id if event.series else ""
        elif event.run_id not in self._ended and self._series_id:
            if event.series is None or event.series.series_id != self._series_id:
                return self._expected is None  # somebody else's run: the series was cancelled
            self._complete = self._complete and self._expected is None
            self._expected, self._heard = event.run_id, []
        return False

    async def _was_last(self, summary: RunSummary) -> bool:
        """Whether its series is over; one that waits to try again goes on with the run that failed."""
        if summary.series is None:
            return True
        active = (await self._client.status()).active_run
        if active is None or active == summary.run_id:
            return active is None
        going = (await self._client.run(active)).series
        return going is None or going.series_id != summary.series.series_id

    async def lost(self) -> bool:
        """The stream ended; whether everything else did."""
        self._complete = False  # whole runs may go by before the next stream
        if self._expected is None:
            return self._last is not None and await self._was_last(self._last)
        summary = await self._client.run(self._expected)
        self._series_id = summary.series.series_id if summary.series else ""
        if summary.state is RunState.RUNNING:
            return False
        self._expected, self._heard, self._last = None, [], summary
        return await self._was_last(summary)

    async def all(self) -> tuple[Followed, ...]:
        """Every run, oldest first; what the stream did not bring is read from the journal."""
        if not self._complete:
            for summary in await self._in_journal():
                if summary.run_id not in self._ended:
                    self._ended[summary.run_id] = await recalled(self._client, summary, self._totals)
        return tuple(sorted(self._ended.values(), key=lambda each: each.summary.started_utc))

    async def _in_journal(self) -> list[RunSummary]:
        if not self._series_id:
            return [await self._client.run(self._first)]
        return await series_in_journal(self._client, self._series_id, self._first)


class _Story:
    """The inventory as it is told."""

    def __init__(self) -> None:
        self.inventory = InventoryState()
        self.caught_up = False
        self.scanned = False

    def apply(self, event: Event) -> None:
        match event:
            case Attached():
                self.__init__()  # type: ignore[misc]  # what was known before is void
            case CaughtUp():
                self.caught_up = True
            case ScanFinished():
                self.scanned = True
            case FilesChanged(changed=changed, removed=removed):
                for path in removed:
                    self.inventory.remove(path)
                for entry in changed:
                    self.inventory.put(entry)


async def _until_scanned(events: AsyncIterator[Event], story: _Story, tell: Callable[[Event], None]) -> None:
    async for event in events:
        story.apply(event)
        tell(event)
        if story.caught_up and story.scanned:
            return
    raise DaemonUnreachable("the daemon ended before it had read the directory", next_="Start the program again.")
