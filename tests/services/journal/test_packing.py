"""Packing: what a journal tells of a run is the same before, during and after, also when a kill comes between."""

from __future__ import annotations

import contextlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera_tui.domain.errors import JournalUnusable
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import Chunk, RequestSent, RunEvent, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.services.journal.journal import Journal
from chimera_tui.services.journal.packer import Packer
from chimera_tui.services.journal.rows import RowEncoder, decode_run_event
from chimera_tui.services.journal.store import Store
from tests.services.journal.long_journals import write_long_journal
from tests.services.journal.test_journal import finished, started, tokens
from tests.support import wait_until
from tests.tui.scripted_history import run

A_YEAR_S = 3e7


def opened(path: Path, leisure_s: float = 0.01) -> Journal:
    """A journal that packs as soon as it may."""
    return Journal.open(path, notify=lambda notice: None, leisure_s=leisure_s)


def kept_apart(events: Iterable[RunEvent]) -> Store:
    """The events in memory, each in a row of its own."""
    store = Store.in_memory()
    encoder = RowEncoder(store.next_ordinal)
    for event in events:
        rows = encoder.encode([event])
        store.write(rows.runs, rows.events)
    return store


def read(store: Store, run_id: str, page: int = 200) -> list[RunEvent]:
    found: list[RunEvent] = []
    while bodies := store.bodies(run_id, len(found), page):
        found += map(decode_run_event, bodies)
    return found


def pack_all(store: Store) -> None:
    packer = Packer(store, threading.Lock())
    while packer.wait_s is not None:
        packer.step()


def counts(path: Path) -> tuple[int, int, int]:
    """Rows of tokens, packs, runs to pack, as they are in a file that nobody has open."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        question = (
            "SELECT (SELECT count(*) FROM events WHERE kind = 'tokens_arrived'), (SELECT count(*) FROM packs),"
            " (SELECT count(*) FROM runs WHERE packed = 0)"
        )
        rows, packs, left = database.execute(question).fetchone()
    return int(rows), int(packs), int(left)


_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
_CHUNKS = st.lists(
    st.builds(Chunk, st.integers(0, 2**63 - 1), _TEXT, st.booleans()), max_size=4
).map(tuple)  # fmt: skip
_AGENT = st.sampled_from(AgentId)
_STEP = st.sampled_from(("analysis", "report"))
_EVENT = st.one_of(
    st.builds(TokensArrived, st.just("aaaaaa"), _AGENT, _STEP, _CHUNKS),
    st.builds(RequestSent, st.just("aaaaaa"), _AGENT, _STEP, st.integers(0, 2**63 - 1), _TEXT, _TEXT),
)


@settings(deadline=None)
@given(st.lists(_EVENT, max_size=30), st.integers(1, 40))
def test_any_stream_reads_the_same_after_packing_in_pages_of_any_size(between: list[RunEvent], page: int) -> None:
    events: list[RunEvent] = [started("aaaaaa"), *between, finished("aaaaaa")]
    with contextlib.closing(kept_apart(events)) as store:
        pack_all(store)
        assert store.token_rows("aaaaaa", 1) == []
        assert read(store, "aaaaaa", page) == events
        assert store.next_ordinal("aaaaaa") == len(events)


def test_a_run_longer_than_a_pack_reads_the_same_after_every_piece() -> None:
    dice = random.Random(4)
    between = [tokens("aaaaaa", "x" * dice.randrange(9), agent=dice.choice(list(AgentId)), at_ns=n)
               for n in range(4_500)]  # fmt: skip
    events: list[RunEvent] = [started("aaaaaa"), *between, finished("aaaaaa")]
    with contextlib.closing(kept_apart(events)) as store:
        packer = Packer(store, threading.Lock())
        pieces = 0
        while packer.wait_s is not None:
            packer.step()
            pieces += 1
            assert read(store, "aaaaaa", 1_000) == events
        assert pieces >= 3 + 1  # the packs and the mark


def test_a_run_is_packed_when_it_is_over_and_not_while_another_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    events: list[RunEvent] = [started("aaaaaa"), tokens("aaaaaa", "one", " two"), finished("aaaaaa")]
    journal = opened(path, leisure_s=0.0)
    for event in (started("bbbbbb", 1), *events):
        journal.append(event)
    for number in range(20):  # each time the writer comes by the place where it would pack
        journal.append(tokens("bbbbbb", "x", at_ns=number))
        assert journal.flush()
        assert not journal.is_packed
    journal.append(finished("bbbbbb"))
    wait_until(lambda: journal.is_packed, "the packs")
    assert list(journal.events("aaaaaa")) == events
    journal.close()
    assert counts(path) == (0, 2, 0)


def test_many_old_runs_are_packed_bit_by_bit_while_others_read_and_append(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    ids = write_long_journal(path, run("k3v9qa", full=True), runs=20, token_rows=2_000)
    with contextlib.closing(opened(path, leisure_s=A_YEAR_S)) as resting:
        before = {run_id: list(resting.events(run_id)) for run_id in ids}
        summaries = resting.runs(100)
    journal = opened(path)
    while not journal.is_packed:
        journal.append(tokens(ids[0], "late", at_ns=1))
        assert {run_id: list(journal.events(run_id))[: len(before[run_id])] for run_id in ids} == before
    assert journal.runs(100) == summaries
    journal.close()


def test_a_journal_of_the_version_before_packing_is_opened_and_packed(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    (run_id,) = write_long_journal(path, run("k3v9qa"), runs=1, token_rows=50)
    _make_version_1(path)
    journal = opened(path)
    wait_until(lambda: journal.is_packed, "the packs")
    events = list(journal.events(run_id))
    assert [event.kind for event in events[1:3]] == ["request_sent", "tokens_arrived"]
    assert len(events) == 53
    assert journal.run(run_id).state is RunState.DONE
    journal.close()
    assert counts(path) == (0, 1, 0)


def _make_version_1(path: Path) -> None:
    """The file as version 1 made it: without what versions 2 and 3 added."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(
            "DROP TABLE campaigns; DROP TABLE decisions; DROP TABLE bases; DROP TABLE baselines;"
            "DROP INDEX runs_of_campaigns; DROP INDEX runs_of_cells;"
            "ALTER TABLE runs DROP COLUMN campaign_id; ALTER TABLE runs DROP COLUMN cell;"
            "DROP TABLE packs; DROP INDEX runs_to_pack; ALTER TABLE runs DROP COLUMN packed;"
            "PRAGMA user_version = 1;"
        )


