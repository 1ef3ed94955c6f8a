"""Opens a journal that may be damaged, locked by another daemon, or out of reach."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from chimera_tui.domain.events import Notice
from chimera_tui.services.journal.salvage import salvage
from chimera_tui.services.journal.store import Store, create_private
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
        notify(Notice("warning", f"The journal was damaged ({error}); {_begin_anew(path)}."))
        return Store.open(path)


def _begin_anew(path: Path) -> str:
    """Put a new file in the place of a damaged one, with what can be read of it; what became of both, in words.

    Until the new one is whole the damaged one stays where it is, so that the next start tries again. Raises
    sqlite3.OperationalError or OSError when the disk refuses.
    """
    fresh = path.with_name(f"{path.name}.salvage")
    try:
        for left in (fresh, _log_of(fresh)):
            left.unlink(missing_ok=True)
        create_private(fresh)
        kept = salvage(path, fresh)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        fresh.unlink()
        return f"it is kept as {_set_aside(path)}, a new one begins"
    aside = _set_aside(path)
    fresh.replace(path)
    cut = f", {kept.cut} of them in part" if kept.cut else ""
    return f"{kept.runs} of its runs were saved{cut}; it is kept as {aside}"


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _set_aside(path: Path) -> Path:
    """Give the file and what belongs to it another name, so that the new one does not inherit a stale log."""
    aside = path.with_name(f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    return aside
