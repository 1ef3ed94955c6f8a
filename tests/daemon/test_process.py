"""The daemon as a process: who wins, who leaves, what stays behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from chimera_tui.client.start import PendingDaemon
from chimera_tui.domain.errors import ChimeraError, DaemonUnreachable, ReportsUnreadable, SettingInvalid
from chimera_tui.domain.events import Attached, CaughtUp, FilesChanged
from chimera_tui.domain.inventory import FileEntry
from tests.daemon.daemons import House, house, write_reports
from tests.support import eventually, wait_until


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(write_reports(tmp_path / "reports")) as made:
        yield made


def ready_line(process: subprocess.Popen[bytes]) -> dict[str, object]:
    assert process.stdout is not None
    line = process.stdout.readline()
    process.stdout.close()
    document: dict[str, object] = json.loads(line)
    return document


def test_a_daemon_is_started_once_and_found_again(home: House) -> None:
    first = home.start()
    pid = home.pid()
    assert home.start() == first == home.places.socket
    assert home.pid() == pid


def test_of_two_daemons_started_at_once_one_serves_and_the_other_leaves_quietly(home: House) -> None:
    processes = [home.run_daemon() for _ in range(3)]
    told = [ready_line(process) for process in processes]
    assert told == [{"ready": str(home.places.socket)}] * 3
    serving = home.pid()
    for process in processes:
        if process.pid != serving:
            assert process.wait(20) == 0
    assert [process.pid for process in processes if process.poll() is None] == [serving]
    os.kill(serving, signal.SIGTERM)
    for process in processes:
        assert process.wait(20) == 0


def test_socket_log_and_folders_are_their_owners_alone(home: House) -> None:
    home.start()
    places = home.places
    assert places.socket.stat().st_mode & 0o777 == 0o600
    for folder in (places.runtime, places.state):
        assert folder.stat().st_mode & 0o777 == 0o700
    for file in (places.journal, places.log):
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_stale_socket_is_replaced(home: House) -> None:
    home.places.prepare_runtime()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(home.places.socket))
    home.start()
    assert home.status() is not None


def test_a_daemon_that_was_killed_leaves_nothing_in_the_way(home: House) -> None:
    home.start()
    killed = home.pid()
    os.kill(killed, signal.SIGKILL)
    wait_until(home.is_over, "the end of the killed daemon")
    assert home.places.socket.exists()
    home.start()
    assert home.pid() != killed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_and_removes_its_socket(home: House, number: signal.Signals) -> None:
    process = home.run_daemon()
    ready_line(process)
    process.send_signal(number)
    assert process.wait(20) == 0
    assert not home.places.socket.exists()
    assert home.log() == ""


def test_a_terminal_that_closes_does_not_end_the_daemon(home: House) -> None:
    process = home.run_daemon()
    ready_line(process)
    process.send_signal(signal.SIGHUP)
    assert home.pid() == process.pid
    process.terminate()
    assert process.wait(20) == 0


async def test_the_daemon_ends_by_itself_when_nobody_looks_any_more(tmp_path: Path) -> None:
    with house(write_reports(tmp_path / "reports"), CHIMERA_IDLE_TIMEOUT_S="0.3") as home:
        process = home.run_daemon()
        ready_line(process)
        async with home.client() as client, aclosing(client.event_batches()) as batches:
            async for batch in batches:
                if any(isinstance(event, CaughtUp) for event in batch):
                    break
            # Longer than it lingers: only the viewer keeps it.
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1.0)
        await eventually(lambda: process.poll() == 0, "the end of the daemon")


def test_a_daemon_that_nobody_attaches_to_ends_after_its_grace(tmp_path: Path) -> None:
    with house(write_reports(tmp_path / "reports"), "--grace", "0.2", CHIMERA_IDLE_TIMEOUT_S="0.1") as home:
        process = home.run_daemon()
        ready_line(process)
        assert process.wait(20) == 0


def test_a_reports_directory_that_is_not_there_is_told_to_the_starter(tmp_path: Path) -> None:
    with house(tmp_path / "absent") as home:
        with pytest.raises(ReportsUnreadable, match="absent"):
            home.start()
        assert not home.places.socket.exists()


def test_a_wrong_setting_is_told_to_the_starter(tmp_path: Path) -> None:
    with (
        house(write_reports(tmp_path / "reports"), "--set", "agents.a.num_ctx=many") as home,
        pytest.raises(SettingInvalid, match="num_ctx"),
    ):
        home.start()


def test_an_open_runtime_folder_is_refused_with_what_to_do(home: House) -> None:
    home.places.runtime.mkdir(mode=0o777)
    home.places.runtime.chmod(0o777)
    with pytest.raises(DaemonUnreachable, match="open to others"):
        home.start()
    process = home.run_daemon()
    document = ready_line(process)
    assert process.wait(20) == 1
    assert "error" in document


def test_a_program_that_is_no_daemon_is_told_by_its_last_words(home: House) -> None:
    home.places.prepare_runtime()
    pending = PendingDaemon(home.places, ["/bin/sh", "-c", "echo No module named chimera_tui; exit 1"])
    pending.begin()
    with pytest.raises(DaemonUnreachable, match="No module named chimera_tui"):
        pending.wait(20)


def test_a_daemon_that_never_answers_is_given_up(home: House) -> None:
    home.places.prepare_runtime()
    pending = PendingDaemon(home.places, ["/bin/sleep", "60"])
    pending.begin()
    with pytest.raises(ChimeraError, match="did not start in time"):
        pending.wait(0.2)


def test_a_module_in_the_working_directory_is_not_imported_by_the_daemon(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.root / "json.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(home.root)
    home.start()
    assert home.status() is not None


def test_a_viewer_that_stands_still_does_not_keep_the_daemon_from_ending(home: House) -> None:
    for number in range(4_000):
        (home.root / f"a-rather-long-name-that-fills-the-socket-{number:05}.csv").touch()
    process = home.run_daemon()
    ready_line(process)
    with socket.socket(socket.AF_UNIX) as stopped:
        stopped.connect(str(home.places.socket))
        stopped.sendall(b"GET /v1/events HTTP/1.1\r\nHost: d\r\n\r\n")
        wait_until(lambda: (home.status() or {}).get("viewers") == 1, "the viewer to be attached")
        process.terminate()
        assert process.wait(20) == 0


async def test_shutdown_ends_an_idle_daemon_although_somebody_looks(home: House) -> None:
    process = home.run_daemon()
    ready_line(process)
    async with home.client() as client, aclosing(client.event_batches()) as batches:
        await anext(batches)
        await client.shutdown("idle")
        async for _ in batches:
            pass
    await eventually(lambda: process.poll() == 0, "the end of the daemon")


async def test_a_daemon_that_is_gone_is_told_as_unreachable(home: House) -> None:
    home.start()
    async with home.client() as client:
        async with aclosing(client.event_batches()) as batches:
            await anext(batches)
            os.kill(home.pid(), signal.SIGKILL)
            with pytest.raises(DaemonUnreachable, match="is gone"):
                async for _ in batches:
                    pass
        with pytest.raises(DaemonUnreachable):
            await client.status()


async def test_files_that_come_and_go_are_told_to_viewers_that_are_attached(home: House) -> None:
    home.start()
    entries: dict[str, FileEntry] = {}
    async with asyncio.timeout(30), home.client() as client, aclosing(client.events()) as events:
        async for event in events:
            if isinstance(event, CaughtUp):
                (home.root / "new.csv").write_text("x\n1\n")
            if isinstance(event, FilesChanged):
                entries.update((entry.path, entry) for entry in event.changed)
                if "reports/new.csv" in event.removed:
                    break
            if "reports/new.csv" in entries:
                (home.root / "new.csv").unlink(missing_ok=True)
    assert set(entries) == {f"reports/{name}" for name in ("speed.csv", "run.json", "notes.md", "new.csv")}


async def test_everyone_who_attaches_hears_who_answers(home: House) -> None:
    home.start()
    async with home.client() as client:
        for _ in range(2):
            async with aclosing(client.events()) as events:
                first = await anext(events)
                assert isinstance(first, Attached)
                assert first.roots == (str(home.root),)
                assert first.pid == home.pid()
    await eventually(lambda: (home.status() or {}).get("viewers") == 0, "the viewers to be gone")
