"""What can still be read of a damaged journal, put into a new one: whole rows, page by page past the damage."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from chimera_tui.domain.run_events import RunFinished, RunStarted
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.wire import event_json
from chimera_tui.services.journal.packs import unpack
from chimera_tui.services.journal.rows import decode_run_event, decode_summary, run_row
from chimera_tui.services.journal.schema import bring_up_to_date, refuse_newer

_FARTHEST = 1 << 40
"""Rows that are looked past for one behind the damage."""
_KEYS = {
    "runs": "number, run_id, state, started_utc, summary, packed, campaign_id, cell",
    "events": "run_id, ordinal, kind, at_ns, body",
    "packs": "run_id, first, last, body",
    "campaigns": "number, campaign_id, name, begun_utc",
    "decisions": "campaign_id, ordinal, body, plan",
    "bases": "campaign_id, piece, body",
    "baselines": "number, at_utc, name",
}
"""The columns of each table, as this version has them; an earlier one's file lacks some."""
Row = tuple[Any, ...]


class Salvaged(NamedTuple):
    runs: int
    """How many runs the new file has."""
    cut: int
    """Of these, how many lack events that the damaged file once had."""


def salvage(damaged: Path, fresh: Path) -> Salvaged:
    """Write what is whole in `damaged` to the new file `fresh`, and bring that to the disk.

    Every run that has its row or its first event is kept, with its events up to the first that is missing: no
    figure is ever made of what lies behind a gap. Raises sqlite3.Error when nothing can be read, or when the disk
    refuses the new file, and JournalUnusable for a newer version's.
    """
    with contextlib.closing(_reading(damaged)) as source, contextlib.closing(sqlite3.connect(fresh)) as target:
        refuse_newer(source, damaged)
        bring_up_to_date(target, fresh)
        _copy(source, target)
        _put_lost_runs(target)
        runs = target.execute("SELECT run_id, state, summary FROM runs").fetchall()
        cut = sum([_mend_run(target, *run) for run in runs])
        target.execute("DELETE FROM runs WHERE run_id NOT IN (SELECT run_id FROM events) AND state = 'running'")
        target.execute(
            "DELETE FROM campaigns WHERE campaign_id NOT IN"
            " (SELECT campaign_id FROM decisions WHERE plan IS NOT NULL)"
        )
        target.commit()
        (kept,) = target.execute("SELECT count(*) FROM runs").fetchone()
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    return Salvaged(kept, cut)


def _reading(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    # Else SQLite refuses every page of a file that is shorter than its first page says.
    connection.execute("PRAGMA writable_schema = ON")
    return connection


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    for table, columns in _KEYS.items():
        known = {name for _, name, *_ in source.execute(f"PRAGMA table_info({table})")}
        found = [name for name in columns.split(", ") if name in known]
        if not found:
            continue
        # Runs get new numbers, since those have no gaps.
        names = found[1:] if found[0] == "number" else found
        put = f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        for row in _rows(source, table, ", ".join(names)):
            if _is_whole(table, dict(zip(names, row, strict=True))):
                target.execute(put, row)


def _rows(source: sqlite3.Connection, table: str, columns: str) -> Iterator[Row]:
    """In the order in which they were written; behind a damaged page it goes on."""
    query = f"SELECT rowid, {columns} FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid"
    after: int | None = 0
    while after is not None:
        try:
            for rowid, *row in source.execute(query, (after,)):
                if rowid is not None and rowid > after:
                    after = rowid
                    yield tuple(row)
            return
        except sqlite3.DatabaseError:
            after = _behind(lambda rowid: _readable(source, table, rowid), after)


def _behind(readable: Callable[[int], bool], bad: int) -> int | None:
    """The first place behind a bad one from which rows can be read; None when there is none."""
    step = 1
    while not readable(good := bad + step):
        step *= 2
        if step > _FARTHEST:
            return None
    bad += step // 2
    while good - bad > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if readable(middle) else (good, middle)
    return good


def _readable(source: sqlite3.Connection, table: str, rowid: int) -> bool:
    try:
        source.execute(f"SELECT * FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid", (rowid,)).fetchone()
    except sqlite3.DatabaseError:
        return False
    return True


def _is_whole(table: str, row: dict[str, Any]) -> bool:
    """Whether nothing of a row was lost: SQLite fills what is missing with zeros and says nothing."""
    try:
        match table:
            case "runs":
                return bool(row["run_id"]) and decode_summary(row["summary"]).run_id == row["run_id"]
            case "events":
                return bool(row["run_id"]) and bool(decode_run_event(row["body"]))
            case "packs":
                return bool(row["run_id"]) and bool(unpack(row["body"]))
            case "decisions":
                json.loads(row["plan"] or "null")
                json.loads(row["body"])
                return bool(row["campaign_id"])
    except (ValidationError, ValueError, TypeError, zlib.error):
        return False
    return all(value and "\0" not in str(value) for value in row.values())


def _put_lost_runs(target: sqlite3.Connection) -> None:
    """Runs whose row is gone, made of their events; the newest, since what is damaged is mostly the end."""
    lost = target.execute(
        "SELECT run_id, body FROM events WHERE kind IN ('run_started', 'run_finished')"
        " AND run_id NOT IN (SELECT run_id FROM runs) ORDER BY rowid"
    ).fetchall()
    for _, body in lost:
        event = decode_run_event(body)
        if isinstance(event, RunStarted | RunFinished):
            put = "INSERT OR REPLACE INTO runs (run_id, state, started_utc, summary, campaign_id, cell)"
            target.execute(f"{put} VALUES (?, ?, ?, ?, ?, ?)", run_row(event))


def _mend_run(target: sqlite3.Connection, run_id: str, state: str, summary: str) -> bool:
    """Leave no gap among a run's events, and give one that is over its end; whether some were lost."""
    rows: list[Row] = target.execute(
        "SELECT ordinal, kind FROM events WHERE run_id = ? ORDER BY ordinal", (run_id,)
    ).fetchall()
    packs = target.execute("SELECT first, body FROM packs WHERE run_id = ?", (run_id,)).fetchall()
    there = {ordinal for ordinal, _ in rows}
    there.update(ordinal for _, body in packs for ordinal, _ in unpack(body))
    whole = next((ordinal for ordinal in range(len(there)) if ordinal not in there), len(there))
    for first, body in packs:
        if any(ordinal >= whole for ordinal, _ in unpack(body)):
            kept = [(run_id, ordinal, text) for ordinal, text in unpack(body) if ordinal < whole]
            target.execute("DELETE FROM packs WHERE run_id = ? AND first = ?", (run_id, first))
            target.executemany("INSERT INTO events VALUES (?, ?, 'tokens_arrived', NULL, ?)", kept)
            target.execute("UPDATE runs SET packed = 0 WHERE run_id = ?", (run_id,))
    target.execute("DELETE FROM events WHERE run_id = ? AND ordinal >= ?", (run_id, whole))
    if state == RunState.RUNNING:
        return whole < len(there)
    if whole and rows and (whole - 1, "run_finished") in rows:
        return False
    end = event_json(RunFinished(run_id, decode_summary(summary)))
    target.execute("INSERT INTO events VALUES (?, ?, 'run_finished', NULL, ?)", (run_id, whole, end))
    return True
