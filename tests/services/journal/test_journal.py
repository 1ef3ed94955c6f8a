"""The journal: what goes in comes out, whatever happens to the disk in between."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chimera_tui.domain.errors import JournalUnusable, RunNotFound
from chimera_tui.domain.events import Notice
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.metrics import AgentState, Offload, total_of
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import Chunk, RequestSent, RunEvent, RunFinished, RunStarted, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import AgentOutcome, RunPage, RunSummary
from chimera_tui.domain.wire import adapter
from chimera_tui.services.journal.journal import Journal
from tests.support import wait_until

SETTINGS = AgentSettings("gemma3:latest", "http://127.0.0.1:11434")
STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def started(run_id: str, minute: int = 0) -> RunStarted:
    return RunStarted(run_id, (AgentId.A,), "together", (SETTINGS,), STARTED + timedelta(minutes=minute), 1000)


def tokens(run_id: str, *texts: str, agent: AgentId = AgentId.A, at_ns: int = 2000) -> TokensArrived:
    chunks = tuple(Chunk(at_ns + index, text) for index, text in enumerate(texts))
    return TokensArrived(run_id, agent, "analysis", chunks)


def finished(run_id: str, state: RunState = RunState.DONE) -> RunFinished:
    return RunFinished(run_id, RunSummary(run_id, state, "together", STARTED, 5, False, "", ()))


def opened(path: Path, notices: list[Notice] | None = None, retry_s: float = 0.02) -> Journal:
    told = [] if notices is None else notices
    return Journal.open(path, notify=told.append, retry_s=retry_s)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    kept = opened(path)
    yield kept
    kept.close()


def all_chunks(journal: Journal, run_id: str) -> list[Chunk]:
    return [c for event in journal.events(run_id) if isinstance(event, TokensArrived) for c in event.chunks]


def test_every_event_comes_back_equal_and_in_order(journal: Journal) -> None:
    sent = RequestSent("aaaaaa", AgentId.A, "analysis", 1500, "persona", "facts: “é” \u0085")
    events: list[RunEvent] = [started("aaaaaa"), sent, tokens("aaaaaa", "Hel", "lo 🙂"), finished("aaaaaa")]
    for event in events:
        journal.append(event)
    assert list(journal.events("aaaaaa")) == events


def test_batches_of_tokens_share_a_row_and_keep_every_chunk_with_its_stamp(path: Path) -> None:
    journal = opened(path)
    journal.append(started("aaaaaa"))
    for number in range(100):
        journal.append(tokens("aaaaaa", f"{number} ", at_ns=10_000 + number))
    journal.append(finished("aaaaaa"))
    assert all_chunks(journal, "aaaaaa") == [Chunk(10_000 + n, f"{n} ") for n in range(100)]
    journal.close()
    with contextlib.closing(sqlite3.connect(path)) as database:
        (rows,) = database.execute("SELECT count(*) FROM events WHERE kind = 'tokens_arrived'").fetchone()
    assert rows < 20


def test_a_long_run_is_read_page_by_page(journal: Journal) -> None:
    journal.append(started("aaaaaa"))
    sent = [RequestSent("aaaaaa", AgentId.A, "report", at_ns, "", "") for at_ns in range(1001)]
    for event in sent:
        journal.append(event)
    assert list(journal.events("aaaaaa"))[1:] == sent


def test_runs_come_newest_first_and_page_by_the_last_one_seen(journal: Journal) -> None:
    for minute, run_id in enumerate(("aaaaaa", "bbbbbb", "cccccc")):
        journal.append(started(run_id, minute))
    journal.append(finished("aaaaaa"))
    assert [(run.run_id, run.state) for run in journal.runs()] == [
        ("cccccc", RunState.RUNNING),
        ("bbbbbb", RunState.RUNNING),
        ("aaaaaa", RunState.DONE),
    ]
    assert [run.run_id for run in journal.runs(limit=1, before="cccccc")] == ["bbbbbb"]
    assert journal.runs(before="aaaaaa") == []


def test_a_page_as_it_is_stored_tells_the_same_as_one_that_was_read(journal: Journal) -> None:
    for minute, run_id in enumerate(("aaaaaa", "bbbbbb", "cccccc")):
        journal.append(started(run_id, minute))
    assert adapter(list[RunSummary]).validate_json(journal.runs_json()) == journal.runs()
    assert adapter(list[RunSummary]).validate_json(journal.runs_json(1, "cccccc")) == journal.runs(1, "cccccc")
    assert journal.runs_json(before="zzzzzz") == "[]"


def test_a_page_tells_how_many_runs_there_are_and_begins_where_asked(journal: Journal) -> None:
    ids = [f"run{number:03d}" for number in range(7)]
    for number, run_id in enumerate(ids):
        journal.append(started(run_id, number))
        journal.append(finished(run_id))
    journal.flush()

    def page(limit: int, skip: int) -> tuple[int, list[str]]:
        found = adapter(RunPage).validate_json(journal.page_json(limit, skip))
        return found.total, [run.run_id for run in found.runs]

    assert page(3, 0) == (7, ids[:3:-1])
    assert page(3, 5) == (7, [ids[1], ids[0]])
    assert page(3, 7) == page(3, 99) == (7, [])


def test_a_journal_without_runs_has_an_empty_page(journal: Journal) -> None:
    assert journal.page_json(10, 0) == '{"total":0,"runs":[]}'


def test_a_run_is_found_by_id_by_unique_beginning_and_as_last(journal: Journal) -> None:
    for run_id in ("abc222", "abd333"):
        journal.append(started(run_id))
    assert journal.find("abc222") == journal.find("abc") == "abc222"
    assert journal.find("last") == "abd333"
    with pytest.raises(RunNotFound, match="more than one run begins with 'ab'"):
        journal.find("ab")
    for absent in ("zzz", "", "%"):
        with pytest.raises(RunNotFound):
            journal.find(absent)
    with pytest.raises(RunNotFound):
        journal.run("abc")


def test_an_empty_journal_says_that_there_is_no_run_yet(journal: Journal) -> None:
    with pytest.raises(RunNotFound, match="no run yet"):
        journal.find("last")


def test_what_was_closed_is_there_when_opened_again(path: Path) -> None:
    first = opened(path)
    for event in (started("aaaaaa"), tokens("aaaaaa", "one"), finished("aaaaaa")):
        first.append(event)
    first.close()
    second = opened(path)
    second.append(started("bbbbbb"))
    assert [run.run_id for run in second.runs()] == ["bbbbbb", "aaaaaa"]
    assert all_chunks(second, "aaaaaa") == [Chunk(2000, "one")]
    second.close()


def test_threads_append_while_others_read(journal: Journal) -> None:
    run_ids = [f"run{letter}" for letter in "abcd"]

    def write(run_id: str) -> None:
        journal.append(started(run_id))
        for number in range(300):
            journal.append(tokens(run_id, str(number), at_ns=number))
        journal.append(finished(run_id))

    threads = [threading.Thread(target=write, args=(run_id,)) for run_id in run_ids]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        journal.runs()
    for run_id in run_ids:
        assert [chunk.text for chunk in all_chunks(journal, run_id)] == [str(n) for n in range(300)]


def test_events_are_committed_without_being_asked_for(path: Path) -> None:
    journal = opened(path)
    journal.append(started("aaaaaa"))
    wal = path.with_name(path.name + "-wal")
    before = wal.stat().st_size
    journal.append(tokens("aaaaaa", "committed by the clock"))
    wait_until(lambda: wal.stat().st_size > before, "the commit")
    journal.close()


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.services.journal.test_journal import opened, started, tokens
journal = opened(Path(sys.argv[1]))
journal.append(started("aaaaaa"))
journal.append(tokens("aaaaaa", "kept"))
assert journal.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_that_a_kill_left_unfinished_is_told_until_it_has_its_end(path: Path, repository: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(path)], cwd=repository, check=False)
    assert killed.returncode == -signal.SIGKILL
    journal = opened(path)
    assert journal.unfinished() == ["aaaaaa"]
    journal.append(finished("aaaaaa", RunState.FAILED))
    assert journal.unfinished() == []
    assert [event.kind for event in journal.events("aaaaaa")] == ["run_started", "tokens_arrived", "run_finished"]
    journal.close()


def test_a_finished_run_without_offload_among_its_events_keeps_the_one_it_was_saved_with(path: Path) -> None:
    # as a journal of an earlier version holds its runs
    offload = Offload(20, 34, 1_000, 571, 4_096)
    outcome = AgentOutcome(AgentId.A, AgentState.DONE, SETTINGS, (), total_of(()), 0, 0, 0, 0, offload=offload)
    flag = Flag(Cause.PARTIAL_OFFLOAD, "20 of 35 layers on the GPU", AgentId.A)
    summary = replace(finished("aaaaaa").summary, agents=(outcome,), flags=(flag,))
    events: list[RunEvent] = [started("aaaaaa"), tokens("aaaaaa", "one"), RunFinished("aaaaaa", summary)]
    earlier = opened(path)
    for event in events:
        earlier.append(event)
    earlier.close()
    journal = opened(path)
    assert journal.run("aaaaaa") == summary
    assert list(journal.events("aaaaaa")) == events
    journal.close()


def test_a_damaged_file_is_set_aside_and_a_new_one_begun(path: Path) -> None:
    path.write_bytes(b"this is no database " * 100)
    notices: list[Notice] = []
    journal = opened(path, notices)
    journal.append(started("aaaaaa"))
    assert journal.flush()
    journal.close()
    (aside,) = path.parent.glob("journal.sqlite.broken-*Z")
    assert aside.read_bytes().startswith(b"this is no database")
    assert [notice.level for notice in notices] == ["warning"]
    assert str(aside) in notices[0].text


def test_damage_inside_the_file_is_noticed_when_it_is_opened(path: Path) -> None:
    journal = opened(path)
    for number in range(300):
        journal.append(started(f"run{number:03}"))
    journal.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    notices: list[Notice] = []
    fresh = opened(path, notices)
    assert fresh.runs() == []
    assert len(notices) == 1
    fresh.close()


def test_a_journal_of_a_newer_version_is_refused_and_not_touched(path: Path) -> None:
    opened(path).close()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(JournalUnusable, match="newer version"):
        opened(path)
    assert path.read_bytes() == before


def test_a_journal_that_another_daemon_holds_is_left_alone(path: Path, journal: Journal) -> None:
    journal.append(started("aaaaaa"))
    notices: list[Notice] = []
    second = opened(path, notices)
    assert second.path is None
    second.append(started("bbbbbb"))
    assert [run.run_id for run in second.runs()] == ["bbbbbb"]
    assert "memory" in notices[0].text
    second.close()
    assert [run.run_id for run in journal.runs()] == ["aaaaaa"]


def test_a_folder_that_can_not_be_used_leaves_the_journal_in_memory(tmp_path: Path) -> None:
    notices: list[Notice] = []
    journal = opened(tmp_path / "absent" / "journal.sqlite", notices)
    journal.append(started("aaaaaa"))
    assert journal.find("last") == "aaaaaa"
    assert [notice.level for notice in notices] == ["error"]
    journal.close()


@contextlib.contextmanager
def no_file_may_grow() -> Iterator[None]:
    """The kernel refuses to write past the first bytes of any file, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_disk_that_refuses_is_told_once_and_nothing_is_lost_when_it_takes_again(path: Path) -> None:
    notices: list[Notice] = []
    journal = opened(path, notices)
    journal.append(started("aaaaaa"))
    assert journal.flush()
    with no_file_may_grow():
        journal.append(tokens("aaaaaa", "kept ", at_ns=1))
        assert not journal.flush()
        journal.append(tokens("aaaaaa", "in memory", at_ns=2))
        assert not journal.flush()
        assert [notice.level for notice in notices] == ["error"]
    wait_until(lambda: len(notices) == 2, "the notice that it writes again")
    assert notices[1].level == "info"
    assert [chunk.text for chunk in all_chunks(journal, "aaaaaa")] == ["kept ", "in memory"]
    journal.close()


def test_a_row_that_this_version_can_not_read_is_told_with_its_run(path: Path) -> None:
    journal = opened(path)
    for event in (started("aaaaaa"), finished("aaaaaa")):
        journal.append(event)
    journal.close()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("""UPDATE events SET body = '{"kind":"telepathy"}' WHERE ordinal = 0""")
        database.commit()
    again = opened(path)
    with pytest.raises(JournalUnusable, match="run aaaaaa can not be read"):
        list(again.events("aaaaaa"))
    again.close()


def test_the_journal_is_private(path: Path) -> None:
    before = os.umask(0o022)
    try:
        opened(path).close()
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
