"""Series of runs, unloading, telemetry and environment through a real daemon and a simulated server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest

from chimera_tui.client.api import DaemonClient
from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.events import Event, Notice
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import (
    EnvironmentRecorded,
    RequestSent,
    RunFinished,
    RunStarted,
    TelemetrySampled,
    TokensArrived,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from tests.daemon.daemons import House, house, write_reports
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import eventually

_RATES = ("--token-rate", "2500", "--cpu-rate", "2500", "--prefill-rate", "100000")
_SHORT = {"CHIMERA_NUM_PREDICT": "24"}


_SERVER = (*_RATES, "--load-s", "0.05", "--num-parallel", "2")


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorHandle]:
    with running_simulator(*_SERVER) as simulator:
        yield simulator


@pytest.fixture
def home(tmp_path: Path, server: SimulatorHandle) -> Iterator[House]:
    with home_of(tmp_path, server) as made:
        yield made


@pytest.fixture
def own_server() -> Iterator[SimulatorHandle]:
    """For a test that counts what happens there."""
    with running_simulator(*_SERVER) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, server: SimulatorHandle) -> Iterator[House]:
    """For tests that start no run."""
    with home_of(tmp_path_factory.mktemp("quiet"), server) as made:
        yield made


@contextmanager
def home_of(folder: Path, server: SimulatorHandle) -> Iterator[House]:
    with house(write_reports(folder / "reports"), OLLAMA_HOST=server.url, **_SHORT) as made:
        made.start()
        yield made


class Ear:
    """A viewer that keeps what it hears."""

    def __init__(self, client: DaemonClient) -> None:
        self.events: list[Event] = []
        self._client = client

    async def listen(self) -> None:
        async with aclosing(self._client.event_batches()) as batches:
            async for batch in batches:
                self.events += batch

    def of(self, kind: type) -> list:  # type: ignore[type-arg]
        return [event for event in self.events if isinstance(event, kind)]

    def ended_since(self, run_id: str) -> list[str]:
        """Runs that have ended, from this one on: the one before it is told to every viewer."""
        ended = [event.run_id for event in self.of(RunFinished)]
        return ended[ended.index(run_id) :] if run_id in ended else []


async def hear(client: DaemonClient, ear: Ear, request: RunRequest, runs: int) -> None:
    """Start and listen until so many runs have ended and the daemon is at rest."""
    listening = asyncio.create_task(ear.listen())
    try:
        first = await client.start_run(request)
        await eventually(lambda: len(ear.ended_since(first)) == runs, f"the end of {runs} runs", 60)
        assert (await client.status()).active_run is None
    finally:
        listening.cancel()
        await asyncio.wait({listening})


async def test_a_series_has_its_warm_up_first_and_each_run_in_the_journal(home: House) -> None:
    async with home.client() as client:
        ear = Ear(client)
        await hear(client, ear, RunRequest(repeat=2, warmup=1), 3)
        saved = list(reversed(await client.runs()))
    places = [run.series for run in saved if run.series is not None]
    assert [(place.role, place.index, place.of) for place in places] == [
        ("warmup", 1, 1),
        ("measured", 1, 2),
        ("measured", 2, 2),
    ]
    assert len({place.series_id for place in places}) == 1
    assert [run.state for run in saved] == [RunState.DONE] * 3
    assert [event.run_id for event in ear.of(RunStarted)] == [run.run_id for run in saved]


async def test_what_a_series_comes_to_can_be_asked_for_at_any_time_after_it(home: House) -> None:
    async with home.client() as client:
        await hear(client, Ear(client), RunRequest(repeat=2, warmup=1, solo=True), 7)
        saved = list(reversed(await client.runs()))
        assert saved[0].series is not None
        told = await client.series_statistics(saved[0].series.series_id, include_flagged=True)
        of_one = await client.run_statistics(saved[0].run_id)
    measured = [run.run_id for run in saved if run.series is not None and run.series.role == "measured"]
    assert (told.warmup_ids, told.run_ids) == ((saved[0].run_id,), tuple(measured))
    assert {(row.agent, row.n) for row in told.figures if row.metric == "decode rate"} == {("a", 2), ("b", 2)}
    assert told.caution.startswith("two runs: no interval")
    assert [(itl.agent, itl.gaps > 0) for itl in of_one.itl] == [("a", True), ("b", True)]
    assert all(pair.gaps > one.gaps for pair, one in zip(told.itl, of_one.itl, strict=True))


async def test_solo_runs_take_turns_and_ask_for_one_agent(home: House) -> None:
    async with home.client() as client:
        ear = Ear(client)
        await hear(client, ear, RunRequest(repeat=2, solo=True), 6)
    agents = ["".join(event.agents) for event in ear.of(RunStarted)]
    assert agents == ["ab", "a", "b", "ab", "a", "b"]


async def test_cancel_in_the_middle_ends_the_series(tmp_path: Path) -> None:
    with (
        running_simulator(
            "--token-rate", "20", "--cpu-rate", "20", "--load-s", "0", "--num-parallel", "2"
        ) as slow,
        house(write_reports(tmp_path / "reports"), OLLAMA_HOST=slow.url) as home,
    ):
        home.start()
        async with home.client() as client:
            ear = Ear(client)
            listening = asyncio.create_task(ear.listen())
            await client.start_run(RunRequest(repeat=3))
            await eventually(lambda: ear.of(TokensArrived), "the first token")
            await client.cancel()
            assert (await client.status()).active_run is None
            (run,) = await client.runs()
            listening.cancel()
            await asyncio.wait({listening})
    assert run.state is RunState.CANCELLED
    assert run.series is not None and (run.series.index, run.series.of) == (1, 3)


async def test_a_series_out_of_bounds_is_refused(quiet: House) -> None:
    async with quiet.client() as client:
        for request in (RunRequest(repeat=1_001), RunRequest(warmup=-1), RunRequest((AgentId.B,), solo=True)):
            with pytest.raises(SettingInvalid):
                await client.start_run(request)


async def test_a_num_gpu_that_is_reset_is_undone_on_the_server_also_by_the_next_daemon(
    tmp_path: Path, own_server: SimulatorHandle
) -> None:
    with home_of(tmp_path, own_server) as home:
        await changes_of_num_gpu(home, own_server)


async def changes_of_num_gpu(home: House, server: SimulatorHandle) -> None:
    one = RunRequest((AgentId.A,))
    async with home.client() as client:
        await client.change(AgentId.A, "num_gpu", "20")
        await hear(client, Ear(client), one, 1)
        assert server.state()["loads"] == 1
        await client.change(AgentId.A, "num_gpu", None)
        reset = Ear(client)
        await hear(client, reset, one, 1)
        assert server.state()["loads"] == 2
        sent = [event for event in reset.of(RequestSent) if event.run_id == reset.of(RunStarted)[-1].run_id]
        assert sent[0].reloads == ("num_gpu",)
        assert sent[0].reload_by == "run before"
        await client.change(AgentId.A, "num_gpu", "10")
        await hear(client, Ear(client), one, 1)
        await client.shutdown("now")
    await eventually(home.is_over, "the end of the daemon")
    home.start()
    async with home.client() as client:
        again = Ear(client)
        await hear(client, again, one, 1)
    assert any("num_gpu 20 was still in effect" in notice.text for notice in reset.of(Notice))
    assert any("num_gpu 10 was still in effect" in notice.text for notice in again.of(Notice))
    assert server.state()["loads"] == 4
    assert server.state()["loaded"] == ["gemma3:latest"]


async def test_hardware_and_surroundings_of_a_run_are_kept_and_told_again(home: House) -> None:
    async with home.client() as client:
        await hear(client, Ear(client), RunRequest((AgentId.A,)), 1)
        run = await client.run("last")
        replayed = [event async for batch in client.replay("last") for event in batch]
    recorded = [event for event in replayed if isinstance(event, EnvironmentRecorded)]
    sampled = [event for event in replayed if isinstance(event, TelemetrySampled)]
    assert [event.environment for event in recorded] == [run.environment]
    assert run.environment is not None
    model = run.environment.models[0]
    assert (model.name, model.family, model.block_count) == ("gemma3:latest", "gemma3", 34)
    assert len(model.digest) == 64
    assert model.host_is_local and "simulator" in model.server_version
    assert run.environment.host.hostname == ""
    assert sampled and {event.run_id for event in sampled} == {run.run_id}
    assert run.telemetry is not None and run.telemetry.samples == len(sampled)


async def test_beside_no_run_telemetry_is_told_to_those_who_look_and_not_kept(quiet: House) -> None:
    async with quiet.client() as client:
        ear = Ear(client)
        listening = asyncio.create_task(ear.listen())
        await eventually(lambda: len(ear.of(TelemetrySampled)) >= 2, "two samples")
        assert {event.run_id for event in ear.of(TelemetrySampled)} == {""}
        listening.cancel()
        await asyncio.wait({listening})
        assert await client.runs() == []
    assert quiet.log() == ""
