from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.domain.environment import Environment, HostInfo, ModelFacts
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.metrics import AgentState, Offload, RequestMetrics
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    Chunk,
    EnvironmentRecorded,
    FactsIngested,
    OffloadMeasured,
    RequestFinished,
    RequestSent,
    RunStarted,
    TelemetrySampled,
    TokensArrived,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.telemetry import GpuSample, HostSample, TelemetrySample
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine.agent_fold import OpenRequest
from chimera_tui.engine.fold import RunFold
from chimera_tui.engine.left_run import endings

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


def ended_by_a_kill(fold: RunFold) -> RunSummary:
    for event in list(endings(fold)):
        fold.apply(event)
    return fold.summarise_ended()


def test_a_killed_daemons_run_keeps_what_was_measured_and_is_failed() -> None:
    fold = running(A, B)
    fold.apply(AgentStateChanged("r", A, AgentState.WRITING, 10 * MS, "analysis"))
    fold.apply(RequestSent("r", A, "analysis", 20 * MS, "", ""))
    fold.apply(tokens(A, 120, 130))
    summary = ended_by_a_kill(fold)
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


def test_chunks_of_one_moment_are_no_rate() -> None:
    fold = running(A)
    fold.apply(RequestSent("r", A, "analysis", 0, "", ""))
    fold.apply(tokens(A, 10, 10, 10))
    assert fold.agents[A].live(10 * MS).rate_now is None
    fold.apply(tokens(A, 5))
    assert fold.agents[A].live(5 * MS).rate_now is None


# ---- what a run is told with -----------------------------------------------------------------------------


def finish(fold: RunFold, server: ServerTimings, closed_ms: int, agent: AgentId = A) -> RunSummary:
    """End the open request and give the run's summary."""
    record = fold.agents[agent].open
    assert record is not None
    fold.apply(RequestFinished("r", agent, record.metrics(server, "stop", closed_ms * MS)))
    return fold.summarise(closed_ms * MS)


def causes(summary: RunSummary) -> list[Cause]:
    return [flag.cause for flag in summary.flags]


def test_what_was_known_before_a_request_explains_its_wait() -> None:
    fold = running(A)
    sent = RequestSent(
        "r", A, "analysis", 0, "", "p" * 200, 60, loaded_before=True, reloads=("num_ctx",), reload_by="run before"
    )
    fold.apply(sent)
    fold.apply(tokens(A, *range(1_250, 3_250, 20)))
    load = ServerTimings(3_205 * MS, 900 * MS, 60, 0, 300 * MS, 100, 2_000 * MS)
    summary = finish(fold, load, 3_300)
    (flag,) = summary.flags
    assert (flag.cause, flag.agent, flag.step, flag.wait_ns) == (Cause.RELOAD_RUN_BEFORE, A, "analysis", 900 * MS)
    assert flag.text == "reload of 900 ms: num_ctx differs from that of the run before"


def test_what_was_known_of_one_request_does_not_stick_to_the_next() -> None:
    fold = running(A)
    fold.apply(RequestSent("r", A, "analysis", 0, "", "", loaded_before=False, reload_by="run before"))
    fold.apply(tokens(A, 1_250, 1_270))
    load = ServerTimings(3_205 * MS, 900 * MS, 60, 0, 300 * MS, 100, 2_000 * MS)
    finish(fold, load, 3_300)
    fold.apply(RequestSent("r", A, "report", 4_000 * MS, "", "", loaded_before=False))
    fold.apply(tokens(A, 5_250, 5_270))
    assert causes(finish(fold, load, 7_300)) == [Cause.RELOAD_RUN_BEFORE, Cause.COLD_LOAD]


def test_a_cut_prompt_is_found_from_what_was_sent_and_the_measured_context() -> None:
    fold = running(A)
    fold.apply(FactsIngested("r", A, 3, 9, 0, "", 0, context_size=32_768))
    fold.apply(RequestSent("r", A, "analysis", 0, "s" * 4_000, "p" * 14_000, 6_000, loaded_before=True))
    fold.apply(tokens(A, 350, 370))
    fold.apply(OffloadMeasured("r", A, Offload(None, 34, 1_000, 1_000, 4_096), 380 * MS))
    server = ServerTimings(2_305 * MS, MS, 2_100, 0, 300 * MS, 100, 2_000 * MS)
    assert causes(finish(fold, server, 3_300)) == [Cause.PROMPT_TRUNCATED]


def _slowed(fold: RunFold, *local: bool) -> RunSummary:
    gpu = GpuSample(0, "GPU", "u0", throttle=("sw_thermal",))
    fold.apply(TelemetrySampled("r", TelemetrySample(0, HostSample(), (gpu,))))
    host = HostInfo("Linux", "6", "cpu", 2, None, "3.11", "0" * 12)
    models = tuple(ModelFacts("a", each, "0.33", "m") for each in local)
    fold.apply(EnvironmentRecorded("r", Environment("1", "", host, models)))
    return fold.summarise(MS)


def test_hardware_explains_a_run_only_where_it_ran_the_model() -> None:
    assert causes(_slowed(running(A), True)) == [Cause.THROTTLED]
    assert causes(_slowed(running(A), False)) == []
    assert _slowed(running(A), False).telemetry is not None


def test_a_runs_energy_reaches_to_its_end_though_the_last_sample_is_older() -> None:
    fold = running(A)
    for second in range(3):
        gpu = GpuSample(0, "GPU", "u0", power_w=100.0)
        fold.apply(TelemetrySampled("r", TelemetrySample(second * 1_000 * MS, HostSample(), (gpu,))))
    told = fold.summarise(2_900 * MS).telemetry
    assert told is not None and told.energy_j == pytest.approx(290)


def test_a_killed_daemons_run_is_told_to_lack_its_done_line() -> None:
    fold = running(A)
    fold.apply(AgentStateChanged("r", A, AgentState.WRITING, 10 * MS, "analysis"))
    fold.apply(RequestSent("r", A, "analysis", 20 * MS, "", "", loaded_before=True))
    fold.apply(tokens(A, 120, 130))
    summary = ended_by_a_kill(fold)
    (flag,) = summary.flags
    assert flag.cause is Cause.NO_DONE and flag.text.endswith(
        "after 2 chunks: interrupted: the daemon was killed while the run went on"
    )


counters = st.one_of(st.none(), st.integers(-5, 10**11))


@given(
    sent=st.integers(0, 10**10),
    stamps=st.lists(st.integers(0, 10**11), max_size=8),
    server=st.builds(ServerTimings, *[counters] * 7),
)
def test_the_parts_of_a_random_stream_sum_to_its_ttft(sent: int, stamps: list[int], server: ServerTimings) -> None:
    fold = running(A)
    fold.apply(RequestSent("r", A, "analysis", sent, "", ""))
    for at in stamps:
        fold.apply(TokensArrived("r", A, "analysis", (Chunk(at, "x"),)))
        now = fold.agents[A].live(at).rate_now
        assert now is None or 0 <= now < 100_000
    (outcome,) = finish(fold, server, 10**6).agents
    (request,) = outcome.requests
    assert request.ttft_ns == (stamps[0] - sent if stamps and stamps[0] > sent else None)
    parts = request.ttft_parts
    if parts is not None:
        pieces = (parts.queue_ns, parts.load_ns, parts.prefill_ns, parts.first_decode_ns, parts.rest_ns)
        assert sum(pieces) == request.ttft_ns and min(pieces) >= 0
