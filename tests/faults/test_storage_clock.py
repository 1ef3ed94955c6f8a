"""The clock is set while the daemon runs, files have times that can not be, and inotify runs out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chimera_tui.domain.events import WatchModeChanged
from chimera_tui.domain.run_events import RunFinished
from chimera_tui.domain.run_state import RunState
from tests.daemon.daemons import House, house, write_reports
from tests.daemon.test_series_retries import heard
from tests.faults.small_disk import house_on, small_disk
from tests.faults.table import LONG, cell
from tests.faults.test_storage_reports import ended, writing
from tests.services.inventory.support import running
from tests.simulators import running_simulator
from tests.support import eventually

_RATES = ("--token-rate", "400", "--cpu-rate", "400", "--prefill-rate", "100000", "--load-s", "0")
DAY_S = 86_400
only_long = pytest.mark.skipif(not LONG, reason="a daemon of its own: in `make faults`")
_STEPPED = """
import sys, time
from pathlib import Path
offset, clock, clock_ns = Path(sys.argv.pop(1)), time.time, time.time_ns
step_s = lambda: float(offset.read_text() or 0)
time.time = lambda: clock() + step_s()
time.time_ns = lambda: clock_ns() + round(step_s() * 1e9)
from datetime import datetime
import chimera_tui.daemon.clock as ours
class Stepped(datetime):
    @classmethod
    def now(cls, zone=None):
        return datetime.fromtimestamp(time.time(), zone)
ours.datetime = Stepped
from chimera_tui.daemon.__main__ import main
sys.exit(main())
"""
"""A daemon whose wall clock is off by so many seconds as a file says: setting the real one would hit everybody."""


@dataclass
class SteppedHouse(House):
    """Its daemon's wall clock can be set."""

    offset: Path = field(kw_only=True)

    def command(self, *more: str) -> list[str]:
        words = super().command(*more)
        return [
            sys.executable,
            "-P",
            "-c",
            _STEPPED,
            str(self.offset),
            *words[words.index("chimera_tui.daemon") + 1 :],
        ]

    def step(self, seconds: float) -> None:
        fresh = self.offset.with_name("fresh")
        fresh.write_text(str(seconds))
        fresh.replace(self.offset)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SteppedHouse]:
    offset = tmp_path / "offset"
    offset.write_text("0")
    with (
        running_simulator(*_RATES) as simulator,
        house(write_reports(tmp_path / "reports"), OLLAMA_HOST=simulator.url, CHIMERA_NUM_PREDICT="80") as made,
    ):
        yield SteppedHouse(made.root, made.environment, made.extra, made.demo, offset=offset)


@only_long
@cell(
    "clock stepped",
    "back by a day and on by thirty, while runs write and between them",
    "durations and rates are those of the monotonic clock, runs stand in the order in which they were made, and "
    "all are saved; the daemon stays",
)
async def test_a_clock_that_is_set_in_a_run_changes_no_figure_and_no_order(home: SteppedHouse) -> None:
    home.start()
    made: list[str] = []
    async with home.client() as client, heard(client) as ear:
        for step_s in (-DAY_S, 30 * DAY_S, 0.0):
            run_id = await writing(ear, client)
            home.step(step_s)
            end, saved = await ended(ear, run_id)
            made.append(run_id)
            assert end.summary.state is RunState.DONE
            assert 0 < end.summary.wall_ns < 60e9
            (agent,) = end.summary.agents
            assert agent.totals.decode_rate is not None and 100 < agent.totals.decode_rate < 800
            assert (Path(saved.folder) / "metrics.json").is_file() and not saved.note
        runs = await client.runs()
        assert [run.run_id for run in runs] == made[::-1]
        days = [round((run.started_utc - runs[0].started_utc).total_seconds() / DAY_S) for run in runs]
        assert days == [0, -31, -30]
        assert (await client.run("last")).run_id == made[-1]
    assert home.status() is not None
    assert home.log() == ""


@cell(
    "clock stepped",
    "files with times of 1970 and 2200, and changes that take a file's time back",
    "all are listed and read, every change is seen",
)
async def test_files_of_any_time_are_seen_and_so_are_their_changes(tmp_path: Path) -> None:
    reports = write_reports(tmp_path / "reports")
    for year, seconds in ((1970, 0), (2200, 7_258_118_400)):
        (reports / f"{year}.csv").write_text("a_ms\n1\n")
        os.utime(reports / f"{year}.csv", (seconds, seconds))
    os.utime(reports, (7_258_118_400, 7_258_118_400))
    async with running(reports) as inventory:
        assert inventory.sink.has("reports/1970.csv", "reports/2200.csv")
        for name, seconds in (("1970.csv", 5), ("2200.csv", 5), ("speed.csv", 7_258_118_400)):
            os.utime(reports / name, (seconds, seconds))
            wanted_ns = seconds * 10**9
            await eventually(
                lambda name=name, wanted_ns=wanted_ns: inventory.entry(f"reports/{name}").mtime_ns == wanted_ns,  # type: ignore[misc]
                f"the time of {name}",
            )
        (reports / "later.csv").write_text("a_ms\n2\n")
        await inventory.shows("reports/later.csv")
        assert len((await inventory.service.corpus()).facts) == 6
        await inventory.agrees_with_the_disk()


@only_long
@cell(
    "inotify exhausted",
    "while the daemon watches: the limit is lowered under it and raised again",
    "it says which limit to raise, goes on by looking, and watches again within a minute of room",
)
async def test_a_limit_of_watches_that_is_reached_at_work_is_said_and_costs_no_file(tmp_path: Path) -> None:
    with (
        running_simulator(*_RATES) as simulator,
        small_disk(tmp_path / "disk") as disk,
        house_on(disk, OLLAMA_HOST=simulator.url, CHIMERA_NUM_PREDICT="40") as home,
    ):
        home.start()
        root = disk.outside(home.root)

        def limit(watches: int) -> None:
            command = f"echo {watches} > /proc/sys/user/max_inotify_watches"
            subprocess.run([*disk.inside(), "sh", "-c", command], check=True)

        async with home.client() as client, heard(client) as ear:
            await eventually(lambda: ear.of(WatchModeChanged), "the watch")
            limit(1)
            for name in "abc":
                (root / name).mkdir()
            await eventually(lambda: ear.of(WatchModeChanged)[-1].mode == "polling", "the news", 40)
            assert "fs.inotify.max_user_watches" in ear.of(WatchModeChanged)[-1].reason
            (root / "b" / "seen.csv").write_text("a_ms\n1\n")
            await eventually(lambda: "b/seen.csv" in str(ear.events), "a file that came meanwhile", 40)
            end, _ = await ended(ear, await writing(ear, client))
            assert isinstance(end, RunFinished) and end.summary.state is RunState.DONE
            limit(10_000)
            await eventually(lambda: ear.of(WatchModeChanged)[-1].mode == "inotify", "the watch again", 90)
