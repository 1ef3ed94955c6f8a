"""What AIPerf calls its figures in JSON and in CSV, and what each of them means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chimera_tui.domain.figures import BELIEVABLE_DECODE
from chimera_tui.domain.measurement import (
    ALL_TOKENS,
    DECODE_RATE,
    DURATION,
    FIRST_ANSWER,
    ITL,
    OUTPUT_THROUGHPUT,
    OUTPUT_TOKENS,
    PREFILL_RATE,
    PROMPT_THROUGHPUT,
    PROMPT_TOKENS,
    REQUEST_LATENCY,
    REQUEST_RATE,
    REQUESTS,
    TOTAL_THROUGHPUT,
    TTFT,
    Aggregate,
    Measurement,
    Place,
    Source,
    Subject,
)
from chimera_tui.formats.result_text import Notes

TOOL = "AIPerf"
UNITS = {
    "tokens/sec": "tok/s",
    "tokens/sec/user": "tok/s",
    "requests/sec": "requests/s",
    "sec": "s",
    "count": "",
    "ratio": "",
}
"""Their word → ours, for the same unit."""
_SLUG = re.compile(r"[^a-z0-9]+")
_HEADING = re.compile(r"(?P<name>.+?)(?: \((?P<unit>[^()]*)\))?\Z")
_RATES = ("tok/s", "requests/s")
_CLIENT = "client clock"
ROUNDED = "rounded to two decimals"
_NOTHING = "nothing measured it"
TOGETHER = "chunks that were read together share one time stamp, which makes it too high"

SERVER_COUNT = "tokens as the server counts them (its usage)"
CLIENT_COUNT = "tokens as the client's own tokenizer counts them"
UNKNOWN_COUNT = "tokens as the client's own tokenizer counts them, unless --use-server-token-count was given"


@dataclass(frozen=True, slots=True)
class _Known:
    figure: str
    definition: str
    counts_tokens: bool = False
    """Whether it depends on who counted."""


KNOWN = {
    "time_to_first_token": _Known(TTFT, f"request start → first content chunk, {_CLIENT}"),
    "time_to_first_output_token": _Known(
        FIRST_ANSWER, f"request start → first chunk that is no reasoning, {_CLIENT}"
    ),
    "inter_token_latency": _Known(
        ITL, "(request latency − TTFT) / (output tokens − those of the first chunk) of each request", True
    ),
    "inter_chunk_latency": _Known(
        "inter-chunk latency", "gaps between chunks; those that were read together have none"
    ),
    "request_latency": _Known(REQUEST_LATENCY, f"request start → last chunk, {_CLIENT}"),
    "request_throughput": _Known(REQUEST_RATE, "requests / duration"),
    "output_token_throughput": _Known(OUTPUT_THROUGHPUT, "output tokens of all requests / duration", True),
    "input_token_throughput": _Known(PROMPT_THROUGHPUT, "prompt tokens of all requests / duration", True),
    "total_token_throughput": _Known(
        TOTAL_THROUGHPUT, "prompt and output tokens of all requests / duration: no decode rate", True
    ),
    "output_token_throughput_per_user": _Known(DECODE_RATE, f"1 / ITL of each request; {TOGETHER}", True),
    "e2e_output_token_throughput": _Known(
        "output rate end to end", "output tokens / request latency of each request", True
    ),
    "prefill_throughput_per_user": _Known(
        PREFILL_RATE, "prompt tokens / TTFT of each request: queue, load and network are in it", True
    ),
    "input_sequence_length": _Known(PROMPT_TOKENS, "of each request", True),
    "output_sequence_length": _Known(OUTPUT_TOKENS, "of each request, reasoning included", True),
    "usage_prompt_tokens": _Known("prompt tokens by the server", f"of each request, {SERVER_COUNT}"),
    "usage_completion_tokens": _Known("output tokens by the server", f"of each request, {SERVER_COUNT}"),
    "usage_total_tokens": _Known(f"{ALL_TOKENS} by the server", f"of each request, {SERVER_COUNT}"),
    "request_count": _Known(REQUESTS, "how many were successful"),
    "benchmark_duration": _Known(DURATION, "of the benchmark"),
}
"""Others are kept under the tool's own name, without a definition."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What all figures of a part of a file have in common."""

    source: Source
    subject: Subject
    test: str = ""
    warmup: bool = False
    excluded: str = ""
    included: str = ""
    at: str = ""
    server_counts: bool | None = None
    """Who counted the tokens; None where the file does not say."""
    note: str = ""
    """Put behind every definition, e.g. that a figure is over trials."""


def slug(heading: str) -> tuple[str, str]:
    """`Time to First Token (ms)` → (`time_to_first_token`, `ms`), as the JSON has it."""
    match = _HEADING.match(heading.strip())
    name, unit = (match["name"], match["unit"] or "") if match else (heading, "")
    return _SLUG.sub("_", name.lower()).strip("_"), unit


def measured(
    name: str,
    unit: str,
    basis: Basis,
    place: Place,
    notes: Notes,
    *,
    aggregate: Aggregate | None = None,
    samples: tuple[float, ...] = (),
    n: int | None = None,
) -> Measurement | None:
    """The figure; None for a zero that stands for `not measured`."""
    known = KNOWN.get(name)
    unit = UNITS.get(unit, unit)
    definition = "" if known is None else known.definition
    if known is not None and known.counts_tokens:
        counted = (
            UNKNOWN_COUNT if basis.server_counts is None else (CLIENT_COUNT, SERVER_COUNT)[basis.server_counts]
        )
        definition = f"{definition}; {counted}"
    made = Measurement(
        figure=name.replace("_", " ") if known is None else known.figure,
        name=name,
        unit=unit,
        definition="; ".join(filter(None, (definition, basis.note))),
        source=basis.source,
        subject=basis.subject,
        place=place,
        test=basis.test,
        warmup=basis.warmup,
        n=n if n is not None else len(samples) or None,
        samples=samples,
        aggregate=aggregate,
        excluded=basis.excluded,
        included=basis.included,
        at=basis.at,
    )
    mean = made.mean
    if mean is None and (aggregate is None or aggregate.is_empty):
        return None
    is_rate = unit in _RATES or "throughput" in name
    if mean == 0 and (is_rate or (known is not None and unit in ("ms", "s", ""))):
        why = (
            f"nothing measured it, or it is lost where figures are {ROUNDED}"
            if ROUNDED in basis.note
            else _NOTHING
        )
        notes.empty(f"{name} is 0 in all: {why}", place)
        return None
    if known is not None and known.figure == DECODE_RATE and mean is not None and mean >= BELIEVABLE_DECODE:
        notes.told(f"{name} of {mean:,.0f} tok/s is beyond belief: {TOGETHER}", place)
    return made
