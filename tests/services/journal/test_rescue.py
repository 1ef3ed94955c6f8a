"""What no disk took until the end is written by the next one who opens the journal."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.domain.events import Notice
from chimera_tui.domain.run_events import RunEvent
from chimera_tui.domain.run_state import RunState
from chimera_tui.services.journal import rescue
from chimera_tui.services.journal.journal import Journal
from chimera_tui.services.journal.rows import RowEncoder, Rows
from chimera_tui.services.journal.store import Store
from tests.services.journal.test_journal import finished, opened, started, tokens
from tests.support import wait_until

EVENTS: list[RunEvent] = [started("aaaaaa"), tokens("aaaaaa", "Hel", "lo 🙂"), finished("aaaaaa")]


class Disk:
    """Refuses every write while it is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        write = Store.write

        def refusing(store: Store, runs: Sequence[object], events: Sequence[object]) -> None:
            if self.is_full:
                raise sqlite3.OperationalError("database or disk is full")
            write(store, runs, events)  # type: ignore[arg-type]

        monkeypatch.setattr(Store, "write", refusing)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "key.journal"


def reopened(folder: Path, file: Path, notices: list[Notice] | None = None) -> Journal:
    told = [] if notices is None else notices
    return Journal.open(folder / "journal.sqlite", notify=told.append, retry_s=0.02, rescue=file)


def closed_on_a_full_disk(folder: Path, file: Path, disk: Disk, events: Sequence[RunEvent] = EVENTS) -> None:
    journal = reopened(folder, file)
    journal.append(events[0])
    assert journal.flush()
    disk.is_full = True
    for event in events[1:]:
        journal.append(event)
    wait_until(lambda: journal.is_failing, "the disk to refuse")
    journal.close()


def test_what_the_disk_refused_until_the_end_is_there_when_it_takes_again(
    tmp_path: Path, file: Path, disk: Disk
) -> None:
    closed_on_a_full_disk(tmp_path, file, disk)
    assert file.stat().st_mode & 0o777 == 0o600
    disk.is_full = False
    notices: list[Notice] = []
    journal = reopened(tmp_path, file, notices)
    assert list(journal.events("aaaaaa")) == EVENTS
    assert journal.run("aaaaaa").state is RunState.DONE
    assert not file.exists()
    assert [notice.text for notice in notices] == [
        "What an earlier daemon could not write is in the journal now: 2 events of run aaaaaa."
    ]
    journal.close()


def test_while_the_disk_is_still_full_it_waits_and_no_run_is_taken_for_unfinished(
    tmp_path: Path, file: Path, disk: Disk
) -> None:
    closed_on_a_full_disk(tmp_path, file, disk)
    notices: list[Notice] = []
    again = reopened(tmp_path, file, notices)
    assert "still can not be written" in notices[0].text
    again.close()
    assert file.exists()
    waiting = reopened(tmp_path, file, notices)
    assert waiting.unfinished() == [], "its end may be among what is not written"
    disk.is_full = False
    wait_until(lambda: waiting.run("aaaaaa").state is RunState.DONE, "the disk to take it")
    assert list(waiting.events("aaaaaa")) == EVENTS
    waiting.close()
    last = reopened(tmp_path, file)
    assert list(last.events("aaaaaa")) == EVENTS and not file.exists()
    last.close()


def test_a_run_that_was_cut_by_the_end_waits_for_its_own_behind_what_was_kept(
    tmp_path: Path, file: Path, disk: Disk
) -> None:
    closed_on_a_full_disk(tmp_path, file, disk, EVENTS[:2])
    disk.is_full = False
    journal = reopened(tmp_path, file)
    assert journal.unfinished() == ["aaaaaa"]
    assert list(journal.events("aaaaaa")) == EVENTS[:2]
    journal.close()


def test_what_is_in_the_journal_already_is_not_written_twice(tmp_path: Path, file: Path) -> None:
    journal = opened(tmp_path / "journal.sqlite")
    for event in EVENTS:
        journal.append(event)
    journal.close()
    rescue.keep(file, RowEncoder(lambda run_id: 0).encode(EVENTS))
    again = reopened(tmp_path, file)
    assert list(again.events("aaaaaa")) == EVENTS and not file.exists()
    again.close()


@pytest.mark.parametrize("damage", ["", "[1", '["event", 1]\n["end"]\n', '{"a": 1}\n["end"]\n', "7\n"])
def test_a_damaged_file_is_set_aside_and_named(tmp_path: Path, file: Path, damage: str) -> None:
    file.write_text(damage)
    notices: list[Notice] = []
    reopened(tmp_path, file, notices).close()
    assert (tmp_path / "key.journal.broken").read_text() == damage and not file.exists()
    assert "can not be read" in notices[0].text and "key.journal.broken" in notices[0].text


def test_while_the_journal_can_not_be_read_what_was_kept_is_set_aside_and_named(
    tmp_path: Path, file: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_on_a_full_disk(tmp_path, file, disk)
    disk.is_full = False
    kept = file.read_text()

    def failing(self: Store, run_id: str) -> int:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Store, "next_ordinal", failing)
    notices: list[Notice] = []
    reopened(tmp_path, file, notices).close()
    assert (tmp_path / "key.journal.broken").read_text() == kept and not file.exists()
    assert "can not be read (disk I/O error)" in notices[0].text and "key.journal.broken" in notices[0].text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda deeper: st.lists(deeper, max_size=4)
)
lines = st.one_of(
    json_values.map(json.dumps),
    st.lists(json_values, max_size=7).map(lambda values: json.dumps(["event", *values])),
    st.sampled_from(['["end"]', "[" * 5_000, "", "{}"]),
)


@given(st.lists(lines, max_size=4).map("\n".join))
def test_whatever_stands_there_is_rows_or_is_told(content: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "key.journal"
        file.write_text(content)
        try:
            rows = rescue.kept(file)
        except ValueError:
            return
        assert content.endswith('["end"]') and all(len(row) == 5 for row in rows.events)


def test_a_whole_file_comes_back_as_it_was_kept(file: Path) -> None:
    rows = RowEncoder(lambda run_id: 0).encode(EVENTS)
    rescue.keep(file, rows)
    assert rescue.kept(file) == rows
    assert rescue.kept(file.with_name("none")) == Rows([], [])
