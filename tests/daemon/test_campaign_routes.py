"""Campaigns as the daemon does them: planned, begun, steered, looked at, resumed by another daemon."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, aclosing
from pathlib import Path
from typing import get_args

import pytest

from chimera_tui.domain.campaign import CampaignMetric
from chimera_tui.domain.campaign_outline import CampaignState
from chimera_tui.domain.errors import BadUse, CampaignInvalid, CampaignNotFound, RunInProgress, RunNotFound
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from chimera_tui.domain.series import SeriesEnded
from tests.daemon.campaign_events import following, until
from tests.daemon.daemons import House, house, write_reports
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until

MODEL = "gemma3:latest"
FLAGS = ("--models", MODEL, "--prefill-rate", "100000", "--cpu-rate", "1500", "--load-s", "0.01", "--jitter", "0")


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorHandle]:
    with running_simulator("--token-rate", "2000", *FLAGS) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, simulator: SimulatorHandle) -> Iterator[House]:
    root = write_reports(tmp_path / "reports")
    extra = [word for agent in "ab" for word in ("--set", f"agents.{agent}.host={simulator.url}")]
    with house(root, *extra, "--set", f"agents.model={MODEL}") as made:
        made.start()
        yield made


def campaign(name: str = "night", repeats: int = 2, more: str = "") -> str:
    return (
        f'name = "{name}"\n[agents]\nnum_predict = 64\nnum_ctx = 2048\nseed = 7\n{more}\n'
        f"[repeats]\ncount = {repeats}\n"
        '[matrix]\nscenario = "a-alone"\nnum_gpu = [10, 40, 80]\n'
    )


async def test_a_plan_tells_what_is_the_same_in_effect_and_begins_nothing(home: House) -> None:
    async with home.client() as client:
        found = await client.plan_campaign(campaign(), "/x/night.toml")
        assert await client.campaigns() == []
    assert [cell.value("num_gpu") for cell in found.plan.cells] == ["10", "40"]
    (merged,) = found.plan.cells[1].merged
    assert "80" in merged.label
    assert found.points == 3


async def test_a_campaign_is_made_to_its_end_and_kept(home: House) -> None:
    async with home.client() as client, following(client) as told:
        begun = await client.begin_campaign(campaign(), "/x/night.toml")
        with pytest.raises(RunInProgress, match="campaign night"):
            await client.start_run(RunRequest())
        end = await until(told, CampaignState.DONE)
        assert (end.campaign_id, end.done, end.wanted, end.failed) == (begun.campaign_id, 4, 4, 0)
        view = await client.campaign("last")
        assert [progress.state for progress in view.progress] == ["done", "done"]
        assert all(len(progress.runs) == 2 for progress in view.progress)
        assert {figure.metric for figure in view.progress[0].figures} == set(get_args(CampaignMetric))
        runs = await client.campaign_runs("night")
        assert [run.state for run in runs] == [RunState.DONE] * 4
        assert {run.campaign.repeat for run in runs if run.campaign} == {1, 2}
        digests = {run.environment.prompt_digests for run in runs if run.environment}
        assert len(digests) == 1
        (listed,) = await client.campaigns()
        assert listed.state is CampaignState.DONE


async def test_a_campaign_is_paused_steered_and_resumed(home: House) -> None:
    async with home.client() as client, following(client) as told:
        await client.begin_campaign(campaign(repeats=3), "/x/night.toml")
        first, second = (await client.campaign("night")).plan.cells
        await client.steer_campaign("night", "pause")
        await until(told, CampaignState.PAUSED)
        await client.steer_campaign("night", "skip", first.cell_id)
        await client.steer_campaign("night", "repeats", second.cell_id, -1)
        with pytest.raises(BadUse, match="no cell"):
            await client.steer_campaign("night", "skip", "x")
        with pytest.raises(CampaignInvalid, match="not complete"):
            await client.begin_campaign(campaign(repeats=3), "/x/night.toml")
        await client.resume_campaign("night")
        end = await until(told, CampaignState.DONE)
        view = await client.campaign("night")
    states = {progress.cell_id: progress for progress in view.progress}
    assert states[first.cell_id].state == "skipped"
    assert states[second.cell_id].done == 2
    assert end.done == 2 + states[first.cell_id].done


async def test_another_daemon_goes_on_with_what_is_missing_also_by_an_edited_file(home: House) -> None:
    async with home.client() as client, following(client) as told:
        await client.begin_campaign(campaign(), "/x/night.toml")
        async for outline in told:
            if outline.done:
                break
        await client.campaign_runs("night")  # reading commits what was told, which a killed daemon may lose
    os.kill(home.pid(), signal.SIGKILL)
    wait_until(home.is_over, "the daemon's end")
    home.start()
    edited = campaign().replace("[10, 40, 80]", "[10, 20]")
    async with home.client() as client, following(client) as told:
        before = await client.campaign("night")
        assert before.outline.state is CampaignState.INTERRUPTED
        made = {run for progress in before.progress for run in progress.runs}
        assert made
        await client.resume_campaign("night", edited, "/x/night.toml")
        await until(told, CampaignState.DONE)
        after = await client.campaign("night")
        assert [cell.value("num_gpu") for cell in after.plan.cells] == ["10", "20"]
        assert [progress.done for progress in after.progress] == [2, 2]
        kept = {run for progress in before.progress[:1] for run in progress.runs}
        assert kept <= {run for progress in after.progress[:1] for run in progress.runs}


async def test_runs_of_an_earlier_campaign_count_when_they_shall(home: House) -> None:
    async with home.client() as client, following(client) as told:
        await client.begin_campaign(campaign("first"), "/x/first.toml")
        await until(told, CampaignState.DONE)
        plan = await client.plan_campaign(campaign("second", repeats=3), "/x/second.toml")
        # On a busy machine one may be disturbed: that one is neither told nor lent.
        clean = {run.run_id for run in await client.campaign_runs("first") if run.is_clean}
        assert clean
        assert {run_id for known in plan.known for run_id in known.runs} == clean
        assert plan.run_s is not None
        assert plan.estimate_s is not None
        assert plan.estimate_s >= 6 * plan.run_s
        await client.begin_campaign(campaign("second", repeats=3), "/x/second.toml", reuse=True)
        end = await until(told, CampaignState.DONE)
        assert (end.name, end.done) == ("second", 6)
        assert len(await client.campaign_runs("second")) == 6 - len(clean)


async def test_bad_files_and_names_are_answered_with_what_to_do(home: House) -> None:
    async with home.client() as client:
        with pytest.raises(CampaignInvalid, match="repeats") as caught:
            await client.begin_campaign(campaign().replace("[repeats]", "[repaets]"), "/x/night.toml")
        assert caught.value.info.where.startswith("/x/night.toml:")
        with pytest.raises(CampaignNotFound):
            await client.campaign("nothing")
        with pytest.raises(CampaignNotFound):
            await client.resume_campaign("last")


async def test_a_cell_that_is_worse_than_its_baseline_raises_an_alert_and_its_command(tmp_path: Path) -> None:
    def one_cell(name: str, more: str = "") -> str:
        return campaign(name, repeats=5, more=more).replace("[10, 40, 80]", "80")

    alerts = f'[alerts]\nworse_percent = 10\nmetrics = ["decode rate"]\ncommand = "tee {tmp_path}/alert.json"'
    root = write_reports(tmp_path / "reports")
    with ExitStack() as servers, ExitStack() as houses:
        fast = servers.enter_context(running_simulator("--token-rate", "2000", *FLAGS))
        extra = [word for agent in "ab" for word in ("--set", f"agents.{agent}.host={fast.url}")]
        home = houses.enter_context(house(root, *extra, "--set", f"agents.model={MODEL}"))
        home.start()
        async with home.client() as client, following(client) as told:
            await client.begin_campaign(one_cell("before"), "/x/before.toml")
            await until(told, CampaignState.DONE)
            assert await client.mark_baseline("before")
            servers.close()
            servers.enter_context(running_simulator("--token-rate", "500", "--port", str(fast.port), *FLAGS))
            await client.begin_campaign(one_cell("after", alerts), "/x/after.toml")
            end = await until(told, CampaignState.DONE)
            assert end.alerts == 1
            (alert,) = (await client.campaign("after")).alerts
            assert alert.percent > 10
        wait_until(lambda: (tmp_path / "alert.json").exists(), "the alert's command")


async def test_runs_of_no_campaign_are_known_by_what_their_settings_come_to_and_can_be_a_baseline(
    home: House,
) -> None:
    async with home.client() as client, aclosing(client.events()) as events:
        for name, value in (("num_predict", "64"), ("num_ctx", "2048"), ("seed", "7"), ("num_gpu", "60")):
            await client.change(AgentId.A, name, value)
        run_id = await client.start_run(RunRequest(agents=(AgentId.A,), repeat=2))
        async for event in events:
            if isinstance(event, SeriesEnded):
                break
        found = await client.plan_campaign(campaign(), "/x/night.toml")
        all_layers = found.plan.cells[1]
        assert all_layers.value("num_gpu") == "40", "as 60 and 80 are: all 35 layers"
        assert [known.cell_id for known in found.known] == [all_layers.cell_id]
        assert await client.mark_baseline(run_id) == run_id
        assert await client.mark_baseline("") == ""
        with pytest.raises(RunNotFound):
            await client.mark_baseline("nothing")
