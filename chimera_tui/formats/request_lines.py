"""Our own records of requests read back, JSON lines or CSV: the figures of equal requests together."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_tui.domain.measurement import (
    DECODE_RATE,
    FIRST_ANSWER,
    LOAD,
    OUTPUT_TOKENS,
    PREFILL_RATE,
    PROMPT_TOKENS,
    QUEUE,
    TOTAL,
    TPOT,
    TTFT,
    Measurement,
    Place,
    Reading,
    Source,
    Subject,
)
from chimera_tui.domain.options import OPTION_SPECS
from chimera_tui.formats.export_requests import COLUMNS, SCHEMA, VERSION
from chimera_tui.formats.json_text import line_object
from chimera_tui.formats.result_text import Fields, Notes, csv_rows, lines_of

TOOL = "Chimera TUI"
TTFT_MEANS = "request sent → first chunk with text or thinking, client clock: queue, load and network are in it"
RATE_MEANS = "(eval_count − 1) / eval_duration of the server"
PREFILL_MEANS = "tokens of the prompt that were not cached / prompt_eval_duration of the server"
FIGURES = (
    ("ttft_ns", TTFT, "ns", TTFT_MEANS),
    ("first_answer_ns", FIRST_ANSWER, "ns", "request sent → first chunk of the answer itself, client clock"),
    ("queue_ns", QUEUE, "ns", "total − load − prefill − decode of the server's counters"),
    ("load_ns", LOAD, "ns", "load_duration of the server: its scheduler's wait is in it"),
    ("prompt_ns", "prefill", "ns", "prompt_eval_duration of the server: uncached work only"),
    ("eval_ns", "decode", "ns", "eval_duration of the server: begins at the first token"),
    ("total_ns", TOTAL, "ns", "total_duration of the server"),
    ("tpot_ns", TPOT, "ns", "(last − first chunk) / (tokens − 1), client clock"),
    ("prompt_tokens", PROMPT_TOKENS, "tokens", "prompt_eval_count of the server, cached ones included"),
    ("prompt_cached_tokens", "cached prompt tokens", "tokens", "prompt_eval_cached_count of the server"),
    ("eval_tokens", OUTPUT_TOKENS, "tokens", "eval_count of the server: the first token included"),
    ("chunks", "chunks", "", "chunks with text; at most the tokens"),
    ("decode_rate_tokens_per_s", DECODE_RATE, "tok/s", RATE_MEANS),
    ("throughput_tokens_per_s", "throughput", "tok/s", "eval_count / eval_duration of the server"),
    ("prefill_rate_tokens_per_s", PREFILL_RATE, "tok/s", PREFILL_MEANS),
    ("arrival_rate_chunks_per_s", "arrival rate", "chunks/s", "(chunks − 1) / (last − first chunk), client clock"),
)
"""Column, figure, unit, definition."""
_Group = tuple[str, ...]


def read_request_lines(text: str, where: str = "") -> Reading:
    """One request on each line."""
    notes = Notes()
    rows: list[Fields] = []
    for number, line in lines_of(text):
        place = Place(where, number)
        value = line_object(line)
        if value is None:
            notes.lost("this line is torn, or no JSON object", place)
        elif value.get("schema") != SCHEMA:
            notes.lost(f"this line is no {SCHEMA} record", place)
        elif value.get("version") != VERSION:
            notes.lost(f"version {value.get('version')!r} of {SCHEMA} is not known here", place)
        else:
            rows.append(Fields(value, place, notes))
    return notes.reading(_grouped(rows, "jsonl"), Place(where))


def read_request_csv(text: str, where: str = "") -> Reading:
    """One request on each row below the header."""
    notes = Notes()
    found = csv_rows(text, Place(where), notes)
    _, names = next(found, (0, list(COLUMNS)))
    rows = []
    for line, cells in found:
        if len(cells) == len(names):
            rows.append(Fields(dict(zip(names, cells, strict=True)), Place(where, line), notes))
        else:
            notes.lost(f"this row has {len(cells)} cells for {len(names)} columns", Place(where, line))
    return notes.reading(_grouped(rows, "csv"), Place(where))


def _grouped(rows: Iterable[Fields], form: str) -> list[Measurement]:
    """Requests of the same agent, step, model and settings are samples of one figure."""
    groups: dict[_Group, list[Fields]] = {}
    for row in rows:
        keys = (
            "model",
            "quantization",
            "agent",
            "step",
            "role",
            "simulated",
            *(spec.name for spec in OPTION_SPECS),
        )
        groups.setdefault(tuple(row.text(name) for name in keys), []).append(row)
    return [made for key, members in groups.items() for made in _figures(key, members, form)]


def _figures(key: _Group, rows: list[Fields], form: str) -> list[Measurement]:
    model, quantisation, agent, step, role, simulated, *options = key
    settings = [(spec.name, value) for spec, value in zip(OPTION_SPECS, options, strict=True) if value]
    if simulated == "true":
        settings.append(("simulated", "true"))
    found = []
    for column, figure, unit, definition in FIGURES:
        samples = tuple(value for row in rows if (value := row.number(column)) is not None)
        if samples:
            found.append(
                Measurement(
                    figure=figure,
                    name=column,
                    unit=unit,
                    definition=definition,
                    source=Source(TOOL, form),
                    subject=Subject(model, quantisation, tuple(settings)),
                    place=rows[0].at(column),
                    test=f"{agent} {step}",
                    warmup=role == "warmup",
                    n=len(samples),
                    samples=samples,
                    at=rows[0].text("started_utc"),
                )
            )
    return found
