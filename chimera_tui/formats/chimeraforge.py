"""chimeraforge's `bench --json`: one object for each configuration, with its runs and what it makes of them.

Its TTFT is the server's prompt_eval_duration of a request that was not streamed.
"""

from __future__ import annotations

from collections.abc import Iterator

from chimera_tui.domain.measurement import (
    DECODE_RATE,
    OUTPUT_TOKENS,
    TOTAL,
    TTFT,
    Aggregate,
    Measurement,
    Place,
    Reading,
    Source,
    Subject,
)
from chimera_tui.formats.json_text import array_items, line_at
from chimera_tui.formats.result_text import Fields, Notes, shown

TOOL = "chimeraforge"
LOAD_INCLUDED = "no warm-up is made: run 1 carries the load"
_SAID_LAST = "Results saved to:"
"""What the program prints behind the array, where its output was kept."""
_SETTINGS = ("backend", "workload", "context_length")
_MACHINE = ("os", "platform", "gpu_name", "gpu_driver", "cuda_version", "backend_name", "backend_version")
_FIGURES = (
    (
        "ttft_ms",
        TTFT,
        "ms",
        "prompt_eval_duration of the server, not streamed: load, queue and network are not in it",
        "this backend does not tell it",
    ),
    (
        "throughput_tps",
        DECODE_RATE,
        "tok/s",
        "eval_count / eval_duration of the server: the first token counts, its time does not",
        "the server reported no time for it",
    ),
    (
        "total_duration_ms",
        TOTAL,
        "ms",
        "total_duration of the server",
        "the server reported no time for it",
    ),
    ("tokens_generated", OUTPUT_TOKENS, "tokens", "eval_count of the server", "no token was counted"),
)
"""Their name, figure, unit, definition, and what a value that is not above 0 stands for."""


def read_chimeraforge(text: str, where: str = "") -> Reading:
    """The array, also with what the program printed behind it, and one that is torn."""
    notes, found = Notes(), list[Measurement]()
    items = array_items(text)
    for index, (value, line) in enumerate(items.values):
        place = Place(where, line, f"[{index}]")
        if isinstance(value, dict):
            found += _configuration(Fields(value, place, notes))
        else:
            notes.lost(f"{shown(value)} is no configuration", place)
    rest = text[items.end :].strip()
    place = Place(where, line_at(text, items.end))
    if not items.is_closed:
        notes.lost(f"the array is not closed; it holds {len(items.values)} whole configurations", place)
    elif rest and not rest.startswith(_SAID_LAST):
        notes.told(f"something follows the array: {shown(rest)}", place)
    return notes.reading(found, Place(where))


def _configuration(fields: Fields) -> Iterator[Measurement]:
    runs = list(fields.parts("individual_runs"))
    stated = fields.inner("aggregate")
    environment = fields.inner("environment")
    source = Source(TOOL, "json", environment.text("chimeraforge_version"))
    subject = Subject(
        fields.text("model"),
        fields.text("quant"),
        tuple((name, text) for name in _SETTINGS if (text := fields.text(name))),
        tuple((name, text) for name in _MACHINE if (text := environment.text(name))),
    )
    count = stated.whole("count")
    if count is not None and count != len(runs):
        fields.notes.told(f"{count} runs are counted and {len(runs)} listed", stated.place)
    warnings = fields.values.get("warnings")
    for warning in warnings if isinstance(warnings, list) else ():
        fields.notes.told(f"the program warned: {shown(warning)}", fields.at("warnings"))
    for name, figure, unit, definition, why in _FIGURES:
        samples = tuple(value for run in runs if (value := run.above_zero(name, why)) is not None)
        part = stated.inner(name)
        complete = len(samples) == len(runs)
        aggregate = _aggregate(part, count) if part.values and complete else None
        if not samples and (aggregate is None or aggregate.is_empty):
            continue
        yield Measurement(
            figure=figure,
            name=name,
            unit=unit,
            definition=definition,
            source=source,
            subject=subject,
            place=part.place if part.values else fields.place,
            test=fields.text("workload"),
            n=len(samples) or count,
            samples=samples,
            aggregate=aggregate,
            included=LOAD_INCLUDED if figure == TOTAL else "",
            at=fields.text("timestamp"),
        )


def _aggregate(part: Fields, count: int | None) -> Aggregate | None:
    """What is not above 0 was not measured: vllm's TTFT is -1 in every run, and so in the mean."""
    mean = part.number("mean")
    if mean is None or mean <= 0:
        return None
    deviation = part.number("stddev")
    if deviation == 0 and count is not None and count < 2:
        deviation = None  # of one run it says nothing
    percentiles = tuple(
        (percent, value) for percent in (50.0, 95.0, 99.0) if (value := part.number(f"p{percent:g}")) is not None
    )
    return Aggregate(
        mean, part.number("p50"), deviation, "sample", part.number("min"), part.number("max"), percentiles
    )
