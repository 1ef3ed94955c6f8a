"""The journal's tables, and how a file of an earlier version gets them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from chimera_tui.domain.errors import JournalUnusable

SCHEMA_VERSION = 3
"""1: every event a row. 2: rows of tokens of runs that are over may lie in packs. 3: campaigns."""
_APPLICATION_ID = 0x4368_6D72
"""`Chmr`: tells `file` and us whose database it is."""
_TABLES = """
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
_PACKS = """
CREATE TABLE packs (
    run_id TEXT NOT NULL REFERENCES runs (run_id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (run_id, first)
);
ALTER TABLE runs ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_to_pack ON runs (number) WHERE packed = 0;
"""
"""What version 2 added; a new file gets it the same way, so that both end up alike."""
_CAMPAIGNS = """
CREATE TABLE campaigns (
    number INTEGER PRIMARY KEY,
    campaign_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    begun_utc TEXT NOT NULL
);
CREATE TABLE decisions (
    campaign_id TEXT NOT NULL REFERENCES campaigns (campaign_id),
    ordinal INTEGER NOT NULL,
    body TEXT NOT NULL,
    plan TEXT,
    PRIMARY KEY (campaign_id, ordinal)
);
CREATE TABLE bases (
    campaign_id TEXT NOT NULL REFERENCES campaigns (campaign_id),
    piece TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (campaign_id, piece)
);
CREATE TABLE baselines (
    number INTEGER PRIMARY KEY,
    at_utc TEXT NOT NULL,
    name TEXT NOT NULL
);
ALTER TABLE runs ADD COLUMN campaign_id TEXT;
ALTER TABLE runs ADD COLUMN cell TEXT;
CREATE INDEX runs_of_campaigns ON runs (campaign_id, number) WHERE campaign_id IS NOT NULL;
CREATE INDEX runs_of_cells ON runs (cell, number) WHERE cell IS NOT NULL;
"""
"""What version 3 added. A decision that changes the plan holds the new one. The newest counts."""
_ADDED = ("", "", _PACKS, _CAMPAIGNS)
"""By version; version 1 is `_TABLES`."""


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Give the file the tables of this version, all or nothing. Raises JournalUnusable for a newer version's."""
    version = refuse_newer(connection, path)
    if version == 0:
        # Only a file without tables can be told so; an older one keeps its size and fills what packing frees.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if version == SCHEMA_VERSION:
        return
    tables = f"{_TABLES} PRAGMA application_id = {_APPLICATION_ID};" if version == 0 else ""
    added = "".join(_ADDED[version + 1 :])
    connection.executescript(f"BEGIN; {tables}{added} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")


def refuse_newer(connection: sqlite3.Connection, path: Path) -> int:
    """The file's version. Raises JournalUnusable for a newer one than ours."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise JournalUnusable(
            f"the journal was written by a newer version of this program (schema {version}, this one knows "
            f"{SCHEMA_VERSION})",
            where=str(path),
            next_="Use that version, or set CHIMERA_STATE_DIR to another folder.",
        )
    return int(version)


def check_length(connection: sqlite3.Connection, path: Path) -> None:
    """SQLite takes the missing rest of a last page for zeros, and tells of rows that were never written.

    Raises sqlite3.DatabaseError.
    """
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    if path.stat().st_size % page_bytes:
        raise sqlite3.DatabaseError("the file ends in the middle of a page")


def check_content(connection: sqlite3.Connection) -> None:
    """Read all of the small table and one row of the large ones: damage is found now rather than in a run.

    Raises sqlite3.DatabaseError.
    """
    connection.execute(
        "SELECT count(number), count(run_id), count(started_utc), max(summary) FROM runs"
    ).fetchone()
    connection.execute("SELECT run_id, ordinal, kind, at_ns, body FROM events LIMIT 1").fetchone()
    connection.execute("SELECT run_id, first, last, body FROM packs LIMIT 1").fetchone()
    connection.execute("SELECT count(campaign_id), max(name) FROM campaigns").fetchone()
    connection.execute("SELECT campaign_id, ordinal, body, plan FROM decisions LIMIT 1").fetchone()
