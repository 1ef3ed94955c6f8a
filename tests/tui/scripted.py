"""A daemon that follows a script: the viewer's boundary is its connection, and this stands in for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from chimera_tui.client.campaigns import Steering
from chimera_tui.domain.campaign_outline import CampaignOutline
from chimera_tui.domain.campaign_view import CampaignView
from chimera_tui.domain.comparison import ComparisonView
from chimera_tui.domain.errors import ChimeraError, ErrorInfo
from chimera_tui.domain.events import (
    Attached,
    CaughtUp,
    Event,
    FactsRead,
    FilesChanged,
    MetricsUpdated,
    ModelInfo,
    ScanFinished,
    ServerSeen,
    SettingsChanged,
    WatchModeChanged,
)
from chimera_tui.domain.inventory import FileContent, FileEntry
from chimera_tui.domain.metrics import AgentState, LiveMetrics, Offload, RequestMetrics, Step, total_of
from chimera_tui.domain.names import FileKind, kind_of
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.rows import Axis, Growth
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    Chunk,
    OffloadMeasured,
    RequestFinished,
    RequestSent,
    RunFinished,
    RunStarted,
    TokensArrived,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import AgentOutcome, RunPage, RunRequest, RunSummary
from chimera_tui.domain.statistics import StatisticsView
from chimera_tui.domain.timings import ClientTimings, ServerTimings

MS = 1_000_000
HOST = "http://127.0.0.1:11434"
RUN = "k3v9qa"
STARTED = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
MTIME = 1_763_146_410_000_000_000


@dataclass
class ScriptedConnection:
    """Gives the batches that are put into `script`; records the commands."""

    script: asyncio.Queue[Sequence[Event] | None] = field(default_factory=asyncio.Queue)
    commands: list[tuple[object, ...]] = field(default_factory=list)
    refuse: ChimeraError | None = None
    history: list[RunSummary] = field(default_factory=list)
    """Newest first."""
    compared: ComparisonView | None = None
    statistics: StatisticsView | None = None
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, statistics and pages take as long as a test likes."""
    campaign_views: list[CampaignView] = field(default_factory=list)
    """Newest first."""
    content: FileContent = field(default_factory=lambda: FileContent("reports/a.md", FileKind.MD, "# Notes\n", 8))
    grown: Growth | None = None
    """What any file's rows tell."""

    def __post_init__(self) -> None:
        self.answering.set()

    async def event_batches(self) -> AsyncIterator[Sequence[Event]]:
        while (batch := await self.script.get()) is not None:
            yield batch

    async def status(self) -> object:
        await self.answering.wait()
        return None

    async def _take(self, *command: object) -> None:
        self.commands.append(command)
        if self.refuse is not None:
            raise self.refuse

    async def start_run(self, request: RunRequest) -> str:
        await self._take("start", request)
        return RUN

    async def cancel(self, agent: AgentId | None = None) -> None:
        await self._take("cancel", agent)

    async def retry(self) -> None:
        await self._take("retry")

    async def change(self, agent: AgentId, name: str, value: str | None) -> None:
        await self._take("change", agent, name, value)

    async def page(self, limit: int, skip: int = 0) -> RunPage:
        await self._take("page", limit, skip)
        await self.answering.wait()
        return RunPage(len(self.history), tuple(self.history[skip : skip + limit]))

    async def compare(self, a: Sequence[str], b: Sequence[str], include_flagged: bool = False) -> ComparisonView:
        await self._take("compare", list(a), list(b), include_flagged)
        assert self.compared is not None
        return self.compared

    async def run_statistics(self, run_id: str) -> StatisticsView:
        await self.answering.wait()
        await self._take("run_statistics", run_id)
        assert self.statistics is not None
        return replace(self.statistics, figures=())

    async def series_statistics(self, series_id: str, include_flagged: bool = False) -> StatisticsView:
        await self.answering.wait()
        await self._take("series_statistics", series_id, include_flagged)
        assert self.statistics is not None
        return self.statistics

    async def campaigns(self) -> Sequence[CampaignOutline]:
        await self._take("campaigns")
        return [view.outline for view in self.campaign_views]

    async def campaign(self, name: str) -> CampaignView:
        await self._take("campaign", name)
        await self.answering.wait()
        return next(view for view in self.campaign_views if view.outline.campaign_id == name)

    async def steer_campaign(self, name: str, kind: Steering, cell: str = "", amount: int = 0) -> CampaignOutline:
        await self._take("steer", name, kind, cell, amount)
        return next(view.outline for view in self.campaign_views if view.outline.campaign_id == name)

    async def run(self, run_id: str) -> RunSummary:
        await self._take("run", run_id)
        return next(run for run in self.history if run.run_id == run_id)

    async def refresh(self) -> None:
        await self._take("refresh")

    async def preview(self, path: str) -> FileContent:
        await self._take("preview", path)
        return self.content

    async def growth(
        self, path: str, columns: Sequence[str] = (), points: int = 1_000, axis: Axis | None = None
    ) -> Growth:
        await self._take("growth", path, tuple(columns), axis)
        assert self.grown is not None
        return self.grown

    async def aclose(self) -> None:
        return None


def settings(**options: float) -> AgentSettings:
    return AgentSettings("gemma3:latest", HOST, Options(**options))  # type: ignore[arg-type]


def files() -> tuple[FileEntry, ...]:
    names = (
        "reports/README.md",
        "reports/gemma3/baseline.csv",
        "reports/gemma3/baseline.json",
        "reports/gemma3/param_tuning.csv",
        "reports/gemma3/summary.md",
        "reports/llama3/quant_bench.csv",
        "reports/llama3/system_metrics.json",
        "reports/profiling/notes.txt",
    )
    return tuple(
        FileEntry(name, kind_of(name), 1_500 + 700 * i, MTIME + i * 10**9) for i, name in enumerate(names)
    )


