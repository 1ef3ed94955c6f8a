"""Figures of other tools' result files as tables for people and as JSON, part of `chimera import`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from chimera_tui.commands.console import print_table, tell
from chimera_tui.domain import formatting
from chimera_tui.domain.measurement import Measurement, Problem, Reading
from chimera_tui.domain.names import printable

Document = dict[str, object]
_SIGNS = {"lost": "lost", "empty": "left empty", "told": "note"}
_MOST_TOLD = 12
"""Remarks of one kind that are printed of a file; --json has them all."""
_MOST_SETTINGS = 12
_TAILS = (95.0, 99.0)


@dataclass(frozen=True, slots=True)
class ResultFile:
    """One file of figures."""

    where: str
    reading: Reading


def results_document(read: ResultFile) -> Document:
    """Every figure with all that is known of it; what the file does not say is null or empty."""
    return {
        "where": read.where,
        "kind": "results",
        "measurements": [_measurement(each) for each in read.reading.measurements],
        "problems": [
            {"kind": each.kind, "what": each.what, "where": each.place.words()} for each in read.reading.problems
        ],
    }


def print_results(read: ResultFile) -> None:
    """One table for each subject and test; figures that nobody defines are counted and not shown."""
    found = read.reading.measurements
    if not found:
        print("no figure in it")
    definitions: dict[tuple[str, str], None] = {}
    for members in _grouped(found):
        shown = [each for each in members if each.definition]
        _print_subject(members[0])
        _print_limits(shown)
        if shown:
            rows = [("figure", "n", "mean", "± sd", "median", "p95", "p99", "unit", "")]
            print_table([*rows, *map(_row, shown)], right=range(1, 7))
        if len(shown) < len(members):
            tell(f"  and {len(members) - len(shown)} figures under the tool's own names: --json has them")
        definitions |= {(each.figure, each.definition): None for each in shown}
    if definitions:
        print("What these figures are here")
        print_table([(f"  {figure}", means) for figure, means in definitions])
    _print_problems(read.reading.problems)


def _measurement(made: Measurement) -> Document:
    stated = made.aggregate
    subject = made.subject
    return {
        "figure": made.figure,
        "name": made.name,
        "unit": made.unit,
        "definition": made.definition or None,
        "tool": made.source.tool,
        "version": made.source.version or None,
        "format": made.source.format,
        "model": subject.model or None,
        "quantisation": subject.quantisation or None,
        "settings": dict(subject.settings),
        "machine": dict(subject.machine),
        "test": made.test or None,
        "outcome": made.outcome,
        "warmup": made.warmup,
        "n": made.n,
        "mean": made.mean,
        "sd": made.sd,
        "sd_kind": made.sd_kind if made.sd is not None else None,
        "samples": list(made.samples),
        "stated": None
        if stated is None
        else asdict(stated) | {"percentiles": {f"p{percent:g}": value for percent, value in stated.percentiles}},
        "excluded": made.excluded or None,
        "included": made.included or None,
        "at": made.at or None,
        "where": made.place.words(),
    }


def _grouped(found: Iterable[Measurement]) -> list[list[Measurement]]:
    """By all that figures beside each other share, in the order of the file."""
    groups: dict[object, list[Measurement]] = {}
    for each in found:
        key = (each.source, each.subject, each.test, each.warmup, each.outcome)
        groups.setdefault(key, []).append(each)
    return list(groups.values())


def _print_subject(first: Measurement) -> None:
    """Tool, model, settings, test: what holds for the whole table below."""
    source, subject = first.source, first.subject
    tool = " ".join(filter(None, (source.tool, source.version)))
    model = subject.model or "model not told"
    quantisation = f" ({subject.quantisation})" if subject.quantisation else ""
    outcome = "" if first.outcome == "ok" else f"{first.outcome} requests"
    warmup = "warm-up" if first.warmup and first.test != "warmup" else ""
    tell("; ".join(filter(None, (f"{tool}, {source.format}: {model}{quantisation}", first.test, warmup, outcome))))
    settings = [f"{name}={value}" for name, value in subject.settings]
    more = f", and {len(settings) - _MOST_SETTINGS} more" if len(settings) > _MOST_SETTINGS else ""
    if settings:
        tell(f"  {', '.join(settings[:_MOST_SETTINGS])}{more}", indent=4)


def _row(made: Measurement) -> tuple[str, ...]:
    """Durations in ns carry their own unit, the one that people read."""
    text, unit = (formatting.duration, "") if made.unit == "ns" else (formatting.sig3, made.unit)
    percentiles = dict(made.aggregate.percentiles) if made.aggregate is not None else {}
    median = made.median
    sd = made.sd
    return (
        made.figure,
        formatting.count(made.n),
        text(made.mean),
        text(sd),
        text(percentiles.get(50.0) if median is None else median),
        *(text(percentiles.get(percent)) for percent in _TAILS),
        unit,
        "sd over n, not n − 1" if sd is not None and made.sd_kind == "population" else "",
    )


def _print_limits(members: Sequence[Measurement]) -> None:
    """What is not in these figures, and what is; of some of them alone with their names."""
    limits: dict[str, list[str]] = {}
    for each in members:
        for word, text in (("without", each.excluded), ("with", each.included)):
            if text:
                limits.setdefault(f"{word}: {text}", []).append(each.figure)
    for limit, figures in limits.items():
        tell(f"  {limit}" + ("" if len(figures) == len(members) else f" ({', '.join(figures)})"), indent=4)


def _print_problems(problems: Sequence[Problem]) -> None:
    for kind, sign in _SIGNS.items():
        told = [each for each in problems if each.kind == kind]
        for each in told[:_MOST_TOLD]:
            place = ", ".join(filter(None, (_line(each), each.place.path)))
            tell(f"{sign}: {f'{place}: ' if place else ''}{printable(each.what)}")
        if len(told) > _MOST_TOLD:
            tell(f"{sign}: {len(told) - _MOST_TOLD} more; --json has them")


def _line(problem: Problem) -> str:
    return "" if problem.place.line is None else f"line {problem.place.line}"
