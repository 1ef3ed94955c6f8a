"""The journal's file: how it is opened, and the SQL that reads and writes it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from chimera_tui.services.journal.packs import Pack, unpack
from chimera_tui.services.journal.schema import bring_up_to_date, check_content, check_length

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
    campaign_id: str | None = None
    cell: str | None = None


class Store:
    """One connection that holds the file for itself. Not thread-safe: the caller holds a lock."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None = None, file: int | None = None) -> None:
        """`file` is open for reading as long as the connection is: to close it earlier would end SQLite's lock."""
        self._connection = connection
        self._log = None if path is None else path.with_name(f"{path.name}-wal")
        self._file = file

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open or create the file.

        Raises JournalUnusable for a file of a newer version, sqlite3.DatabaseError for one that is damaged and
        its subclass sqlite3.OperationalError for one that is locked, read-only or out of reach.
        """
        if str(path) == _MEMORY:
            return cls(_connected(path))
        create_private(path)
        file = os.open(path, os.O_RDONLY)
        try:
            return cls(_connected(path), path, file)
        except BaseException:
            os.close(file)
            raise

    @classmethod
    def in_memory(cls) -> Store:
        return cls.open(Path(_MEMORY))

    def close(self) -> None:
        """SQLite empties the log itself, and waits for the disk as it does."""
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @property
    def connection(self) -> sqlite3.Connection:
        """For the tables of campaigns."""
        return self._connection

    # ---- the log -----------------------------------------------------------------------------------------

    @property
    def log_size_bytes(self) -> int:
        """Needs no lock, as `sync_log` and `sync_file` do not. What is in memory only has no log."""
        try:
            return 0 if self._log is None else self._log.stat().st_size
        except OSError:
            return 0

    def sync_log(self) -> None:
        """Wait until the disk has the log. Raises OSError."""
        if self._log is not None:
            log = os.open(self._log, os.O_RDONLY)
            try:
                os.fsync(log)
            finally:
                os.close(log)

    def copy_log(self) -> bool:
        """Copy the log into the file, as far as the system's memory; whether all of it was."""
        _, frames, copied = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return bool(frames == copied)

    def sync_file(self) -> None:
        """Wait until the disk has the file. Raises OSError."""
        if self._file is not None:
            os.fsync(self._file)

    def empty_log(self) -> None:
        """Once the disk has what was copied."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    # ---- rows --------------------------------------------------------------------------------------------

    def write(self, runs: Sequence[RunRow], events: Sequence[EventRow]) -> None:
        """Put rows of runs (new or changed) and append events, all or nothing."""
        with self.transaction():
            if runs:
                self._connection.executemany(
                    "INSERT INTO runs (run_id, state, started_utc, summary, campaign_id, cell)"
                    " VALUES (?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT (run_id) DO UPDATE"
                    " SET state = excluded.state, summary = excluded.summary, cell = excluded.cell",
                    runs,
                )
            self._connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", events)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Raises sqlite3.Error."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            # A full disk may have rolled back already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def summaries(self, limit: int, before: str | None) -> list[str]:
        """Summaries as JSON, newest first, from below the run `before`; none when there is no such run."""
        # A query of its own for the first page: with `OR`, SQLite walks every run above a deep one.
        below = "" if before is None else "WHERE number < (SELECT number FROM runs WHERE run_id = ?)"
        rows = self._connection.execute(
            f"SELECT summary FROM runs {below} ORDER BY number DESC LIMIT ?",
            (limit,) if before is None else (before, limit),
        )
        return [summary for (summary,) in rows]

    def run_count(self) -> int:
        """Runs are never deleted: their numbers have no gaps."""
        (highest,) = self._connection.execute("SELECT max(number) FROM runs").fetchone()
        return int(highest or 0)

    def summaries_from(self, number: int, limit: int) -> list[str]:
        """Summaries as JSON, newest first, from that of this number on; 1 is the oldest run."""
        query = "SELECT summary FROM runs WHERE number <= ? ORDER BY number DESC LIMIT ?"
        return [summary for (summary,) in self._connection.execute(query, (number, limit))]

    def has_campaigns(self) -> bool:
        (found,) = self._connection.execute("SELECT EXISTS (SELECT 1 FROM campaigns)").fetchone()
        return bool(found)

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
        query = (
            "SELECT max((SELECT ifnull(max(ordinal), -1) FROM events WHERE run_id = ?1),"
            " (SELECT ifnull(max(last), -1) FROM packs WHERE run_id = ?1))"
        )
        (last,) = self._connection.execute(query, (run_id,)).fetchone()
        return int(last) + 1

    def bodies(self, run_id: str, start: int, limit: int) -> list[str]:
        """At most `limit` events as JSON from the ordinal `start` on; ordinals have no gaps."""
        end = start + limit
        found: list[tuple[int, str]] = self._connection.execute(
            "SELECT ordinal, body FROM events WHERE run_id = ? AND ordinal >= ? AND ordinal < ?",
            (run_id, start, end),
        ).fetchall()
        packed = self._connection.execute(
            "SELECT body FROM packs WHERE run_id = ? AND last >= ? AND first < ?", (run_id, start, end)
        )
        for (blob,) in packed:
            try:
                found += (row for row in unpack(blob) if start <= row[0] < end)
            except (zlib.error, ValueError) as error:
                raise sqlite3.DatabaseError(f"packed events of run {run_id} are damaged: {error}") from error
        return [body for _, body in sorted(found)]

    # ---- packing -----------------------------------------------------------------------------------------

    def unpacked_run(self) -> str | None:
        """The oldest run that is over and was not packed to its end."""
        # Left to itself, SQLite walks every packed run in the order of `number`.
        query = (
            "SELECT run_id FROM runs INDEXED BY runs_to_pack WHERE packed = 0 AND state <> 'running'"
            " ORDER BY number LIMIT 1"
        )
        row = self._connection.execute(query).fetchone()
        return None if row is None else str(row[0])

    def token_rows(self, run_id: str, limit: int, after: int = -1) -> list[tuple[int, str]]:
        """The first rows of tokens behind the ordinal `after`, as ordinal and JSON, that are in no pack yet."""
        return self._connection.execute(
            "SELECT ordinal, body FROM events WHERE run_id = ? AND ordinal > ? AND kind = 'tokens_arrived'"
            " ORDER BY ordinal LIMIT ?",
            (run_id, after, limit),
        ).fetchall()

    def put_pack(self, run_id: str, pack: Pack) -> None:
        """The pack in place of the rows it was made of, all or nothing."""
        with self.transaction():
            self._connection.execute(
                "INSERT INTO packs VALUES (?, ?, ?, ?)", (run_id, pack.first, pack.last, pack.body)
            )
            self._connection.execute(
                "DELETE FROM events WHERE run_id = ? AND ordinal BETWEEN ? AND ? AND kind = 'tokens_arrived'",
                (run_id, pack.first, pack.last),
            )

    def shrink(self, pages: int) -> bool:
        """Give at most so many free pages back to the disk; True when more can be given."""
        (mode,) = self._connection.execute("PRAGMA auto_vacuum").fetchone()
        if mode == 0:
            return False
        # As a script: `execute` steps it once, which gives one page.
        self._connection.executescript(f"PRAGMA incremental_vacuum({pages:d})")
        (free,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        return bool(free)

    def mark_packed(self, run_id: str) -> None:
        with self.transaction():
            self._connection.execute("UPDATE runs SET packed = 1 WHERE run_id = ?", (run_id,))


def create_private(path: Path) -> None:
    """Prompts and reports are nobody else's business; SQLite gives its log the mode of the file."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # Exclusive before WAL: then no shared memory is used, which a network file system can not give.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    if str(path) != _MEMORY:
        check_length(connection, path)
    bring_up_to_date(connection, path)
    # Taking the write lock now tells at once that another daemon, or a read-only disk, is in the way.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")
    check_content(connection)
    # From here on `Checkpoint` empties the log and waits for the disk where SQLite would have.
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA synchronous = OFF")
