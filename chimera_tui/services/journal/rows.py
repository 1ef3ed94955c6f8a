"""Run events as rows of the journal, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from typing import NamedTuple, cast

from chimera_tui.domain.batches import join_tokens
from chimera_tui.domain.run_events import RunEvent, RunFinished, RunStarted, TokensArrived
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.wire import adapter, decode_event, event_json
from chimera_tui.services.journal.store import EventRow, RunRow

Told = tuple[RunEvent, str | None]
"""An event, with its JSON where that is made already."""


class Rows(NamedTuple):
    """What one commit writes."""

    runs: list[RunRow]
    events: list[EventRow]


class RowEncoder:
    """Numbers the events of each run; batches of tokens that came close together share a row."""

    def __init__(self, next_ordinal: Callable[[str], int]) -> None:
        """`next_ordinal` tells where a run that is already in the file goes on."""
        self._next_ordinal = next_ordinal
        self._ordinals: dict[str, int] = {}
        self._going_on: set[str] = set()

    @property
    def a_run_goes_on(self) -> bool:
        """Whether a run was begun here and not ended."""
        return bool(self._going_on)

    def encode(self, events: Iterable[RunEvent]) -> Rows:
        return self.encode_told([(event, None) for event in events])

    def encode_told(self, told: Sequence[Told]) -> Rows:
        rows = Rows([], [])
        for position, joined in join_tokens([event for event, _ in told]):
            event = cast(RunEvent, joined)
            last, text = told[position]
            if isinstance(event, RunStarted | RunFinished):
                rows.runs.append(run_row(event))
            rows.events.append(self._event_row(event, text if event is last else None))
            if isinstance(event, RunStarted):
                self._going_on.add(event.run_id)
            if isinstance(event, RunFinished):
                self._going_on.discard(event.run_id)
                del self._ordinals[event.run_id]
        return rows

    def _event_row(self, event: RunEvent, text: str | None) -> EventRow:
        run_id = event.run_id
        if run_id not in self._ordinals:
            self._ordinals[run_id] = 0 if isinstance(event, RunStarted) else self._next_ordinal(run_id)
        ordinal = self._ordinals[run_id]
        self._ordinals[run_id] += 1
        return EventRow(run_id, ordinal, event.kind, _at_ns(event), text or event_json(event))


def decode_run_event(body: str) -> RunEvent:
    """Raises pydantic.ValidationError (a ValueError) when the row holds no event."""
    return cast(RunEvent, decode_event(body))


def decode_summary(body: str) -> RunSummary:
    summary: RunSummary = adapter(RunSummary).validate_json(body)
    return summary


def run_row(event: RunStarted | RunFinished) -> RunRow:
    """How the run stands after this event."""
    from chimera_tui.campaign.effect import cell_of_run  # with a first run, not with the daemon's start

    summary = event.summary if isinstance(event, RunFinished) else event.begun
    return RunRow(
        summary.run_id,
        summary.state,
        summary.started_utc.astimezone(UTC).isoformat(),
        adapter(RunSummary).dump_json(summary).decode(),
        summary.campaign.campaign_id if summary.campaign else None,
        cell_of_run(summary) or None,
    )


def _at_ns(event: RunEvent) -> int | None:
    if isinstance(event, TokensArrived):
        return event.chunks[0].at_ns if event.chunks else None
    at_ns: int | None = getattr(event, "at_ns", None)
    return at_ns
