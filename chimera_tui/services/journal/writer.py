"""The thread that commits what was appended, keeps it when the disk will not take it, and packs at leisure."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable

from chimera_tui.domain.events import Notice
from chimera_tui.domain.run_events import RunEvent, RunFinished
from chimera_tui.services.journal.checkpoint import Checkpoint
from chimera_tui.services.journal.packer import LEISURE_S, Packer
from chimera_tui.services.journal.rows import RowEncoder, Rows, Told
from chimera_tui.services.journal.store import Store

BATCH_S = 0.1
"""How long events wait for company before they are committed."""
_BATCHES_A_LOOK = 10
"""While a run goes on, how long SQLite's log is gets asked once a second: that costs a tenth of a commit."""
RETRY_S = 2.0
"""Between attempts to write what could not be written."""

Notify = Callable[[Notice], None]
"""Called from any thread."""


class Writer:
    """Owns the thread; `store_lock` guards the store against readers."""

    def __init__(
        self,
        store: Store,
        store_lock: threading.Lock,
        notify: Notify,
        retry_s: float = RETRY_S,
        leisure_s: float = LEISURE_S,
        batch_s: float = BATCH_S,
        unwritten: Rows | None = None,
    ) -> None:
        """`unwritten` is tried again, before anything that comes."""
        self._store = store
        self.unwritten = unwritten or Rows([], [])
        """What the disk has refused so far; belongs to the thread until it has ended."""
        self._store_lock = store_lock
        self._notify = notify
        self._retry_s = retry_s
        self._batch_s = batch_s
        self._encoder = RowEncoder(store.next_ordinal)
        self._packer = Packer(store, store_lock, leisure_s)
        self._checkpoint = Checkpoint(store, store_lock)
        self._changed = threading.Condition()
        """Guards everything below; no one who holds it waits for the store."""
        self._incoming: list[Told] = []
        self._appended = 0
        self._committed = 0
        self._attempts = 0
        self._hurry = False
        self._resting = False
        """The thread waits for an event, however long; while a run goes on it looks ten times a second unasked."""
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(target=self._write_until_closed, name="journal-writer", daemon=True)
        self._thread.start()

    def append(self, event: RunEvent, text: str | None = None) -> None:
        with self._changed:
            self._incoming.append((event, text))
            self._appended += 1
            # whoever looks sees that it is done within milliseconds; a kill then must not undo that
            self._hurry |= isinstance(event, RunFinished)
            if self._resting or self._hurry:
                self._changed.notify_all()

    @property
    def is_failing(self) -> bool:
        """Whether the disk refused what was written last."""
        return self._failing

    def flush(self, timeout_s: float) -> bool:
        with self._changed:
            target, attempts = self._appended, self._attempts
            if self._committed >= target:
                return True
            self._hurry = True
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._committed >= target or (self._failing and self._attempts > attempts), timeout_s
            )
            return self._committed >= target

    def close(self) -> None:
        """Commit what is left; what still can not be written is in `unwritten` then."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _write_until_closed(self) -> None:
        taken = batches = 0
        while True:
            if not self.unwritten.events:
                self._pack_while_nothing_comes()
            events = self._next_batch(retrying=bool(self.unwritten.events))
            taken += len(events)
            with self._store_lock:
                fresh = self._encoder.encode_told(events)
                before = self.unwritten
                rows = self.unwritten = Rows([*before.runs, *fresh.runs], [*before.events, *fresh.events])
                problem = self._attempt(rows)
            if problem is None:
                self.unwritten = Rows([], [])
                self._packer.look_again()
            self._report(problem)
            if self._account(taken, problem is None):
                return
            batches += 1
            if not self._encoder.a_run_goes_on or batches % _BATCHES_A_LOOK == 0:
                self._checkpoint.look()

    def _pack_while_nothing_comes(self) -> None:
        """Never while a run goes on: its measurement would feel it."""
        while not self._encoder.a_run_goes_on and (wait_s := self._packer.wait_s) is not None:
            if self._rest(wait_s):
                return
            self._packer.step()
            self._checkpoint.look()

    def _rest(self, timeout_s: float | None = None) -> bool:
        """Wait for the next event; False when none has come in time."""
        with self._changed:
            self._resting = True
            come = self._changed.wait_for(lambda: self._incoming or self._closing, timeout_s)
            self._resting = False
            return bool(come)

    def _next_batch(self, *, retrying: bool) -> list[Told]:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._hurry or self._closing, timeout=self._retry_s if retrying else self._batch_s
                )
                if self._incoming or self._closing or self._hurry or retrying:
                    self._hurry = False
                    events, self._incoming = self._incoming, []
                    return events
            self._rest()

    def _attempt(self, rows: Rows) -> sqlite3.Error | None:
        if not rows.events:
            return None
        try:
            self._store.write(rows.runs, rows.events)
        except sqlite3.Error as error:
            return error
        return None

    def _account(self, taken: int, written: bool) -> bool:
        """Tell those who wait in `flush`; True when the thread is done."""
        with self._changed:
            self._attempts += 1
            if written:
                self._committed = taken
            self._changed.notify_all()
            return self._closing and not self._incoming

    def _report(self, problem: sqlite3.Error | None) -> None:
        """Once when writing begins to fail, once when it works again."""
        failing = problem is not None
        if failing is self._failing:
            return
        self._failing = failing
        if failing:
            text = f"The journal can not be written ({problem}); the run goes on and is kept in memory."
            self._notify(Notice("error", f"{text} Free some disk space or check the folder's permissions."))
        else:
            self._notify(Notice("info", "The journal is written again; nothing was lost."))
