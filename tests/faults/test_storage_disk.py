"""A disk that is full or read-only, for real daemons: what runs goes on, nothing is lost when it takes again."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimera_tui.client.places import Places
from chimera_tui.daemon.claim import claim
from chimera_tui.domain.campaign_outline import CampaignState
from chimera_tui.domain.errors import DaemonUnreachable
from chimera_tui.domain.events import Notice
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import ReportSaved, RunFinished, RunStarted, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from tests.daemon.campaign_events import following, until
from tests.daemon.test_campaign_routes import campaign
from tests.daemon.test_runs import of_run, text_of
from tests.daemon.test_series_retries import Ear, heard
from tests.faults.small_disk import DiskHouse, house_on, small_disk
from tests.faults.table import LONG, cell
from tests.services.journal.test_journal import opened
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import eventually, wait_until
from tests.terminal import Terminal

_RATES = ("--token-rate", "150", "--cpu-rate", "150", "--prefill-rate", "100000", "--load-s", "0.05")
ONE = (AgentId.A,)
only_long = pytest.mark.skipif(not LONG, reason="a daemon of its own: in `make faults`")


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorHandle]:
    with running_simulator(*_RATES) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, simulator: SimulatorHandle) -> Iterator[DiskHouse]:
    with (
        small_disk(tmp_path / "disk") as disk,
        house_on(disk, OLLAMA_HOST=simulator.url, CHIMERA_NUM_PREDICT="40") as made,
    ):
        yield made


def notices(ear: Ear, level: str) -> list[str]:
    return [event.text for event in ear.events if isinstance(event, Notice) and event.level == level]


@cell(
    "disk full",
    "while a run writes, until after its end",
    "the run goes on to its end, who looks is told at once; when there is room the journal holds every token and "
    "the reports are saved without being asked for; the daemon does not end before",
)
async def test_a_disk_that_fills_up_in_a_run_costs_nothing_when_there_is_room_again(
    home: DiskHouse, tmp_path: Path
) -> None:
    home.start()
    async with home.client() as client, heard(client) as ear:
        run_id = await client.start_run(RunRequest(agents=ONE))
        await eventually(lambda: ear.of(TokensArrived), "the first tokens")
        home.disk.fill()
        await eventually(lambda: "The journal can not be written" in str(notices(ear, "error")), "the news")
        await eventually(lambda: ear.of(RunFinished), "the end of the run")
        (end,) = ear.of(RunFinished)
        assert end.summary.state is RunState.DONE
        assert f"the reports of run {run_id} could not be saved" in str(notices(ear, "error"))
        assert not ear.of(ReportSaved) and home.saved() == []
        status = await asyncio.to_thread(home.status)
        assert status is not None and run_id in status["unsaved"] and "journal" in status["unsaved"]
        await client.shutdown("idle")
        home.disk.empty()
        await eventually(lambda: "written again; nothing was lost" in str(notices(ear, "info")), "the journal")
        await eventually(lambda: len(home.saved()) == 1, "the reports")
        heard_text = text_of(ear.events, AgentId.A)
    await eventually(home.is_over, "the end of the daemon, which had waited")
    # SQLite follows the link that leads to the disk, and ends elsewhere.
    journal = opened(Path(shutil.copy(home.disk.outside(home.places.journal), tmp_path)))
    assert journal.run(run_id).state is RunState.DONE
    assert text_of([*journal.events(run_id)], AgentId.A) == heard_text
    journal.close()
    (metrics,) = home.saved()
    assert run_id in metrics.parent.name
    assert home.log() == ""


@only_long
@cell(
    "disk full",
    "when a run ends, and somebody stops the daemon by a signal before there is room",
    "what no disk took is kept beside the socket, and the next daemon writes it: no run and no report is lost",
)
async def test_a_daemon_that_must_end_on_a_full_disk_leaves_what_it_had_to_the_next(home: DiskHouse) -> None:
    home.start()
    async with home.client() as client, heard(client) as ear:
        first = await client.start_run(RunRequest(agents=ONE))
        await eventually(lambda: len(ear.of(RunFinished)) == 1, "the end of the first run")
        second = await client.start_run(RunRequest(agents=ONE))
        await eventually(lambda: text_of(of_run(ear.events, second), AgentId.A), "the first tokens")
        home.disk.fill()
        await eventually(lambda: len(ear.of(RunFinished)) == 2, "the end of the second run")
        os.kill(home.pid(), signal.SIGTERM)
    await eventually(home.is_over, "the end of the daemon")
    assert home.places.rescue("journal").is_file() and home.places.rescue("reports").is_file()
    home.disk.empty()
    home.start()
    async with home.client() as client:
        for run_id in (first, second):
            assert (await client.run(run_id)).state is RunState.DONE
            kept = [event async for batch in client.replay(run_id) for event in batch]
            assert text_of(kept, AgentId.A) == text_of(of_run(ear.events, run_id), AgentId.A) != ""
    await eventually(lambda: len(home.saved()) == 2, "the reports")
    assert not home.places.rescue("journal").exists() and not home.places.rescue("reports").exists()


@only_long
@cell(
    "disk full",
    "before the daemon starts",
    "it serves, says that runs are kept in memory only, makes a run to its end; with room its reports are saved",
)
async def test_a_daemon_starts_on_a_full_disk_and_says_what_is_not_kept(home: DiskHouse) -> None:
    home.disk.fill()
    home.start()
    async with home.client() as client, heard(client) as ear:
        assert "in memory only" in str(notices(ear, "error"))
        run_id = await client.start_run(RunRequest(agents=ONE))
        await eventually(lambda: ear.of(RunFinished), "the end of the run")
        assert (await client.run(run_id)).state is RunState.DONE
        home.disk.empty()
        await eventually(lambda: len(home.saved()) == 1, "the reports")
        assert f"The reports of run {run_id} are saved now" in str(notices(ear, "info"))


@only_long
@cell(
    "disk read-only",
    "the reports directory, while a run writes, as a network's disk may become",
    "the run is done, its reports lie in the state folder and say why; later runs are saved in it again",
)
async def test_a_reports_directory_that_turns_read_only_in_a_run_loses_no_report(home: DiskHouse) -> None:
    home.start()
    async with home.client() as client, heard(client) as ear:
        run_id = await client.start_run(RunRequest(agents=ONE))
        await eventually(lambda: ear.of(TokensArrived), "the first tokens")
        home.disk.protect(home.root)
        await eventually(lambda: ear.of(RunFinished), "the end of the run")
        (saved,) = ear.of(ReportSaved)
        assert Path(saved.folder).is_relative_to(home.places.state)
        assert "Read-only file system" in saved.note
        assert (home.disk.outside(Path(saved.folder)) / "metrics.json").is_file()
        home.disk.release(home.root)
        await client.start_run(RunRequest(agents=ONE))
        await eventually(lambda: len(home.saved()) == 1, "the next run's reports")
        assert (await client.run(run_id)).state is RunState.DONE


@cell(
    "disk read-only",
    "before the daemon starts",
    "it serves, tells that runs are in memory only, shows files and runs; nothing is written",
)
@only_long
async def test_a_daemon_starts_on_a_read_only_disk(home: DiskHouse) -> None:
    home.start()
    os.kill(home.pid(), signal.SIGTERM)
    await eventually(home.is_over, "the end of the first daemon")
    home.disk.remount("ro")
    home.start()
    async with home.client() as client, heard(client) as ear:
        assert "in memory only" in str(notices(ear, "error"))
        run_id = await client.start_run(RunRequest(agents=ONE))
        await eventually(lambda: ear.of(RunFinished), "the end of the run")
        assert (await client.run(run_id)).state is RunState.DONE
        assert "Read-only file system" in str(notices(ear, "error"))


@only_long
@cell(
    "disk read-only",
    "before the very first start: no folder can be made",
    "the starter is told which folder, and which variable names another",
)
def test_a_state_folder_that_can_not_be_made_is_told_with_what_to_set(home: DiskHouse) -> None:
    home.disk.remount("ro")
    with pytest.raises(DaemonUnreachable, match="CHIMERA_STATE_DIR") as refused:
        home.start()
    assert "Read-only file system" in str(refused.value)


@cell(
    "disk full",
    "the one with the daemon's socket and lock",
    "the claim is made all the same: only who holds it can not be written down",
)
def test_a_full_runtime_folder_keeps_no_daemon_from_serving(tmp_path: Path) -> None:
    places = Places("key", tmp_path, tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        held = claim(places)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert held is not None and places.socket.is_socket()
    assert places.lock.read_bytes() == b""
    held.release()


@only_long
@cell(
    "disk full",
    "in the middle of a campaign",
    "the run that goes on is finished, the campaign waits and says why; with room it makes what is missing; all "
    "runs are in the journal with their tokens, all reports are saved",
)
async def test_a_campaign_waits_for_room_and_makes_what_is_missing(home: DiskHouse) -> None:
    home.start()
    async with home.client() as client, heard(client) as ear, following(client) as told:
        await client.begin_campaign(campaign(), "/x/night.toml")
        await eventually(lambda: ear.of(RunFinished), "the first run")
        await eventually(lambda: len(ear.of(RunStarted)) == 2, "the second run")
        home.disk.fill()
        waits = await until(told, CampaignState.WAITING)
        assert "the journal can not be written" in waits.why
        assert len(ear.of(RunStarted)) == 2
        home.disk.empty()
        end = await until(told, CampaignState.DONE)
        assert (end.done, end.wanted) == (4, 4)
        await eventually(lambda: len(home.saved()) == 4, "all reports")
        runs = await client.campaign_runs("night")
        assert [run.state for run in runs] == [RunState.DONE] * 4
        for run in runs:
            kept = [event async for batch in client.replay(run.run_id) for event in batch]
            assert text_of(kept, AgentId.A) == text_of(of_run(ear.events, run.run_id), AgentId.A) != ""


@only_long
@cell(
    "disk full",
    "while a person looks at a run",
    "the screen says what can not be written and what to do, keys work, and the end of it is said",
)
def test_the_screen_says_that_the_disk_is_full_and_that_nothing_was_lost(home: DiskHouse) -> None:
    environment = {**home.environment, "HOME": str(home.places.runtime.parent)}
    command = [*home.disk.inside(), sys.executable, "-P", "-m", "chimera_tui", str(home.root)]
    home.start()
    with Terminal(command, size=(200, 50), environment=environment) as terminal:
        terminal.wait_for("r run")
        terminal.send("1")
        terminal.wait_for("writing analysis")
        home.disk.fill()
        terminal.wait_for("The journal can not be written")
        terminal.wait_for("could not be saved", timeout_s=60)
        home.disk.empty()
        terminal.wait_for("nothing was lost|are saved now")
        wait_until(lambda: len(home.saved()) == 1, "the reports")
        terminal.send("?")
        terminal.wait_for("Run both agents with the settings shown")
