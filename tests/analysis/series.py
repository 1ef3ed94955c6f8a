"""Runs of a series with chosen figures, for the tests of statistics and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.metrics import Offload, RequestMetrics, Step
from chimera_tui.domain.options import AgentId, Options
from chimera_tui.domain.runs import RunSummary, SeriesPlace
from chimera_tui.domain.timings import ClientTimings, ServerTimings
from tests.formats.records import MS, STARTED, outcome, summary

Role = Literal["warmup", "measured", "solo"]


def request(step: Step, *, rate: float, ttft_ms: float, tokens: int = 101) -> RequestMetrics:
    """One answer decoded at `rate` tok/s whose first token took `ttft_ms`."""
    eval_ns = round((tokens - 1) / rate * 1e9)
    server = ServerTimings(eval_ns + 300 * MS, 100 * MS, 900, None, 200 * MS, tokens, eval_ns)
    first = 5_000 * MS + round(ttft_ms * MS)
    return RequestMetrics(
        step, server, ClientTimings(5_000 * MS, first, first, first + eval_ns, first + eval_ns, tokens), "stop"
    )


def run(
    index: int,
    *,
    name: str = "r",
    rate: float = 50.0,
    ttft_ms: float = 320.0,
    agents: Sequence[AgentId] = (AgentId.A, AgentId.B),
    options: Options | None = None,
    blocks: int | None = None,
    causes: Sequence[Cause] = (),
    role: Role = "measured",
    wall_ns: int = 6_000 * MS,
) -> RunSummary:
    """Both agents at one rate and one TTFT; `index` is also the run's place in time."""
    requests = (
        request("analysis", rate=rate, ttft_ms=ttft_ms),
        request("report", rate=rate, ttft_ms=ttft_ms),
    )
    outcomes = tuple(
        replace(
            outcome(agent, requests=requests, options=options),
            offload=None if blocks is None else Offload((options or Options()).num_gpu, blocks),
        )
        for agent in agents
    )
    return replace(
        summary(*outcomes),
        run_id=f"{name}{index}",
        started_utc=STARTED + timedelta(minutes=index),
        wall_ns=wall_ns,
        flags=tuple(Flag(cause, cause.value) for cause in causes),
        series=SeriesPlace(f"series{name}", index + 1, 9, role),
    )


def group(name: str, rates: Sequence[float], **rest: object) -> list[RunSummary]:
    return [run(index, name=name, rate=rate, **rest) for index, rate in enumerate(rates)]  # type: ignore[arg-type]
