"""The journal's file cut, damaged, of another version or held by somebody else, for real journals and daemons."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chimera_tui.client.api import DaemonClient
from chimera_tui.domain.errors import JournalUnusable
from chimera_tui.domain.events import CaughtUp, Event, Notice
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunEvent, RunFinished
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from chimera_tui.services.journal.journal import Journal
from chimera_tui.services.journal.salvage import salvage
from tests.daemon.daemons import House, house, write_reports
from tests.daemon.test_runs import heard_until
from tests.faults.table import LONG, cell
from tests.services.journal.test_journal import finished, opened, started, tokens
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until

only_long = pytest.mark.skipif(not LONG, reason="a daemon of its own: in `make faults`")

QUICK = ("--token-rate", "2500", "--cpu-rate", "2500", "--prefill-rate", "100000", "--load-s", "0.05")
PAGE = 4096
RUNS = [f"run{number:03d}" for number in range(8)]
_WORDS = [f"word{number} " for number in range(60)]
_KEEP = """
import os, signal, sys
from pathlib import Path
from tests.faults.test_storage_journal import write
journal = write(Path(sys.argv[1]))
assert journal.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def write(path: Path) -> Journal:
    """A journal of several runs, each with its tokens and its end, each in a commit of its own."""
    journal = opened(path)
    for number, run_id in enumerate(RUNS):
        for event in (started(run_id, number), tokens(run_id, *_WORDS), finished(run_id)):
            journal.append(event)
        assert journal.flush()
    return journal


def stories(journal: Journal) -> dict[str, list[RunEvent]]:
    return {run.run_id: list(journal.events(run.run_id)) for run in journal.runs(100)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, list[RunEvent]]]:
    """The bytes of a journal that was closed, and what it told before."""
    path = tmp_path_factory.mktemp("whole") / "journal.sqlite"
    journal = write(path)
    told = stories(journal)
    journal.close()
    return path.read_bytes(), told


def places_to_cut() -> list[int]:
    """Bytes that are missing at the end; the short form tries both ends of the page and some in it."""
    if LONG:
        return list(range(1, PAGE + 1))
    return [1, 2, 50, PAGE - 100, PAGE - 1, PAGE, *random.Random(7).sample(range(100, PAGE - 100), 6)]