_KILLED_PACKING = """
import sys
from pathlib import Path
from tests.services.journal.test_packing import opened
journal = opened(Path(sys.argv[1]), leisure_s=0.0)
print("packing", flush=True)
sys.stdin.read()
"""


def test_what_packing_frees_goes_back_to_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    write_long_journal(path, run("k3v9qa"), runs=2, token_rows=20_000)
    before = path.stat().st_size
    with contextlib.closing(Store.open(path)) as store:
        pack_all(store)
    assert path.stat().st_size < before / 4


def test_a_kill_while_it_packs_loses_nothing(tmp_path: Path, repository: Path) -> None:
    path = tmp_path / "journal.sqlite"
    ids = write_long_journal(path, run("k3v9qa"), runs=20, token_rows=8_000)
    with contextlib.closing(Store.open(path)) as store:
        before = {run_id: read(store, run_id) for run_id in ids}
    for kill in range(3):
        with _packing(path, repository) as child:
            assert child.stdout is not None
            child.stdout.readline()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.02 * (1 + kill))
            child.send_signal(signal.SIGKILL)
        with contextlib.closing(Store.open(path)) as store:
            assert {run_id: read(store, run_id) for run_id in ids} == before
    assert counts(path)[1] > 0


@contextlib.contextmanager
def _packing(path: Path, repository: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", _KILLED_PACKING, str(path)]
    with subprocess.Popen(command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            yield child
        finally:
            child.kill()


def test_a_damaged_pack_is_told_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    (run_id,) = write_long_journal(path, run("k3v9qa"), runs=1, token_rows=50)
    with contextlib.closing(Store.open(path)) as store:
        pack_all(store)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE packs SET body = x'00'")
        database.commit()
    with contextlib.closing(opened(path)) as journal, pytest.raises(JournalUnusable, match="damaged"):
        list(journal.events(run_id))
