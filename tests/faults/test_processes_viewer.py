"""The viewer in a real terminal that is told to end, closes, changes its size all the time, or reads no more."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from chimera_tui import resources
from tests.daemon.daemons import House, house, write_reports
from tests.faults.table import LONG, cell
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until
from tests.terminal import Terminal

SIZE = (120, 35)
STORM_S = 60.0 if LONG else 0.5
SIZES = ((200, 50), (60, 12), (10, 3), (1, 1), (80, 24), (300, 90), (2, 40), (109, 29), SIZE)
_LEFT = b"\x1b[?1049l"
"""The alternate screen is left: what stood in the terminal before is seen again."""
_RATE = 5_000
_MOST_TOKENS = 131_072
"""Of each of the four answers: together as many as two agents of 73 tok/s write in an hour."""
_MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorHandle]:
    pace = ("--token-rate", "100", "--cpu-rate", "100", "--prefill-rate", "100000", "--load-s", "0")
    with running_simulator(*pace, "--num-parallel", "2", "--texts", "50") as simulator:
        yield simulator


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, server: SimulatorHandle) -> Iterator[House]:
    with house(write_reports(tmp_path_factory.mktemp("faults") / "reports"), OLLAMA_HOST=server.url) as made:
        made.start()
        yield made


def viewer(home: House) -> Terminal:
    return Terminal(
        resources.child_command("chimera_tui", str(home.root)), size=SIZE, environment=home.environment
    )


def begin_run(terminal: Terminal) -> None:
    terminal.wait_for("watching")  # what it knew before it was attached takes no keys
    terminal.wait_for("r run")
    terminal.send("r")
    terminal.wait_for("x cancel")


def end_run(terminal: Terminal) -> None:
    terminal.wait_for("watching")
    terminal.send("x")
    terminal.wait_for(r"run \w+ cancelled")


@cell("terminal resized 100 times a second", "agents write", "the last size is drawn, keys work, the run goes on")
@cell("viewer SIGTERM", "agents write", "the terminal is as it was, the run goes on, and that is said")
@cell("viewer SIGHUP", "its terminal closes, agents write", "it ends, the run goes on, the next viewer shows it")
async def test_whatever_becomes_of_a_viewer_its_run_goes_on(
    home: House, record_property: Callable[[str, object], None]
) -> None:
    with viewer(home) as terminal:
        begin_run(terminal)
        record_property("tried", storm(terminal))
        terminal.resize(SIZE)
        terminal.forget()
        terminal.wait_for("x cancel")
        assert all(len(line) <= SIZE[0] for line in terminal.screen.splitlines())
        terminal.send("?")
        terminal.wait_for("Anywhere")
        before = len(terminal.raw)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_for_exit() == 128 + signal.SIGTERM
        after = bytes(terminal.raw[before:])
        assert b"goes on. The same command attaches again." in after.partition(_LEFT)[2]
    terminal = viewer(home).__enter__()
    terminal.wait_for("x cancel")
    terminal.hang_up()
    wait_until(lambda: (home.status() or {}).get("viewers") == 0, "the daemon to have seen it")
    async with home.client() as client:
        assert (await client.status()).active_run
        await client.cancel()
    assert home.log() == ""


def storm(terminal: Terminal) -> int:
    """Change the size a hundred times a second; how often."""
    deadline_s = time.monotonic() + STORM_S
    count = 0
    while time.monotonic() < deadline_s:
        terminal.resize(SIZES[count % len(SIZES)])
        terminal.pump(0)
        time.sleep(0.01)  # a hundred times a second is what is tried
        count += 1
    return count


@pytest.mark.skipif(not LONG, reason="waits for patience to end: `make faults`")
@cell("viewer SIGTERM", "its terminal takes nothing any more", "it ends all the same")
def test_a_viewer_whose_terminal_takes_nothing_can_be_ended(home: House) -> None:
    with viewer(home) as terminal:
        terminal.wait_for("r run")
        for _ in range(60):
            terminal.send("\x0c")  # draws the screen anew; nobody reads what is drawn
            time.sleep(0.05)
        terminal.signal(signal.SIGTERM)
        wait_until(lambda: psutil.Process(terminal.pid).status() == psutil.STATUS_ZOMBIE, "the end of the viewer")


@pytest.mark.skipif(not LONG, reason="takes a minute: `make faults`")
@cell("daemon SIGSTOP", "somebody looks", "the screen says who stands still and what to do; then it goes on")
def test_a_daemon_that_stands_still_is_told_on_the_screen_and_by_commands(home: House) -> None:
    with viewer(home) as terminal:
        terminal.wait_for("watching")
        daemon = psutil.Process(home.pid())
        daemon.suspend()
        try:
            terminal.wait_for(rf"the daemon stands still: no word for \d+ s. Wait, or kill -9 {daemon.pid}")
            words = resources.child_command("chimera_tui", "daemon", "status", str(home.root))
            with Terminal(words, size=SIZE, environment=home.environment) as asking:
                assert asking.wait_for_exit() == 1
                assert b"does not answer" in asking.raw and f"kill -9 {daemon.pid}".encode() in asking.raw
        finally:
            daemon.resume()
        wait_until(lambda: terminal.pump(0.05) and "stands still" not in terminal.screen, "it to go on")
        begin_run(terminal)
        terminal.wait_for(r"≥ \d+ in")
        daemon.suspend()
        terminal.wait_for("the daemon stands still")
        daemon.kill()
        terminal.wait_for("interrupted")
        terminal.wait_for("r run")


@pytest.mark.skipif(not LONG, reason="takes minutes: `make faults`")
@cell("viewer stops reading", "an hour's tokens come in a minute", "the daemon's memory is bounded, it catches up")
@cell("viewer SIGSTOP", "an hour's tokens come in a minute", "the daemon's memory is bounded, it catches up")
@pytest.mark.parametrize("how", ["terminal", "process"])
def test_a_viewer_that_reads_nothing_for_an_hour_is_bounded_and_catches_up(
    how: str, home: House, record_property: Callable[[str, object], None]
) -> None:
    pace = ("--token-rate", f"{_RATE}", "--cpu-rate", f"{_RATE}", "--load-s", "0", "--num-parallel", "2")
    with (
        running_simulator(*pace, "--texts", "1000") as server,
        house(home.root, "--set", f"agents.num_predict={_MOST_TOKENS}", OLLAMA_HOST=server.url) as quick,
    ):
        quick.start()
        with viewer(quick) as reading, viewer(quick) as silent:
            silent.wait_for("watching")
            begin_run(reading)
            if how == "process":
                silent.signal(signal.SIGSTOP)
            peaks = watch(quick, reading, silent.pid)
            assert (quick.status() or {}).get("viewers") in (1, 2)
            silent.signal(signal.SIGCONT)
            silent.wait_for(r"✓ run \w+ done", 60)
            silent.send("?")
            silent.wait_for("Anywhere")
            daemon, looking, still = (peak / _MEGABYTE for peak in peaks)
            record_property("peaks of memory in MB", (daemon, looking, still))
            assert still <= looking + 20, "the viewer that stood still holds no more than the one that reads"
            assert daemon <= DAEMON_MB, "the daemon holds a run's tokens and a bounded backlog"


DAEMON_MB = 400
"""Measured: 275, which is what a run of half a million tokens takes, and at most 16 for who reads nothing."""


def watch(home: House, reading: Terminal, silent: int) -> tuple[int, int, int]:
    """The largest memory of daemon, viewer and silent viewer until the run is done."""
    processes = [psutil.Process(pid) for pid in (home.pid(), reading.pid, silent)]
    peaks = [0, 0, 0]
    deadline_s = time.monotonic() + 300
    while "✓ done" not in reading.screen or "x cancel" in reading.screen:
        assert time.monotonic() < deadline_s, reading.screen
        reading.pump(0.2)
        peaks = [max(peak, each.memory_info().rss) for peak, each in zip(peaks, processes, strict=True)]
    return peaks[0], peaks[1], peaks[2]
