"""Whole runs through a real daemon: followed, left, joined late, replayed, cancelled, cut off by a kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import get_args

import pytest

from chimera_tui.client.api import DaemonClient
from chimera_tui.domain.errors import NothingToAnalyse, RunInProgress
from chimera_tui.domain.events import CaughtUp, Event, FactsRead, FilesChanged, MetricsUpdated, ServerSeen
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.grounding import CheckedNumber, tally
from chimera_tui.domain.metrics import AgentState, Offload, Step
from chimera_tui.domain.names import from_wire
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    NumbersChecked,
    OffloadMeasured,
    ReportSaved,
    RequestFinished,
    RunFinished,
    RunStarted,
    TokensArrived,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from tests.daemon.daemons import House, house, write_reports
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until

_QUICK = ("--token-rate", "2500", "--cpu-rate", "2500", "--prefill-rate", "100000", "--load-s", "0.05")
_PARALLEL = ("--num-parallel", "2")


@pytest.fixture(scope="module")
def quick() -> Iterator[SimulatorHandle]:
    with running_simulator(*_QUICK, *_PARALLEL, "--invent", "0.4") as simulator:
        yield simulator


@pytest.fixture(scope="module")
def slow() -> Iterator[SimulatorHandle]:
    with running_simulator("--token-rate", "20", "--cpu-rate", "20", "--load-s", "0", *_PARALLEL) as simulator:
        yield simulator


@pytest.fixture
def home(tmp_path: Path, quick: SimulatorHandle) -> Iterator[House]:
    with house(write_reports(tmp_path / "reports"), OLLAMA_HOST=quick.url) as made:
        yield made


@pytest.fixture
def slow_home(tmp_path: Path, slow: SimulatorHandle) -> Iterator[House]:
    with house(write_reports(tmp_path / "reports"), OLLAMA_HOST=slow.url) as made:
        yield made


async def heard_until(
    client: DaemonClient, condition: Callable[[Event], bool], timeout_s: float = 40
) -> list[Event]:
    """Attach and take events until one fulfils the condition."""
    events: list[Event] = []
    async with asyncio.timeout(timeout_s), aclosing(client.event_batches()) as batches:
        async for batch in batches:
            events += batch
            if any(condition(event) for event in batch):
                return events
    raise AssertionError("the stream ended too early")


def finished(event: Event) -> bool:
    return isinstance(event, RunFinished)


def text_of(events: list[Event], agent: AgentId) -> str:
    parts = [event for event in events if isinstance(event, TokensArrived) and event.agent is agent]
    return "".join(chunk.text for part in parts for chunk in part.chunks)


def without_batches(events: list[Event]) -> list[object]:
    """What a run's events say, however its tokens and checks were batched; each agent by itself."""
    lines: list[object] = []
    for agent in AgentId:
        for event in events:
            if isinstance(event, NumbersChecked) and event.agent is agent:
                continue
            if isinstance(event, TokensArrived) and event.agent is agent:
                lines += event.chunks
            elif getattr(event, "agent", None) is agent and not isinstance(event, MetricsUpdated):
                lines.append(event)
    whole = [event for event in events if isinstance(event, RunStarted | ReportSaved | RunFinished)]
    return lines + whole + [checks_of(events, agent, step) for agent in AgentId for step in get_args(Step)]


def checks_of(events: list[Event], agent: AgentId, step: Step) -> list[CheckedNumber]:
    told = [event for event in events if isinstance(event, NumbersChecked) and event.agent is agent]
    return [number for event in told if event.step == step for number in event.numbers]


def of_run(events: list[Event], run_id: str) -> list[Event]:
    return [event for event in events if getattr(event, "run_id", None) == run_id]


async def test_a_run_is_followed_token_by_token_saved_and_replayed_the_same(home: House) -> None:
    home.start()
    async with home.client() as client:
        for agent in AgentId:
            # A long report and its corrections leave no room for a second one in the server's own 4,096 tokens.
            await client.change(agent, "num_ctx", "16384")
        following = asyncio.create_task(heard_until(client, finished))
        run_id = await client.start_run(RunRequest(repair=True))
        live = of_run(await following, run_id)
        (summary,) = await client.runs()
        replayed = [event async for batch in client.replay("last") for event in batch]
        late = of_run(await heard_until(client, lambda event: isinstance(event, CaughtUp)), run_id)
    assert summary.state is RunState.DONE, summary
    assert summary.simulated
    assert (summary.run_id, [outcome.agent for outcome in summary.agents]) == (run_id, list(AgentId))
    for agent in AgentId:
        assert len(text_of(live, agent)) > 100
    assert without_batches(live) == without_batches(replayed) == without_batches(late)
    metrics = {e.agent: e.metrics for e in replayed if isinstance(e, MetricsUpdated)}
    assert metrics == {e.agent: e.metrics for e in late if isinstance(e, MetricsUpdated)}
    assert {agent: metric.state for agent, metric in metrics.items()} == dict.fromkeys(AgentId, AgentState.DONE)
    (saved,) = [event for event in live if isinstance(event, ReportSaved)]
    assert Path(saved.folder).parent == home.root / "chimera_runs"
    assert json.loads((Path(saved.folder) / "metrics.json").read_text())
    for outcome in summary.agents:
        first, mended = (tally(checks_of(live, outcome.agent, step)) for step in ("report", "repair"))
        assert first.contradicted > 0, "the simulator invents numbers"
        assert outcome.repair is not None and outcome.repair.taken, outcome.repair
        assert (outcome.repair.before, outcome.grounding) == (first, mended)
        assert mended.contradicted < first.contradicted
        assert [request.step for request in outcome.requests] == ["analysis", "report"]
    assert home.log() == ""


