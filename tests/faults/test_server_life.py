"""A server that is stopped, killed, away, back again: real processes, with a daemon that outlives all of it."""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chimera_tui.client.api import DaemonClient
from chimera_tui.domain.events import CaughtUp
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import AgentStateChanged, RequestFinished, RunFinished, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from tests.daemon.daemons import House, house, write_reports
from tests.daemon.test_runs import heard_until, of_run, without_batches
from tests.daemon.test_series_retries import Ear, heard
from tests.faults.comings import Comings
from tests.faults.table import LONG, cell
from tests.support import eventually

A = AgentId.A
KILLS = 60 if LONG else 1


@pytest.fixture(scope="module")
def server() -> Iterator[Comings]:
    made = Comings()
    yield made
    made.end()


@pytest.fixture(scope="module")
def home(server: Comings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = write_reports(tmp_path_factory.mktemp("life") / "reports")
    with house(root, OLLAMA_HOST=server.handle.url, CHIMERA_NUM_PREDICT="40", CHIMERA_SEED="7") as made:
        made.start()
        yield made


async def writing(client: DaemonClient, ear: Ear, tokens: int = 1) -> str:
    """A run of A alone that has written some tokens of its report; its id."""
    run_id = await client.start_run(RunRequest((A,)))
    await eventually(lambda: written(ear, run_id) >= tokens, "tokens of the report", 60)
    return run_id


def written(ear: Ear, run_id: str) -> int:
    """Tokens of the report."""
    arrived = [event for event in ear.of(TokensArrived) if event.run_id == run_id and event.step == "report"]
    return sum(len(event.chunks) for event in arrived)


def waits(ear: Ear, run_id: str) -> list[AgentStateChanged]:
    """What was told of the first request."""
    return [event for event in ear.of(AgentStateChanged) if event.run_id == run_id and event.step == "analysis"]


def caught_up(ear: Ear) -> bool:
    return bool(ear.of(CaughtUp))


def over(ear: Ear, run_id: str) -> bool:
    return run_id in {event.run_id for event in ear.of(RunFinished)}


async def ended(client: DaemonClient, ear: Ear, run_id: str) -> RunSummary:
    await eventually(lambda: over(ear, run_id), "the end of the run", 60)
    return await client.run(run_id)


async def kept(home: House, ear: Ear, run_id: str) -> None:
    """Journal and report hold what was told while it came."""
    async with home.client() as client:
        late = of_run(await heard_until(client, lambda event: isinstance(event, CaughtUp)), run_id)
        folder = Path((await client.run(run_id)).folder)
    told = of_run(ear.events, run_id)
    assert without_batches(late) == without_batches(told)
    for step in ("report", "analysis"):
        arrived = [event for event in told if isinstance(event, TokensArrived) and event.step == step]
        if text := "".join(chunk.text for event in arrived for chunk in event.chunks).strip():
            assert text in (folder / "agent_a_report.md").read_text()
            return


async def usable(home: House, client: DaemonClient, ear: Ear) -> None:
    summary = await ended(client, ear, await client.start_run(RunRequest((A,))))
    assert summary.state is RunState.DONE
    assert home.log() == ""


@cell("server hangs", "stands still while it writes", "cancelling ends the run at once, with all that was written")
async def test_a_server_that_stands_still_can_be_left(server: Comings, home: House) -> None:
    async with home.client() as client, heard(client) as ear:
        await eventually(lambda: caught_up(ear), "the state of things")
        run_id = await writing(client, ear)
        with server.frozen():
            await client.cancel()
            summary = await ended(client, ear, run_id)
            assert summary.state is RunState.CANCELLED
            await kept(home, ear, run_id)
        await usable(home, client, ear)


@cell("server hangs", "before the first token", "the wait is told as what it is; cancelling ends it at once")
async def test_a_request_that_is_never_answered_can_be_left(server: Comings, home: House) -> None:
    async with home.client() as client, heard(client) as ear:
        await eventually(lambda: caught_up(ear), "the state of things")
        server.handle.fault("hang")
        run_id = await client.start_run(RunRequest((A,)))
        await eventually(lambda: waits(ear, run_id), "the wait")
        assert waits(ear, run_id)[-1].why
        await client.cancel()
        assert (await ended(client, ear, run_id)).state is RunState.CANCELLED
        await usable(home, client, ear)


@pytest.mark.skipif(not LONG, reason="waits: `make faults`")
@cell("server hangs", "stands still for a moment while it writes", "the run is done; nothing is missing")
async def test_a_pause_costs_nothing(server: Comings, home: House) -> None:
    async with home.client() as client, heard(client) as ear:
        await eventually(lambda: caught_up(ear), "the state of things")
        run_id = await writing(client, ear)
        with server.frozen():
            await asyncio.sleep(5)  # how long it stands still is what is tried
        assert (await ended(client, ear, run_id)).state is RunState.DONE
        await kept(home, ear, run_id)


@pytest.mark.skipif(not LONG, reason="waits as long as a question may take: `make faults`")
@cell("server hangs", "stands still before the run begins", "the run fails and says so; the next one is done")
async def test_a_run_on_a_server_that_stands_still_fails_and_says_so(server: Comings, home: House) -> None:
    async with home.client() as client, heard(client) as ear:
        await eventually(lambda: caught_up(ear), "the state of things")
        with server.frozen():
            run_id = await client.start_run(RunRequest((A,)))
            summary = await ended(client, ear, run_id)
        assert summary.state is RunState.FAILED
        (outcome,) = summary.agents
        assert outcome.error is not None and outcome.error.code == "server_unreachable"
        assert "longer than" in outcome.error.what
        await usable(home, client, ear)


@cell("server dies", "SIGKILL at a random moment of a run", "what came is kept; the run says that it was cut")
@cell("server restarts", "between two runs, or two requests of a run", "the next run is done")
@cell("server refuses", "between two requests of a run", "the analysis is kept; the run says what to do")
async def test_a_server_that_is_killed_at_any_moment_costs_one_run(
    server: Comings, home: House, record_property: Callable[[str, object], None]
) -> None:
    rng = random.Random(20261122)
    codes: list[str] = []
    for _ in range(KILLS):
        async with home.client() as client, heard(client) as ear:
            await eventually(functools.partial(caught_up, ear), "the state of things")
            run_id = await client.start_run(RunRequest((A,)))
            await asyncio.sleep(rng.uniform(0, 0.35))  # a random moment is what this is about
            server.die()
            summary = await ended(client, ear, run_id)
            await kept(home, ear, run_id)
            if summary.state is not RunState.DONE:
                (outcome,) = summary.agents
                assert outcome.error is not None and outcome.error.next
                codes.append(outcome.error.code)
                closed = [event for event in ear.of(RequestFinished) if event.run_id == run_id]
                assert all(event.error is None for event in closed[:-1])
            server.rise()
            await usable(home, client, ear)
    assert set(codes) <= {"stream_cut", "server_unreachable"}
    record_property("tried", KILLS)
