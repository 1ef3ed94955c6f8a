"""What one viewer has not been sent yet: bounded, and no longer than it must be."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.domain.batches import join_tokens
from chimera_tui.domain.campaign_outline import CampaignChanged
from chimera_tui.domain.events import Envelope, Event, FactsRead, FilesChanged, MetricsUpdated
from chimera_tui.domain.run_events import NumbersChecked, RequestSent, TokensArrived

MAX_EVENTS = 20_000
MAX_BYTES = 16 << 20
"""Roughly what a viewer that stands still may cost; a whole run of two agents fits."""
_COMPACT_EVERY = 1_000


class Backlog:
    """Events for one viewer, joined and superseded where nothing is lost by it."""

    def __init__(self, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._events: list[Envelope] = []
        self._bytes = 0
        self._compact_at = min(_COMPACT_EVERY, max_events)
        self.tokens = 0
        """That came since the last `take`, as chunks."""

    def put(self, envelope: Envelope) -> bool:
        """False when the viewer is too far behind: everything is dropped, and it must attach again."""
        self._events.append(envelope)
        self._bytes += weight(envelope.event)
        if isinstance(envelope.event, TokensArrived):
            self.tokens += len(envelope.event.chunks)
        if len(self._events) >= self._compact_at or self._bytes > self._max_bytes:
            self._compact()
        if len(self._events) > self._max_events or self._bytes > self._max_bytes:
            self._events, self._bytes = [], 0
            return False
        return True

    def take(self) -> list[Envelope]:
        """Everything, oldest first."""
        taken, self._events, self._bytes = compacted(self._events), [], 0
        self._compact_at = min(_COMPACT_EVERY, self._max_events)
        self.tokens = 0
        return taken

    def __len__(self) -> int:
        return len(self._events)

    def _compact(self) -> None:
        self._events = compacted(self._events)
        self._bytes = sum(weight(envelope.event) for envelope in self._events)
        # The next time only when as much again has come, so the work stays proportional to what arrives.
        self._compact_at = min(len(self._events) + _COMPACT_EVERY, self._max_events + 1)


def compacted(envelopes: Sequence[Envelope]) -> list[Envelope]:
    """The same story, shorter: token batches joined, metrics and reading progress only at their latest."""
    if len(envelopes) < 2:
        return list(envelopes)
    kept = _without_superseded(envelopes)
    joined = join_tokens(envelope.event for envelope in kept)
    return [
        kept[position] if event is kept[position].event else Envelope(kept[position].seq, event)
        for position, event in joined
    ]


def _without_superseded(envelopes: Sequence[Envelope]) -> list[Envelope]:
    latest: dict[object, int] = {}
    problems: dict[str, str] = {}
    for position, envelope in enumerate(envelopes):
        key = _superseded_by(envelope.event)
        if key is not None:
            latest[key] = position
        if isinstance(envelope.event, FactsRead):
            problems.update(envelope.event.problems)
    kept = []
    for position, envelope in enumerate(envelopes):
        key = _superseded_by(envelope.event)
        if key is not None and latest[key] != position:
            continue
        if isinstance(envelope.event, FactsRead):
            envelope = Envelope(envelope.seq, with_problems(envelope.event, problems))
        kept.append(envelope)
    return kept


def with_problems(event: FactsRead, problems: dict[str, str]) -> FactsRead:
    """The same progress with these problems, which several events told bit by bit."""
    return FactsRead(event.files_read, event.files_total, event.numbers, tuple(problems.items()))


def _superseded_by(event: Event) -> object:
    """Events of equal key replace one another; None for one that must arrive itself."""
    match event:
        case MetricsUpdated(run_id=run_id, agent=agent):
            return (run_id, agent)
        case FactsRead():
            return FactsRead
        case CampaignChanged(outline=outline):
            return (CampaignChanged, outline.campaign_id)
        case _:
            return None


def weight(event: Event) -> int:
    """Bytes of memory, roughly."""
    match event:
        case TokensArrived(chunks=chunks):
            return 200 + 150 * len(chunks) + sum([len(chunk.text) for chunk in chunks])
        case FilesChanged(changed=changed, removed=removed):
            return 200 + 300 * (len(changed) + len(removed))
        case NumbersChecked(numbers=numbers):
            return 200 + sum([500 + len(each.text) + len(each.subject) + len(each.truth) for each in numbers])
        case RequestSent(system=system, prompt=prompt):
            return 300 + len(system) + len(prompt)
        case _:
            return 1_000
