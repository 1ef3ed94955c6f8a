"""Opens a journal that may be damaged, locked by another daemon, or out of reach."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from chimera_tui.domain.events import Notice
from chimera_tui.services.journal.store import Store
from chimera_tui.services.journal.writer import Notify


def open_store(path: Path, notify: Notify) -> tuple[Store, Path | None]:
    """The store and the file it writes; None when runs can only be kept in memory. Raises JournalUnusable."""
    try:
        return _open_or_set_aside(path, notify), path
    except (sqlite3.Error, OSError) as error:
        notify(Notice("error", f"The journal can not be opened ({error}: {path}); runs are kept in memory only."))
        return Store.in_memory(), None


def _open_or_set_aside(path: Path, notify: Notify) -> Store:
    try:
        return Store.open(path)
    except sqlite3.OperationalError:
        raise  # locked, read-only or out of reach: nothing is wrong with the file itself
    except sqlite3.DatabaseError as error:
        aside = _set_aside(path)
        notify(Notice("warning", f"The journal was damaged ({error}); it is kept as {aside}, a new one begins."))
        return Store.open(path)


def _set_aside(path: Path) -> Path:
    """Rename the file and what belongs to it, so that the new one does not inherit a stale log."""
    aside = path.with_name(f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    return aside
