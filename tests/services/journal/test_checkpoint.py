"""SQLite's log: emptied without holding a reader up, and never before the disk has a copy."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimera_tui.services.journal.checkpoint import LOG_BYTES, Checkpoint
from chimera_tui.services.journal.store import EventRow, Store
from tests.services.journal.long_journals import write_long_journal
from tests.services.journal.test_journal import finished, opened, started, tokens
from tests.tui.scripted_history import run


class Watched:
    """A store that notes in what order it was asked, and whether the lock was held."""

    def __init__(self, store: Store, lock: threading.Lock) -> None:
        self._store = store
        self._lock = lock
        self.calls: list[tuple[str, bool]] = []
        self.disk_fails = False

    @property
    def log_size_bytes(self) -> int:
        return self._store.log_size_bytes

    def sync_log(self) -> None:
        self._note("sync_log")
        self._store.sync_log()

    def copy_log(self) -> bool:
        self._note("copy_log")
        return self._store.copy_log()

    def sync_file(self) -> None:
        self._note("sync_file")
        if self.disk_fails:
            raise OSError("no")
        self._store.sync_file()

    def empty_log(self) -> None:
        self._note("empty_log")
        self._store.empty_log()

    def _note(self, name: str) -> None:
        self.calls.append((name, self._lock.locked()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    kept = Store.open(path)
    yield kept
    kept.close()


def fill(store: Store, rows: int = 100) -> None:
    store.write([], [EventRow("aaaaaa", ordinal, "x", None, "y" * 400) for ordinal in range(rows)])


def watched(store: Store) -> tuple[Watched, Checkpoint]:
    lock = threading.Lock()
    found = Watched(store, lock)
    return found, Checkpoint(found, lock, log_bytes=1_000)  # type: ignore[arg-type]  # only these are called


def test_the_disk_is_waited_for_without_the_lock_and_before_the_log_is_emptied(store: Store) -> None:
    fill(store)
    spy, checkpoint = watched(store)
    checkpoint.look()
    assert spy.calls == [("sync_log", False), ("copy_log", True), ("sync_file", False), ("empty_log", True)]
    assert store.log_size_bytes == 0 and len(store.bodies("aaaaaa", 0, 200)) == 100


def test_a_log_stays_while_the_disk_does_not_confirm_its_copy_and_is_emptied_later(store: Store) -> None:
    fill(store)
    spy, checkpoint = watched(store)
    spy.disk_fails = True
    checkpoint.look()
    assert store.log_size_bytes > 1_000
    spy.disk_fails = False
    checkpoint.look()
    assert store.log_size_bytes == 0


def test_a_short_log_is_left_alone_and_memory_has_none(store: Store) -> None:
    spy, checkpoint = watched(store)
    checkpoint.look()  # the tables were in it
    spy.calls.clear()
    checkpoint.look()
    assert spy.calls == []
    kept = Store.in_memory()
    fill(kept)
    assert kept.log_size_bytes == 0
    kept.close()


def test_what_a_kill_leaves_between_copy_and_emptying_is_all_there(store: Store, path: Path) -> None:
    fill(store)
    store.copy_log()
    copy = path.with_name("copy.sqlite")
    shutil.copy(path, copy)
    shutil.copy(f"{path}-wal", f"{copy}-wal")
    again = Store.open(copy)
    assert len(again.bodies("aaaaaa", 0, 200)) == 100
    again.close()


def test_the_log_of_a_journal_that_is_written_and_packed_stays_short(path: Path) -> None:
    write_long_journal(path, run("k3v9qa"), runs=20, token_rows=20_000)
    journal = opened(path)
    journal.append(started("zzzzzz"))
    for number in range(40):
        journal.append(tokens("zzzzzz", "x" * 100_000, at_ns=2_000 + number))
        journal.flush()
    log = path.with_name(f"{path.name}-wal").stat().st_size
    assert log < LOG_BYTES + 500_000
    journal.append(finished("zzzzzz"))
    journal.close()
    assert not path.with_name(f"{path.name}-wal").exists()
