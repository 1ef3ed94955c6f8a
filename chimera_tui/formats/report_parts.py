"""Which part of a report a model wrote, and what the generated rest of it tells of the files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from chimera_tui.domain.grounding_told import ToldInventory
from chimera_tui.domain.names import FileKind
from chimera_tui.formats.layout import Marks

Form = Literal["chimera", "combined", "one run", "several runs", "other"]
"""Our own report, our combined one, the field's two older forms, and any other Markdown."""

Span = tuple[int, int]
"""First and last line, counted from 1, both included."""


@dataclass(frozen=True, slots=True)
class ReportParts:
    """A report taken apart; only a line feed ends a line."""

    form: Form
    model: tuple[Span, ...]
    """What the model wrote, in reading order; of a report of no known form all of it."""
    told: ToldInventory | None
    """From the generated part; None for a report of no known form."""

    @property
    def texts(self) -> tuple[Span, ...]:
        """Those of `model` that are whole texts; the others are single sentences of another text."""
        return self.model[:1] if self.form == "one run" else self.model

    @property
    def model_lines(self) -> Iterator[int]:
        return chain.from_iterable(range(first, last + 1) for first, last in self.model)


def report_parts(text: str) -> ReportParts:
    """Take a report apart by its form. Raises nothing and costs linear time."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    for form, spans_of in _FORMS:
        spans = spans_of(lines)
        if spans is not None:
            kept = tuple(span for span in spans if span[0] <= span[1])
            return ReportParts(form, kept, _told(_generated(lines, kept)))
    return ReportParts("other", ((1, len(lines)),), None)


def told_inventory(text: str) -> ToldInventory | None:
    """What the generated part of a report tells of the files; None for a report of no known form."""
    return report_parts(text).told


# ---- the forms: spans of the model's lines, or None for a text that is of another form -------------------

_WORKFLOW = "## Workflow Summary"
_RULE = "---"
_COMBINED = "# Chimera run: combined report"
_COMBINED_PART = re.compile(r"## Agent [A-Z]: report")
_GENERATED = "## Technical Report (LLM Generated)"
_CALLS = "## LLM Call Metrics"


def _ours(lines: Sequence[str]) -> list[Span] | None:
    """Between the marks; the line before a mark is empty, and one more is ours where it closes a fence."""
    marks = Marks.of("\n".join(lines[: (_first(lines, _RULE) or 0) + 1]) + "\n")
    start = _first(lines, marks.section("report")) if marks else None
    if marks is None or start is None:
        return None
    workflow = _first(lines, marks.section("workflow"), start)
    for mark, ours in ((marks.end, 1), (marks.end_closed, 2)):
        end = _last(lines, mark, start, workflow)
        if end is not None:
            return [(start + 3, end - ours)]
    return None


def _combined(lines: Sequence[str]) -> list[Span] | None:
    if lines[0] != _COMBINED:
        return None
    heads = [number for number, line in enumerate(lines, 1) if _COMBINED_PART.fullmatch(line)]
    return [
        (head + 1, end) for head, end in zip(heads, [*(head - 4 for head in heads[1:]), len(lines)], strict=True)
    ]


def _several_runs(lines: Sequence[str]) -> list[Span] | None:
    """From the rule below the generated header to the table of all calls."""
    head = _first(lines, _GENERATED)
    rule = None if head is None else _first(lines, _RULE, head)
    calls = _last(lines, _CALLS, rule or 0)
    if rule is None or calls is None or _first(lines[:head], _WORKFLOW) is None:
        return None
    return [(rule + 2, calls)]


def _one_run(lines: Sequence[str]) -> list[Span] | None:
    """From the first rule to the workflow; findings and recommendations are the model's as well."""
    rule = _first(lines, _RULE)
    workflow = _last(lines, _WORKFLOW, rule or 0)
    metrics = None if workflow is None else _first(lines, "## Metrics", workflow)
    if rule is None or workflow is None or metrics is None:
        return None
    if not any(line.startswith("**Agent Type:**") for line in lines[:rule]):
        return None
    ends = [
        _first(lines, f"## {title}", metrics) for title in ("Key Findings", "Recommendations", "Persona Prompt")
    ]
    findings, recommendations, persona = ends
    end = len(lines) if persona is None else persona
    spans = [(rule + 2, workflow)]
    if findings is not None:
        spans.append((findings + 2, end if recommendations is None else recommendations))
    if recommendations is not None:
        spans.append((recommendations + 2, end))
    return spans


_FORMS: tuple[tuple[Form, Callable[[Sequence[str]], list[Span] | None]], ...] = (
    ("chimera", _ours),
    ("combined", _combined),
    ("several runs", _several_runs),
    ("one run", _one_run),
)


def _first(lines: Sequence[str], wanted: str, start: int = 0) -> int | None:
    """Index of the first such line at or after `start`."""
    return next((index for index in range(start, len(lines)) if lines[index] == wanted), None)


def _last(lines: Sequence[str], wanted: str, start: int = 0, end: int | None = None) -> int | None:
    """Index of the last such line from `start` to before `end`."""
    stop = len(lines) if end is None else end
    return next((index for index in range(stop - 1, start - 1, -1) if lines[index] == wanted), None)


# ---- the generated part ----------------------------------------------------------------------------------

_TOTAL = re.compile(r"(?:- )?Total files analyzed: (\d{1,9})", re.ASCII)
_COUNT = re.compile(r"(CSV|JSON|MARKDOWN) Files \((\d{1,9})\)", re.ASCII)
_LATEST = re.compile(r"\s*Latest modified: (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?: UTC|Z)?", re.ASCII)
_KINDS = {"CSV": FileKind.CSV, "JSON": FileKind.JSON, "MARKDOWN": FileKind.MD}
_MOMENT = r"(\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d)?)"
_WRITTEN = (
    re.compile(rf"\*\*Timestamp:\*\* {_MOMENT}.*", re.ASCII),
    re.compile(rf"\*\*Run:\*\* .*, started {_MOMENT} UTC.*", re.ASCII),
    re.compile(rf"\*\*Date:\*\* {_MOMENT}.*", re.ASCII),
)
"""Where a report says when it was written: the most exact first."""


def _generated(lines: Sequence[str], model: Sequence[Span]) -> list[str]:
    kept: list[str] = []
    at = 0
    for first, last in sorted(model):
        kept += lines[at : first - 1]
        at = last
    return kept + list(lines[at:])


def _told(lines: Sequence[str]) -> ToldInventory:
    """The first word on each: what stands further below may be a prompt that quotes such lines."""
    total: int | None = None
    counts: dict[FileKind, int] = {}
    latest: dict[FileKind, str] = {}
    kind: FileKind | None = None
    for line in lines:
        if found := _COUNT.fullmatch(line):
            kind = _KINDS[found[1]]
            counts.setdefault(kind, int(found[2]))
        elif kind is not None and (found := _LATEST.fullmatch(line)):
            latest.setdefault(kind, f"{found[1]} {found[2]}")
            kind = None
        elif total is None and (found := _TOTAL.fullmatch(line)):
            total = int(found[1])
    return ToldInventory(total, counts, latest, _written(lines))


def _written(lines: Sequence[str]) -> str:
    for pattern in _WRITTEN:
        found = next(filter(None, map(pattern.fullmatch, lines)), None)
        if found:
            return found[1].replace("T", " ")
    return ""
