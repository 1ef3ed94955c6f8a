"""Our own runs as one record for each request: JSON lines, CSV, and Markdown for people.

Every name carries its unit. What was not reported is null in JSON, an empty cell in CSV, `–` in Markdown; never 0.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from chimera_tui.domain import formatting
from chimera_tui.domain.environment import ModelFacts
from chimera_tui.domain.flags import tally
from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.names import harmless_json, printable
from chimera_tui.domain.options import OPTION_SPECS
from chimera_tui.domain.runs import AgentOutcome, RunSummary

SCHEMA = "chimera.request"
VERSION = 1
ABOUT = (
    "run_id",
    "series_id",
    "campaign_id",
    "cell",
    "role",
    "repeat",
    "started_utc",
    "state",
    "simulated",
    "clean",
    "flags",
    "mode",
    "agent",
    "model",
    "quantization",
    "server_version",
    *(spec.name for spec in OPTION_SPECS),
    "layers_in_effect",
    "step",
    "done_reason",
)
FIGURES = (
    "ttft_ns",
    "first_answer_ns",
    "queue_ns",
    "load_ns",
    "prompt_ns",
    "eval_ns",
    "total_ns",
    "tpot_ns",
    "prompt_tokens",
    "prompt_cached_tokens",
    "eval_tokens",
    "chunks",
    "decode_rate_tokens_per_s",
    "throughput_tokens_per_s",
    "prefill_rate_tokens_per_s",
    "arrival_rate_chunks_per_s",
)
COLUMNS = (*ABOUT, *FIGURES)
Record = dict[str, object]


def request_records(runs: Iterable[RunSummary]) -> Iterator[Record]:
    """One for each request of each run, in their order, under the names of `COLUMNS`."""
    for run in runs:
        for outcome in run.agents:
            for request in outcome.requests:
                yield _about(run, outcome, request) | _figures(request)


def to_json_lines(runs: Iterable[RunSummary]) -> str:
    """One document on each line, of ASCII alone; a line can be read without the others."""
    head = {"schema": SCHEMA, "version": VERSION}
    return "".join(
        f"{harmless_json(json.dumps(head | record, allow_nan=False))}\n" for record in request_records(runs)
    )


def to_csv(runs: Iterable[RunSummary]) -> str:
    """A header and one row for each request; flags stand in one cell with blanks between."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in request_records(runs):
        writer.writerow([_cell(record[name]) for name in COLUMNS])
    return text.getvalue()


def to_markdown(runs: Sequence[RunSummary]) -> str:
    """A table of requests with three figures to a number; for a program the other formats are exact."""
    headings = (
        "run",
        "agent",
        "step",
        "model",
        "settings",
        "decode rate, tok/s",
        "TTFT, ms",
        "queue, ms",
        "load, ms",
        "prefill, ms",
        "tokens",
        "marks",
    )
    right = range(5, 11)
    lines = [
        "# Requests",
        "",
        _markdown_row(headings),
        _markdown_row(["---:" if column in right else "---" for column in range(len(headings))]),
    ]
    for run in runs:
        for outcome in run.agents:
            lines += [_markdown_row(_markdown_cells(run, outcome, request)) for request in outcome.requests]
    notes = [
        "",
        "TTFT: request sent → first chunk with text, client clock. Decode rate: (tokens − 1) / eval_duration, "
        "server. Queue: total − load − prefill − decode, server.",
    ]
    if any(run.simulated for run in runs):
        notes.append("Some of it was simulated: nothing was measured there.")
    return "\n".join([*lines, *notes, ""])


def facts_of(run: RunSummary, outcome: AgentOutcome) -> ModelFacts | None:
    """What the agent's server told of its model."""
    models = run.environment.models if run.environment is not None else ()
    return next((facts for facts in models if facts.agent == outcome.agent.value), None)


def _about(run: RunSummary, outcome: AgentOutcome, request: RequestMetrics) -> Record:
    series, campaign = run.series, run.campaign
    place = series or campaign
    facts = facts_of(run, outcome)
    return {
        "run_id": run.run_id,
        "series_id": None if series is None else series.series_id,
        "campaign_id": None if campaign is None else campaign.campaign_id,
        "cell": None if campaign is None else campaign.cell,
        "role": "measured" if place is None else place.role,
        "repeat": campaign.repeat if campaign is not None else series.index if series is not None else None,
        "started_utc": run.started_utc.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "state": run.state.value,
        "simulated": run.simulated,
        "clean": run.is_clean,
        "flags": [flag.cause.name.lower() for flag in run.flags],
        "mode": run.mode,
        "agent": outcome.agent.value,
        "model": outcome.settings.model,
        "quantization": (facts.quantization or None) if facts is not None else None,
        "server_version": (facts.server_version or None) if facts is not None else None,
        **{spec.name: outcome.settings.options.get(spec.name) for spec in OPTION_SPECS},
        "layers_in_effect": outcome.offload.layers_in_effect if outcome.offload is not None else None,
        "step": request.step,
        "done_reason": request.done_reason,
    }


def _figures(request: RequestMetrics) -> Record:
    server = request.server
    return {
        "ttft_ns": request.ttft_ns,
        "first_answer_ns": request.first_answer_ns,
        "queue_ns": request.queue_ns,
        "load_ns": server.load_ns,
        "prompt_ns": server.prompt_ns,
        "eval_ns": server.eval_ns,
        "total_ns": server.total_ns,
        "tpot_ns": request.tpot_ns,
        "prompt_tokens": server.prompt_tokens,
        "prompt_cached_tokens": server.prompt_cached_tokens,
        "eval_tokens": server.eval_tokens,
        "chunks": request.client.chunks,
        "decode_rate_tokens_per_s": request.decode_rate,
        "throughput_tokens_per_s": request.throughput,
        "prefill_rate_tokens_per_s": request.prefill_rate,
        "arrival_rate_chunks_per_s": request.arrival_rate,
    }


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case list():
            return " ".join(str(each) for each in value)
    return printable(str(value))


def _markdown_cells(run: RunSummary, outcome: AgentOutcome, request: RequestMetrics) -> tuple[str, ...]:
    server = request.server
    settings = ", ".join(f"{name}={value:g}" for name, value in outcome.settings.options.requested().items())
    marks = " ".join(filter(None, (tally(run.flags), "simulated" if run.simulated else "")))
    return (
        run.run_id,
        outcome.agent.label,
        request.step,
        outcome.settings.model,
        settings,
        formatting.sig3(request.decode_rate),
        _ms(request.ttft_ns),
        _ms(request.queue_ns),
        _ms(server.load_ns),
        _ms(server.prompt_ns),
        formatting.count(server.eval_tokens),
        marks,
    )


def _ms(value_ns: int | None) -> str:
    return formatting.sig3(None if value_ns is None else value_ns / 1e6)


def _markdown_row(cells: Sequence[str]) -> str:
    """A bar, or a backslash in front of one, would end a cell."""
    escaped = (printable(cell).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
