"""The journal of runs: events go in at once, a thread commits them, and every run can be read back."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from chimera_tui.domain.errors import JournalUnusable, RunNotFound
from chimera_tui.domain.run_events import RunEvent
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.services.journal.packer import LEISURE_S
from chimera_tui.services.journal.recovery import open_store
from chimera_tui.services.journal.rescue import bring_back, keep
from chimera_tui.services.journal.rows import Rows, decode_run_event, decode_summary
from chimera_tui.services.journal.store import Store
from chimera_tui.services.journal.writer import RETRY_S, Notify, Writer

if TYPE_CHECKING:
    from chimera_tui.services.journal.campaigns import JournalCampaigns

T = TypeVar("T")
_PAGE = 200
"""Events that are read under one lock."""
_HASTE_S = 0.05
"""A page of the history does not wait longer for a slow disk: its reader is told of new runs by events as well."""


class Journal:
    """Thread-safe, and every method but `append` may wait for the disk: call those in a worker thread.

    Reading sees what was appended before, unless the disk refuses it.
    """

    def __init__(
        self,
        store: Store,
        path: Path | None,
        notify: Notify,
        retry_s: float = RETRY_S,
        leisure_s: float = LEISURE_S,
        *,
        rescue: Path | None = None,
        unwritten: Rows | None = None,
    ) -> None:
        self.path = path
        """None when runs are kept in memory only."""
        self._rescue = rescue
        self._store = store
        self._lock = threading.Lock()
        """One connection for all threads: the file is locked against any other."""
        self._writer = Writer(store, self._lock, notify, retry_s, leisure_s, unwritten=unwritten)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        notify: Notify,
        retry_s: float = RETRY_S,
        leisure_s: float = LEISURE_S,
        rescue: Path | None = None,
    ) -> Journal:
        """Open or create the journal.

        After `leisure_s` without a run or any other event, runs that are over are packed bit by bit.

        A damaged file is moved aside and a new one begun; a file that can not be written is left alone and
        runs are kept in memory; `notify` is told both. What can not be written until the journal is closed is
        kept in the file `rescue`, on another disk, and written when it is opened next. Raises JournalUnusable for
        a file of a newer version.
        """
        store, kept_at = open_store(path, notify)
        left: Rows | None = None
        if rescue is not None and kept_at is not None:
            left, notice = bring_back(rescue, store)
            if notice is not None:
                notify(notice)
        return cls(store, kept_at, notify, retry_s, leisure_s, rescue=rescue, unwritten=left)

    @cached_property
    def campaigns(self) -> JournalCampaigns:
        """Imported when somebody asks for them."""
        from chimera_tui.services.journal.campaigns import JournalCampaigns

        return JournalCampaigns(self._store, self._lock, self._writer, lambda name: self.run(self.find(name)))

    def has_campaigns(self) -> bool:
        """Whether any was begun."""
        return self._read(self._store.has_campaigns)

    def append(self, event: RunEvent, text: str | None = None) -> None:
        """Take one event, with its JSON where that is made already; returns at once, it is committed within a
        tenth of a second."""
        self._writer.append(event, text)

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until all that was appended so far is committed; False when that failed or took too long."""
        return self._writer.flush(timeout_s)

    def close(self) -> None:
        """Commit what is left and close the file; what the disk does not take goes to `rescue`."""
        self._writer.close()
        try:
            if self._writer.unwritten.events and self._rescue is not None:
                keep(self._rescue, self._writer.unwritten)
        finally:
            with self._lock:
                self._store.close()

    @property
    def is_failing(self) -> bool:
        """Whether the disk refused what was written last: it is kept in memory, and tried again."""
        return self._writer.is_failing

    @property
    def is_packed(self) -> bool:
        """Whether the tokens of every run that is over are packed."""
        return self._read(self._store.unpacked_run) is None

    def runs(self, limit: int = 50, before: str | None = None) -> list[RunSummary]:
        """Newest first, from below the run `before`; one that goes on is `running` and has no agents yet."""
        return [decode_summary(body) for body in self._read(lambda: self._store.summaries(limit, before))]

    def runs_json(self, limit: int = 50, before: str | None = None) -> str:
        """What `runs` gives, as the JSON list it is stored as: who passes it on need not read it."""
        return f"[{','.join(self._read(lambda: self._store.summaries(limit, before)))}]"

    def page_json(self, limit: int, skip: int) -> str:
        """A `RunPage` as JSON: how many runs there are, and `limit` of them below the newest `skip`."""

        def query() -> str:
            total = self._store.run_count()
            return f'{{"total":{total},"runs":[{",".join(self._store.summaries_from(total - skip, limit))}]}}'

        return self._read(query, _HASTE_S)

    def unfinished(self) -> list[str]:
        """Runs that have no end, oldest first; none as long as something could not be written, since their end may
        be among that."""
        if self._writer.unwritten.events or not self.flush():
            return []
        return self._read(lambda: self._store.in_state(RunState.RUNNING))

    def run(self, run_id: str) -> RunSummary:
        """Raises RunNotFound."""
        body = self._read(lambda: self._store.summary(run_id))
        if body is None:
            raise _not_found(run_id)
        return decode_summary(body)

    def find(self, name: str) -> str:
        """The id behind an id, its unique beginning, or `last`. Raises RunNotFound."""
        prefix = "" if name == "last" else name
        found = self._read(lambda: self._store.run_ids(prefix, 10)) if name else []
        if name in found:
            return name
        if not found:
            raise _not_found(name)
        if name != "last" and len(found) > 1:
            raise RunNotFound(
                f"more than one run begins with {name!r}: {', '.join(found)}", next_="Give more of its id."
            )
        return found[0]

    def events(self, run_id: str) -> Iterator[RunEvent]:
        """A run's events in order, read page by page as they are taken. Raises JournalUnusable."""
        start = 0
        while page := self._page(run_id, start):
            yield from page
            start += len(page)

    def _page(self, run_id: str, start: int) -> list[RunEvent]:
        bodies = self._read(lambda: self._store.bodies(run_id, start, _PAGE))
        try:
            return [decode_run_event(body) for body in bodies]
        except ValidationError as error:
            raise JournalUnusable(
                f"run {run_id} can not be read: it was written by another version of this program",
                where=str(self.path),
                next_="Its reports are in the folder chimera_runs.",
            ) from error

    def _read(self, query: Callable[[], T], patience_s: float = 2.0) -> T:
        self._writer.flush(timeout_s=patience_s)
        try:
            with self._lock:
                return query()
        except sqlite3.Error as error:
            raise JournalUnusable(
                f"the journal can not be read: {error}",
                where=str(self.path),
                next_="Stop the daemon with `chimera daemon stop`, move that file away and start again.",
            ) from error


def _not_found(name: str) -> RunNotFound:
    return RunNotFound(
        f"there is no run {name!r}" if name != "last" else "there is no run yet",
        next_="List them with `chimera runs`." if name != "last" else "Start one with `chimera run`, or r.",
    )
