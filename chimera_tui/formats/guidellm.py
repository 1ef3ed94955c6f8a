"""GuideLLM's JSON: of 0.3 (`benchmarks` alone), 0.5 (`args`) and 0.8 (`config`).

A figure that nobody measured is 0.0 with a count of 0 there; here it is left out. Figures of text in words and
characters are not read, nor `text.tokens`, which pools prompts and outputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from chimera_tui.domain.measurement import (
    REQUESTS,
    Aggregate,
    Measurement,
    Outcome,
    Place,
    Reading,
    Source,
    Subject,
)
from chimera_tui.formats.guidellm_metrics import COUNTS, OUTCOMES, TOOL, Metric, definition_of, metrics_of, parted
from chimera_tui.formats.result_text import Fields, Notes, root_of, shown

LOAD_INCLUDED = "no warm-up was made: a model load may be in the first request"
_SETTINGS = ("request_format", "stream", "max_tokens", "extras")
_STRATEGY = ("streams", "rate", "max_concurrency", "worker_count")


@dataclass(frozen=True, slots=True)
class _Benchmark:
    """What all figures of one benchmark have in common."""

    fields: Fields
    source: Source
    subject: Subject
    test: str
    excluded: str
    included: str
    at: str
    counts: dict[Outcome, int]
    """Requests by how they ended; empty where the file does not say."""


def read_guidellm_json(text: str, where: str = "") -> Reading:
    """Every benchmark of a report."""
    notes, place = Notes(), Place(where)
    found: list[Measurement] = []
    root = root_of(text, place, notes)
    version = root.inner("metadata").text("guidellm_version")
    for fields in root.parts("benchmarks"):
        benchmark = _benchmark(fields, version)
        found += _requests(benchmark)
        for metric in metrics_of(version):
            for word, outcome in OUTCOMES:
                found += _measurements(benchmark, metric, word, outcome)
        _tell_failures(benchmark)
    return notes.reading(found, place)


def _benchmark(fields: Fields, version: str) -> _Benchmark:
    config = fields.inner("config")
    strategy = config.inner("strategy") if "strategy" in config else fields.inner("args", "strategy")
    backend = config.inner("backend") if "backend" in config else fields.inner("worker")
    totals = fields.inner("metrics", "request_totals")
    if not totals.values:
        totals = fields.inner("request_totals")
    excluded, included = _warmup(fields)
    return _Benchmark(
        fields=fields,
        source=Source(TOOL, "json", version),
        subject=Subject(
            model=backend.text("model") or backend.text("backend_model"),
            settings=(
                *((name, text) for name in _SETTINGS if (text := backend.text(name))),
                *((name, text) for name in _STRATEGY if (text := strategy.text(name))),
            ),
        ),
        test=_name(strategy),
        excluded=excluded,
        included=included,
        at=_utc(fields.number("start_time")),
        counts={outcome: totals.whole(word) or 0 for word, outcome in OUTCOMES} if totals.values else {},
    )


def _name(strategy: Fields) -> str:
    """`concurrent@2`, as the tool's CSV has it; `synchronous`."""
    kind = strategy.text("type_")
    level = strategy.text("streams") or strategy.text("rate")
    return f"{kind}@{level}" if kind and level else kind


def _warmup(fields: Fields) -> tuple[str, str]:
    """What was excluded, and what is included because nothing was."""
    given = fields.inner("args")
    parts = []
    for name in ("warmup", "cooldown"):
        seconds = fields.number(f"{name}_duration")
        length = seconds or given.number(f"{name}_duration") or given.number(f"{name}_number")
        if length:
            parts.append(f"{name} of {length:g}{' s' if seconds else ''}")
    is_told = "warmup_duration" in fields or "warmup_number" in given
    has_none = is_told and not any(part.startswith("warmup") for part in parts)
    return ", ".join(parts), LOAD_INCLUDED if has_none else ""


def _utc(seconds: float | None) -> str:
    """Of an epoch in seconds; empty when no calendar holds it."""
    if seconds is None:
        return ""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        return ""


def _requests(benchmark: _Benchmark) -> Iterator[Measurement]:
    """How many requests ended how."""
    for outcome, count in benchmark.counts.items():
        if count:
            yield _made(
                benchmark,
                benchmark.fields.at("request_totals"),
                (REQUESTS, "request_totals", "requests", "how many ended so"),
                outcome,
                Aggregate(mean=float(count)),
            )


