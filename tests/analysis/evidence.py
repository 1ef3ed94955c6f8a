"""Evidence of runs with chosen waits, prompts and answers, for the tests of the causes."""

from __future__ import annotations

from dataclasses import replace

from chimera_tui.analysis.causes import classify
from chimera_tui.analysis.causes_evidence import AgentEvidence, RequestEvidence, RunEvidence
from chimera_tui.domain.flags import Flag
from chimera_tui.domain.metrics import Offload, RequestMetrics, Step
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_events import ReloadBy
from chimera_tui.domain.telemetry import (
    GpuProcess,
    GpuSample,
    HostSample,
    TelemetrySample,
    TelemetrySummary,
    summarise,
)
from chimera_tui.domain.timings import ClientTimings, ServerTimings

A, B = AgentId
MS = 1_000_000
HOST = "http://127.0.0.1:11434"


def request(
    sent_ms: int = 0,
    *,
    queue_ms: int = 4,
    load_ms: int = 1,
    prompt_ms: int = 300,
    eval_ms: int = 4_000,
    tokens: int | None = 100,
    prompt_tokens: int = 500,
    step: Step = "analysis",
    before: RequestEvidence | None = None,
) -> RequestEvidence:
    """A clean request unless told otherwise; `before` gives what was known before it was sent."""
    first = sent_ms + queue_ms + load_ms + prompt_ms + 20
    total = queue_ms + load_ms + prompt_ms + eval_ms
    server = ServerTimings(total * MS, load_ms * MS, prompt_tokens, None, prompt_ms * MS, tokens, eval_ms * MS)
    last = (first + eval_ms) * MS
    client = ClientTimings(sent_ms * MS, first * MS, first * MS, last, last + MS, tokens or 0)
    metrics = RequestMetrics(step, server, client, "stop")
    return replace(before or RequestEvidence(metrics, 2_000, prompt_tokens, True), metrics=metrics)


def agent(
    who: AgentId, *requests: RequestEvidence, offload: Offload | None = None, **options: int
) -> AgentEvidence:
    return AgentEvidence(who, AgentSettings("m", HOST, Options(**options)), requests, offload)


def flags_of(*agents: AgentEvidence, telemetry: TelemetrySummary | None = None) -> tuple[Flag, ...]:
    return classify(RunEvidence(agents, telemetry))


def only(*agents: AgentEvidence, telemetry: TelemetrySummary | None = None) -> Flag:
    (flag,) = flags_of(*agents, telemetry=telemetry)
    return flag


def before(
    loaded: bool | None = True, reloads: tuple[str, ...] = (), by: ReloadBy = "", **more: object
) -> RequestEvidence:
    known = RequestEvidence(request().metrics, 2_000, 500, loaded, reloads, by)
    return replace(known, **more)  # type: ignore[arg-type]


def telemetry(throttle: tuple[str, ...] = (), *processes: str) -> TelemetrySummary:
    running = tuple(GpuProcess(index, name, 2**30) for index, name in enumerate(processes, 100))
    gpu = GpuSample(0, "GPU", "u0", sm_clock_mhz=1_200.0, throttle=throttle, processes=running)
    told = summarise([TelemetrySample(0, HostSample(), (gpu,)), TelemetrySample(10**9, HostSample(), (gpu,))])
    assert told is not None
    return told
