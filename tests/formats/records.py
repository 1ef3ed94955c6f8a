"""Finished runs for the tests of what is written and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.metrics import (
    AgentState,
    ClientTimings,
    RequestMetrics,
    ServerTimings,
    Step,
    total_of,
)
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.runs import AgentOutcome, RunState, RunSummary

STARTED = datetime(2026, 11, 21, 19, 33, 42, tzinfo=UTC)
MS = 1_000_000


def request(step: Step, *, tokens: int = 100, done_reason: str | None = "stop") -> RequestMetrics:
    """Total 2,600 ms: load 200, prefill 300, queue 100, decode 2,000; TTFT 620 ms."""
    server = ServerTimings(2600 * MS, 200 * MS, 900, None, 300 * MS, tokens, 2000 * MS)
    client = ClientTimings(5_000 * MS, 5_620 * MS, 5_620 * MS, 7_600 * MS, 7_601 * MS, tokens)
    return RequestMetrics(step, server, client, done_reason)


def unreported(step: Step) -> RequestMetrics:
    """A stream that was cut before anything came."""
    return RequestMetrics(step, ServerTimings(), ClientTimings(5_000 * MS), None)


def outcome(
    agent: AgentId = AgentId.A,
    *,
    options: Options | None = None,
    model: str = "gemma3:latest",
    requests: tuple[RequestMetrics, ...] | None = None,
) -> AgentOutcome:
    requests = (request("analysis"), request("report", tokens=140)) if requests is None else requests
    return AgentOutcome(
        agent=agent,
        state=AgentState.DONE,
        settings=AgentSettings(model, "http://127.0.0.1:11434", options or Options(num_gpu=80, temperature=0.8)),
        requests=requests,
        totals=total_of(requests),
        ingest_ns=30 * MS,
        analysis_ns=2620 * MS,
        report_ns=2630 * MS,
        files_analysed=101,
    )


def failed(agent: AgentId = AgentId.B) -> AgentOutcome:
    requests = (unreported("analysis"),)
    error = ErrorInfo("stream_cut", "the stream ended without its last line", "127.0.0.1:11434", "Run again.")
    return replace(
        outcome(agent, requests=requests), state=AgentState.FAILED, report_ns=0, error=error, facts_cut="cut"
    )


def summary(*agents: AgentOutcome, simulated: bool = False, state: RunState = RunState.DONE) -> RunSummary:
    return RunSummary(
        run_id="k3v9qa",
        state=state,
        mode="together",
        started_utc=STARTED,
        wall_ns=6000 * MS,
        simulated=simulated,
        folder="",
        agents=agents or (outcome(AgentId.A), outcome(AgentId.B)),
    )
