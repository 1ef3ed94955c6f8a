"""Results of Ollama's own `cmd/bench`, as CSV and as lines for benchstat: five steps for each epoch of a model.

TTFT is the client's wall clock; load, total, prefill and generate are the server's counters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chimera_tui.domain.measurement import (
    DECODE_RATE,
    DECODE_TIME,
    LOAD,
    OUTPUT_TOKENS,
    PREFILL_RATE,
    PREFILL_TIME,
    PROMPT_TOKENS,
    TOTAL,
    TTFT,
    Measurement,
    Place,
    Reading,
    Source,
    Subject,
)
from chimera_tui.formats.go_benchmark import read_benchmark_lines
from chimera_tui.formats.result_text import Fields, Notes, lines_of, shown

TOOL = "ollama bench"
HEADER = "NAME,STEP,COUNT,NS_PER_COUNT,TOKEN_PER_SEC"
BENCHMARK = "Model"
"""`BenchmarkModel/name=…/step=…` are its lines."""
COMMENT = "# Model: "
_COUNT, _TIME, _RATE = "COUNT", "NS_PER_COUNT", "TOKEN_PER_SEC"
_UNMEASURED_ZEROS = {"VRAM": "no GPU held any of it, or nobody knows"}


@dataclass(frozen=True, slots=True)
class _Figure:
    figure: str
    step: str
    column: str
    unit: str
    definition: str
    zero: str
    """What a 0 stands for."""


_NO_TIME = "the server reported no time for it"
_FIGURES = (
    _Figure(
        TTFT,
        "ttft",
        _TIME,
        "ns",
        "request sent → first non-empty chunk by the client's wall clock: queue, load and network are in it",
        "the first chunk was empty",
    ),
    _Figure(
        DECODE_RATE,
        "generate",
        _RATE,
        "tok/s",
        "eval_count / eval_duration of the server: the first token counts, its time does not",
        _NO_TIME,
    ),
    _Figure(DECODE_TIME, "generate", _TIME, "ns/token", "eval_duration / eval_count of the server", _NO_TIME),
    _Figure(OUTPUT_TOKENS, "generate", _COUNT, "tokens", "eval_count of the server", "no token was counted"),
    _Figure(
        PREFILL_RATE,
        "prefill",
        _RATE,
        "tok/s",
        "prompt_eval_count / prompt_eval_duration of the server: too high where a part of the prompt was cached",
        _NO_TIME,
    ),
    _Figure(
        PREFILL_TIME,
        "prefill",
        _TIME,
        "ns/token",
        "prompt_eval_duration / prompt_eval_count of the server",
        _NO_TIME,
    ),
    _Figure(PROMPT_TOKENS, "prefill", _COUNT, "tokens", "prompt_eval_count of the server", "no token was counted"),
    _Figure(LOAD, "load", _TIME, "ns", "load_duration of the server", _NO_TIME),
    _Figure(TOTAL, "total", _TIME, "ns", "total_duration of the server: shorter than a TTFT may be", _NO_TIME),
)
STEPS = frozenset(each.step for each in _FIGURES)


@dataclass(slots=True)
class _Model:
    """One model's rows while the file is read."""

    name: str
    place: Place
    settings: dict[str, str] = field(default_factory=dict)
    told: bool = False
    """Whether a `# Model` line was there."""
    stale: bool = False
    """Whether its rows stand behind a torn line."""
    rows: list[tuple[str, Fields]] = field(default_factory=list)
    """(step, values)."""


def read_ollama_bench_csv(text: str, where: str = "") -> Reading:
    """Rows of five steps, between them a `#` line for each model."""
    notes = Notes()
    models: list[_Model] = []
    torn: int | None = None
    for number, line in lines_of(text):
        place = Place(where, number)
        if line == HEADER:
            continue
        if line.startswith(COMMENT):
            models.append(_commented(line, place, notes, stale=torn is not None))
            continue
        cells = line.rsplit(",", 4)
        if len(cells) != 5 or cells[1] not in STEPS:
            torn = number
            notes.lost(f"{shown(line)} is no whole row", place)
            continue
        values = dict(zip((_COUNT, _TIME, _RATE), cells[2:], strict=True))
        _model_of(cells[0], models, place, stale=torn is not None).rows.append(
            (cells[1], Fields(values, place, notes))
        )
    _tell_tail(models, torn, where, notes)
    if not text.endswith("\n"):
        notes.told("the last line does not end: its last figure may be torn", Place(where, text.count("\n") + 1))
    return notes.reading(list(_measurements(models, "csv", where, notes)), Place(where))


