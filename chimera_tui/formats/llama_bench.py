"""llama-bench's results as JSON and JSON lines, and what one row of any of its formats says.

One row is one test. Its rate is the mean of the repetitions' rates, not tokens by mean time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_tui.domain.measurement import (
    COMBINED_RATE,
    DECODE_RATE,
    DURATION,
    PREFILL_RATE,
    Aggregate,
    Measurement,
    Place,
    Reading,
    Source,
    Subject,
)
from chimera_tui.formats.json_text import array_items, line_at, line_object
from chimera_tui.formats.result_text import Fields, Notes, lines_of, shown

TOOL = "llama-bench"
NEEDED = frozenset({"n_prompt", "n_gen", "avg_ts"})
"""Fields by which a row is known."""
RESULTS = frozenset({"avg_ns", "stddev_ns", "avg_ts", "stddev_ts", "samples_ns", "samples_ts", "test_time"})
_IDENTITY = frozenset({"build_commit", "build_number", "model_filename", "n_prompt", "n_gen", "n_depth"})
_MACHINE = ("cpu_info", "gpu_info", "backends")
_BOOLEANS = frozenset(
    {"cpu_strict", "no_kv_offload", "use_mmap", "use_direct_io", "embeddings", "no_host", "repack"}
)
"""true and false in JSON, 1 and 0 in the other formats."""
_AUTOMATIC = frozenset({"n_gpu_layers", "flash_attn"})
"""Settings whose -1 leaves the choice to the program."""
_MODEL_TYPE = re.compile(r"\S+ \S*B (?P<quantisation>.+)\Z")
"""`llama 8B Q4_K - Medium`: architecture, size, quantisation."""

PREFILL = "prompt tokens by the time to read them in batches; no sampling and no server"
DECODE = "tokens by the time to decode them one by one, random ones in place of sampled; no server"
COMBINED = "prompt and generated tokens by the time of both: no decode rate"
MEAN_OF_RATES = "mean of the repetitions' rates"
WARMUP = "one warm-up run, unless --no-warmup was given"
NO_SPREAD = "that is what a single repetition has; it says nothing of the spread"


def read_llama_bench_json(text: str, where: str = "") -> Reading:
    """An array of tests, also one that a failed run has left open."""
    notes, found = Notes(), list[Measurement]()
    items = array_items(text)
    for index, (value, line) in enumerate(items.values):
        place = Place(where, line, f"[{index}]")
        if isinstance(value, dict):
            found += row_measurements(Fields(value, place, notes), "json")
        else:
            notes.lost(f"{shown(value)} is no test", place)
    _tell_the_end(text, where, items.end, len(items.values), is_closed=items.is_closed, notes=notes)
    return notes.reading(found, Place(where))


def read_llama_bench_jsonl(text: str, where: str = "") -> Reading:
    """One test on each line."""
    notes, found = Notes(), list[Measurement]()
    for number, line in lines_of(text):
        place = Place(where, number)
        value = line_object(line)
        if value is None:
            notes.lost("this line is torn, or no test", place)
        else:
            found += row_measurements(Fields(value, place, notes), "jsonl")
    return notes.reading(found, Place(where))


def row_measurements(row: Fields, form: str) -> list[Measurement]:
    """The rate and the time of one test; none of a row that states neither."""
    missing = sorted(NEEDED - row.values.keys())
    if missing:
        row.notes.lost(f"this test has no {', '.join(missing)}", row.place)
        return []
    prompt, generated, depth = (row.whole(name) or 0 for name in ("n_prompt", "n_gen", "n_depth"))
    if prompt <= 0 and generated <= 0:
        row.notes.lost("a test of no tokens", row.place)
        return []
    source = Source(TOOL, form, _build(row.text("build_commit"), row.text("build_number")))
    subject = _subject(row)
    figure, definition = figure_of(prompt, generated)
    found = []
    for name, mean, deviation, values, unit, meaning in (
        (figure, "avg_ts", "stddev_ts", "samples_ts", "tok/s", f"{definition}; {MEAN_OF_RATES}"),
        (DURATION, "avg_ns", "stddev_ns", "samples_ns", "ns", "time of one repetition"),
    ):
        samples = _samples(row, values)
        aggregate = _aggregate(row, mean, deviation, len(samples))
        if aggregate is None and not samples:
            continue
        found.append(
            Measurement(
                figure=name,
                name=mean,
                unit=unit,
                definition=meaning,
                source=source,
                subject=subject,
                place=row.place,
                test=name_of_test(prompt, generated, depth),
                n=len(samples) or None,
                samples=samples,
                aggregate=aggregate,
                excluded=excluded(depth),
                at=row.text("test_time"),
            )
        )
    return found


def figure_of(prompt: int, generated: int) -> tuple[str, str]:
    """Name and definition of a test's rate, by its numbers of tokens."""
    if generated <= 0:
        return PREFILL_RATE, PREFILL
    return (DECODE_RATE, DECODE) if prompt <= 0 else (COMBINED_RATE, COMBINED)