def _measurements(benchmark: _Benchmark, metric: Metric, word: str, outcome: Outcome) -> Iterator[Measurement]:
    part = benchmark.fields.inner("metrics", metric.name, word)
    if not part.values:
        return
    count = part.whole("count")
    if not count:
        if benchmark.counts.get(outcome):
            part.notes.empty(
                f"{metric.name} of {word} requests has a count of 0: its {part.text('mean') or '0.0'} is no "
                "measurement",
                part.place,
            )
        return
    stated = _aggregate(part, count)
    if stated.mean == 0 and metric.figure not in COUNTS:
        part.notes.empty(f"{metric.name} is 0 in all {count} {word} requests: nothing measured it", part.place)
        return
    heading = (metric.figure, metric.name, metric.unit, definition_of(metric, outcome))
    samples = _samples(benchmark, metric, word, count)
    n = count if metric.of_request else None
    yield from parted(metric, _made(benchmark, part.place, heading, outcome, stated, n, samples))


def _made(
    benchmark: _Benchmark,
    place: Place,
    heading: tuple[str, str, str, str],
    outcome: Outcome,
    stated: Aggregate,
    n: int | None = None,
    samples: tuple[float, ...] = (),
) -> Measurement:
    """`heading`: figure, their name, unit, definition."""
    figure, name, unit, definition = heading
    return Measurement(
        figure=figure,
        name=name,
        unit=unit,
        definition=definition,
        source=benchmark.source,
        subject=benchmark.subject,
        place=place,
        test=benchmark.test,
        outcome=outcome,
        n=n,
        samples=samples,
        aggregate=stated,
        excluded=benchmark.excluded,
        included=benchmark.included,
        at=benchmark.at,
    )


def _aggregate(part: Fields, count: int) -> Aggregate:
    deviation = part.number("std_dev")
    if deviation == 0 and count < 2:
        deviation = None  # of one value it says nothing
    percentiles = part.inner("percentiles")
    pairs = [(_percent(key), percentiles.number(key)) for key in percentiles.values if _percent(key) is not None]
    return Aggregate(
        mean=part.number("mean"),
        median=part.number("median"),
        sd=deviation,
        sd_kind="population",
        low=part.number("min"),
        high=part.number("max"),
        percentiles=tuple(sorted((key, value) for key, value in pairs if key is not None and value is not None)),
    )


def _percent(key: str) -> float | None:
    """`p05` → 5, `p001` → 0.1, `p999` → 99.9."""
    digits = key.removeprefix("p")
    if not digits.isdecimal() or not digits.isascii() or len(digits) not in (2, 3):
        return None
    return int(digits) / 10 if len(digits) == 3 else float(digits)


def _samples(benchmark: _Benchmark, metric: Metric, word: str, count: int) -> tuple[float, ...]:
    """The requests' own values, where the report lists each of them."""
    if not metric.of_request:
        return ()
    listed = benchmark.fields.inner("requests").values.get(word)
    if not isinstance(listed, list):
        return ()
    values = [each.get(metric.of_request) for each in listed if isinstance(each, dict)]
    numbers = tuple(float(each) for each in values if isinstance(each, int | float) and not isinstance(each, bool))
    return numbers if len(numbers) == count else ()


def _tell_failures(benchmark: _Benchmark) -> None:
    """Why requests failed, in the words of the first."""
    requests = benchmark.fields.inner("requests")
    errors = [each.inner("info").text("error") or each.text("error") for each in requests.parts("errored")]
    if benchmark.counts and not benchmark.counts["ok"]:
        benchmark.fields.notes.empty(
            "no request was successful: figures of those are 0.0 with a count of 0, which is no measurement",
            benchmark.fields.at("metrics"),
        )
    count = benchmark.counts.get("errored")
    if count:
        reason = next(filter(None, errors), "")
        benchmark.fields.notes.told(
            f"{count} requests failed{f': {shown(reason)}' if reason else ''}", requests.at("errored")
        )
    if benchmark.counts.get("incomplete"):
        benchmark.fields.notes.told(
            f"{benchmark.counts['incomplete']} requests were cut off at the end of the run",
            requests.at("incomplete"),
        )
