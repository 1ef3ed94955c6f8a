"""A run that has ended, with what its stream told beside its summary: as it was heard, or from the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chimera_tui.analysis.itl import ItlGaps, itl_gaps
from chimera_tui.domain.errors import RunNotFound
from chimera_tui.domain.inventory import Totals
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import ReportSaved, RunEvent
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary

if TYPE_CHECKING:
    from chimera_tui.client.api import DaemonClient  # imported beside the daemon's start, see `reach`

_PAGE = 100


@dataclass(frozen=True, slots=True)
class Followed:
    """A run that has ended."""

    summary: RunSummary
    totals: Totals | None = None
    """What there was to read when it began; None for a run of the journal, which does not keep it."""
    folder: str = ""
    """Where the reports were saved, absolute; empty when nothing was."""
    files: tuple[str, ...] = ()
    """Names in `folder`."""
    note: str = ""
    """Why the folder is not below the reports directory, else empty."""
    gaps: Mapping[AgentId, ItlGaps] = field(default_factory=dict)
    """Inter-token latencies, by the stamps of the stream."""


def followed(summary: RunSummary, heard: Iterable[RunEvent], totals: Totals | None = None) -> Followed:
    """A run by its summary and its events."""
    events = list(heard)
    saved = next((event for event in events if isinstance(event, ReportSaved)), None)
    gaps = itl_gaps(events)
    if saved is None:
        return Followed(summary, totals, summary.folder, gaps=gaps)
    return Followed(summary, totals, saved.folder, saved.files, saved.note, gaps)


async def recalled(client: DaemonClient, summary: RunSummary, totals: Totals | None = None) -> Followed:
    """A run of the journal as if its stream had been heard; one that goes on has told nothing yet."""
    if summary.state is RunState.RUNNING:
        return Followed(summary, totals)
    events = [event async for batch in client.replay(summary.run_id) for event in batch]
    return followed(summary, (event for event in events if isinstance(event, RunEvent)), totals)


async def series_in_journal(client: DaemonClient, name: str, first: str = "") -> list[RunSummary]:
    """The runs of a series, oldest first; by its id, or by the unique beginning of one. Empty when there is none.

    With the id of its `first` run the journal is not searched beyond that. RunNotFound when several begin so.
    """
    found: list[RunSummary] = []
    before: str | None = None
    while page := await client.runs(_PAGE, before):
        found += [run for run in page if run.series and run.series.series_id.startswith(name)]
        before = page[-1].run_id
        if any(run.run_id == first for run in page):
            break
    named = {run.series.series_id for run in found if run.series}
    if len(named) > 1 and name not in named:
        raise RunNotFound(
            f"more than one series begins with {name!r}: {', '.join(sorted(named))}", next_="Give more of its id."
        )
    exact = [run for run in found if run.series and run.series.series_id == name] or found
    return exact[::-1]
