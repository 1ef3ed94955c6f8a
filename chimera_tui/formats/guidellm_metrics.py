"""What GuideLLM calls its figures in JSON and in CSV, and what each of them means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chimera_tui.domain.measurement import (
    ALL_TOKENS,
    CONCURRENCY,
    FIRST_ANSWER,
    ITL,
    OUTPUT_THROUGHPUT,
    OUTPUT_TOKENS,
    PROMPT_THROUGHPUT,
    PROMPT_TOKENS,
    REQUEST_LATENCY,
    REQUEST_RATE,
    TOTAL_THROUGHPUT,
    TPOT,
    TTFT,
    Aggregate,
    Measurement,
    Outcome,
)

TOOL = "GuideLLM"
OUTCOMES: tuple[tuple[str, Outcome], ...] = (
    ("successful", "ok"),
    ("incomplete", "incomplete"),
    ("errored", "errored"),
)
"""Their word → ours; their fourth, `total`, pools the others."""
COUNTS = frozenset({PROMPT_TOKENS, OUTPUT_TOKENS, ALL_TOKENS, CONCURRENCY})
"""Figures that may be 0."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One of GuideLLM's metrics."""

    name: str
    """Key in JSON."""
    figure: str
    unit: str
    definition: str
    group: str
    """First header row of the CSV."""
    column: str
    """Second header row, behind `Successful`, `Incomplete` or `Errored`."""
    of_request: str = ""
    """Key of a single request, for what each of them has."""
    is_series: bool = False
    """Whether the mean is over the whole run, and median and percentiles are of the course over time."""
    is_weighted: bool = False
    """Whether a request counts as often as it has tokens; from 0.5 on."""


_TOKENS_BY = "counted by the server (its usage)"
METRICS = (
    Metric(
        "time_to_first_token_ms",
        TTFT,
        "ms",
        "request start → first streamed token, client clock",
        "Time to First Token",
        "ms",
        "time_to_first_token_ms",
    ),
    Metric(
        "time_to_first_output_token_ms",
        FIRST_ANSWER,
        "ms",
        "request start → first streamed token of the answer, client clock",
        "Time to First Output Token",
        "ms",
        "time_to_first_output_token_ms",
    ),
    Metric(
        "inter_token_latency_ms",
        ITL,
        "ms",
        "(last − first token) / (tokens − 1) of each request",
        "Inter Token Latency",
        "ms",
        "inter_token_latency_ms",
        is_weighted=True,
    ),
    Metric(
        "time_per_output_token_ms",
        TPOT,
        "ms",
        "request latency / output tokens: TTFT is in it",
        "Time per Output Token",
        "ms",
        "time_per_output_token_ms",
        is_weighted=True,
    ),
    Metric(
        "request_latency",
        REQUEST_LATENCY,
        "s",
        "request start → its end, client clock",
        "Request Latency",
        "Sec",
        "request_latency",
    ),
    Metric(
        "output_tokens_per_second",
        OUTPUT_THROUGHPUT,
        "tok/s",
        "output tokens of all requests / duration",
        "Token Throughput",
        "Output Tokens/Sec",
        is_series=True,
    ),
    Metric(
        "prompt_tokens_per_second",
        PROMPT_THROUGHPUT,
        "tok/s",
        "prompt tokens of all requests / duration",
        "Token Throughput",
        "Input Tokens/Sec",
        is_series=True,
    ),
    Metric(
        "tokens_per_second",
        TOTAL_THROUGHPUT,
        "tok/s",
        "prompt and output tokens of all requests / duration: no decode rate",
        "Token Throughput",
        "Total Tokens/Sec",
        is_series=True,
    ),
    Metric(
        "requests_per_second",
        REQUEST_RATE,
        "requests/s",
        "requests / duration",
        "Server Throughput",
        "Requests/Sec",
        is_series=True,
    ),
    Metric(
        "request_concurrency",
        CONCURRENCY,
        "requests",
        "requests at the same time, weighted by time",
        "Server Throughput",
        "Concurrency",
    ),
    Metric(
        "prompt_token_count",
        PROMPT_TOKENS,
        "tokens",
        f"of each request, {_TOKENS_BY}",
        "Token Metrics",
        "Input Tokens",
        "prompt_tokens",
    ),
    Metric(
        "output_token_count",
        OUTPUT_TOKENS,
        "tokens",
        f"of each request, {_TOKENS_BY}",
        "Token Metrics",
        "Output Tokens",
        "output_tokens",
    ),
    Metric(
        "total_token_count",
        ALL_TOKENS,
        "tokens",
        f"of each request, {_TOKENS_BY}",
        "Token Metrics",
        "Total Tokens",
        "total_tokens",
    ),
)
_INCOMPLETE_TOKENS = (
    "of each request that was cut off: the prompt by the local tokenizer, the output as streamed chunks"
)
_WEIGHTED = "a request counts as often as it has tokens, and n counts those"
_OLD_TPOT = "(last − first token) / output tokens of each request: TTFT is not in it"
OVER_TIME = "the course over time, weighted by time: median and percentiles are not of requests"


def metrics_of(version: str) -> Iterator[Metric]:
    """As this version defines them; an empty one is 0.3, which weighted nothing and had another TPOT."""
    is_old = not version or version.startswith(("0.1", "0.2", "0.3"))
    for metric in METRICS:
        if is_old and metric.is_weighted:
            definition = _OLD_TPOT if metric.figure == TPOT else metric.definition
            yield replace(metric, definition=definition, is_weighted=False)
        else:
            yield metric


def definition_of(metric: Metric, outcome: Outcome) -> str:
    """Tokens of a request that did not end are counted by others."""
    if metric.unit == "tokens" and outcome != "ok":
        return _INCOMPLETE_TOKENS
    return f"{metric.definition}; {_WEIGHTED}" if metric.is_weighted else metric.definition


def parted(metric: Metric, made: Measurement) -> Iterator[Measurement]:
    """One measurement, or two of a metric whose mean and percentiles are of different things."""
    stated = made.aggregate
    if not metric.is_series or stated is None:
        yield made
        return
    if stated.mean is not None:
        yield replace(made, aggregate=Aggregate(mean=stated.mean), n=None)
    course = replace(stated, mean=None)
    if not course.is_empty:
        yield replace(
            made, figure=f"{made.figure} over time", definition=OVER_TIME, aggregate=course, n=None, samples=()
        )
