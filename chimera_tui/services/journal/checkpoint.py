"""Brings SQLite's log into the journal's file while readers go on: the disk is waited for without the lock."""

from __future__ import annotations

import sqlite3
import threading

from chimera_tui.services.journal.store import Store

LOG_BYTES = 2_000_000
"""So long may the log get; copying so much holds a reader up for a few milliseconds."""


class Checkpoint:
    """For the thread that writes: SQLite's own checkpoint waits for the disk twice while it holds the connection.

    Nothing is written between copying the log and the disk's word that the copy is there, so a power failure in
    between finds the whole log, and opening the journal copies it again.
    """

    def __init__(self, store: Store, store_lock: threading.Lock, log_bytes: int = LOG_BYTES) -> None:
        self._store = store
        self._store_lock = store_lock
        self._log_bytes = log_bytes

    def look(self) -> None:
        """Empty the log if it has grown long. When the disk refuses, it stays as it is until the next time."""
        if self._store.log_size_bytes < self._log_bytes:
            return
        try:
            self._store.sync_log()
            with self._store_lock:
                copied = self._store.copy_log()
            if copied:
                self._store.sync_file()
                with self._store_lock:
                    self._store.empty_log()
        except (sqlite3.Error, OSError):
            return
