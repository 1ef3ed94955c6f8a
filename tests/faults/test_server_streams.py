"""A server that goes wrong while it answers: real daemon, real reader, simulated server; what came is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chimera_tui.domain.events import CaughtUp, Event
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunFinished, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.simulator.faults import LINE_BREAKS
from tests.daemon.daemons import House, house, write_reports
from tests.daemon.test_runs import heard_until, of_run, without_batches
from tests.daemon.test_series_retries import heard
from tests.faults.table import LONG, cell
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import eventually

A, B = AgentId
RATES = ("--token-rate", "4000", "--cpu-rate", "4000", "--prefill-rate", "400000", "--load-s", "0")
STEPS = ("analysis", "report")
AFTER = (1, 2, 3, 7, 20) if LONG else (3,)
"""How many chunks come before the fault."""


@dataclass(frozen=True)
class Place:
    """A daemon and its server, for every test of this module."""

    home: House
    server: SimulatorHandle
    plain: list[Event] = field(default_factory=list)
    """Of an undisturbed run, once one was made."""

    async def run(self, *agents: AgentId) -> tuple[RunSummary, list[Event]]:
        """Make a run: what is known of it, and its events as they came."""
        async with self.home.client() as client, heard(client) as ear:
            await eventually(lambda: ear.of(CaughtUp), "the state of things")
            run_id = await client.start_run(RunRequest(agents or (A,)))
            over = lambda: any(event.run_id == run_id for event in ear.of(RunFinished))  # noqa: E731
            await eventually(over, "the end of the run", 60)
            return await client.run(run_id), of_run(ear.events, run_id)

    async def kept(self, events: list[Event]) -> None:
        """Whoever attaches later is told the same, from the journal."""
        async with self.home.client() as client:
            late = await heard_until(client, lambda event: isinstance(event, CaughtUp))
        assert without_batches(of_run(late, events[0].run_id)) == without_batches(events)  # type: ignore[union-attr]

    async def usable(self) -> None:
        """The next run is made as if nothing had been, with the same settings."""
        summary, _ = await self.run(A)
        assert summary.state is RunState.DONE
        assert self.home.log() == ""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    root = write_reports(tmp_path_factory.mktemp("streams") / "reports")
    with (
        running_simulator(*RATES, "--num-parallel", "2") as server,
        house(root, OLLAMA_HOST=server.url, CHIMERA_NUM_PREDICT="24", CHIMERA_SEED="7") as home,
    ):
        home.start()
        yield Place(home, server)


def strike(place: Place, fault: str, step: str, **more: int) -> None:
    """Let it strike the next run's request of this step, if one agent runs."""
    request = place.server.state()["requests"] + STEPS.index(step) + 1
    place.server.fault(fault, request=request, **more)


def text_of(events: list[Event], step: str) -> str:
    tokens = [event for event in events if isinstance(event, TokensArrived) and event.step == step]
    return "".join(chunk.text for event in tokens for chunk in event.chunks)


def saved(summary: RunSummary, wrote: bool) -> str:
    """What lies in the run's folder; an agent that wrote nothing has no report of its own."""
    folder = Path(summary.folder)
    document = json.loads((folder / "metrics.json").read_text())
    assert document["state"] == summary.state.value
    error, known = document["agents"][0]["error"], summary.agents[0].error
    assert known is not None and (error["code"], error["what"]) == (known.code, known.what)
    assert (folder / "agent_a_report.md").exists() == wrote
    return "".join(path.read_bytes().decode() for path in sorted(folder.glob("*.md")))


ENDS = {
    "500": "server_answer",
    "refuse-load-oom": "load_failed",
    "503": "server_busy",
    "404": "model_not_found",
    "cut": "stream_cut",
    "half-line": "stream_cut",
    "no-done": "stream_cut",
    "error-line": "model_crashed",
    "garbage": "server_answer",
}
SHORT = [("cut", "analysis"), ("no-done", "report"), ("garbage", "report"), ("404", "report"), ("503", "analysis")]
SHORT = [("cut", "analysis"), ("no-done", "report"), ("garbage", "report"), ("404", "report"), ("503", "analysis")]
CASES = [(fault, step) for fault in ENDS for step in STEPS] if LONG else SHORT
REFUSALS = ("500", "refuse-load-oom", "503", "404")
KEPT = "the run fails and says why and what to do; all that came is in journal and report; the next run is done"


