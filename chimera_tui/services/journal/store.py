"""The journal's file: its schema, its checks, and the SQL that reads and writes it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from chimera_tui.domain.errors import JournalUnusable

SCHEMA_VERSION = 1
_APPLICATION_ID = 0x4368_6D72
"""`Chmr`: tells `file` and us whose database it is."""
_SCHEMA = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    started_utc TEXT NOT NULL,
    summary TEXT NOT NULL
);
CREATE TABLE events (
    run_id TEXT NOT NULL REFERENCES runs (run_id),
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at_ns INTEGER,
    body TEXT NOT NULL,
    PRIMARY KEY (run_id, ordinal)
);
"""
_MEMORY = ":memory:"
_BUSY_S = 1.0
"""A daemon that ends holds the file for a moment after its successor starts."""


class EventRow(NamedTuple):
    run_id: str
    ordinal: int
    kind: str
    at_ns: int | None
    body: str


class RunRow(NamedTuple):
    run_id: str
    state: str
    started_utc: str
    summary: str


class Store:
    """One connection that holds the file for itself. Not thread-safe: the caller holds a lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open or create the file.

        Raises JournalUnusable for a file of a newer version, sqlite3.DatabaseError for one that is damaged and
        its subclass sqlite3.OperationalError for one that is locked, read-only or out of reach.
        """
        if str(path) != _MEMORY:
            _create_private(path)
        connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    @classmethod
    def in_memory(cls) -> Store:
        return cls.open(Path(_MEMORY))

    def close(self) -> None:
        self._connection.close()

    def write(self, runs: Sequence[RunRow], events: Sequence[EventRow]) -> None:
        """Put rows of runs (new or changed) and append events, all or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(
                "INSERT INTO runs (run_id, state, started_utc, summary) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (run_id) DO UPDATE SET state = excluded.state, summary = excluded.summary",
                runs,
            )
            self._connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", events)
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            # A full disk may have rolled back already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def summaries(self, limit: int, before: str | None) -> list[str]:
        """Summaries as JSON, newest first, from below the run `before`."""
        rows = self._connection.execute(
            "SELECT summary FROM runs WHERE ? IS NULL"
            " OR number < (SELECT number FROM runs WHERE run_id = ?) ORDER BY number DESC LIMIT ?",
            (before, before, limit),
        )
        return [summary for (summary,) in rows]

    def summary(self, run_id: str) -> str | None:
        query = "SELECT summary FROM runs WHERE run_id = ?"
        row = self._connection.execute(query, (run_id,)).fetchone()
        return None if row is None else str(row[0])

    def run_ids(self, prefix: str, limit: int) -> list[str]:
        """Ids that begin with `prefix`, newest first."""
        rows = self._connection.execute(
            "SELECT run_id FROM runs WHERE substr(run_id, 1, ?) = ? ORDER BY number DESC LIMIT ?",
            (len(prefix), prefix, limit),
        )
        return [run_id for (run_id,) in rows]

    def in_state(self, state: str) -> list[str]:
        rows = self._connection.execute("SELECT run_id FROM runs WHERE state = ? ORDER BY number", (state,))
        return [run_id for (run_id,) in rows]

    def next_ordinal(self, run_id: str) -> int:
        query = "SELECT max(ordinal) FROM events WHERE run_id = ?"
        (last,) = self._connection.execute(query, (run_id,)).fetchone()
        return 0 if last is None else int(last) + 1

    def bodies(self, run_id: str, start: int, limit: int) -> list[str]:
        """At most `limit` events as JSON from the ordinal `start` on; ordinals have no gaps."""
        rows = self._connection.execute(
            "SELECT body FROM events WHERE run_id = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?",
            (run_id, start, limit),
        )
        return [body for (body,) in rows]


def _create_private(path: Path) -> None:
    """Prompts and reports are nobody else's business; SQLite gives its log the mode of the file."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # Exclusive before WAL: then no shared memory is used, which a network file system can not give.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise JournalUnusable(
            f"the journal was written by a newer version of this program (schema {version}, this one knows "
            f"{SCHEMA_VERSION})",
            where=str(path),
            next_="Use that version, or set CHIMERA_STATE_DIR to another folder.",
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if version == 0:
        _create(connection)
    # Taking the write lock now tells at once that another daemon, or a read-only disk, is in the way.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")
    # Reads all of the small table and one row of the large one: damage is found now rather than in a run.
    connection.execute(
        "SELECT count(number), count(run_id), count(started_utc), max(summary) FROM runs"
    ).fetchone()
    connection.execute("SELECT run_id, ordinal, kind, at_ns, body FROM events LIMIT 1").fetchone()


def _create(connection: sqlite3.Connection) -> None:
    connection.executescript(
        f"BEGIN; {_SCHEMA}"
        f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    )
