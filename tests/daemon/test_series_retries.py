"""Series over a server that goes away, comes back or refuses, through a real daemon and a simulated server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import ExitStack, aclosing, asynccontextmanager
from pathlib import Path

import pytest

from chimera_tui.client.api import DaemonClient
from chimera_tui.domain.events import Event
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunFinished
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from chimera_tui.domain.series import SeriesEnded, SeriesWaits
from chimera_tui.engine.retries import MOST_FAILURES
from tests.daemon.daemons import House, house, write_reports
from tests.simulators import running_simulator
from tests.support import eventually

RATES = ("--token-rate", "2500", "--cpu-rate", "2500", "--prefill-rate", "100000", "--load-s", "0.05")
ONE = (AgentId.A,)
DEAD = "http://127.0.0.1:9"
DONE, FAILED = RunState.DONE, RunState.FAILED


class Ear:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def of(self, kind: type) -> list:  # type: ignore[type-arg]
        return [event for event in self.events if isinstance(event, kind)]

    async def listen(self, client: DaemonClient) -> None:
        async with aclosing(client.event_batches()) as batches:
            async for batch in batches:
                self.events += batch

    async def end(self) -> SeriesEnded:
        await eventually(lambda: self.of(SeriesEnded), "the end of the series", 60)
        (end,) = self.of(SeriesEnded)
        assert isinstance(end, SeriesEnded)
        return end


@asynccontextmanager
async def heard(client: DaemonClient) -> AsyncIterator[Ear]:
    ear = Ear()
    listening = asyncio.create_task(ear.listen(client))
    try:
        await eventually(lambda: ear.events, "the stream")
        yield ear
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


@contextlib.contextmanager
def home_of(folder: Path, url: str, **more: str):  # type: ignore[no-untyped-def]
    with house(write_reports(folder / "reports"), OLLAMA_HOST=url, CHIMERA_NUM_PREDICT="24", **more) as made:
        made.start()
        yield made


def states(ear: Ear) -> list[RunState]:
    return [event.summary.state for event in ear.of(RunFinished)]


@pytest.mark.slow
async def test_a_server_that_stops_and_starts_again_costs_a_pause_and_no_run(tmp_path: Path) -> None:
    with ExitStack() as first:
        simulator = first.enter_context(running_simulator(*RATES))
        port = str(simulator.port)
        with home_of(tmp_path, simulator.url) as home:
            async with home.client() as client, heard(client) as ear:
                await client.start_run(RunRequest(ONE, repeat=30))
                await eventually(lambda: len(ear.of(RunFinished)) >= 2, "the first runs", 60)
                first.close()
                await eventually(lambda: ear.of(SeriesWaits), "the first pause", 60)
                done = states(ear).count(DONE)
                assert done < 30
                with running_simulator(*RATES, "--port", port):
                    await client.retry()
                    end = await ear.end()
                saved = [run for run in await client.runs(200) if run.state is DONE]
    assert (end.state, end.measured, end.wanted) == ("done", 30, 30)
    assert end.failed == states(ear).count(FAILED) >= 1
    assert sorted(run.series.index for run in saved if run.series is not None) == list(range(1, 31))


async def test_a_dead_port_ends_the_series_after_so_many_failures(tmp_path: Path) -> None:
    with home_of(tmp_path, DEAD) as home:
        async with home.client() as client, heard(client) as ear:
            await client.start_run(RunRequest(repeat=1000))
            for failures in range(1, MOST_FAILURES):
                await eventually(lambda n=failures: len(ear.of(SeriesWaits)) == n, f"pause {failures}", 60)
                await client.retry()
            end = await ear.end()
            assert (await client.status()).active_run is None
            assert len(await client.runs()) == MOST_FAILURES
    assert (end.state, end.measured, end.wanted, end.failed) == ("incomplete", 0, 1000, MOST_FAILURES)
    assert end.error is not None and end.error.code == "server_unreachable"


async def test_cancelling_in_a_pause_leaves_nothing_that_goes_on(tmp_path: Path) -> None:
    with home_of(tmp_path, DEAD) as home:
        async with home.client() as client, heard(client) as ear:
            await client.start_run(RunRequest(repeat=1000))
            await eventually(lambda: ear.of(SeriesWaits), "the pause", 60)
            await client.cancel()
            assert (await client.status()).active_run is None
            assert (await ear.end()).state == "cancelled"


async def test_who_attaches_in_a_pause_or_after_the_end_is_told_of_it(tmp_path: Path) -> None:
    with home_of(tmp_path, DEAD) as home:
        async with home.client() as client:
            async with heard(client) as ear:
                await client.start_run(RunRequest(repeat=1000))
                await eventually(lambda: ear.of(SeriesWaits), "the pause", 60)
            async with heard(client) as late:
                await eventually(lambda: late.of(SeriesWaits), "the pause, told again")
            await client.cancel()
            async with heard(client) as later:
                assert (await later.end()).state == "cancelled"
                assert not later.of(SeriesWaits)


@pytest.mark.parametrize("fault", ["refuse-load-oom", "503", "cut", "error-line", "no-done"])
async def test_what_a_server_does_once_is_healed_by_the_next_try(tmp_path: Path, fault: str) -> None:
    with running_simulator(*RATES, "--fault", f"{fault}@1") as simulator, home_of(tmp_path, simulator.url) as home:
        async with home.client() as client, heard(client) as ear:
            await client.start_run(RunRequest(ONE, repeat=2))
            await eventually(lambda: ear.of(SeriesWaits), "the pause", 60)
            await client.retry()
            end = await ear.end()
    assert states(ear) == [FAILED, DONE, DONE]
    assert (end.state, end.failed) == ("done", 1)


async def test_a_disk_that_takes_no_reports_ends_the_series(tmp_path: Path) -> None:
    with running_simulator(*RATES) as simulator, home_of(tmp_path, simulator.url) as home:
        blocked(home)
        async with home.client() as client, heard(client) as ear:
            await client.start_run(RunRequest(ONE, repeat=1000))
            end = await ear.end()
    assert states(ear) == [DONE]
    assert (end.state, end.measured) == ("incomplete", 1)
    assert end.error is not None and end.error.code == "save_failed"


def blocked(home: House) -> None:
    """Files stand where the reports' folders would be made: like a full disk, also for root."""
    (home.root / "chimera_runs").write_text("")
    (home.places.state / "chimera_runs").write_text("")
