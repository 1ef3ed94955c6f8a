"""The older two-agent benchmark's files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_tui.analysis.multiagent import check_run, check_stated, check_sweep, insight_of
from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.formats.multiagent import (
    MultiagentRun,
    MultiagentSweep,
    StatedAgent,
    StatedResult,
    StatedRun,
    read_multiagent,
)

STATED = {
    "collector_throughput": "collector_throughput_tokens_per_s",
    "insight_throughput": "insight_throughput_tokens_per_s",
    "throughput_delta": "throughput_delta_tokens_per_s",
}
"""Names that carry their unit here and not there; the others are the same."""
TIMINGS = {
    "average_tokens_per_second": "throughput_tokens_per_s",
    "throughput_tokens_per_sec": "throughput_tokens_per_s",
    "average_ttft_ms": "ttft_ms",
    "ttft_ms": "ttft_ms",
    "eval_duration_ms": "eval_ms",
    "load_duration_ms": "load_ms",
    "prompt_eval_duration_ms": "prompt_eval_ms",
    "total_duration_ms": "total_ms",
    "total_tokens_generated": "tokens",
    "tokens_generated": "tokens",
}


@pytest.fixture(params=range(8))
def file(request: pytest.FixtureRequest, shared_dir: Path) -> Path:
    files = sorted((shared_dir / "formats" / "chimeraforge-multiagent").glob("*.json"))
    assert len(files) == 8
    return files[request.param]


@pytest.mark.shared
def test_every_stated_figure_is_kept_exactly(file: Path) -> None:
    theirs = json.loads(file.read_text())
    ours = read_multiagent(file.read_text(), str(file))
    if isinstance(ours, MultiagentRun):
        assert_run(ours.stated, theirs["summary"])
        assert_result(ours.collector, theirs["collector"])
        assert_result(ours.insight, theirs["insight"])
        return
    for mine, run in zip(ours.runs, theirs["runs"], strict=True):
        assert_run(mine, run)
    for agent, name in zip(ours.agents, ("agent_a", "agent_b"), strict=True):
        assert_agent(agent, theirs[name])
    average = theirs["aggregate"]
    assert ours.average_speedup == average["average_concurrency_speedup"]
    assert ours.average_efficiency_percent == average["average_efficiency"]
    assert ours.average_throughput_delta_tokens_per_s == average["average_throughput_delta"]
    assert ours.average_ttft_delta_ms == average["average_ttft_delta_ms"]


def assert_run(ours: StatedRun, theirs: dict[str, Any]) -> None:
    assert {name: getattr(ours, STATED.get(name, name)) for name in theirs} == theirs


def assert_agent(ours: StatedAgent, theirs: dict[str, Any]) -> None:
    assert {**{name: getattr(ours, name) for name in theirs}, "options": dict(ours.options)} == theirs


def assert_result(ours: StatedResult, theirs: dict[str, Any]) -> None:
    assert ours.execution_time_s == theirs["execution_time_s"]
    assert_agent(ours.agent, theirs["config"])
    whole = theirs["result"]["aggregate_metrics"]
    stated = {name: value for name, value in whole.items() if not name.startswith("stddev")}
    assert {name: getattr(ours.whole, TIMINGS[name]) for name in stated} == stated
    for mine, request in zip(ours.requests, theirs["result"]["individual_runs"], strict=True):
        assert {name: getattr(mine, TIMINGS[name]) for name in request} == request


@pytest.mark.shared
def test_every_stated_figure_follows_from_what_the_file_holds(file: Path) -> None:
    ours = read_multiagent(file.read_text(), str(file))
    if isinstance(ours, MultiagentRun):
        checks = [*check_run(ours)]
    else:
        checks = [*check_sweep(ours), *(check for run in ours.runs for check in check_stated(run))]
    assert len(checks) >= 16
    assert [check for check in checks if check.differs or check.recomputed is None] == []


@pytest.mark.shared
def test_a_ttft_of_six_seconds_is_told_to_be_queue(shared_dir: Path) -> None:
    name = "phase2.chimera-homo.gpu80_ctx2048_temp1.run_5.metrics.json"
    run = read_multiagent((shared_dir / "formats" / "chimeraforge-multiagent" / name).read_text())
    assert isinstance(run, MultiagentRun)
    insight = insight_of(run.collector)
    assert insight.queue_ms == pytest.approx(9726.2262 - 182.3271 - 26.9307 - 3680.1078)
    assert insight.decode_rate == pytest.approx(373 / 3.6801078)


def timings(**changes: object) -> dict[str, object]:
    whole = {
        "eval_duration_ms": 4000.0,
        "load_duration_ms": 100.0,
        "prompt_eval_duration_ms": 50.0,
        "total_duration_ms": 5000.0,
    }
    return {**whole, **changes}


def agent(**changes: object) -> dict[str, object]:
    return {
        "config": {"id": "a", "label": "A", "model": "m", "base_url": "u", "prompt": "p", "options": {}},
        "execution_time_s": 5.0,
        "result": {
            "aggregate_metrics": timings(average_tokens_per_second=100.0, average_ttft_ms=1000.0),
            "individual_runs": [
                timings(throughput_tokens_per_sec=100.0, tokens_generated=400, ttft_ms=1000.0, **changes)
            ],
            "timestamp": "2025-11-13T00:19:23Z",
        },
    }


def document(**summary: object) -> dict[str, Any]:
    stated = {"collector_throughput": 100.0, "concurrency_speedup": 2.0, "efficiency_percent": 100.0}
    times = {"concurrent_wall_time_s": 5.0, "sequential_estimated_s": 10.0}
    return {"collector": agent(), "insight": agent(), "summary": {**stated, **times, **summary}}


def test_a_stated_figure_that_does_not_follow_is_told() -> None:
    run = read_multiagent(json.dumps(document(concurrency_speedup=2.1)))
    assert isinstance(run, MultiagentRun)
    assert [(check.name, check.stated, check.recomputed) for check in check_run(run) if check.differs] == [
        ("speedup", 2.1, 2.0)
    ]


def test_what_is_not_stated_is_none_and_differs_from_nothing() -> None:
    text = json.dumps(document(concurrent_wall_time_s=None)).replace("4000.0", "NaN")
    run = read_multiagent(text)
    assert isinstance(run, MultiagentRun)
    assert run.collector.whole.eval_ms is None
    assert insight_of(run.collector).decode_rate is None
    assert not any(check.differs for check in check_run(run))


def test_a_wall_of_zero_gives_no_speedup() -> None:
    run = read_multiagent(json.dumps(document(concurrent_wall_time_s=0.0)))
    assert isinstance(run, MultiagentRun)
    assert {check.name: check.recomputed for check in check_run(run)}["speedup"] is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "this is no JSON"),
        ("[]", "this is no JSON object"),
        ('{"results": 1}', "it holds results"),
        ("{}", "it holds nothing"),
        ('{"schema": "chimera.run"}', "a run of our own"),
        ('{"collector": 1, "insight": 2, "summary": 3}', "collector is 1, not an object"),
        (json.dumps(document(efficiency_percent="80 %")), 'summary.efficiency_percent is "80 %", not a number'),
        (json.dumps(document(resource_contention_detected=1)), "is 1, not true or false"),
        ('{"agent_a": {"options": {}}, "agent_b": {"options": {}}, "runs": [1], "aggregate": {}}', "runs is [1]"),
        ("[" * 100_000, "this is no JSON"),
    ],
)
def test_another_shape_is_told_with_what_was_expected(text: str, says: str) -> None:
    with pytest.raises(FileNotReadable) as failure:
        read_multiagent(text, "some.json")
    assert says in str(failure.value)
    assert "some.json" in str(failure.value)


def test_a_sweep_without_runs_has_no_averages_to_check() -> None:
    config = {"options": {}}
    sweep = read_multiagent(json.dumps({"agent_a": config, "agent_b": config, "runs": [], "aggregate": {}}))
    assert isinstance(sweep, MultiagentSweep)
    assert {check.recomputed for check in check_sweep(sweep)} == {None}