async def test_a_viewer_that_attaches_in_the_middle_hears_the_whole_run(slow_home: House) -> None:
    slow_home.start()
    async with slow_home.client() as client:
        first = asyncio.create_task(heard_until(client, finished))
        run_id = await client.start_run(RunRequest(agents=(AgentId.A,)))
        await heard_until(client, lambda event: isinstance(event, TokensArrived))
        second = asyncio.create_task(heard_until(client, finished))
        await heard_until(client, lambda e: isinstance(e, MetricsUpdated) and e.metrics.tokens > 20)
        await client.cancel()
        stories = [without_batches(of_run(await reader, run_id)) for reader in (first, second)]
    assert stories[0] == stories[1]


async def test_a_run_goes_on_when_the_viewer_leaves_and_the_daemon_waits_for_it(
    tmp_path: Path, quick: SimulatorHandle
) -> None:
    root = write_reports(tmp_path / "reports")
    with house(root, OLLAMA_HOST=quick.url, CHIMERA_IDLE_TIMEOUT_S="0.2") as home:
        process = home.run_daemon()
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        async with home.client() as client:
            run_id = await client.start_run(RunRequest())
            await heard_until(client, lambda event: isinstance(event, TokensArrived))
        assert await asyncio.to_thread(process.wait, 40) == 0
        home.start()
        async with home.client() as client:
            summary = await client.run("last")
            again = of_run(await heard_until(client, lambda event: isinstance(event, CaughtUp)), run_id)
    assert (summary.run_id, summary.state) == (run_id, RunState.DONE)
    assert [event.kind for event in again if isinstance(event, RunStarted | RunFinished)] == [
        "run_started",
        "run_finished",
    ]
    assert any(isinstance(event, MetricsUpdated) for event in again)


async def test_a_second_run_is_refused_while_one_goes_on_and_cancel_ends_it_quickly(
    slow_home: House, slow: SimulatorHandle
) -> None:
    slow_home.start()
    async with slow_home.client() as client:
        run_id = await client.start_run(RunRequest())
        await heard_until(client, lambda event: isinstance(event, TokensArrived))
        with pytest.raises(RunInProgress, match=run_id):
            await client.start_run(RunRequest())
        assert (await client.status()).active_run == run_id
        await client.cancel()
        await heard_until(client, finished)
        assert (await client.run(run_id)).state is RunState.CANCELLED
        assert (await client.status()).active_run is None
    wait_until(lambda: not slow.state()["active"], "the simulator's streams to be closed")


async def test_a_daemon_that_ends_by_a_signal_cancels_and_keeps_what_it_has(slow_home: House) -> None:
    process = slow_home.run_daemon()
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    async with slow_home.client() as client:
        run_id = await client.start_run(RunRequest())
        following = asyncio.create_task(heard_until(client, finished))
        await heard_until(client, lambda event: isinstance(event, TokensArrived))
        process.terminate()
        assert of_run(await following, run_id)
        assert await asyncio.to_thread(process.wait, 30) == 0
    slow_home.start()
    async with slow_home.client() as client:
        assert (await client.run(run_id)).state is RunState.CANCELLED
    assert slow_home.log() == ""


async def test_a_killed_daemon_leaves_a_run_that_the_next_one_tells_as_interrupted(slow_home: House) -> None:
    slow_home.start()
    async with slow_home.client() as client:
        run_id = await client.start_run(RunRequest())
        heard = await heard_until(client, lambda e: isinstance(e, MetricsUpdated) and e.metrics.tokens > 10)
    os.kill(slow_home.pid(), signal.SIGKILL)
    wait_until(slow_home.is_over, "the end of the killed daemon")
    slow_home.start()
    async with slow_home.client() as client:
        summary = await client.run(run_id)
        story = of_run(await heard_until(client, lambda event: isinstance(event, CaughtUp)), run_id)
    assert summary.state is RunState.FAILED
    assert {outcome.state for outcome in summary.agents} == {AgentState.FAILED}
    assert "interrupted" in str(summary.agents[0].error)
    failed = [e for e in story if isinstance(e, AgentStateChanged) and e.state is AgentState.FAILED]
    assert {event.agent for event in failed} == set(AgentId)
    # Commits come within a tenth of a second, so nearly all that was seen is there.
    before, after = text_of(heard, AgentId.A), text_of(story, AgentId.A)
    assert before.startswith(after[:1]) and len(after) >= len(before) // 2


