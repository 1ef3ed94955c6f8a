from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.metrics import AgentState, RequestMetrics, ServerTimings
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    Chunk,
    RequestFinished,
    RequestSent,
    RunStarted,
    TokensArrived,
)
from chimera_tui.domain.runs import RunState
from chimera_tui.engine.agent_fold import OpenRequest
from chimera_tui.engine.fold import RunFold

A, B = AgentId
MS = 1_000_000


def running(*agents: AgentId) -> RunFold:
    fold = RunFold()
    settings = tuple(AgentSettings("m", "http://h") for _ in agents)
    fold.apply(RunStarted("r", agents, "together", settings, datetime(2026, 11, 21, tzinfo=UTC), 0))
    return fold


def tokens(agent: AgentId, *at_ms: int, thinking: bool = False) -> TokensArrived:
    return TokensArrived("r", agent, "analysis", tuple(Chunk(at * MS, "x", thinking) for at in at_ms))


def test_ttft_is_the_first_text_and_the_first_answer_is_kept_apart() -> None:
    fold = running(A)
    fold.apply(RequestSent("r", A, "analysis", 100 * MS, "", ""))
    fold.apply(TokensArrived("r", A, "analysis", (Chunk(150 * MS, ""),)))
    fold.apply(tokens(A, 400, thinking=True))
    fold.apply(tokens(A, 900))
    (request,) = fold.agents[A].live(1_000 * MS).requests
    assert request.ttft_ns == 300 * MS
    assert request.client.first_answer_ns == 900 * MS
    assert request.client.chunks == 2


def test_the_rate_now_covers_two_seconds_and_falls_when_the_stream_pauses() -> None:
    fold = running(A)
    fold.apply(RequestSent("r", A, "analysis", 0, "", ""))
    assert fold.agents[A].live(0).rate_now is None
    for at in range(0, 5_000, 10):
        fold.apply(tokens(A, at))
    assert fold.agents[A].live(4_995 * MS).rate_now == pytest.approx(100, rel=0.02)
    paused = fold.agents[A].live(6_000 * MS).rate_now
    assert paused is not None and paused < 60
    assert fold.agents[A].live(9_000 * MS).rate_now == 0.0


def test_tokens_are_chunks_while_writing_and_exact_afterwards() -> None:
    fold = running(A)
    fold.apply(RequestSent("r", A, "analysis", 0, "", "", 50))
    fold.apply(tokens(A, 10, 20, 30))
    live = fold.agents[A].live(40 * MS)
    assert (live.tokens, live.tokens_exact, live.context_used) == (3, False, 53)
    record = fold.agents[A].open
    assert record is not None
    done = record.metrics(ServerTimings(prompt_tokens=60, eval_tokens=5, eval_ns=20 * MS), "stop", 40 * MS)
    fold.apply(RequestFinished("r", A, done))
    live = fold.agents[A].live(50 * MS)
    assert (live.tokens, live.tokens_exact, live.context_used, live.rate_now) == (5, True, 65, None)


def test_a_request_without_counts_is_counted_in_chunks_and_not_called_exact() -> None:
    fold = running(A)
    fold.apply(RequestSent("r", A, "analysis", 0, "", ""))
    fold.apply(tokens(A, 10, 20))
    record = fold.agents[A].open
    assert record is not None
    fold.apply(RequestFinished("r", A, record.metrics(None, None, 30 * MS)))
    live = fold.agents[A].live(40 * MS)
    assert (live.tokens, live.tokens_exact, live.context_used) == (2, False, None)


def test_elapsed_stands_still_at_the_end_and_steps_take_what_they_took() -> None:
    fold = running(A)
    for at, state, step in (
        (0, AgentState.INGEST, "ingest"),
        (50, AgentState.LOADING, "analysis"),
        (80, AgentState.WRITING, "analysis"),
        (1_050, AgentState.PREFILL, "report"),
        (3_050, AgentState.DONE, None),
    ):
        fold.apply(AgentStateChanged("r", A, state, at * MS, step))  # type: ignore[arg-type]
    assert fold.agents[A].live(9_000 * MS).elapsed_ns == 3_050 * MS
    outcome = fold.agents[A].outcome()
    assert (outcome.ingest_ns, outcome.analysis_ns, outcome.report_ns) == (50 * MS, 1_000 * MS, 2_000 * MS)
    assert outcome.span_ns == 3_050 * MS


@pytest.mark.parametrize(
    ("a", "b", "state"),
    [
        (AgentState.DONE, AgentState.DONE, RunState.DONE),
        (AgentState.DONE, AgentState.WRITING, RunState.RUNNING),
        (AgentState.FAILED, AgentState.DONE, RunState.FAILED),
        (AgentState.CANCELLED, AgentState.FAILED, RunState.CANCELLED),
        (AgentState.IDLE, AgentState.DONE, RunState.RUNNING),
    ],
)
def test_a_run_is_done_when_every_agent_is(a: AgentState, b: AgentState, state: RunState) -> None:
    fold = running(A, B)
    fold.agents[A].state, fold.agents[B].state = a, b
    assert fold.state is state


def test_a_killed_daemons_run_keeps_what_was_measured_and_is_failed() -> None:
    fold = running(A, B)
    fold.apply(AgentStateChanged("r", A, AgentState.WRITING, 10 * MS, "analysis"))
    fold.apply(RequestSent("r", A, "analysis", 20 * MS, "", ""))
    fold.apply(tokens(A, 120, 130))
    summary = fold.interrupted(ErrorInfo("interrupted", "the daemon was killed", "", "Run again."))
    assert summary.state is RunState.FAILED and summary.wall_ns == 130 * MS
    assert [outcome.state for outcome in summary.agents] == [AgentState.FAILED] * 2
    (kept,) = summary.agents[0].requests
    assert isinstance(kept, RequestMetrics) and kept.ttft_ns == 100 * MS


def test_streams_overlap_only_when_both_wrote_in_the_same_span() -> None:
    first, second = OpenRequest("analysis", 0), OpenRequest("analysis", 0)
    first.arrived((Chunk(10, "a"), Chunk(20, "b")))
    assert not first.overlaps(second)
    second.arrived((Chunk(20, "a"),))
    assert not first.overlaps(second)
    first.arrived((Chunk(30, "c"),))
    second.arrived((Chunk(40, "b"),))
    assert first.overlaps(second) and second.overlaps(first)
