"""A daemon and the processes that read its streams: killed, stopped, hung up, in the middle of a run."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest

from chimera_tui.client.api import DaemonClient
from chimera_tui.domain.events import Event
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunFinished, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from tests.daemon.daemons import House, house, write_reports
from tests.faults.table import LONG, cell
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import eventually, wait_until

STOPPED_S = 60.0 if LONG else 0.3
TOKENS = 40
"""Of each of an agent's two answers."""
_PACE = ("--token-rate", "200", "--cpu-rate", "200", "--prefill-rate", "100000", "--load-s", "0")


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorHandle]:
    with running_simulator(*_PACE, "--num-parallel", "2", "--jitter", "0") as simulator:
        yield simulator


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, server: SimulatorHandle) -> Iterator[House]:
    root = write_reports(tmp_path_factory.mktemp("faults") / "reports")
    flags = ("--set", f"agents.num_predict={TOKENS}", "--set", "agents.seed=7")
    with house(root, *flags, OLLAMA_HOST=server.url) as made:
        made.start()
        yield made


class Run:
    """One that goes on: both agents have written something."""

    def __init__(self, client: DaemonClient, home: House) -> None:
        self.client = client
        self.events: list[Event] = []
        self._home = home

    @property
    def children(self) -> list[psutil.Process]:
        return psutil.Process(self._home.pid()).children()

    def probes(self) -> list[psutil.Process]:
        return [each for each in self.children if "chimera_tui.services.ollama.probe" in each.cmdline()]

    def text(self, agent: AgentId) -> str:
        told = [event for event in self.events if isinstance(event, TokensArrived) and event.agent is agent]
        return "".join(chunk.text for event in told for chunk in event.chunks)

    async def writes(self) -> None:
        await eventually(lambda: all(self.text(agent) for agent in AgentId), "both agents to write")

    async def end(self) -> RunSummary:
        await eventually(self._summaries, "the end of the run", timeout_s=30)
        return self._summaries()[-1]

    def _summaries(self) -> list[RunSummary]:
        return [event.summary for event in self.events if isinstance(event, RunFinished)]

    async def follow(self) -> None:
        async for batch in self.client.event_batches():
            self.events += batch


@asynccontextmanager
async def running(home: House) -> AsyncIterator[Run]:
    async with home.client() as client:
        await client.start_run(RunRequest())
        async with followed(client, home) as run:
            await run.writes()
            yield run


@asynccontextmanager
async def followed(client: DaemonClient, home: House) -> AsyncIterator[Run]:
    run = Run(client, home)
    following = asyncio.create_task(run.follow())
    try:
        yield run
    finally:
        following.cancel()
        await asyncio.wait({following})


async def stored_text(run: Run, summary: RunSummary, agent: AgentId) -> str:
    told = [event async for batch in run.client.replay(summary.run_id) for event in batch]
    parts = [event for event in told if isinstance(event, TokensArrived) and event.agent is agent]
    return "".join(chunk.text for event in parts for chunk in event.chunks)


def tokens_of(summary: RunSummary) -> list[int | None]:
    return [agent.totals.tokens for agent in summary.agents]


@cell("probe SIGKILL", "its agent writes", "the agent fails and says so, its tokens are kept, the other is done")
@cell("probe SIGTERM", "its agent writes", "the agent fails and says so, its tokens are kept, the other is done")
@pytest.mark.parametrize("number", [signal.SIGKILL, *([signal.SIGTERM] if LONG else [])])
async def test_a_probe_that_ends_costs_its_agent_alone_and_no_token(home: House, number: signal.Signals) -> None:
    async with running(home) as run:
        run.probes()[0].send_signal(number)
        summary = await run.end()
        assert summary.state is RunState.FAILED
        (failed,) = [agent for agent in summary.agents if agent.state is AgentState.FAILED]
        assert failed.error is not None and "its reader ended" in failed.error.what
        (done,) = [agent for agent in summary.agents if agent.state is AgentState.DONE]
        assert done.totals.tokens == 2 * TOKENS
        for agent in AgentId:
            assert await stored_text(run, summary, agent) == run.text(agent) != ""
        await eventually(lambda: not run.probes(), "the probes to be gone")