async def test_what_a_killed_daemon_measured_of_the_offload_is_told_and_flagged_by_the_next(
    tmp_path: Path,
) -> None:
    measured: dict[AgentId, Offload] = {}

    def all_measured(event: Event) -> bool:
        if isinstance(event, OffloadMeasured) and event.run_id and event.offload.measured_share is not None:
            measured[event.agent] = event.offload
        return len(measured) == 2

    with (
        running_simulator("--token-rate", "20", "--cpu-rate", "20", "--load-s", "0.2", *_PARALLEL) as server,
        house(write_reports(tmp_path / "reports"), OLLAMA_HOST=server.url, CHIMERA_NUM_GPU="20") as home,
    ):
        home.start()
        async with home.client() as client:
            run_id = await client.start_run(RunRequest())
            await heard_until(client, all_measured)
            async for _ in client.replay(run_id):  # reading waits until all that was told is committed
                pass
        os.kill(home.pid(), signal.SIGKILL)
        wait_until(home.is_over, "the end of the killed daemon")
        home.start()
        async with home.client() as client:
            summary = await client.run(run_id)
            (listed,) = await client.runs()
            story = of_run(await heard_until(client, lambda event: isinstance(event, CaughtUp)), run_id)
    assert summary == listed
    assert summary.state is RunState.FAILED
    assert {outcome.agent: outcome.offload for outcome in summary.agents} == measured
    partial = {flag.agent: flag.text for flag in summary.flags if flag.cause is Cause.PARTIAL_OFFLOAD}
    assert partial.keys() == set(AgentId)
    assert all(text.startswith("20 of 35 layers on the GPU, ") for text in partial.values())
    told = {event.agent: event.offload for event in story if isinstance(event, OffloadMeasured)}
    assert told == measured


async def test_a_stream_that_the_server_cuts_fails_the_agent_and_not_the_daemon(
    tmp_path: Path,
) -> None:
    with (
        running_simulator(*_QUICK, *_PARALLEL, "--fault", "cut:5@1") as broken,
        house(write_reports(tmp_path / "reports"), OLLAMA_HOST=broken.url) as home,
    ):
        home.start()
        async with home.client() as client:
            await client.start_run(RunRequest(agents=(AgentId.A,)))
            events = await heard_until(client, finished)
            assert (await client.run("last")).state is RunState.FAILED
        errors = [e.error for e in events if isinstance(e, RequestFinished) and e.error]
        assert [error.code for error in errors] == ["stream_cut"]
        assert home.log() == ""


async def test_a_directory_whose_name_is_no_utf8_is_served_like_any_other(
    tmp_path: Path, quick: SimulatorHandle
) -> None:
    root = write_reports(Path(os.fsdecode(os.fsencode(tmp_path) + b"/re\xffports")))
    with house(root, OLLAMA_HOST=quick.url) as home:
        home.start()
        async with home.client() as client:
            await client.start_run(RunRequest(agents=(AgentId.A,)))
            events = await heard_until(client, finished)
            summary = await client.run("last")
        assert summary.state is RunState.DONE
        assert os.listdir(from_wire(summary.folder))
        assert any(isinstance(event, ReportSaved) for event in events)
        assert home.log() == ""


async def test_without_files_no_run_starts(tmp_path: Path, quick: SimulatorHandle) -> None:
    (tmp_path / "empty").mkdir()
    with house(tmp_path / "empty", OLLAMA_HOST=quick.url) as home:
        home.start()
        async with home.client() as client:
            with pytest.raises(NothingToAnalyse):
                await client.start_run(RunRequest())
            assert await client.runs() == []


async def test_a_demo_needs_no_server_and_says_that_it_is_simulated(tmp_path: Path) -> None:
    root = write_reports(tmp_path / "reports")
    with house(root, "--simulator-flags", " ".join(_QUICK), demo=True) as home:
        home.start()
        async with home.client() as client:
            status = await client.status()
            await client.start_run(RunRequest(agents=(AgentId.B,)))
            events = await heard_until(client, finished)
            summary = await client.run("last")
        assert status.demo
        assert all(event.simulated for event in events if isinstance(event, ServerSeen | RunStarted))
        assert (summary.state, summary.simulated) == (RunState.DONE, True)


async def test_the_corpus_is_counted_in_full_by_whoever_attaches(
    tmp_path: Path, quick: SimulatorHandle, shared_dir: Path
) -> None:
    import shutil

    shutil.copytree(shared_dir / "corpus", tmp_path / "corpus")
    with house(tmp_path / "corpus", OLLAMA_HOST=quick.url) as home:
        home.start()
        async with home.client() as client:
            await heard_until(client, lambda e: isinstance(e, FactsRead) and e.files_read == e.files_total == 101)
            events = await heard_until(client, lambda event: isinstance(event, CaughtUp))
    entries = {entry.path: entry for e in events if isinstance(e, FilesChanged) for entry in e.changed}
    assert sum(entry.counts for entry in entries.values()) == 101
