"""What no disk took until the daemon had to end: kept beside its socket, and written by the next one.

A runtime folder is memory as a rule, so there is room while the disk is full; it lasts until the machine restarts.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from chimera_tui.domain.events import Notice
from chimera_tui.services.journal.rows import Rows
from chimera_tui.services.journal.store import EventRow, RunRow, Store
from chimera_tui.services.private_file import set_aside, write_private

_RUN, _EVENT, _END = "run", "event", "end"
_LEFT = "What an earlier daemon could not write"


def keep(path: Path, rows: Rows) -> None:
    """Write all of it or nothing. Raises OSError."""
    lines = [*([_RUN, *run] for run in rows.runs), *([_EVENT, *event] for event in rows.events), [_END]]
    write_private(path, "".join(json.dumps(line) + "\n" for line in lines).encode())


def kept(path: Path) -> Rows:
    """What is kept there; nothing when there is no such file. Raises OSError, and ValueError for one that is
    damaged."""
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if not lines or lines[-1] != [_END]:
            raise ValueError("its end is missing")
        if strange := {kind for kind, *_ in lines[:-1]} - {_RUN, _EVENT}:
            raise ValueError(f"{len(strange)} unknown kinds of rows")
        runs = [RunRow(*values) for kind, *values in lines[:-1] if kind == _RUN]
        events = [EventRow(*values) for kind, *values in lines[:-1] if kind == _EVENT]
    except FileNotFoundError:
        return Rows([], [])
    except (TypeError, RecursionError) as error:
        raise ValueError(f"a row of it is none: {error}") from error
    return Rows(runs, events)


def missing(store: Store, rows: Rows) -> Rows:
    """What of it the journal does not have yet: a daemon may have been killed after it wrote it. Raises
    sqlite3.Error."""
    ids = dict.fromkeys(event.run_id for event in rows.events)
    begins = {run_id: store.next_ordinal(run_id) for run_id in ids}
    events = [event for event in rows.events if event.ordinal >= begins[event.run_id]]
    still = {event.run_id for event in events}
    return Rows([run for run in rows.runs if run.run_id in still], events)


def told(events: Iterable[EventRow]) -> str:
    """`12 events of run k3v9qa`."""
    counts = Counter(event.run_id for event in events)
    return ", ".join(f"{count:,} events of run {run_id}" for run_id, count in counts.items())


def bring_back(path: Path, store: Store) -> tuple[Rows, Notice | None]:
    """Write what is kept into the journal: (what could not be written yet, what to say of it).

    The file stays until all of it is in the journal; it is set aside when it, or the journal, can not be read.
    """
    try:
        rows = missing(store, kept(path))
        if not rows.events:
            path.unlink(missing_ok=True)
            return rows, None
    except (
        OSError,
        ValueError,
        sqlite3.Error,
    ) as error:  # either file: what is there already can not be told apart
        text = f"{_LEFT} can not be read ({error}); it is kept as {set_aside(path)}."
        return Rows([], []), Notice("warning", text)
    try:
        store.write(rows.runs, rows.events)
    except sqlite3.Error as error:
        return rows, Notice("error", f"{_LEFT} still can not be written ({error}): {told(rows.events)}.")
    path.unlink(missing_ok=True)
    return Rows([], []), Notice("info", f"{_LEFT} is in the journal now: {told(rows.events)}.")
