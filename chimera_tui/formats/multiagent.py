"""The older two-agent benchmark's files as they state their figures.

A run's `metrics.json` and a sweep's `summary.json`. Throughput is tokens per second of the server's eval time.
TTFT is the client's: load and queueing are in it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.names import printable

EXPECTED = (
    "Expected a run (`collector`, `insight`, `summary`) or a sweep (`agent_a`, `agent_b`, `runs`, `aggregate`) "
    "of the older two-agent benchmark."
)


_LARGEST = sys.float_info.max
"""A whole number of more digits is no figure that can be computed with; infinity is none either."""


@dataclass(frozen=True, slots=True)
class StatedAgent:
    """What an agent was asked to do."""

    id: str
    label: str
    model: str
    base_url: str
    prompt: str
    options: tuple[tuple[str, float], ...]
    """As stored: 32-bit floats written with 64 bits, so 0.8 reads 0.800000011920929."""


@dataclass(frozen=True, slots=True)
class StatedTimings:
    """One request, or the whole of an agent's requests; None is not stated."""

    throughput_tokens_per_s: float | None
    ttft_ms: float | None
    eval_ms: float | None
    load_ms: float | None
    prompt_eval_ms: float | None
    total_ms: float | None
    tokens: int | None


@dataclass(frozen=True, slots=True)
class StatedResult:
    """One agent's part of a run."""

    agent: StatedAgent
    execution_time_s: float | None
    whole: StatedTimings
    """Their `aggregate_metrics`: means of rate and TTFT, sums of the durations."""
    requests: tuple[StatedTimings, ...]
    timestamp: str


@dataclass(frozen=True, slots=True)
class StatedRun:
    """The figures of one run; the same in a run's file and in a sweep's list."""

    scenario: str
    run_number: int | None
    collector_throughput_tokens_per_s: float | None
    insight_throughput_tokens_per_s: float | None
    collector_ttft_ms: float | None
    insight_ttft_ms: float | None
    concurrent_wall_time_s: float | None
    sequential_estimated_s: float | None
    concurrency_speedup: float | None
    efficiency_percent: float | None
    throughput_delta_tokens_per_s: float | None
    """Insight less collector."""
    ttft_delta_ms: float | None
    """Collector less insight: the other way round."""
    resource_contention_detected: bool | None


@dataclass(frozen=True, slots=True)
class MultiagentRun:
    """A `metrics.json`."""

    where: str
    collector: StatedResult
    insight: StatedResult
    stated: StatedRun


@dataclass(frozen=True, slots=True)
class MultiagentSweep:
    """A `summary.json`."""

    where: str
    scenario: str
    generated_at: str
    agents: tuple[StatedAgent, StatedAgent]
    runs: tuple[StatedRun, ...]
    average_speedup: float | None
    average_efficiency_percent: float | None
    average_throughput_delta_tokens_per_s: float | None
    average_ttft_delta_ms: float | None


def read_multiagent(text: str, where: str = "") -> MultiagentRun | MultiagentSweep:
    """The file's figures exactly as stated. FileNotReadable, naming what was expected, for any other shape."""
    try:
        document = json.loads(text, parse_constant=lambda _: None)  # NaN and infinity state nothing
    except (ValueError, RecursionError) as error:
        raise FileNotReadable(f"this is no JSON: {error}", where=where, next_=EXPECTED) from error
    if not isinstance(document, dict):
        raise FileNotReadable("this is no JSON object", where=where, next_=EXPECTED)
    root = _Part(document, where, "")
    if {"collector", "insight", "summary"} <= document.keys():
        return MultiagentRun(
            where, _result(root.part("collector")), _result(root.part("insight")), _run(root.part("summary"))
        )
    if {"agent_a", "agent_b", "runs", "aggregate"} <= document.keys():
        return _sweep(root)
    keys = ", ".join(printable(key) for key in list(document)[:6]) or "nothing"
    what = "this is a run of our own" if document.get("schema") == "chimera.run" else f"it holds {keys}"
    next_ = "chimera compare reads it." if document.get("schema") == "chimera.run" else EXPECTED
    raise FileNotReadable(what, where=where, next_=next_)


