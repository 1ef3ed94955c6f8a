"""AIPerf's results of a run as JSON, of its requests as JSON lines, and of its time slices.

The JSON has no warm-up in its figures; `warmup_metrics` and the JSON lines have it apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

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
from chimera_tui.formats.aiperf_metrics import TOOL, Basis, measured
from chimera_tui.formats.json_text import line_object
from chimera_tui.formats.result_text import Fields, Notes, lines_of, number_of, root_of, shown

WARMUP_KIND = "warmup"
NO_WARMUP = "no warm-up was made: a model load may be in the first request"
LOCAL = "(local time, zone not told)"


def read_aiperf_json(text: str, where: str = "") -> Reading:
    """`profile_export_aiperf.json`, of a run or of one of its phases; a timeslices file as well."""
    notes, place = Notes(), Place(where)
    root = root_of(text, place, notes)
    basis = basis_of(root)
    if "timeslices" in root:
        found = [
            made
            for index, part in enumerate(root.parts("timeslices"))
            for made in metric_objects(part, replace(basis, test=f"slice {index}"))
        ]
        return notes.reading(found, place)
    found = list(metric_objects(root, basis))
    warmup = root.part("warmup_metrics")
    if warmup is None and basis.excluded:
        notes.told("this is of one phase alone, and does not say which: its folder does", place)
        found = [replace(each, excluded="") for each in found]
    if warmup is not None:
        found += metric_objects(warmup, replace(basis, test=WARMUP_KIND, warmup=True, excluded="", included=""))
    _tell_counts(found, notes)
    _tell_repeats(root)
    for error in root.parts("error_summary"):
        notes.told(f"requests failed: {shown(error.values)}", error.place)
    if root.values.get("was_cancelled") is True:
        notes.told("the run was cancelled", root.at("was_cancelled"))
    return notes.reading(found, place)


def basis_of(root: Fields) -> Basis:
    """What a document says of all its figures."""
    config = root.inner("input_config")
    models = [part.text("name") for part in config.inner("models").parts("items")]
    endpoint = config.inner("endpoint")
    phases = list(config.parts("phases"))
    warm = [phase for phase in phases if phase.text("kind") == WARMUP_KIND]
    profiling = next(
        (phase for phase in phases if phase.text("kind") == "profiling"), Fields({}, root.place, root.notes)
    )
    server_counts = endpoint.values.get("use_server_token_count")
    settings = (
        *((name, text) for name in ("type", "streaming") if (text := endpoint.text(name))),
        *((name, text) for name in ("concurrency", "request_rate", "requests") if (text := profiling.text(name))),
    )
    requests = ", ".join(text for phase in warm if (text := phase.text("requests")))
    started = root.text("start_time")
    return Basis(
        source=Source(TOOL, "json", root.text("aiperf_version")),
        subject=Subject(", ".join(filter(None, models)), settings=settings),
        excluded=f"warm-up of {requests or 'unknown many'} requests" if warm else "",
        included="" if warm or not phases else NO_WARMUP,
        at=f"{started} {LOCAL}" if started else "",
        server_counts=(server_counts is True) if config.values else None,
    )


def metric_objects(fields: Fields, basis: Basis) -> Iterator[Measurement]:
    """Every `{unit, avg, …}` among the values."""
    for name, value in fields.values.items():
        if not isinstance(value, dict) or "unit" not in value or not ("avg" in value or "mean" in value):
            continue
        part = Fields(value, fields.at(name), fields.notes)
        count = part.whole("count")
        made = measured(
            name, part.text("unit"), basis, part.place, fields.notes, aggregate=aggregate_of(part, count), n=count
        )
        if made is not None:
            yield made


def aggregate_of(part: Fields, count: int | None) -> Aggregate:
    """A scalar has nothing but its average. The deviation is over n, and says nothing of one value."""
    deviation = part.number("std")
    percentiles = sorted(
        (float(name[1:]), value)
        for name in part.values
        if name[:1] == "p" and name[1:].isdecimal() and (value := part.number(name)) is not None
    )
    return Aggregate(
        mean=part.number("avg" if "avg" in part else "mean"),
        median=part.number("p50"),
        sd=None if deviation == 0 and count is not None and count < 2 else deviation,
        sd_kind="population",
        low=part.number("min"),
        high=part.number("max"),
        percentiles=tuple(percentiles),
    )


def _tell_counts(found: list[Measurement], notes: Notes) -> None:
    """Where client and server count tokens differently, every rate depends on who is believed."""
    means = {each.name: each for each in found if not each.warmup}
    ours, theirs = means.get("output_sequence_length"), means.get("usage_completion_tokens")
    if ours is None or theirs is None or ours.mean is None or theirs.mean is None:
        return
    if abs(ours.mean - theirs.mean) > 0.01 * theirs.mean:
        notes.told(
            f"output tokens of a request: {ours.mean:.4g} as this file counts, {theirs.mean:.4g} by the server; "
            "rates depend on it",
            ours.place,
        )


def _tell_repeats(root: Fields) -> None:
    """With more requests than prompts some are asked again, the warm-up's among them."""
    config = root.inner("input_config")
    entries = sum(part.whole("entries") or 0 for part in config.parts("datasets"))
    requests = sum(part.whole("requests") or 0 for part in config.parts("phases"))
    if 0 < entries < requests:
        root.notes.told(
            f"{requests} requests, warm-ups included, for {entries} prompts: one that is asked again may be from "
            "the server's cache, and is quicker",
            config.at("datasets"),
        )