def read_ollama_bench_lines(text: str, where: str = "") -> Reading:
    """The same for benchstat: value and unit in pairs, and no counts."""
    notes = Notes()
    found = read_benchmark_lines(text, where, notes)
    models: list[_Model] = []
    comments = [(line, comment) for line, comment in found.comments if comment.startswith(COMMENT)]
    for result in found.results:
        while comments and comments[0][0] < result.line:
            line, comment = comments.pop(0)
            models.append(_commented(comment, Place(where, line), notes, stale=False))
        place, step = Place(where, result.line), result.part("step")
        if result.name != BENCHMARK or step not in STEPS:
            notes.lost(f"Benchmark{result.name} of step {step or 'none'} is not known here", place)
            continue
        time = result.value("ns/token") if step in ("prefill", "generate") else result.value("ns/op")
        values = {_TIME: time, _RATE: result.value("token/sec")}
        _model_of(result.part("name"), models, place, stale=False).rows.append(
            (step, Fields(values, place, notes))
        )
    models += [_commented(comment, Place(where, line), notes, stale=False) for line, comment in comments]
    return notes.reading(list(_measurements(models, "benchstat", where, notes)), Place(where))


def _commented(line: str, place: Place, notes: Notes, *, stale: bool) -> _Model:
    """`# Model: tiny | Params: 393K | … | VRAM: 0 | NumCtx: 4096`"""
    pairs = [part.partition(": ") for part in line.removeprefix("# ").split(" | ")]
    settings = {name.strip(): value.strip() for name, _, value in pairs}
    for name, why in _UNMEASURED_ZEROS.items():
        if settings.get(name) == "0":
            notes.empty(f"{name} is 0: {why}", place)
            del settings[name]
    return _Model(settings.pop("Model", ""), place, settings, told=True, stale=stale)


def _model_of(name: str, models: list[_Model], place: Place, *, stale: bool) -> _Model:
    """The one that the last `#` line told, or a new one that no line told."""
    for each in reversed(models):
        if each.name == name and each.stale == stale:
            return each
    models.append(_Model(name, place, stale=stale))
    return models[-1]


def _tell_tail(models: Sequence[_Model], torn: int | None, where: str, notes: Notes) -> None:
    stale = sum(len(model.rows) for model in models if model.stale)
    if torn is not None and stale:
        notes.told(
            f"the {stale} rows behind the torn line {torn} are most likely of an older, longer file: -output does "
            "not cut one off; they are kept apart",
            Place(where, torn),
        )


def _measurements(models: Sequence[_Model], form: str, where: str, notes: Notes) -> Iterator[Measurement]:
    late = False
    for model in models:
        if not model.rows and not model.stale:
            notes.lost(f"model {shown(model.name)} has no row: it failed", model.place)
        is_cold = model.told and bool(model.rows) and "NumCtx" not in model.settings
        if is_cold:
            notes.told(
                "NumCtx and Size are not told: the model was not loaded, so there was no warm-up and the load is "
                "in epoch 1",
                model.place,
            )
        for figure in _FIGURES:
            made = _measurement(model, figure, form, is_cold=is_cold)
            if made is not None:
                yield made
        late = late or _is_late(model)
    if late:
        notes.told(
            "some TTFT are above their total: TTFT is the client's clock, total the server's counter", Place(where)
        )


def _measurement(model: _Model, figure: _Figure, form: str, *, is_cold: bool) -> Measurement | None:
    rows = [fields for step, fields in model.rows if step == figure.step]
    samples = tuple(value for row in rows if (value := row.above_zero(figure.column, figure.zero)) is not None)
    if not samples:
        return None
    settings = tuple((name, value) for name, value in model.settings.items() if name != "Quant")
    quantisation = model.settings.get("Quant", "")
    return Measurement(
        figure=figure.figure,
        name=f"{figure.step} {figure.column}",
        unit=figure.unit,
        definition=figure.definition,
        source=Source(TOOL, form),
        subject=Subject(model.name, "" if quantisation == "unknown" else quantisation, settings),
        place=rows[0].place,
        test="behind the torn line" if model.stale else f"{len(rows)} epochs" if len(rows) > 1 else "1 epoch",
        n=len(samples),
        samples=samples,
        excluded="" if is_cold else "warm-up, one unless told otherwise",
        included="the model's load, in epoch 1" if is_cold and figure.figure in (TTFT, TOTAL, LOAD) else "",
    )


def _is_late(model: _Model) -> bool:
    """Whether in any epoch the TTFT is above the total; rows of an epoch follow each other."""
    ttft: float | None = None
    for step, row in model.rows:
        if step == "ttft":
            ttft = row.number(_TIME)
        elif step == "total":
            total = row.number(_TIME)
            if ttft is not None and total is not None and ttft > total:
                return True
            ttft = None
    return False
