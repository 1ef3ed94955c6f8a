"""Finished runs for the tests of what is written and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from chimera_tui.domain.environment import Environment, GpuInfo, HostInfo, ModelFacts
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.grounding import CheckedNumber, CheckedText, FactPlace, Remark
from chimera_tui.domain.metrics import AgentState, Offload, RequestMetrics, Step, total_of
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.repair import Repair
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import AgentOutcome, RunSummary, SeriesPlace
from chimera_tui.domain.telemetry import GpuSummary, Spread, TelemetrySummary
from chimera_tui.domain.timings import ClientTimings, ServerTimings
from chimera_tui.domain.verdicts import Tally, Verdict

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


TELEMETRY = TelemetrySummary(
    samples=7,
    seconds=6.0,
    gpus=(
        GpuSummary(
            index=0,
            name="NVIDIA H200",
            uuid="GPU-1",
            utilisation_percent=Spread(10.0, 55.5, 99.0, 7),
            memory_used_bytes=Spread(3e9, 4e9, 5e9, 7),
            power_w=Spread(80.0, 300.25, 400.0, 7),
            temperature_c=None,
            sm_clock_mhz=Spread(1200.0, 1800.0, 1980.0, 7),
            memory_clock_mhz=None,
            throttle=("sw_thermal",),
            other_processes=("train.py",),
        ),
    ),
    cpu_percent=Spread(1.0, 2.0, 3.0, 6),
    memory_used_bytes=Spread(1e9, 2e9, 3e9, 7),
    load_1m=Spread(0.5, 0.75, 1.0, 7),
    disk_read_bytes_per_s=None,
    disk_write_bytes_per_s=None,
    own_cpu_percent=Spread(1.5, 2.5, 3.5, 6),
    energy_j=1801.5,
)
ENVIRONMENT = Environment(
    version="0.3.0",
    commit="abc1234",
    host=HostInfo(
        os="Ubuntu 24.04",
        kernel="6.8.0",
        cpu="EPYC 9454",
        cpu_cores=16,
        memory_total_bytes=128_000_000_000,
        python="3.11.9",
        hostname_hash="0123456789ab",
        gpus=(GpuInfo("NVIDIA H200", 150_000_000_000, "GPU-1"),),
        driver="570.86",
        cuda="12.8",
        ollama_environment=(("OLLAMA_NUM_PARALLEL", "1"), ("OLLAMA_LLM_LIBRARY", "")),
    ),
    models=(
        ModelFacts("a", True, "0.33.3", "gemma3:latest", "a2af6cc3eb7f", "gemma3", "4.3B", "Q4_K_M", 34, 131072),
        ModelFacts("b", False, "", "gemma3:latest"),
    ),
    prompt_digests=(("a", "aaaaaaaaaaaa"), ("b", "bbbbbbbbbbbb")),
)
FLAGS = (
    Flag(Cause.QUEUED, "waited 24.5 s behind A", AgentId.B, "analysis", 24_500 * MS),
    Flag(Cause.OTHER_GPU_PROCESS, "train.py had memory of GPU 0"),
    Flag(Cause.PROMPT_CACHED, "890 of 900 tokens", AgentId.A, "report"),
)

GROUNDED = (
    "# Report\n\n## Key Findings\n- All 44 JSON files were read, 67 CSV files.\n- It is fast.\n\n0.5 ms and 9 s.\n"
)
CHECKED = CheckedText(
    numbers=(
        CheckedNumber(4, 6, 8, "44", Verdict.SUPPORTED, "json files", "", FactPlace("", "json files"), "equal"),
        CheckedNumber(
            4, 30, 32, "67", Verdict.CONTRADICTED, "csv files", "28", FactPlace("", "csv files"), "another count"
        ),
        CheckedNumber(
            7,
            0,
            3,
            "0.5",
            Verdict.MISATTRIBUTED,
            "latency",
            "ttft_s of a|b",
            FactPlace("reports/a.csv", "ttft_s", 2, "mean"),
            "seconds",
        ),
        CheckedNumber(7, 11, 12, "9", Verdict.UNSUPPORTED, "<b>time</b>"),
    ),
    remarks=(Remark("wrong date", 1, "dated 2023, written 2026"), Remark("cut", 0, "ends within a word")),
    lines=7,
    files=101,
)
"""What `GROUNDED` came to."""


def grounded(agent: AgentId = AgentId.A) -> AgentOutcome:
    """An agent that wrote `GROUNDED`."""
    repair = Repair(
        True, "1 of 1 contradicted numbers was mended", Tally(0, 1, 1, 1), CHECKED.tally, request("repair")
    )
    return replace(outcome(agent), grounding=CHECKED.tally, remarks=CHECKED.remarks, repair=repair)


def equipped() -> RunSummary:
    """A flagged run of a series, beside a GPU; A's offload was measured."""
    first = replace(outcome(AgentId.A), offload=Offload(80, 34, 5_000_000_000, 5_000_000_000, 4096))
    return replace(
        summary(first, outcome(AgentId.B)),
        flags=FLAGS,
        telemetry=TELEMETRY,
        environment=ENVIRONMENT,
        series=SeriesPlace("q7w2e9", 2, 5),
    )
