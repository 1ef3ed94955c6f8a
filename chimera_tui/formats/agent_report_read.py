"""An agent's report, read back: ours, and those this field wrote before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from itertools import chain

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.flags import DISTURBS, TOLD
from chimera_tui.formats.agent_report_parts import (
    ConfigValue,
    ExecutionTime,
    Metric,
    bullets,
    code,
    configuration,
    execution,
    header_field,
    metrics,
    table,
)
from chimera_tui.formats.agent_report_values import read_plain, read_tables
from chimera_tui.formats.checked_numbers import CheckedSection, read_checked_numbers, read_finding_facts
from chimera_tui.formats.inert import read_inert
from chimera_tui.formats.layout import LATER_SECTIONS, SECTIONS, Marks


@dataclass(frozen=True, slots=True)
class AgentReport:
    """What a report file holds; a section that is not there is empty."""

    title: str
    date: str
    """`YYYY-MM-DD`, UTC in ours."""
    agent_type: str
    model: str
    configuration: Mapping[str, ConfigValue]
    """Ollama's option names; None is the server's default."""
    body: str
    """What the model wrote."""
    files_analysed: int | None
    execution_s: ExecutionTime
    data_summary: str
    metrics: Mapping[str, Metric]
    findings: tuple[str, ...]
    recommendations: tuple[str, ...]
    persona: str
    simulated: bool = False
    state: str = ""
    calls: tuple[Mapping[str, str], ...] = field(default=())
    """Rows of an `LLM Call Metrics` table, cells as written by column title."""
    waits: tuple[Mapping[str, str], ...] = ()
    """TTFT taken apart, one row per request, cells as written by column title."""
    flags: tuple[str, ...] = ()
    """What disturbed the measurement, one sentence each."""
    notes: tuple[str, ...] = ()
    """What has to be known about the measurement but did not disturb it."""
    hardware: tuple[Mapping[str, str], ...] = ()
    """Least, mean and most, one row per quantity."""
    hardware_facts: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    checked: CheckedSection = field(default_factory=CheckedSection)
    """What became of the report's numbers."""
    finding_facts: tuple[tuple[str, ...], ...] = ()
    """Of each finding the checked numbers that it rests on; without any where the report was not checked."""


def read_agent_report(text: str, where: str = "") -> AgentReport:
    """Read a report; FileNotReadable naming what is missing when the text is none. `where` names the file."""
    first_line = text[: text.find("\n") + 1]
    if first_line.endswith("\r\n"):
        text = text.replace("\r\n", "\n")
    marks = Marks.of(text)
    if marks is not None:
        return _ours(text, marks, where)
    if "\n## LLM Call Metrics\n" in text and "\n## Workflow Summary\n" in text:
        return _aggregate(text)
    return _seed(text, where)


def report_document(report: AgentReport) -> dict[str, object]:
    """The report as plain JSON values: metrics as `{value, unit}`, decimals as numbers of the same digits."""
    times = report.execution_s
    return {
        "title": report.title,
        "date": report.date,
        "agent_type": report.agent_type,
        "model": report.model,
        "configuration": dict(report.configuration),
        "simulated": report.simulated,
        "state": report.state or None,
        "files_analysed": report.files_analysed,
        "execution_s": {
            "total": _json_number(times.total),
            "ingest": _json_number(times.ingest),
            "analysis": _json_number(times.analysis),
            "report": _json_number(times.report),
        },
        "metrics": {name: _metric_document(metric) for name, metric in report.metrics.items()},
        "findings": list(report.findings),
        "recommendations": list(report.recommendations),
        "persona": report.persona,
        "data_summary": report.data_summary,
        "calls": [dict(row) for row in report.calls],
        "flags": list(report.flags),
        "notes": list(report.notes),
        "waits": [dict(row) for row in report.waits],
        "hardware": [dict(row) for row in report.hardware],
        "hardware_facts": dict(report.hardware_facts),
        "environment": dict(report.environment),
        "finding_facts": [list(facts) for facts in report.finding_facts],
        "checked": asdict(report.checked),
        "body": report.body,
    }


def _metric_document(metric: Metric) -> dict[str, object]:
    document: dict[str, object] = {"value": _json_number(metric.value), "unit": metric.unit or None}
    if metric.spread is not None:
        document["spread"] = _json_number(metric.spread)
    return document


def _json_number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value.as_tuple().exponent == 0 else float(value)


# ---- the three layouts -----------------------------------------------------------------------------------


def _ours(text: str, marks: Marks, where: str) -> AgentReport:
    """By our marks, whatever the model wrote between them."""
    starts: list[int] = []
    at = 0
    for name in SECTIONS:
        at = text.find(f"\n{marks.section(name)}\n", at)
        if at < 0:
            raise _no_report(f"the section {name!r}", where)
        starts.append(at)
    parts = {
        name: text[start + len(marks.section(name)) + 2 : end]
        for name, start, end in zip(SECTIONS, starts, [*starts[1:], len(text)], strict=True)
    }
    for holder, names in LATER_SECTIONS.items():
        for name in reversed(names):
            parts[holder], _, parts[name] = parts[holder].partition(f"\n{marks.section(name)}\n")
    report = _report(text[: starts[0]], read_inert(_our_body(parts["report"], marks, where)), parts)
    return replace(
        report,
        model=read_inert(report.model),
        findings=tuple(map(read_inert, report.findings)),
        recommendations=tuple(map(read_inert, report.recommendations)),
    )


