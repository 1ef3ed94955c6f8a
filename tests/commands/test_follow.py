"""A series that is followed over streams that end too early, on a real daemon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from chimera_tui.client.api import DaemonClient
from chimera_tui.commands.follow import Following
from chimera_tui.domain.inventory import InventoryState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunFinished, RunStarted
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from tests.daemon.daemons import House, house, write_reports
from tests.simulators import SimulatorHandle
from tests.support import wait_until

ONE = (AgentId.A,)
NOTHING = InventoryState().totals()


@pytest.fixture
def home(tmp_path: Path, ollama: SimulatorHandle) -> Iterator[House]:
    with house(write_reports(tmp_path / "reports"), OLLAMA_HOST=ollama.url, CHIMERA_NUM_PREDICT="24") as made:
        made.start()
        yield made


async def take_until(client: DaemonClient, following: Following, kind: type) -> bool:
    """Attach, and leave after the first event of this kind; whether all was over by then."""
    async with aclosing(client.events()) as events:
        async for event in events:
            over = following.take(event)
            if over or isinstance(event, kind):
                return over
    raise AssertionError("the daemon ended")


def at_rest(home: House) -> bool:
    status = home.status()
    return status is not None and status["active_run"] is None


async def test_runs_that_went_by_unseen_are_read_from_the_journal(home: House) -> None:
    async with home.client() as client:
        following = Following(client, await client.start_run(RunRequest(ONE, repeat=4)), NOTHING)
        assert not await take_until(client, following, RunStarted)
        wait_until(lambda: at_rest(home), "the end of the series")
        assert await following.lost() or await take_until(client, following, RunFinished)
        runs = await following.all()
    places = [each.summary.series for each in runs]
    assert [place.index for place in places if place is not None] == [1, 2, 3, 4]
    assert {each.summary.state for each in runs} == {RunState.DONE}
    assert all(each.gaps[AgentId.A].gaps_ns and "metrics.json" in each.files for each in runs)


async def test_a_series_that_somebody_else_cancels_is_over(home: House) -> None:
    async with home.client() as client, home.client() as other:
        following = Following(client, await client.start_run(RunRequest(ONE, repeat=1000)), NOTHING)
        over = False
        async with aclosing(client.events()) as events:
            async for event in events:
                if isinstance(event, RunFinished) and event.summary.series is not None:
                    await other.cancel()
                if over := following.take(event):
                    break
        runs = await following.all()
    assert over
    assert 1 <= len(runs) < 1000


async def test_a_single_run_whose_stream_ended_is_found_in_the_journal(home: House) -> None:
    async with home.client() as client:
        run_id = await client.start_run(RunRequest(ONE))
        following = Following(client, run_id, NOTHING)
        wait_until(lambda: at_rest(home), "the end of the run")
        assert await following.lost()
        (only,) = await following.all()
    assert (only.summary.run_id, only.summary.state) == (run_id, RunState.DONE)
    assert "metrics.json" in only.files
