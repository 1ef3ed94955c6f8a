"""Packs the runs that are over, a piece at a time, for the thread that writes."""

from __future__ import annotations

import sqlite3
import threading
import time

from chimera_tui.services.journal.packs import ROWS_A_PACK, pack
from chimera_tui.services.journal.store import Store

LEISURE_S = 2.0
"""Quiet that must have passed before the first piece."""
_SHARE = 0.1
"""Of the time, at most so much is spent on packing."""
_PAGES_AT_ONCE = 100
"""Of the file, given back in one step."""
_ROWS_AT_ONCE = 200
"""Read under one lock."""
_GIVE_WAY_S = 0.0005
"""Who lets go of a lock and takes it at once gives nobody else a chance."""


class Packer:
    """Not thread-safe, but for the store, which `store_lock` guards against readers."""

    def __init__(self, store: Store, store_lock: threading.Lock, leisure_s: float = LEISURE_S) -> None:
        self._store = store
        self._store_lock = store_lock
        self._leisure_s = leisure_s
        self.wait_s: float | None = leisure_s
        """How long to wait for quiet before the next `step`; None while there is nothing to pack."""

    def look_again(self) -> None:
        """Something was written: there may be more to pack, and it is not quiet."""
        self.wait_s = self._leisure_s

    def step(self) -> None:
        """One piece in one transaction. When the disk refuses, packing rests until something is written."""
        began = time.monotonic()
        try:
            more = self._pack_a_piece()
        except sqlite3.Error:
            more = False  # the rows are as they were, and as good
        took = time.monotonic() - began
        self.wait_s = min(self._leisure_s, took * (1 / _SHARE - 1)) if more else None

    def _pack_a_piece(self) -> bool:
        """False when every run that is over is packed and what that freed is given back."""
        with self._store_lock:
            run_id = self._store.unpacked_run()
            if run_id is None:
                return self._store.shrink(_PAGES_AT_ONCE)
        rows = self._rows(run_id)
        if not rows:
            with self._store_lock:
                self._store.mark_packed(run_id)
            return True
        # Only this thread writes, and a run that is over loses no rows: compressing needs no lock.
        made = pack(rows)
        with self._store_lock:
            self._store.put_pack(run_id, made)
        return True

    def _rows(self, run_id: str) -> list[tuple[int, str]]:
        """Read a little at a time: on a busy disk a page may take ten milliseconds, and a reader waits for it."""
        rows: list[tuple[int, str]] = []
        while len(rows) < ROWS_A_PACK:
            with self._store_lock:
                found = self._store.token_rows(run_id, _ROWS_AT_ONCE, rows[-1][0] if rows else -1)
            rows += found
            if len(found) < _ROWS_AT_ONCE:
                break
            time.sleep(_GIVE_WAY_S)
        return rows
