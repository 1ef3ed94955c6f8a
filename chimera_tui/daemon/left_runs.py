"""Runs that a killed daemon left without an end, found in the journal and finished."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

from chimera_tui.domain.errors import CampaignNotFound, ChimeraError, JournalUnusable
from chimera_tui.domain.events import Event, Notice
from chimera_tui.domain.grounding import Grounds
from chimera_tui.domain.run_events import RunEvent, RunStarted
from chimera_tui.engine.basis import files_digest
from chimera_tui.engine.ports import Checker, Corpus, EventSink, FactSource, ReportStore
from chimera_tui.services.journal.journal import Journal


class LeftRuns:
    """No run may begin before `finish` has returned: it takes every run without an end for one that was left."""

    def __init__(
        self, journal: Journal, sink: EventSink, facts: FactSource, checker: Checker, store: ReportStore
    ) -> None:
        self._journal = journal
        self._sink = sink
        self._facts = facts
        self._checker = checker
        self._store = store

    async def finish(self) -> None:
        """A run that can not be read is told, left to the next daemon, and keeps no other from its end."""
        try:
            left = await asyncio.to_thread(self._journal.unfinished)
        except JournalUnusable as error:
            self._sink.emit(Notice("warning", str(error)))
            return
        for run_id in left:
            try:
                await self._finish(run_id)
            except JournalUnusable as error:
                self._sink.emit(Notice("warning", str(error)))

    async def _finish(self, run_id: str) -> None:
        from chimera_tui.engine.left_run import LeftRun

        events = await asyncio.to_thread(lambda: list(self._journal.events(run_id)))
        is_newest = run_id == await asyncio.to_thread(self._journal.find, "last")
        campaign = _campaign_of(events)
        left = LeftRun(
            events,
            self._sink.emit if is_newest else self._record,
            checker=self._checker,
            store=self._store,
            corpus=partial(self._corpus, campaign),
        )
        await left.finish()

    def _record(self, event: Event) -> None:
        """Of a run that is on no screen any more."""
        if isinstance(event, RunEvent):
            self._journal.append(event)
        elif isinstance(event, Notice):
            self._sink.emit(event)

    async def _corpus(self, campaign_id: str, grounds: Grounds) -> Corpus | None:
        """The files as the campaign's first run found them, or as they are now, if they are those."""
        if campaign_id:
            from chimera_tui.campaign.basis import kept_corpus

            with suppress(CampaignNotFound):
                record = await asyncio.to_thread(self._journal.campaigns.campaign, campaign_id)
                kept = await asyncio.to_thread(kept_corpus, dict(record.basis))
                if kept is not None and files_digest(kept) == grounds.files:
                    return kept
        with suppress(ChimeraError):
            now = await self._facts.corpus()
            if await asyncio.to_thread(files_digest, now) == grounds.files:
                return now
        return None


def _campaign_of(events: list[RunEvent]) -> str:
    """Empty for a run of none."""
    place = next((event.campaign for event in events if isinstance(event, RunStarted)), None)
    return place.campaign_id if place is not None else ""
