"""A campaign over a server that fails in every way it can: what is missing is made, and what failed is told."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from chimera_tui.domain.campaign_outline import CampaignState
from chimera_tui.domain.run_state import RunState
from tests.daemon.campaign_events import following, until
from tests.daemon.daemons import house, write_reports
from tests.simulators import running_simulator

MODEL = "gemma3:latest"
FAST = ("--models", MODEL, "--token-rate", "2000", "--prefill-rate", "100000", "--load-s", "0.01")


def campaign(url: str, more: str = "") -> str:
    return (
        f'name = "night"\n[agents]\nmodel = "{MODEL}"\nhost = "{url}"\n'
        "num_predict = 40\nnum_ctx = 2048\nseed = 7\n"
        f"[repeats]\ncount = 2\n{more}\n"
        '[matrix]\nscenario = "a-alone"\nnum_gpu = 80\ntemperature = [0.2, 0.8]\n'
    )


@pytest.mark.parametrize("fault", ["refuse-load-oom", "cut", "error-line", "half-line", "garbage"])
async def test_a_run_that_failed_is_told_and_made_again(fault: str, tmp_path: Path) -> None:
    root = write_reports(tmp_path / "reports")
    with running_simulator(*FAST) as simulator, house(root) as home:
        home.start()
        async with home.client() as client, following(client) as outlines:
            simulator.fault(fault, times=1)
            await client.begin_campaign(campaign(simulator.url), "/x/night.toml")
            end = await until(outlines, CampaignState.DONE)
            assert (end.done, end.wanted, end.why) == (4, 4, "")
            runs = await client.campaign_runs("night")
    failed = [run for run in runs if run.state is RunState.FAILED]
    assert len(failed) == end.failed == 1
    assert [run.state for run in runs].count(RunState.DONE) == 4


async def test_a_cell_that_fails_for_ever_is_given_up_and_the_others_are_made(tmp_path: Path) -> None:
    root = write_reports(tmp_path / "reports")
    with running_simulator(*FAST) as simulator, house(root) as home:
        home.start()
        source = campaign(simulator.url, "[stop]\ntries = 1").replace("num_gpu = 80", "model = ['gone:1b', '{}']")
        async with home.client() as client, following(client) as outlines:
            await client.begin_campaign(source.format(MODEL), "/x/night.toml")
            end = await until(outlines, CampaignState.DONE)
            view = await client.campaign("night")
    assert end.why == "2 cells given up"
    states = {cell.value("model"): progress for cell, progress in zip(view.plan.cells, view.progress, strict=True)}
    assert (states["gone:1b"].state, states["gone:1b"].done) == ("given up", 0)
    assert states["gone:1b"].error is not None
    assert states["gone:1b"].error.code == "model_not_found"
    assert (states[MODEL].state, states[MODEL].done) == ("done", 2)


async def test_a_server_that_is_down_at_the_start_is_waited_for(tmp_path: Path) -> None:
    root = write_reports(tmp_path / "reports")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with house(root) as home:
        home.start()
        async with home.client() as client, following(client) as outlines:
            await client.begin_campaign(campaign(f"http://127.0.0.1:{port}"), "/x/night.toml")
            waits = await until(outlines, CampaignState.WAITING)
            assert str(port) in waits.why
            assert waits.failed == 0
            with running_simulator(*FAST, "--port", str(port)):
                await client.retry()
                end = await until(outlines, CampaignState.DONE)
    assert (end.done, end.failed) == (4, 0)


async def test_a_server_that_is_down_leaves_its_cells_out_if_the_file_says_so(tmp_path: Path) -> None:
    root = write_reports(tmp_path / "reports")
    with house(root) as home:
        home.start()
        async with home.client() as client, following(client) as outlines:
            source = campaign("http://127.0.0.1:9", '[hosts]\nwhen_down = "skip"')
            await client.begin_campaign(source, "/x/night.toml")
            end = await until(outlines, CampaignState.DONE)
            view = await client.campaign("night")
    assert end.why == "2 cells left out: no server"
    assert [progress.done for progress in view.progress] == [0, 0]