def name_of_test(prompt: int, generated: int, depth: int) -> str:
    """As llama-bench's own table has it: `pp32`, `tg16`, `pp32+tg16 @ d64`."""
    parts = [f"{kind}{count}" for kind, count in (("pp", prompt), ("tg", generated)) if count > 0]
    return "+".join(parts) + (f" @ d{depth}" if depth > 0 else "")


def excluded(depth: int) -> str:
    filled = f"; the {depth} tokens that were in the context before" if depth > 0 else ""
    return WARMUP + filled


def spread_of(row: Fields, name: str, n: int | None) -> float | None:
    """The standard deviation over n − 1; a 0 that a single repetition has is left out."""
    value = row.number(name)
    if value == 0 and (n is None or n < 2):
        row.notes.empty(f"{name} is 0: {NO_SPREAD}", row.at(name))
        return None
    return value


def setting(name: str, value: str) -> str:
    """One value in all formats: `false` for the 0 of a table, `-1 (auto)`."""
    if name in _BOOLEANS:
        return {"0": "false", "1": "true"}.get(value, value)
    return f"{value} (auto)" if name in _AUTOMATIC and value == "-1" else value


def quantisation_of(model_type: str) -> str:
    """The last part of `llama 8B Q4_K - Medium`; empty for another shape."""
    match = _MODEL_TYPE.match(model_type)
    return match["quantisation"] if match else ""


def _samples(row: Fields, name: str) -> tuple[float, ...]:
    values = row.numbers(name)
    above = tuple(value for value in values if value > 0)
    if len(above) < len(values):
        row.notes.empty(f"{name} holds values that are not above 0: nothing was measured there", row.at(name))
    return above


def _aggregate(row: Fields, mean: str, deviation: str, n: int) -> Aggregate | None:
    value = row.above_zero(mean, "nothing was measured")
    if value is None:
        return None
    return Aggregate(mean=value, sd=spread_of(row, deviation, n or None), sd_kind="sample")


def _subject(row: Fields) -> Subject:
    kept = [name for name in row.values if name not in RESULTS | _IDENTITY and name not in _MACHINE]
    return Subject(
        model=row.text("model_filename") or row.text("model_type"),
        quantisation=quantisation_of(row.text("model_type")),
        settings=_written(row, kept),
        machine=_written(row, _MACHINE),
    )


def _written(row: Fields, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, setting(name, text)) for name in names if (text := row.text(name)))


def _build(commit: str, number: str) -> str:
    """`0c1e570 (7312)`; a build outside of a full clone has the number 0, which says nothing."""
    return f"{commit} ({number})" if commit and number not in ("", "0") else commit


def _tell_the_end(text: str, where: str, end: int, tests: int, *, is_closed: bool, notes: Notes) -> None:
    place = Place(where, line_at(text, end))
    if is_closed:
        if text[end:].strip():
            notes.told(f"something follows the array: {shown(text[end:].strip())}", place)
        return
    rest = text[end:].strip()
    torn = ", and what follows is no whole test" if rest else ""
    notes.lost(
        f"the array is not closed: the run failed or goes on; it holds {tests} whole {_tests(tests)}{torn}", place
    )


def _tests(count: int) -> str:
    return "test" if count == 1 else "tests"
