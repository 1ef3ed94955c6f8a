"""Our own runs as lines for benchstat, one request a line and step, and such lines read back.

The name holds what makes requests comparable, so benchstat takes lines of one name as samples of one figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chimera_tui.domain.measurement import (
    DECODE_RATE,
    DECODE_TIME,
    LOAD,
    PREFILL_RATE,
    PREFILL_TIME,
    TOTAL,
    TTFT,
    Measurement,
    Place,
    Reading,
    Source,
    Subject,
)
from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.names import printable
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.formats.go_benchmark import benchmark_line, decoded, read_benchmark_lines
from chimera_tui.formats.request_lines import PREFILL_MEANS, RATE_MEANS, TOOL, TTFT_MEANS
from chimera_tui.formats.result_text import Notes

NAME = "Chimera"
"""`BenchmarkChimera/model=…/…/step=…`"""
_OWN_PARTS = ("model", "agent", "request", "step")
_FIGURES = {
    ("generate", "token/sec"): (DECODE_RATE, "tok/s", RATE_MEANS),
    ("generate", "ns/token"): (DECODE_TIME, "ns/token", "eval_duration / (eval_count − 1) of the server"),
    ("prefill", "token/sec"): (PREFILL_RATE, "tok/s", PREFILL_MEANS),
    ("prefill", "ns/token"): (PREFILL_TIME, "ns/token", "prompt_eval_duration / uncached tokens of the prompt"),
    ("ttft", "ns/op"): (TTFT, "ns", TTFT_MEANS),
    ("load", "ns/op"): (LOAD, "ns", "load_duration of the server: its scheduler's wait is in it"),
    ("total", "ns/op"): (TOTAL, "ns", "total_duration of the server"),
}
"""(step, unit of the line) → figure, unit, definition."""


def to_benchstat(runs: Iterable[RunSummary]) -> str:
    """A line for each step of each request; what was not reported has none."""
    lines = ["Unit token/sec better=higher"]
    for run in runs:
        if run.simulated:
            lines.append(f"# run {printable(run.run_id)} was simulated: nothing was measured")
        for outcome in run.agents:
            for request in outcome.requests:
                parts = _parts(run, outcome, request)
                lines += [
                    benchmark_line(NAME, [*parts, ("step", step)], values) for step, values in _steps(request)
                ]
    return "\n".join([*lines, ""])


def read_chimera_benchstat(text: str, where: str = "") -> Reading:
    """Lines of one name are samples of one figure."""
    notes = Notes()
    groups: dict[tuple[tuple[tuple[str, str], ...], str], list[tuple[float, int]]] = {}
    for result in read_benchmark_lines(text, where, notes).results:
        if result.name != NAME:
            notes.lost(f"Benchmark{result.name} is not known here", Place(where, result.line))
            continue
        for unit, value in result.values:
            groups.setdefault((result.parts, unit), []).append((value, result.line))
    found: list[Measurement] = []
    for (parts, unit), values in groups.items():
        names = {key: decoded(value) for key, value in parts}
        place = Place(where, values[0][1])
        known = _FIGURES.get((names.get("step", ""), unit))
        if known is None:
            notes.lost(f"a figure in {unit} of step {names.get('step') or 'none'} is not known here", place)
            continue
        figure, our_unit, definition = known
        samples = tuple(value for value, _ in values)
        settings = tuple((key, value) for key, value in names.items() if key not in _OWN_PARTS)
        found.append(
            Measurement(
                figure=figure,
                name=f"{names['step']} {unit}",
                unit=our_unit,
                definition=definition,
                source=Source(TOOL, "benchstat"),
                subject=Subject(names.get("model", ""), settings=settings),
                place=place,
                test=f"{names.get('agent', '')} {names.get('request', '')}".strip(),
                n=len(samples),
                samples=samples,
            )
        )
    return notes.reading(found, Place(where))


def _parts(run: RunSummary, outcome: AgentOutcome, request: RequestMetrics) -> list[tuple[str, str]]:
    options = outcome.settings.options.requested()
    simulated = [("simulated", "true")] if run.simulated else []
    return [
        ("model", outcome.settings.model),
        *((name, str(value)) for name, value in options.items()),
        *simulated,
        ("agent", outcome.agent.value),
        ("request", request.step),
    ]


def _steps(request: RequestMetrics) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    server = request.server
    rate, prefill = request.decode_rate, request.prefill_rate
    if prefill is not None:
        yield "prefill", [("ns/token", 1e9 / prefill), ("token/sec", prefill)]
    if rate is not None:
        yield "generate", [("ns/token", 1e9 / rate), ("token/sec", rate)]
    for step, value in (("ttft", request.ttft_ns), ("load", server.load_ns), ("total", server.total_ns)):
        if value is not None:
            yield step, [("ns/op", float(value))]