@cell("probe SIGSTOP", "its agent writes, and it never goes on", "the run can be cancelled, no process is left")
async def test_a_run_whose_probes_stand_still_can_be_cancelled(home: House, server: SimulatorHandle) -> None:
    async with running(home) as run:
        probes = run.probes()
        for probe in probes:
            probe.suspend()
        await run.client.cancel()
        summary = await run.end()
        assert summary.state is RunState.CANCELLED
        for agent in AgentId:
            assert await stored_text(run, summary, agent) == run.text(agent) != ""
    await eventually(lambda: not any(probe.is_running() for probe in probes), "the probes to be gone")
    await eventually(lambda: not server.state()["active"], "the server's streams to be closed")


@cell("probe SIGSTOP", "its agent writes", "once it goes on, the run is done and has every token")
@cell("daemon SIGSTOP", "agents write", "once it goes on, the run is done, has every token and when each came")
@cell("probe SIGHUP", "its agent writes", "nothing: the run is done")
@cell("daemon SIGHUP", "agents write", "nothing: the run is done")
@pytest.mark.parametrize("who", ["probes", "daemon", "both"] if LONG else ["both"])
async def test_what_stood_still_goes_on_and_lacks_no_token_and_no_time(home: House, who: str) -> None:
    async with running(home) as run:
        daemon = psutil.Process(home.pid())
        victims = [] if who == "daemon" else run.probes()
        if who != "probes":
            victims.append(daemon)
        for process in victims:
            process.send_signal(signal.SIGHUP)
            process.suspend()
        await asyncio.sleep(STOPPED_S)  # how long it stands still is what is tried
        for process in reversed(victims):
            process.resume()
        summary = await run.end()
        assert daemon.pid == home.pid()
        assert summary.state is RunState.DONE
        assert tokens_of(summary) == [2 * TOKENS] * 2
        for agent in summary.agents:
            first = agent.requests[0].client
            assert first.first_content_ns is not None and first.last_content_ns is not None
            wrote_s = (first.last_content_ns - first.first_content_ns) / 1e9
            assert who != "daemon" or wrote_s < STOPPED_S, "what came meanwhile was stamped when it came"


@cell("daemon SIGKILL", "agents write", "its children go, the server stops, the next daemon has what was told")
async def test_a_killed_daemon_leaves_no_process_and_no_stream(home: House, server: SimulatorHandle) -> None:
    async with running(home) as run:
        children = run.children
        assert len(children) >= 4, "watcher, reader and two probes"
        (before,) = await run.client.runs(limit=1)
        acknowledged = {agent: await stored_text(run, before, agent) for agent in AgentId}
        os.kill(home.pid(), signal.SIGKILL)
    wait_until(lambda: not any(map(is_there, children)), "the children to be gone")
    wait_until(lambda: not server.state()["active"], "the server's streams to be closed")
    home.start()
    async with home.client() as client:
        async with followed(client, home) as later:
            run_again = await later.end()  # checked and saved beside the daemon's start, for which no viewer waits
        assert (run_again.run_id, run_again.state) == (before.run_id, RunState.FAILED)
        for agent, text in acknowledged.items():
            assert (await stored_text(later, run_again, agent)).startswith(text) and text


def is_there(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.mark.skipif(not LONG, reason="waits for patience to end: `make faults`")
@cell("checking process SIGSTOP", "agents write", "the run is done and saved, and says what was not checked")
async def test_a_check_that_stands_still_does_not_keep_a_run_from_ending(home: House, tmp_path: Path) -> None:
    async with running(home) as run:
        (checker,) = [c for c in run.children if "chimera_tui.services.grounding.process" in c.cmdline()]
        checker.suspend()
        summary = await run.end()
        assert summary.state is RunState.DONE and summary.grounding is None
        assert await asyncio.to_thread(Path(summary.folder, "metrics.json").is_file)
    async with running(home) as run:
        checker.kill()
        summary = await run.end()
        assert summary.state is RunState.DONE
    assert not is_there(checker)
