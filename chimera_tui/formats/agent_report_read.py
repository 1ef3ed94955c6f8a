"""An agent's report, read back: ours, and those this field wrote before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.options import OPTIONS_BY_NAME
from chimera_tui.formats.agent_report import SHORT_NAMES
from chimera_tui.formats.layout import SECTIONS, Marks

ConfigValue = int | float | str | None


@dataclass(frozen=True, slots=True)
class Metric:
    """One number exactly as it is written; None where the report says `not reported`."""

    value: Decimal | None
    unit: str = ""
    spread: Decimal | None = None
    """The part after ± of an aggregate over runs."""


@dataclass(frozen=True, slots=True)
class ExecutionTime:
    """Seconds, as written."""

    total: Decimal | None = None
    ingest: Decimal | None = None
    analysis: Decimal | None = None
    report: Decimal | None = None


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
    return _report(text[: starts[0]], _our_body(parts["report"], marks, where), parts)


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
    titles = ("Metrics", "Key Findings", "Recommendations", "Persona Prompt")
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
    rows = _table(top)
    parts = {
        "workflow": workflow,
        "metrics": "\n".join(f"- {row['Metric']}: {row['Value']}" for row in rows if "Metric" in row),
        "findings": findings.replace(_NOTHING, ""),
        "recommendations": recommendations.replace(_NOTHING, ""),
    }
    header = f"{text.partition(chr(10))[0]}\n{inner}"
    return _report(header, body.strip(), parts, calls=tuple(_table(calls)))


# ---- the parts -------------------------------------------------------------------------------------------


def _report(
    header: str, body: str, parts: Mapping[str, str], calls: tuple[Mapping[str, str], ...] = ()
) -> AgentReport:
    workflow = parts.get("workflow", "")
    files = re.search(r"^- Files analyzed: (\d+)", workflow, re.MULTILINE)
    return AgentReport(
        title=header.partition("\n")[0].removeprefix("# ").strip(),
        date=_field(header, "Date"),
        agent_type=_field(header, "Agent Type"),
        model=_field(header, "Model"),
        configuration=_configuration(_field(header, "Configuration")),
        body=body,
        files_analysed=int(files.group(1)) if files else None,
        execution_s=_execution(workflow),
        data_summary=_code(workflow),
        metrics=_metrics(parts.get("metrics", "")),
        findings=_bullets(parts.get("findings", "")),
        recommendations=_bullets(parts.get("recommendations", "")),
        persona=_code(parts.get("persona", "")),
        simulated=_field(header, "Simulated").startswith("yes"),
        state=_field(header, "State"),
        calls=calls,
    )


def _field(header: str, name: str) -> str:
    found = re.search(rf"^\*\*{re.escape(name)}:\*\* ?([^\n]*)$", header, re.MULTILINE)
    return found.group(1).rstrip() if found else ""


def _configuration(text: str) -> dict[str, ConfigValue]:
    """`Ollama defaults`, or anything else that is no list of `name=value`, is an empty configuration."""
    full = {short: name for name, short in SHORT_NAMES.items()}
    pairs = (pair.split("=", 1) for pair in text.split(", ") if "=" in pair)
    return {full.get(name, name): _config_value(full.get(name, name), value) for name, value in pairs}


def _config_value(name: str, text: str) -> ConfigValue:
    if text == "default":
        return None
    spec = OPTIONS_BY_NAME.get(name)
    kinds = (float,) if spec is not None and spec.kind == "float" else (int, float)
    for kind in kinds:
        try:
            return kind(text)
        except ValueError:
            continue
    return text


_TIMES = re.compile(
    r"^- Execution time: ([\d.]+) ?s(?: \(ingest ([\d.]+) ?s \| analysis ([\d.]+) ?s \| report ([\d.]+) ?s\))?",
    re.MULTILINE,
)


def _execution(workflow: str) -> ExecutionTime:
    found = _TIMES.search(workflow)
    return ExecutionTime(*(_decimal(part) for part in found.groups())) if found else ExecutionTime()


_METRIC = re.compile(r"(-?[\d.,]+)(?: ± ([\d.,]+))?(?: ?(\S.*))?")


def _metrics(section: str) -> dict[str, Metric]:
    metrics = {}
    for line in section.split("\n"):
        name, colon, value = line.removeprefix("- ").partition(": ")
        if line.startswith("- ") and colon:
            metrics[name] = _metric(value.strip())
    return metrics


def _metric(text: str) -> Metric:
    found = _METRIC.fullmatch(text)
    if not found:
        return Metric(None)
    number, spread, unit = found.groups()
    return Metric(_decimal(number), unit or "", _decimal(spread))


def _decimal(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


def _bullets(section: str) -> tuple[str, ...]:
    return tuple(line[2:] for line in section.split("\n") if line.startswith("- "))


def _code(section: str) -> str:
    """What stands between the first fence and the last line that ends it."""
    found = re.search(r"(?:^|\n)(`{3,})\n(.*)\n\1(?=\n|$)", section, re.DOTALL)
    return found.group(2) if found else ""


def _table(text: str) -> list[dict[str, str]]:
    """Rows of the first pipe table, by column title."""
    lines = [line for line in text.split("\n") if line.startswith("|")]
    if len(lines) < 2:
        return []
    titles = _cells(lines[0])
    rows: Sequence[list[str]] = [_cells(line) for line in lines[2:]]
    return [dict(zip(titles, row, strict=False)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _no_report(missing: str, where: str) -> FileNotReadable:
    return FileNotReadable(
        f"this is no agent report: {missing} is missing",
        where=where,
        next_="Give an agent_a_report.md or agent_b_report.md of a chimera_runs folder, or a run's id.",
    )
