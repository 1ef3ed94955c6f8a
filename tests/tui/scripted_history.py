"""Runs of the past, and a comparison of some, for the screens that show them."""

from __future__ import annotations

from datetime import timedelta

from chimera_tui.domain.comparison import ComparedMetric, ComparisonView, LeftOut, SettingDifference
from chimera_tui.domain.environment import Environment, GpuInfo, HostInfo, ModelFacts
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.grounding import Remark
from chimera_tui.domain.metrics import AgentState, Offload, total_of
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import AgentOutcome, RunSummary, SeriesPlace
from chimera_tui.domain.statistics import FigureStatistics, Itl, Outlier, StatisticsView
from chimera_tui.domain.telemetry import GpuSample, HostSample, TelemetrySample, TelemetrySummary, summarise
from chimera_tui.domain.verdicts import Tally
from tests.tui.scripted import HOST, MS, STARTED, request, settings

A, B = AgentId
COLD = Flag(Cause.COLD_LOAD, "loading the model took 12.4 s before the first prompt", A, "analysis", 12_400 * MS)
CACHED = Flag(Cause.PROMPT_CACHED, "1,198 of 1,210 prompt tokens came from the cache", B, "report")

WRONG_DATE = Remark("wrong date", 3, "says it is of October 26, 2023; it was written on 2026-11-21")


def outcome(
    agent: AgentId, *, own: AgentSettings | None = None, ttft_ms: int = 831, remarks: tuple[Remark, ...] = ()
) -> AgentOutcome:
    requests = (request("analysis", ttft_ms=ttft_ms), request("report", ttft_ms=322))
    return AgentOutcome(
        agent,
        AgentState.DONE,
        own or settings(num_gpu=80, num_ctx=4096, temperature=0.8),
        requests,
        total_of(requests),
        60 * MS,
        16_000 * MS,
        15_400 * MS,
        7,
        offload=Offload(80, 34, 4_000_000_000, 4_000_000_000, 4096),
        grounding=Tally(12, 2, 0, 1) if agent is A else Tally(8, 0, 1, 1),
        remarks=remarks,
    )


def run(
    run_id: str,
    age_minutes: int = 0,
    *,
    agents: tuple[AgentOutcome, ...] | None = None,
    state: RunState = RunState.DONE,
    flags: tuple[Flag, ...] = (),
    series: SeriesPlace | None = None,
    simulated: bool = False,
    full: bool = False,
) -> RunSummary:
    """A finished run of both agents; `full` has telemetry and surroundings too."""
    return RunSummary(
        run_id,
        state,
        "together",
        STARTED - timedelta(minutes=age_minutes),
        31_500 * MS,
        simulated,
        f"/data/reports/chimera_runs/{run_id}",
        agents if agents is not None else (outcome(A), outcome(B, ttft_ms=1_902)),
        flags,
        telemetry=telemetry() if full else None,
        environment=surroundings() if full else None,
        series=series,
    )


def telemetry() -> TelemetrySummary | None:
    samples = [
        TelemetrySample(
            second * 1_000 * MS,
            HostSample(12.0 + second, 9_000_000_000, 64_000_000_000, 1.5, own_cpu_percent=4.5),
            (GpuSample(0, "NVIDIA RTX 4080", "GPU-1", 88.0 + second, 6_000_000_000, 16_000_000_000, 212.5, 320.0,
                       61.0, 2_700.0, 11_200.0, ("sw_power_cap",)),),
        )
        for second in range(4)
    ]  # fmt: skip
    return summarise(samples)


def surroundings() -> Environment:
    host = HostInfo("Ubuntu 24.04", "6.8.0", "AMD Ryzen 9 7950X", 32, 64_000_000_000, "3.12.3", "1f0c9a7be2d4",
                    gpus=(GpuInfo("NVIDIA RTX 4080", 16_000_000_000),), driver="550.54", cuda="12.4")  # fmt: skip
    model = ModelFacts(
        "a", True, "0.33.3", "gemma3:latest", "a2af6cc3eb7f", "gemma3", "4.3B", "Q4_K_M", 34, 131_072
    )
    return Environment("0.1.0", "abca398d02", host, (model,), (("a", "9f1c2d3e4b5a"),))


def place(index: int, of: int = 5, *, warm_up: bool = False, series_id: str = "p2m4xy") -> SeriesPlace:
    return SeriesPlace(series_id, index, of, "warmup" if warm_up else "measured")