@cell("server answers 500", "asked for the analysis or the report", KEPT)
@cell("server answers 503", "asked for the analysis or the report", KEPT)
@cell("server answers 404", "asked for the analysis or the report", KEPT)
@cell("server dies", "the connection ends while it writes", KEPT)
@cell("server sends half a line", "while it writes", KEPT)
@cell("server sends no done line", "while it writes", KEPT)
@cell("server sends garbage", "while it writes", KEPT)
@cell("model dies", "while it writes: an error line in the stream", KEPT)
@pytest.mark.parametrize(("fault", "step"), CASES)
async def test_what_came_before_a_fault_is_kept(
    place: Place, fault: str, step: str, record_property: Callable[[str, object], None]
) -> None:
    moments = AFTER if fault not in REFUSALS else (0,)
    record_property("tried", len(moments))
    for after in moments:
        strike(place, fault, step, **({"after_chunks": after} if after else {}))
        summary, events = await place.run(A)
        assert summary.state is RunState.FAILED
        (outcome,) = summary.agents
        assert outcome.error is not None and outcome.error.code == ENDS[fault]
        assert outcome.error.what and outcome.error.next and place.server.url in outcome.error.sentence()
        written = text_of(events, step)
        assert bool(written) == (fault not in REFUSALS)
        written = written or text_of(events, "analysis")
        assert written.strip() in saved(summary, wrote=bool(written))
        await place.kept(events)
    if LONG:  # else by those that follow
        await place.usable()


ODD = [
    ("megabyte-line", "m" * (1 << 20)),
    ("line-breaks", LINE_BREAKS),
    ("bad-utf8", "\ufffd\ufffd\ufffd"),
    ("wrong-types", ""),
    ("missing-counts", ""),
    ("missing-fields", ""),
]

ODD = [
    ("megabyte-line", "m" * (1 << 20)),
    ("line-breaks", LINE_BREAKS),
    ("bad-utf8", "\ufffd\ufffd\ufffd"),
    ("wrong-types", ""),
    ("missing-counts", ""),
    ("missing-fields", ""),
]
"""Each with the text that it brings, if any."""
GOES_ON = "the run is done; every character of the answer is kept; nothing is counted that was not sent"


@cell("server sends a megabyte line", "while it writes", GOES_ON)
@cell("server sends U+0085", "while it writes", GOES_ON)
@cell("server sends invalid UTF-8", "while it writes", GOES_ON)
@cell("server sends wrong types", "while it writes", GOES_ON)
@cell("server leaves fields out", "while it writes", GOES_ON)
@cell(
    "server leaves fields out", "its counters, at the end", "the run is done; what is not told is unknown, not 0"
)
@pytest.mark.parametrize(("fault", "text"), ODD if LONG else ODD[:5], ids=lambda value: ascii(value[:20]))
async def test_an_odd_line_costs_no_run(
    place: Place, fault: str, text: str, record_property: Callable[[str, object], None]
) -> None:
    steps = STEPS if LONG else ("report",)
    record_property("tried", len(steps) * len(AFTER))
    if not place.plain:
        place.plain.extend((await place.run(A))[1])
    for step in steps:
        for after in AFTER:
            strike(place, fault, step, after_chunks=after)
            summary, events = await place.run(A)
            assert summary.state is RunState.DONE
            written, whole = text_of(events, step), text_of(place.plain, step)
            assert text in written
            if step == "analysis" or not text:
                assert "".join(written.replace(text, "").split()) == "".join(whole.split())
            tokens = [request.server.eval_tokens for request in summary.agents[0].requests]
            assert (None in tokens) == (fault == "missing-counts")
            assert place.home.log() == ""
            await place.kept(events)


@cell("server dies", "while it writes for one of two agents", "the other agent's report is done and saved")
@pytest.mark.parametrize("fault", ["cut", "error-line", "503"] if LONG else ["cut"])
async def test_the_other_agent_goes_on(place: Place, fault: str) -> None:
    place.server.fault(fault, times=1)
    summary, events = await place.run(A, B)
    states = sorted(outcome.state.value for outcome in summary.agents)
    assert states == sorted([AgentState.DONE.value, AgentState.FAILED.value])
    done = next(outcome for outcome in summary.agents if outcome.state is AgentState.DONE)
    name = f"agent_{done.agent.label.lower()}_report.md"
    assert "**State:** done" in (Path(summary.folder) / name).read_text()
    await place.kept(events)
