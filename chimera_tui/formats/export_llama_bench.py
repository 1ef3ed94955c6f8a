"""Our own runs as llama-bench's JSON lines: what a server decoded for us beside what llama-bench decodes itself.

Ours went through Ollama, which samples each token; llama-bench takes random ones. What we do not know (build,
batch sizes, threads, cache types) is left out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC

from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.names import harmless_json
from chimera_tui.domain.options import AgentSettings
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.formats.export_requests import facts_of

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Test:
    """What repeats of one test have in common; they are one row."""

    agent: str
    step: str
    settings: AgentSettings
    n_prompt: int
    n_gen: int
    n_depth: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class _Sample:
    run: RunSummary
    outcome: AgentOutcome
    ns: int
    rate: float


def to_llama_bench(runs: Iterable[RunSummary]) -> str:
    """A `tg` row for each test that requests decoded, a `pp` row where the prefill is known."""
    groups: dict[_Test, list[_Sample]] = {}
    for run in runs:
        for outcome in run.agents:
            for request in outcome.requests:
                for test, ns, rate in _tests(run, outcome, request):
                    groups.setdefault(test, []).append(_Sample(run, outcome, ns, rate))
    return "".join(
        f"{harmless_json(json.dumps(_row(test, samples), allow_nan=False))}\n" for test, samples in groups.items()
    )


def _tests(run: RunSummary, outcome: AgentOutcome, request: RequestMetrics) -> Iterator[tuple[_Test, int, float]]:
    """`tg`: as many tokens as were decoded in the time that is told, which begins at the first of them; the prompt
    is the depth. `pp`: the tokens that were not cached, at the depth of those that were."""
    server = request.server
    cached = server.prompt_cached_tokens
    if request.prefill_rate is not None and server.prompt_tokens and cached is not None and server.prompt_ns:
        counts = (server.prompt_tokens - cached, 0, cached)
        yield _test(run, outcome, request, counts), server.prompt_ns, request.prefill_rate
    if request.decode_rate is not None and server.eval_tokens and server.eval_ns:
        counts = (0, server.eval_tokens - 1, max(0, server.prompt_tokens or 0))
        yield _test(run, outcome, request, counts), server.eval_ns, request.decode_rate


def _test(run: RunSummary, outcome: AgentOutcome, request: RequestMetrics, counts: tuple[int, int, int]) -> _Test:
    """`counts`: n_prompt, n_gen, n_depth."""
    return _Test(outcome.agent.value, request.step, outcome.settings, *counts, simulated=run.simulated)


def _row(test: _Test, samples: list[_Sample]) -> Row:
    first = samples[0]
    options = test.settings.options
    times, rates = [sample.ns for sample in samples], [sample.rate for sample in samples]
    started = first.run.started_utc.astimezone(UTC)
    row: Row = {**_machine(first), "model_filename": test.settings.model, **_model(first)}
    if options.num_gpu is not None:
        row["n_gpu_layers"] = options.num_gpu
    row |= {
        "n_prompt": test.n_prompt,
        "n_gen": test.n_gen,
        "n_depth": test.n_depth,
        "test_time": f"{started:%Y-%m-%dT%H:%M:%SZ}",
        "avg_ns": round(math.fsum(times) / len(times)),
        "avg_ts": math.fsum(rates) / len(rates),
        "samples_ns": times,
        "samples_ts": rates,
    }
    if len(samples) > 1:  # of one sample llama-bench writes 0, which says nothing
        row |= {"stddev_ns": round(_deviation(times)), "stddev_ts": _deviation(rates)}
    row["chimera"] = {
        "runs": [sample.run.run_id for sample in samples],
        "agent": test.agent,
        "step": test.step,
        "simulated": test.simulated,
        "options": options.requested(),
    }
    return row


def _machine(sample: _Sample) -> Row:
    """Where the server is on the machine that was looked at; else nobody knows."""
    facts, environment = facts_of(sample.run, sample.outcome), sample.run.environment
    if environment is None or facts is None or not facts.host_is_local:
        return {}
    return {"cpu_info": environment.host.cpu, "gpu_info": ", ".join(gpu.name for gpu in environment.host.gpus)}


def _model(sample: _Sample) -> Row:
    """`gemma3 4.3B Q4_K_M`, where the server told all three."""
    facts = facts_of(sample.run, sample.outcome)
    words = () if facts is None else (facts.family, facts.parameter_size, facts.quantization)
    return {"model_type": " ".join(words)} if words and all(words) else {}


def _deviation(values: list[int] | list[float]) -> float:
    """Over n − 1, as llama-bench has it."""
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