def some_runs() -> list[RunSummary]:
    """Newest first: one that goes on, a series with its warm-up, runs with flags, a failure, another model."""
    other = AgentSettings("llama3.1:8b", HOST)
    ids = ("w6qm3d", "p2m4xy", "bfe27h", "x9crtk", "ja5nup")
    series = [run(name, 10 + 2 * n, series=place(5 - n), flags=(CACHED,)) for n, name in enumerate(ids)]
    twenty = (
        outcome(A, own=settings(num_gpu=20, num_ctx=4096)),
        outcome(B, own=settings(num_gpu=20, num_ctx=4096), remarks=(WRONG_DATE,)),
    )
    return [
        run("k3v9qa", 0, agents=(), state=RunState.RUNNING),
        *series,
        run("h8z2ws", 21, series=place(1, 1, warm_up=True), flags=(COLD, CACHED)),
        run("t4y6mm", 60, agents=twenty, full=True, flags=(COLD,)),
        run("d7k9pe", 95, agents=(outcome(A, own=other),)),
        run("n3b5ga", 1_500, state=RunState.FAILED, simulated=True),
        run("c2v8xx", 3_000, simulated=True),
    ]


def statistics() -> StatisticsView:
    """Of the series of `some_runs`."""
    rows: list[FigureStatistics] = []
    for agent in AgentId:
        rows += [
            FigureStatistics(
                "decode rate", agent.value, "tok/s", 5, 40.16, 0.3194, 40.1, 0.00795, 39.9, 40.42, 39.8, 40.6
            ),
            FigureStatistics(
                "TTFT, analysis",
                agent.value,
                "ns",
                5,
                8.4e8,
                9.6e6,
                8.31e8,
                0.0114,
                8.31e8,
                8.5e8,
                8.31e8,
                1.21e9,
                "drift: rising by 3.1 % a run (p = 0.0028)",
                (Outlier("w6qm3d", 1.21e9, 45.6),) if agent is A else (),
            ),
            FigureStatistics(
                "tokens", agent.value, "tokens", 5, 1_224.0, 0.0, 1_224.0, 0.0, 1_224.0, 1_224.0, 1_224.0, 1_224.0
            ),
        ]
    rows.append(
        FigureStatistics("wall", "", "ns", 5, 3.15e10, 2.1e8, 3.15e10, 0.0067, 3.13e10, 3.17e10, 3.12e10, 3.18e10)
    )
    rows.append(
        FigureStatistics("energy per token", "", "J/token", 2, 2.71, 0.02, 2.71, 0.0074, None, None, 2.7, 2.72)
    )
    itl = tuple(Itl(agent.value, 6_110, 2.44e7, 2.41e7, 2.62e7, 4.03e7, 8.02e7) for agent in AgentId)
    ids = ("ja5nup", "x9crtk", "bfe27h", "p2m4xy", "w6qm3d")
    caution = "5 runs: the interval is rough, most likely too narrow; drift and outliers are hard to see"
    remarks = (
        "A TTFT, analysis: drift: rising by 3.10 % a run, 12.4 % from first to last (p = 0.00280)",
        "A TTFT, analysis: w6qm3d with 1.21 s (45.6 % above) lies far off the others' median of 831 ms",
        "8 figures were looked at for outliers (by chance in 1 of 1,000)",
    )
    return StatisticsView(ids, itl, tuple(rows), ("h8z2ws",), (), 0, caution, remarks)


def many_runs(count: int) -> list[RunSummary]:
    """Ids tell the age: `r00000` is the newest."""
    agents = (outcome(A), outcome(B))
    return [run(f"r{number:05d}", number, agents=agents) for number in range(count)]


def comparison(*, flagged: bool = False) -> ComparisonView:
    slow, fast = (11.9, 12.1, 12.0, 11.8, 12.2), (39.8, 40.4, 40.1, 40.6, 39.9)
    rate = "Agent A, decode rate: B is 3.35× as fast (95 % interval 3.26–3.44×); distinguishable from chance."
    ttft = "Agent A, TTFT, analysis: B is between 0.60 % sooner and 2.90 % later; no difference can be told."
    metrics = (
        ComparedMetric("decode rate", "a", "tok/s", slow, fast, 12.0, 40.16, 234.7, 226.1, 243.9, 0.0079,
                       "better", rate),
        ComparedMetric("TTFT, analysis", "a", "ns", (8.31e8,) * 5, (8.4e8,) * 5, 8.31e8, 8.4e8, 1.08, -0.6, 2.9,
                       0.22, "no difference", ttft),
        ComparedMetric("tokens", "a", "tokens", (1224.0,), (1230.0,), 1224.0, 1230.0, 0.49,
                       words="Agent A, tokens: B was 0.49 % higher; too few to tell."),
        ComparedMetric("energy per token", "", "J", (), (), None, None),
    )  # fmt: skip
    return ComparisonView(
        ("p9x3bb", "q2w8ee", "r5m4jj", "s7d2kk", "t4y6mm"),
        ("ja5nup", "x9crtk", "bfe27h", "p2m4xy", "w6qm3d"),
        (rate, ttft),
        metrics,
        (SettingDifference("num_gpu", "20 of 35 layers", "all 35 layers", "a"),),
        () if flagged else (LeftOut("h8z2ws", "b", "cold load"),),
        ("5 runs each: the intervals are rough, most likely too narrow",),
    )
