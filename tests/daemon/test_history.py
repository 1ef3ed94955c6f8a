"""Runs of the journal folded again: a replay knows what the live run knew, whenever the daemon was killed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.daemon.history import INTERRUPTED, conclude
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.metrics import AgentState, Offload
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    Chunk,
    OffloadMeasured,
    RequestFinished,
    RequestSent,
    RunEvent,
    RunFinished,
    RunStarted,
    TokensArrived,
)
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine.agent_fold import OpenRequest
from chimera_tui.engine.fold import RunFold
from chimera_tui.services.journal.rows import RowEncoder, decode_run_event

A, B = AgentId
MS = 1_000_000
SETTINGS = AgentSettings("m", "http://h", Options(num_gpu=20))
STARTED = RunStarted("r", (A, B), "together", (SETTINGS, SETTINGS), datetime(2026, 11, 21, tzinfo=UTC), 0)

sizes = st.none() | st.integers(0, 1_000)
offloads = st.builds(Offload, st.none() | st.integers(-1, 99), st.none() | st.integers(0, 40), sizes, sizes, sizes)
steps = st.one_of(offloads, st.sampled_from(("writes", "asks", "tokens", "ends")))
stories = st.lists(st.tuples(st.sampled_from(AgentId), steps), max_size=30)


def event_of(agent: AgentId, step: Offload | str, at_ns: int) -> RunEvent:
    match step:
        case Offload():
            return OffloadMeasured("r", agent, step, at_ns)
        case "writes":
            return AgentStateChanged("r", agent, AgentState.WRITING, at_ns, "analysis")
        case "asks":
            return RequestSent("r", agent, "analysis", at_ns, "", "p", loaded_before=True)
        case "tokens":
            return TokensArrived("r", agent, "analysis", (Chunk(at_ns, "x"), Chunk(at_ns + 1, "y")))
        case _:
            record = OpenRequest("analysis", at_ns)
            return RequestFinished("r", agent, record.metrics(ServerTimings(), "stop", at_ns + 1))


def events_of(story: Sequence[tuple[AgentId, Offload | str]]) -> list[RunEvent]:
    return [STARTED, *(event_of(agent, step, at * MS) for at, (agent, step) in enumerate(story, 1))]


def journaled(events: Sequence[RunEvent], commits: Sequence[int]) -> list[RunEvent]:
    """What is read back of events that were written in so many commits, each ending at one of the positions."""
    encoder = RowEncoder(lambda run_id: 0)
    ends = sorted({*(min(end, len(events)) for end in commits), len(events)})
    starts = [0, *ends[:-1]]
    parts = [encoder.encode(events[start:end]) for start, end in zip(starts, ends, strict=True)]
    return [decode_run_event(row.body) for part in parts for row in part.events]


def folded(events: Sequence[RunEvent]) -> RunFold:
    fold = RunFold()
    for event in events:
        fold.apply(event)
    return fold


def ending(events: Sequence[RunEvent]) -> RunSummary:
    end = conclude(events)[-1]
    assert isinstance(end, RunFinished)
    return end.summary


@given(story=stories, commits=st.lists(st.integers(1, 31), max_size=4))
def test_offload_and_flags_of_a_replay_are_those_of_the_live_run(
    story: list[tuple[AgentId, Offload | str]], commits: list[int]
) -> None:
    events = events_of(story)
    live, replayed = folded(events), folded(journaled(events, commits))
    newest = {agent: step for agent, step in story if isinstance(step, Offload)}
    for agent in AgentId:
        assert live.agents[agent].offload == replayed.agents[agent].offload == newest.get(agent)
    assert live.summarise(live.last_ns) == replayed.summarise(replayed.last_ns)
    assert ending(journaled(events, commits)) == live.interrupted(INTERRUPTED)


def test_a_run_that_a_kill_cut_off_is_flagged_for_the_layers_that_were_not_on_the_gpu() -> None:
    partly = Offload(20, 34, 1_000, 571, 4_096)
    whole = Offload(99, 34, 1_000, 1_000, 4_096)
    summary = ending(journaled(events_of([(A, whole), (B, whole), (A, partly)]), []))
    assert [outcome.offload for outcome in summary.agents] == [partly, whole]
    (flag,) = summary.flags
    assert (flag.cause, flag.agent) == (Cause.PARTIAL_OFFLOAD, A)
    assert flag.text == "20 of 35 layers on the GPU, 57.1 % of the model in VRAM"


def test_a_run_of_a_journal_that_knew_no_offload_ends_without_one() -> None:
    summary = ending(journaled(events_of([(A, "asks"), (A, "ends"), (B, "writes")]), []))
    assert [outcome.offload for outcome in summary.agents] == [None, None]
    assert Cause.PARTIAL_OFFLOAD not in [flag.cause for flag in summary.flags]