def _our_body(part: str, marks: Marks, where: str) -> str:
    for mark, ours in ((marks.end, 0), (marks.end_closed, 1)):
        body, found, _ = part.rpartition(f"\n\n{mark}\n")
        if found:
            body = body.removeprefix("\n")
            return body.rpartition("\n")[0] if ours else body
    raise _no_report("the end of the model's text", where)


def _seed(text: str, where: str) -> AgentReport:
    """Header, rule, model's text, rule, and the sections by their headings: the last of each name is theirs."""
    header, rule, rest = text.partition("\n---\n")
    body, workflow, tail = rest.rpartition("\n## Workflow Summary\n")
    parts: dict[str, str] = {}
    titles = ("Metrics", "Key Findings", "Recommendations", "Persona Prompt")  # of SECTIONS[2:]
    missing = [] if rule and workflow else ["## Workflow Summary"]
    name = "workflow"
    for title, key in zip(titles, SECTIONS[2:], strict=True):
        parts[name], found, tail = f"\n{tail}".partition(f"\n## {title}\n")
        name = key
        if not found and title == "Metrics":
            missing.append("## Metrics")
    parts[name] = tail
    if missing:
        raise _no_report(" and ".join(missing), where)
    return _report(header, body.strip().removesuffix("---").strip(), parts)


_NOTHING = "- None captured\n"


def _aggregate(text: str) -> AgentReport:
    """Reports over several runs: an aggregate table first, the last run's text, a table of all calls."""
    head, _, tail = text.partition("\n## Technical Report (LLM Generated)\n")
    inner, _, rest = tail.partition("\n---\n")
    body, _, calls = rest.rpartition("\n## LLM Call Metrics\n")
    top, _, workflow = head.partition("\n## Workflow Summary\n")
    workflow, _, stated = workflow.partition("\n### Key Findings\n")
    findings, _, recommendations = stated.partition("\n### Recommendations\n")
    rows = table(top)
    parts = {
        "workflow": workflow,
        "metrics": "\n".join(f"- {row['Metric']}: {row['Value']}" for row in rows if "Metric" in row),
        "findings": findings.replace(_NOTHING, ""),
        "recommendations": recommendations.replace(_NOTHING, ""),
    }
    header = f"{text.partition(chr(10))[0]}\n{inner}"
    return _report(header, body.strip(), parts, calls=tuple(table(calls)))


# ---- the parts -------------------------------------------------------------------------------------------


def _report(
    header: str, body: str, parts: Mapping[str, str], calls: tuple[Mapping[str, str], ...] = ()
) -> AgentReport:
    workflow = parts.get("workflow", "")
    files = re.search(r"^- Files analyzed: (\d+)", workflow, re.MULTILINE)
    return AgentReport(
        title=header.partition("\n")[0].removeprefix("# ").strip(),
        date=header_field(header, "Date"),
        agent_type=header_field(header, "Agent Type"),
        model=header_field(header, "Model"),
        configuration=configuration(header_field(header, "Configuration")),
        body=body,
        files_analysed=int(files.group(1)) if files else None,
        execution_s=execution(workflow),
        data_summary=code(workflow),
        metrics=metrics(parts.get("metrics", "")),
        findings=bullets(parts.get("findings", "")),
        recommendations=bullets(parts.get("recommendations", "")),
        persona=code(parts.get("persona", "")),
        simulated=header_field(header, "Simulated").startswith("yes"),
        state=header_field(header, "State"),
        calls=calls,
        waits=_rows(parts.get("waits", ""), 0),
        flags=_marked(DISTURBS, parts.get("waits", "")),
        notes=_marked(TOLD, parts.get("waits", "")),
        hardware=_rows(parts.get("hardware", ""), 0),
        hardware_facts={row["What"]: row["Value"] for row in _rows(parts.get("hardware", ""), 1)},
        environment={row["What"]: row["Value"] for row in _rows(parts.get("environment", ""), 0)},
        checked=read_checked_numbers(parts.get("checked", "")),
        finding_facts=read_finding_facts(parts.get("findings", "")),
    )


def _rows(section: str, number: int) -> tuple[dict[str, str], ...]:
    """Rows of one of the section's tables; none when it has fewer tables."""
    return tuple(chain.from_iterable(read_tables(section)[number : number + 1]))


def _marked(sign: str, section: str) -> tuple[str, ...]:
    lines = (line for line in section.split("\n") if line.startswith(f"{sign} "))
    return tuple(read_plain(line.removeprefix(f"{sign} ")) for line in lines)


def _no_report(missing: str, where: str) -> FileNotReadable:
    return FileNotReadable(
        f"this is no agent report: {missing} is missing",
        where=where,
        next_="Give an agent_a_report.md or agent_b_report.md of a chimera_runs folder, or a run's id.",
    )
