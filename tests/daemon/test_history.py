"""Runs of the journal folded again: a replay knows what the live run knew, whenever the daemon was killed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.daemon.history import with_metrics
from chimera_tui.domain.events import MetricsUpdated
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.grounding import CheckedNumber
from chimera_tui.domain.metrics import AgentState, Offload
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    Chunk,
    NumbersChecked,
    OffloadMeasured,
    RequestFinished,
    RequestSent,
    RunEvent,
    RunStarted,
    TextChecked,
    TokensArrived,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.domain.verdicts import Tally, Verdict
from chimera_tui.domain.wire import adapter
from chimera_tui.engine.agent_fold import OpenRequest
from chimera_tui.engine.fold import RunFold
from chimera_tui.engine.left_run import endings
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
    """Of a run whose daemon was killed."""
    fold = folded(events)
    for event in list(endings(fold)):
        fold.apply(event)
    return fold.summarise_ended()


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
    assert ending(journaled(events, commits)) == ending(events)


def grounded_run(*, repair: bool) -> list[RunEvent]:
    """One agent that is done; its report was checked, and may be being mended."""
    number = CheckedNumber(1, 0, 2, "67", Verdict.CONTRADICTED, truth="44")
    events: list[RunEvent] = [
        RunStarted("r", (A,), "together", (SETTINGS,), datetime(2026, 11, 21, tzinfo=UTC), 0),
        AgentStateChanged("r", A, AgentState.INGEST, MS, "ingest"),
        AgentStateChanged("r", A, AgentState.WRITING, 2 * MS, "report"),
        RequestSent("r", A, "report", 2 * MS, "", "p"),
        TokensArrived("r", A, "report", (Chunk(3 * MS, "67 files\n"),)),
        NumbersChecked("r", A, "report", 1, (number,)),
    ]
    if repair:
        record = OpenRequest("report", 2 * MS)
        events += [
            RequestFinished("r", A, record.metrics(ServerTimings(), "stop", 4 * MS)),
            AgentStateChanged("r", A, AgentState.DONE, 4 * MS),
            TextChecked("r", A, "report", Tally(contradicted=1)),
            RequestSent("r", A, "repair", 6 * MS, "", "p"),
            AgentStateChanged("r", A, AgentState.WRITING, 7 * MS, "repair"),
            TokensArrived("r", A, "repair", (Chunk(8 * MS, "44 files"),)),
        ]
    return events


def test_a_run_that_is_killed_while_a_report_is_mended_is_done_with_what_was_measured() -> None:
    summary = ending(journaled(grounded_run(repair=True), []))
    (outcome,) = summary.agents
    assert (summary.state, outcome.state, outcome.error) == (RunState.DONE, AgentState.DONE, None)
    assert summary.wall_ns == 4 * MS
    assert outcome.grounding == Tally(contradicted=1)
    assert outcome.repair is not None
    assert outcome.repair.why == "interrupted; the first text stays"
    assert [request.step for request in outcome.requests] == ["report"]


def test_what_was_checked_until_a_kill_counts() -> None:
    summary = ending(journaled(grounded_run(repair=False), []))
    assert summary.agents[0].state is AgentState.FAILED
    assert summary.agents[0].grounding == Tally(contradicted=1)


def test_a_replay_tells_the_tally_with_the_metrics() -> None:
    told = [event for event in with_metrics(grounded_run(repair=True)) if isinstance(event, MetricsUpdated)]
    assert told[0].metrics.grounding is None
    assert told[-1].metrics.grounding == Tally(contradicted=1)


def test_a_summary_of_a_journal_that_knew_no_checks_is_read_without_them() -> None:
    now = adapter(RunSummary).dump_python(ending(journaled(grounded_run(repair=False), [])), mode="json")
    for name in ("grounding", "remarks", "repair"):
        del now["agents"][0][name]
    before = adapter(RunSummary).validate_python(now)
    assert (before.agents[0].grounding, before.agents[0].remarks, before.agents[0].repair) == (None, (), None)
    assert before.grounding_score is None


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