@dataclass(frozen=True, slots=True)
class _Part:
    """An object of the document that knows where it stands, so that an error can say so."""

    fields: Mapping[str, Any]
    where: str
    path: str

    def part(self, name: str) -> _Part:
        value = self.fields.get(name)
        if not isinstance(value, dict):
            raise self.wrong(name, "an object", value)
        return _Part(value, self.where, f"{self.path}{name}.")

    def parts(self, name: str) -> tuple[_Part, ...]:
        value = self.fields.get(name)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.wrong(name, "a list of objects", value)
        return tuple(_Part(each, self.where, f"{self.path}{name}[{place}].") for place, each in enumerate(value))

    def number(self, name: str) -> float | None:
        value = self.fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
            raise self.wrong(name, "a number", value)
        return float(value)

    def whole(self, name: str) -> int | None:
        value = self.fields.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.wrong(name, "a whole number", value)
        return value

    def flag(self, name: str) -> bool | None:
        value = self.fields.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "true or false", value)
        return value

    def text(self, name: str) -> str:
        value = self.fields.get(name, "")
        if not isinstance(value, str):
            raise self.wrong(name, "a text", value)
        return value

    def wrong(self, name: str, expected: str, value: object) -> FileNotReadable:
        found = "missing" if name not in self.fields else f"{json.dumps(value)[:40]}"
        return FileNotReadable(f"{self.path}{name} is {found}, not {expected}", where=self.where, next_=EXPECTED)


def _result(part: _Part) -> StatedResult:
    result = part.part("result")
    return StatedResult(
        agent=_agent(part.part("config")),
        execution_time_s=part.number("execution_time_s"),
        whole=_timings(
            result.part("aggregate_metrics"),
            "average_tokens_per_second",
            "average_ttft_ms",
            "total_tokens_generated",
        ),
        requests=tuple(
            _timings(each, "throughput_tokens_per_sec", "ttft_ms", "tokens_generated")
            for each in result.parts("individual_runs")
        ),
        timestamp=result.text("timestamp"),
    )


def _agent(part: _Part) -> StatedAgent:
    options = part.part("options")
    return StatedAgent(
        id=part.text("id"),
        label=part.text("label"),
        model=part.text("model"),
        base_url=part.text("base_url"),
        prompt=part.text("prompt"),
        options=tuple((name, value) for name in options.fields if (value := options.number(name)) is not None),
    )


def _timings(part: _Part, rate: str, ttft: str, tokens: str) -> StatedTimings:
    return StatedTimings(
        throughput_tokens_per_s=part.number(rate),
        ttft_ms=part.number(ttft),
        eval_ms=part.number("eval_duration_ms"),
        load_ms=part.number("load_duration_ms"),
        prompt_eval_ms=part.number("prompt_eval_duration_ms"),
        total_ms=part.number("total_duration_ms"),
        tokens=part.whole(tokens),
    )


def _run(part: _Part) -> StatedRun:
    return StatedRun(
        scenario=part.text("scenario"),
        run_number=part.whole("run_number"),
        collector_throughput_tokens_per_s=part.number("collector_throughput"),
        insight_throughput_tokens_per_s=part.number("insight_throughput"),
        collector_ttft_ms=part.number("collector_ttft_ms"),
        insight_ttft_ms=part.number("insight_ttft_ms"),
        concurrent_wall_time_s=part.number("concurrent_wall_time_s"),
        sequential_estimated_s=part.number("sequential_estimated_s"),
        concurrency_speedup=part.number("concurrency_speedup"),
        efficiency_percent=part.number("efficiency_percent"),
        throughput_delta_tokens_per_s=part.number("throughput_delta"),
        ttft_delta_ms=part.number("ttft_delta_ms"),
        resource_contention_detected=part.flag("resource_contention_detected"),
    )


def _sweep(root: _Part) -> MultiagentSweep:
    averages = root.part("aggregate")
    return MultiagentSweep(
        where=root.where,
        scenario=root.text("scenario"),
        generated_at=root.text("generated_at"),
        agents=(_agent(root.part("agent_a")), _agent(root.part("agent_b"))),
        runs=tuple(_run(each) for each in root.parts("runs")),
        average_speedup=averages.number("average_concurrency_speedup"),
        average_efficiency_percent=averages.number("average_efficiency"),
        average_throughput_delta_tokens_per_s=averages.number("average_throughput_delta"),
        average_ttft_delta_ms=averages.number("average_ttft_delta_ms"),
    )