def past(*, simulated: bool = True, version: str = "0.33.3-chimera-simulator") -> list[Event]:
    """What a viewer is told when it attaches and nothing has run yet."""
    models = (
        ModelInfo("gemma3:latest", 3_338_801_804, "4.3B", "Q4_K_M", "gemma3", "a2af6cc3eb7f", 34, 131_072),
        ModelInfo("llama3.1:8b", 4_920_753_328, "8.0B", "Q4_0", "llama", "46e0c10c039e"),
    )
    return [
        Attached("0.1.0", ("/data/reports",), ("reports",), 1, "gpubox"),
        FilesChanged(files(), initial=True),
        ScanFinished(8, 4, 3 * MS),
        WatchModeChanged("inotify"),
        FactsRead(7, 7, 412),
        ServerSeen(HOST, version, models, simulated),
        *(SettingsChanged(agent, settings(num_gpu=80, num_ctx=4096)) for agent in AgentId),
        *(OffloadMeasured("", agent, Offload(80, 34), 0) for agent in AgentId),
        CaughtUp(),
    ]


def request(
    step: Step, *, ttft_ms: int = 831, open_: bool = False, silent: bool = False, chunks: int = 600
) -> RequestMetrics:
    """A finished request, one that is being written, or one that has said nothing yet."""
    sent = 5_000 * MS
    if silent:
        return RequestMetrics(step, ServerTimings(), ClientTimings(sent))
    client = ClientTimings(
        sent, sent + ttft_ms * MS, sent + ttft_ms * MS, sent + (ttft_ms + 15_000) * MS, None, chunks
    )
    server = ServerTimings(
        total_ns=(ttft_ms + 15_010) * MS,
        load_ns=(516 if ttft_ms > 600 else 2) * MS,
        prompt_tokens=1_210,
        prompt_ns=290 * MS,
        eval_tokens=612,
        eval_ns=15_000 * MS,
    )
    return RequestMetrics(step, ServerTimings() if open_ else server, client, None if open_ else "stop")


def started(*agents: AgentId) -> list[Event]:
    who = agents or tuple(AgentId)
    asked = tuple(settings(num_gpu=80, num_ctx=4096) for _ in who)
    return [RunStarted(RUN, who, "together", asked, STARTED, 0, True)]


def state(agent: AgentId, state: AgentState, **more: object) -> list[Event]:
    """A change of state with the metrics that go with it."""
    step = more.pop("step", None)
    why = str(more.pop("why", ""))
    error = more.pop("error", None)
    assert error is None or isinstance(error, ErrorInfo)
    live = LiveMetrics(state, step, why, **more)  # type: ignore[arg-type]
    return [
        AgentStateChanged(RUN, agent, state, 0, step, why, error),  # type: ignore[arg-type]
        MetricsUpdated(RUN, agent, live),
    ]


def writes(agent: AgentId, step: Step, text: str) -> list[Event]:
    chunks = tuple(Chunk(n, text[i : i + 4]) for n, i in enumerate(range(0, len(text), 4)))
    return [RequestSent(RUN, agent, step, 0, "", ""), TokensArrived(RUN, agent, step, chunks)]


def finished(*, state: AgentState = AgentState.DONE, error: ErrorInfo | None = None) -> list[Event]:
    """Both agents' ends and the run's."""
    requests = (request("analysis"), request("report", ttft_ms=322))
    outcomes = tuple(
        AgentOutcome(
            agent, state, settings(num_gpu=80), requests, total_of(requests), 60 * MS, 16_000 * MS, 15_400 * MS, 7
        )
        for agent in AgentId
    )
    run_state = RunState.DONE if state is AgentState.DONE else RunState.FAILED
    folder = "/data/reports/chimera_runs/20261121T200000Z-k3v9qa"
    summary = RunSummary(RUN, run_state, "together", STARTED, 31_500 * MS, True, folder, outcomes)
    events: list[Event] = []
    for agent in AgentId:
        live = LiveMetrics(
            state,
            "report",
            elapsed_ns=31_460 * MS,
            tokens=1_224,
            requests=requests,
            context_used=1_822,
            context_size=4_096,
        )
        events += [
            AgentStateChanged(RUN, agent, state, 0, "report", "", error),
            RequestFinished(RUN, agent, requests[1], error),
            OffloadMeasured(RUN, agent, Offload(80, 34, 4_000_000_000, 4_000_000_000, 4096), 0),
            MetricsUpdated(RUN, agent, live),
        ]
    return [*events, RunFinished(RUN, summary)]


REPORT_A = """# Data inventory

**Directory coverage**

- `reports/gemma3`: 2 csv, 1 json, 1 md
- `reports/llama3`: 1 csv, 1 json

| type | files | latest modified |
|---|---:|---|
| csv | 3 | 2025-11-14 18:53:35 UTC |
| json | 2 | 2025-11-14 18:53:36 UTC |
| md | 2 | 2025-11-14 18:53:34 UTC |

## Gaps in telemetry

1. No GPU power or temperature in `baseline.csv`.
2. `system_metrics.json` has no time stamps.
"""

REPORT_B = """# Executive summary

Throughput of **gemma3** is steady at 102.3 tok/s; TTFT has a mean of **0.118 s**.

## Recommendations

1. Keep `num_gpu` at 80: all 35 layers fit.
2. Lower `num_ctx` to 2048 where prompts are short.
"""