@cell(
    "journal truncated",
    "at every byte of its last page",
    "every run is in the history with its state; only runs that lay on that page lack events, none tells others; "
    "the person is told, the file is kept, the new one takes runs",
)
def test_a_journal_that_lost_its_end_keeps_every_run(
    whole: tuple[bytes, dict[str, list[RunEvent]]],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    content, told = whole
    for cut in places_to_cut():
        path = tmp_path / str(cut) / "journal.sqlite"
        path.parent.mkdir()
        path.write_bytes(content[:-cut])
        notices: list[Notice] = []
        journal = opened(path, notices)
        found = stories(journal)
        assert sorted(found) == RUNS, f"{cut} bytes missing"
        short = [run_id for run_id in RUNS if found[run_id] != told[run_id]]
        assert len(short) <= 2, f"{cut} bytes missing"
        for run_id in short:
            assert found[run_id][:-1] == told[run_id][: len(found[run_id]) - 1]
            assert found[run_id][-1] == told[run_id][-1]
        assert {run.state for run in journal.runs()} == {RunState.DONE}
        (notice,) = notices
        (aside,) = path.parent.glob("journal.sqlite.broken-*Z")
        assert notice.level == "warning"
        assert "8 of its runs were saved" in notice.text and str(aside) in notice.text
        assert aside.read_bytes() == content[:-cut]
        journal.append(started("fresh1"))
        assert journal.flush()
        journal.close()
        shutil.rmtree(path.parent)
    record_property("tried", len(places_to_cut()))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A folder with the journal of a process that was killed: most of it still lies in SQLite's log."""
    folder = tmp_path_factory.mktemp("killed")
    subprocess.run(
        [sys.executable, "-c", _KEEP, str(folder / "journal.sqlite")], cwd=repository, check=False, timeout=60
    )
    assert (folder / "journal.sqlite-wal").stat().st_size > 10 * PAGE
    return folder


@cell(
    "journal truncated",
    "at every byte of the last page of its log, after a kill",
    "every run of the commits before is whole, the one that was cut waits for its end, nobody is alarmed",
)
def test_a_log_that_lost_its_end_loses_only_the_commit_that_was_cut(
    killed: Path,
    whole: tuple[bytes, dict[str, list[RunEvent]]],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    log = (killed / "journal.sqlite-wal").read_bytes()
    for cut in places_to_cut():
        path = tmp_path / str(cut) / "journal.sqlite"
        shutil.copytree(killed, path.parent)
        path.with_name("journal.sqlite-wal").write_bytes(log[:-cut])
        notices: list[Notice] = []
        journal = opened(path, notices)
        found = stories(journal)
        assert notices == []
        for run_id in RUNS[:-1]:
            assert found[run_id] == whole[1][run_id], f"{cut} bytes missing"
        newest, *others = journal.runs()
        assert [run.state for run in others] == [RunState.DONE] * (len(found) - 1)
        assert journal.unfinished() == ([newest.run_id] if newest.state is RunState.RUNNING else [])
        journal.close()
        shutil.rmtree(path.parent)
    record_property("tried", len(places_to_cut()))


@cell(
    "journal damaged",
    "a page anywhere in it holds rubbish",
    "runs beside that page are whole; none of those on it tells a number that was never written",
)
@pytest.mark.parametrize("seed", range(200 if LONG else 6))
def test_a_page_of_rubbish_costs_no_more_than_what_lay_on_it(
    seed: int, whole: tuple[bytes, dict[str, list[RunEvent]]], tmp_path: Path
) -> None:
    content, told = whole
    chance = random.Random(seed)
    page = chance.randrange(1, len(content) // PAGE)
    damaged = bytearray(content)
    damaged[page * PAGE : (page + 1) * PAGE] = chance.choice([bytes(PAGE), chance.randbytes(PAGE)])
    path, fresh = tmp_path / "journal.sqlite", tmp_path / "fresh.sqlite"
    path.write_bytes(damaged)
    try:
        salvage(path, fresh)
    except sqlite3.DatabaseError:
        return  # one of the few pages that tell where the tables begin
    journal = opened(fresh)
    found = stories(journal)
    journal.close()
    for run_id, story in found.items():
        assert story[:-1] == told[run_id][: len(story) - 1]
        assert story[-1] == told[run_id][-1]


def test_tokens_that_are_packed_are_saved_up_to_a_gap(tmp_path: Path) -> None:
    path, fresh = tmp_path / "journal.sqlite", tmp_path / "fresh.sqlite"
    journal = Journal.open(path, notify=lambda notice: None, leisure_s=0.0)
    journal.append(started("aaaaaa"))
    for number in range(4):
        journal.append(tokens("aaaaaa", f"{number}", at_ns=number))
        assert journal.flush()
    for event in (finished("aaaaaa"), started("bbbbbb"), finished("bbbbbb")):
        journal.append(event)
    wait_until(lambda: journal.is_packed, "the packing")
    journal.close()
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM packs").fetchone() == (1,)
        database.execute("UPDATE packs SET body = substr(body, 1, 20)")
        database.execute("DELETE FROM runs WHERE run_id = 'bbbbbb'")
        database.commit()
    kept = salvage(path, fresh)
    assert (kept.runs, kept.cut) == (2, 1)
    again = opened(fresh)
    assert [event.kind for event in again.events("aaaaaa")] == ["run_started", "run_finished"]
    assert {run.run_id: run.state for run in again.runs()} == {"aaaaaa": RunState.DONE, "bbbbbb": RunState.DONE}
    again.close()


# ---- a real daemon ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorHandle]:
    with running_simulator(*QUICK) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, simulator: SimulatorHandle) -> Iterator[House]:
    settings = {"OLLAMA_HOST": simulator.url, "CHIMERA_NUM_PREDICT": "40"}
    with house(write_reports(tmp_path / "reports"), **settings) as made:
        made.places.prepare_state()
        yield made


async def told_by(client: DaemonClient) -> list[Event]:
    return await heard_until(client, lambda event: isinstance(event, CaughtUp))


async def run_one(client: DaemonClient) -> str:
    """Make one quick run to its end."""
    run_id = await client.start_run(RunRequest(agents=(AgentId.A,)))
    await heard_until(client, lambda event: isinstance(event, RunFinished) and event.run_id == run_id)
    return run_id


@only_long
@cell(
    "journal truncated",
    "before the daemon starts",
    "it starts, tells whoever looks what was saved and where the file is, and the next run is kept",
)
async def test_a_daemon_starts_with_what_is_left_of_its_journal(home: House) -> None:
    write(home.places.journal).close()
    content = home.places.journal.read_bytes()
    home.places.journal.write_bytes(content[:-700])
    home.start()
    async with home.client() as client:
        notices = [event for event in await told_by(client) if isinstance(event, Notice)]
        assert any("8 of its runs were saved" in notice.text for notice in notices)
        run_id = await run_one(client)
        runs = await client.runs(limit=100)
    assert [run.run_id for run in runs] == [run_id, *reversed(RUNS)]


@only_long
@cell(
    "journal locked",
    "before the daemon starts",
    "it starts, says that runs are kept in memory only, a run is made and saved, the file is not touched",
)
async def test_a_daemon_whose_journal_is_held_says_so_and_saves_reports(home: House) -> None:
    write(home.places.journal).close()
    before = home.places.journal.read_bytes()
    with contextlib.closing(sqlite3.connect(home.places.journal)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN IMMEDIATE")
        home.start()
        async with home.client() as client:
            notices = [event for event in await told_by(client) if isinstance(event, Notice)]
            assert any("locked" in note.text and "in memory only" in note.text for note in notices)
            run_id = await run_one(client)
            assert [run.run_id for run in await client.runs(limit=10)] == [run_id]
    assert len(list((home.root / "chimera_runs").glob(f"*-{run_id}/metrics.json"))) == 1
    assert home.places.journal.read_bytes() == before


@only_long
@cell(
    "journal of another version",
    "before the daemon starts",
    "the starter is told which version and what to do, the file is not touched, and with it away a daemon serves",
)
def test_a_daemon_refuses_the_journal_of_a_newer_version(home: House) -> None:
    write(home.places.journal).close()
    with contextlib.closing(sqlite3.connect(home.places.journal)) as database:
        database.execute("PRAGMA user_version = 99")
    before = home.places.journal.read_bytes()
    with pytest.raises(JournalUnusable, match="newer version") as refused:
        home.start()
    assert str(home.places.journal) in str(refused.value) and "CHIMERA_STATE_DIR" in str(refused.value)
    assert home.places.journal.read_bytes() == before
    home.places.journal.rename(home.places.journal.with_name("away"))
    home.start()


@only_long
@cell(
    "journal of another version",
    "its last run has an event that this version does not know",
    "the daemon serves all the same, says which run it can not tell, and lists every run",
)
async def test_a_last_run_that_can_not_be_read_is_said_and_stops_nothing(home: House) -> None:
    write(home.places.journal).close()
    with contextlib.closing(sqlite3.connect(home.places.journal)) as database:
        database.execute("""UPDATE events SET body = '{"kind":"telepathy"}' WHERE run_id = ?""", (RUNS[-1],))
        database.commit()
    home.start()
    async with home.client() as client:
        notices = [event for event in await told_by(client) if isinstance(event, Notice)]
        assert any(f"run {RUNS[-1]} can not be read" in notice.text for notice in notices)
        assert len(await client.runs(limit=100)) == len(RUNS)
