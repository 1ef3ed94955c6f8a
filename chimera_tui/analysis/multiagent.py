"""The older benchmark's figures computed anew from what its files hold, and what their names really mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chimera_tui.formats.multiagent import MultiagentRun, MultiagentSweep, StatedResult, StatedRun, StatedTimings

TOLERANCE = 1e-9
"""Relative: rounding of sums, nothing more."""
CONTENTION_BELOW = 1.5

MEANINGS = (
    ("throughput", "generated tokens by the server's eval time; our decode rate leaves out the first token"),
    ("TTFT", "client side: load and queueing are in it"),
    (
        "speedup",
        "both agents' time by the wall, waiting for the other included: no run of either agent alone is in it",
    ),
    ("efficiency", "speedup / 2: what is called overlap efficiency here"),
    ("contention", "only says that the speedup is below 1.5"),
    ("deltas", "throughput is insight less collector, TTFT is collector less insight"),
)
"""Name → what it is in these files."""


@dataclass(frozen=True, slots=True)
class Check:
    """A stated figure beside the same computed anew."""

    name: str
    unit: str
    stated: float | None
    recomputed: float | None
    """None when the file does not hold what it is made of."""

    @property
    def differs(self) -> bool:
        """By more than rounding; a figure that is missing on either side does not differ."""
        if self.stated is None or self.recomputed is None:
            return False
        return not math.isclose(self.stated, self.recomputed, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


@dataclass(frozen=True, slots=True)
class AgentInsight:
    """What the file's own durations say of one agent beyond what it states."""

    label: str
    decode_rate: float | None
    """Σ(tokens − 1) / Σ eval, tok/s."""
    queue_ms: float | None
    """total − load − prefill − eval: the part of the TTFT that is neither load nor prefill."""


def check_run(run: MultiagentRun) -> tuple[Check, ...]:
    """Every figure that one run's file states."""
    s = run.stated
    spans = (run.collector.execution_time_s, run.insight.execution_time_s)
    sequential = None if None in spans else sum(span for span in spans if span is not None)
    return (
        *_agent_checks("collector", run.collector, s.collector_throughput_tokens_per_s, s.collector_ttft_ms),
        *_agent_checks("insight", run.insight, s.insight_throughput_tokens_per_s, s.insight_ttft_ms),
        Check("sequential estimate", "s", s.sequential_estimated_s, sequential),
        *check_stated(s),
    )


def check_stated(s: StatedRun) -> tuple[Check, ...]:
    """The figures of a run that follow from its other stated figures."""
    ratio = _divided(s.sequential_estimated_s, s.concurrent_wall_time_s)
    contention = None if ratio is None else float(ratio < CONTENTION_BELOW)
    stated = None if s.resource_contention_detected is None else float(s.resource_contention_detected)
    return (
        Check("speedup", "", s.concurrency_speedup, ratio),
        Check("efficiency", "%", s.efficiency_percent, None if ratio is None else 50 * ratio),
        Check(
            "throughput delta",
            "tok/s",
            s.throughput_delta_tokens_per_s,
            _less(s.insight_throughput_tokens_per_s, s.collector_throughput_tokens_per_s),
        ),
        Check("TTFT delta", "ms", s.ttft_delta_ms, _less(s.collector_ttft_ms, s.insight_ttft_ms)),
        Check("contention", "", stated, contention),
    )


def check_sweep(sweep: MultiagentSweep) -> tuple[Check, ...]:
    """The averages of a sweep over its runs."""
    runs = sweep.runs
    speedups = [run.concurrency_speedup for run in runs]
    efficiencies = [run.efficiency_percent for run in runs]
    rates = [run.throughput_delta_tokens_per_s for run in runs]
    waits = [run.ttft_delta_ms for run in runs]
    return (
        Check("average speedup", "", sweep.average_speedup, _mean(speedups)),
        Check("average efficiency", "%", sweep.average_efficiency_percent, _mean(efficiencies)),
        Check("average throughput delta", "tok/s", sweep.average_throughput_delta_tokens_per_s, _mean(rates)),
        Check("average TTFT delta", "ms", sweep.average_ttft_delta_ms, _mean(waits)),
    )


def insight_of(result: StatedResult) -> AgentInsight:
    """Decode rate and queue from the durations of the agent's requests."""
    queues = [_queue_ms(request) for request in result.requests]
    tokens, eval_ms = [r.tokens for r in result.requests], [r.eval_ms for r in result.requests]
    known_tokens, known_ms = [t for t in tokens if t is not None], [ms for ms in eval_ms if ms is not None]
    whole = len(known_tokens) == len(known_ms) == len(result.requests)
    rate = _divided(1e3 * (sum(known_tokens) - len(known_tokens)), sum(known_ms)) if whole else None
    return AgentInsight(result.agent.label, rate or None, _sum(queues))


def _agent_checks(
    name: str, result: StatedResult, throughput: float | None, ttft: float | None
) -> tuple[Check, ...]:
    rates = [_divided(1e3 * r.tokens if r.tokens is not None else None, r.eval_ms) for r in result.requests]
    totals = [request.total_ms for request in result.requests]
    seconds = _sum(totals)
    return (
        Check(f"{name} throughput", "tok/s", throughput, _mean(rates)),
        Check(f"{name} average throughput", "tok/s", result.whole.throughput_tokens_per_s, _mean(rates)),
        Check(f"{name} TTFT", "ms", ttft, _mean([request.ttft_ms for request in result.requests])),
        Check(f"{name} average TTFT", "ms", result.whole.ttft_ms, _mean([r.ttft_ms for r in result.requests])),
        Check(f"{name} time", "s", result.execution_time_s, None if seconds is None else seconds / 1e3),
    )


def _queue_ms(request: StatedTimings) -> float | None:
    parts = (request.total_ms, request.load_ms, request.prompt_eval_ms, request.eval_ms)
    if any(part is None for part in parts):
        return None
    total, *named = (part for part in parts if part is not None)
    return max(0.0, total - sum(named))


def _mean(values: Sequence[float | None]) -> float | None:
    total = _sum(values)
    return None if total is None else total / len(values)


def _sum(values: Sequence[float | None]) -> float | None:
    """None when one of them is not stated, or there is none."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _divided(first: float | None, second: float | None) -> float | None:
    return None if first is None or not second or second < 0 else first / second


def _less(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second
