"""One run as the daemon tells it, from its start to its last event."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from chimera_tui.client.api import DaemonClient
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
from chimera_tui.domain.run_events import ReportSaved, RunFinished
from chimera_tui.domain.runs import RunRequest, RunState, RunSummary


@dataclass(frozen=True, slots=True)
class Followed:
    """A run that has ended, and what there was to read when it began."""

    summary: RunSummary
    totals: Totals
    folder: str = ""
    """Where the reports were saved, absolute; empty when nothing was."""
    files: tuple[str, ...] = ()
    """Names in `folder`."""
    note: str = ""
    """Why the folder is not below the reports directory, else empty."""


async def follow(
    client: DaemonClient,
    request: RunRequest,
    *,
    started: Callable[[], None],
    tell: Callable[[Event], None],
) -> Followed:
    """Wait for the inventory, start the run, and follow it to its end.

    `started` is called once the daemon has taken the request, `tell` with every event. Raises what the daemon
    answers to the request (NothingToAnalyse, RunInProgress, …), or DaemonUnreachable when it goes away.
    """
    story = _Story()
    async with aclosing(client.events()) as events:
        await _until_scanned(events, story, tell)
        totals = story.inventory.totals()
        run_id = await client.start_run(request)
        started()
        async for event in events:
            story.apply(event)
            tell(event)
            if isinstance(event, RunFinished) and event.run_id == run_id:
                return story.ended(event.summary, totals)
    # The stream ended first: the daemon has ended, or this reader was too slow for it. The journal knows.
    summary = await _finished(client, run_id, tell)
    return story.ended(summary, totals)


class _Story:
    """The fold of what a summary needs."""

    def __init__(self) -> None:
        self.inventory = InventoryState()
        self.saved: dict[str, ReportSaved] = {}
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
            case ReportSaved(run_id=run_id):
                self.saved[run_id] = event

    def ended(self, summary: RunSummary, totals: Totals) -> Followed:
        saved = self.saved.get(summary.run_id)
        if saved is None:
            return Followed(summary, totals, summary.folder)
        return Followed(summary, totals, saved.folder, saved.files, saved.note)


async def _until_scanned(events: AsyncIterator[Event], story: _Story, tell: Callable[[Event], None]) -> None:
    async for event in events:
        story.apply(event)
        tell(event)
        if story.caught_up and story.scanned:
            return
    raise DaemonUnreachable("the daemon ended before it had read the directory", next_="Start the program again.")


async def _finished(client: DaemonClient, run_id: str, tell: Callable[[Event], None]) -> RunSummary:
    """The summary of a run whose stream was lost, attached to again for as long as it goes on."""
    while True:
        summary = await client.run(run_id)
        if summary.state is not RunState.RUNNING:
            return summary
        tell(Notice("warning", "the stream of events ended; attaching again"))
        async with aclosing(client.events()) as events:
            async for event in events:
                tell(event)
                if isinstance(event, RunFinished) and event.run_id == run_id:
                    return event.summary