@dataclass(slots=True)
class _Phase:
    """The requests of one phase while the lines are read."""

    first: Place
    samples: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """(name, unit) → values of the requests."""
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    counts: dict[Outcome, int] = field(default_factory=lambda: {"ok": 0, "incomplete": 0, "errored": 0})


def read_aiperf_jsonl(text: str, where: str = "") -> Reading:
    """`profile_export.jsonl`: one request on each line, warm-ups among them. It does not name the model."""
    notes = Notes()
    phases: dict[str, _Phase] = {}
    for number, line in lines_of(text):
        place = Place(where, number)
        value = line_object(line)
        if value is None:
            notes.lost("this line is torn, or no request", place)
            continue
        request = Fields(value, place, notes)
        about = request.inner("metadata")
        name = about.text("benchmark_phase") or about.text("phase_kind")
        _take(request, about, phases.setdefault(name, _Phase(place)))
    source = Source(TOOL, "jsonl")
    found: list[Measurement] = []
    for name, phase in phases.items():
        is_warmup = name == WARMUP_KIND
        excluded = "warm-up requests" if WARMUP_KIND in phases and not is_warmup else ""
        included = "" if is_warmup or excluded else NO_WARMUP
        basis = Basis(source, Subject(), name, is_warmup, excluded, included)
        found += _phase(phase, basis, notes)
    return notes.reading(found, Place(where))


def _take(request: Fields, about: Fields, phase: _Phase) -> None:
    """One request's values; those of a request that failed or was cancelled are no figures."""
    error = request.inner("error")
    if error.values:
        phase.counts["errored"] += 1
        words = " ".join(filter(None, (error.text("code"), error.text("type"))))
        request.notes.told(f"the request failed: {words or shown(error.values)}", request.place)
        return
    if about.values.get("was_cancelled") is True:
        phase.counts["incomplete"] += 1
        request.notes.told("the request was cancelled", request.place)
        return
    phase.counts["ok"] += 1
    metrics = request.inner("metrics")
    for name, value in metrics.values.items():
        if not isinstance(value, dict):
            continue
        part = Fields(value, metrics.at(name), request.notes)
        key = (name, part.text("unit"))
        values = part.values.get("value")
        numbers = [number_of(each) for each in values] if isinstance(values, list) else [part.number("value")]
        phase.samples.setdefault(key, []).extend(each for each in numbers if each is not None)
        phase.places.setdefault(key, part.place)


def _phase(phase: _Phase, basis: Basis, notes: Notes) -> Iterator[Measurement]:
    for outcome, count in phase.counts.items():
        if not count:
            continue
        made = measured(
            "request_count", "requests", basis, phase.first, notes, aggregate=Aggregate(mean=float(count))
        )
        if made is not None:
            yield replace(made, figure=REQUESTS, definition="how many ended so", outcome=outcome)
    for (name, unit), values in phase.samples.items():
        made = measured(name, unit, basis, phase.places[name, unit], notes, samples=tuple(values))
        if made is not None:
            yield made
