"""One agent's report, as it is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC

from chimera_tui.domain.names import printable
from chimera_tui.domain.options import OPTION_SPECS, AgentSettings, OptionValue
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.formats.agent_report_surroundings import environment, hardware
from chimera_tui.formats.agent_report_values import (
    campaign_text,
    count_text,
    ms_text,
    offload_text,
    rate_text,
    series_text,
)
from chimera_tui.formats.agent_report_waits import waits
from chimera_tui.formats.checked_numbers import TITLE, checked_numbers, finding_lines
from chimera_tui.formats.finding_facts import finding_facts
from chimera_tui.formats.inert import inert, inert_line
from chimera_tui.formats.layout import Marks, closing_line, fenced
from chimera_tui.formats.markdown_structure import Statements, statements
from chimera_tui.formats.metrics_grounding import UNCHECKED, Grounding

NONE_STATED = "None stated in the report."
SHORT_NAMES = {"temperature": "temp"}
"""As the field's reports write them."""


def write_agent_report(
    summary: RunSummary,
    outcome: AgentOutcome,
    *,
    report: str,
    analysis: str,
    persona: str,
    data_summary: str,
    grounding: Grounding = UNCHECKED,
) -> str:
    """The whole file. Where no report was written, the analysis stands in its place and the summary says so."""
    body = report or analysis
    said = stated(outcome, report, analysis)
    marks = Marks.unlike((body, persona, data_summary, outcome.settings.model))
    head = [*_header(summary, outcome, marks), marks.section("report"), ""]
    return "\n".join(
        [
            *head,
            *_body(body, marks),
            *_section(marks, "workflow", "Workflow Summary", _workflow(outcome, bool(report), data_summary)),
            *_section(marks, "metrics", "Metrics", _metrics(outcome)),
            *_section(marks, "waits", "Waits", waits(summary, outcome)),
            *_hardware(summary, marks),
            *_section(marks, "findings", "Key Findings", _findings(said, grounding)),
            *_section(marks, "recommendations", "Recommendations", _bullets(said.recommendations)),
            *_checked(outcome, grounding, marks, len(head) + 1),
            *_environment(summary, outcome, marks),
            *_section(marks, "persona", "Persona Prompt", [fenced(persona)]),
        ]
    )


_WHOLE = ("stop", "")
"""Reasons to end of an answer that nothing cut off; older servers give none."""


def stated(outcome: AgentOutcome, report: str, analysis: str) -> Statements:
    """Findings and recommendations of what the agent wrote, as its report lists them."""
    last = outcome.requests[-1] if outcome.requests else None
    return statements(report or analysis, cut_off=last is None or last.done_reason not in _WHOLE)


def configuration(settings: AgentSettings) -> str:
    """Every option as `name=value`, or `default` where the choice was left to the server."""
    pairs = ((spec.name, settings.options.get(spec.name)) for spec in OPTION_SPECS)
    return ", ".join(f"{SHORT_NAMES.get(name, name)}={_option(value)}" for name, value in pairs)


def metric_lines(outcome: AgentOutcome) -> list[tuple[str, str]]:
    """Name and value of each metric, the field's seven names first; durations in ms."""
    totals = outcome.totals
    lines = [
        ("Throughput", rate_text(totals.throughput)),
        ("TTFT", ms_text(totals.mean_ttft_ns)),
        ("Total Duration", ms_text(totals.total_ns)),
        ("Tokens Generated", count_text(totals.tokens)),
        ("Prompt Eval", ms_text(totals.prompt_ns)),
        ("Eval Duration", ms_text(totals.eval_ns)),
        ("Load Duration", ms_text(totals.load_ns)),
        ("Decode Rate", rate_text(totals.decode_rate)),
        ("Throughput (mean of requests)", rate_text(totals.mean_of_rates)),
        ("Prompt Tokens", count_text(totals.prompt_tokens)),
        ("Queue", ms_text(totals.queue_ns)),
    ]
    return lines + [(f"TTFT ({request.step})", ms_text(request.ttft_ns)) for request in outcome.requests]


def _header(summary: RunSummary, outcome: AgentOutcome, marks: Marks) -> Iterable[str]:
    name = f"Chimera Agent {outcome.agent.label}"
    started = summary.started_utc.astimezone(UTC)
    yield from (f"# {name}", "", marks.header, "", f"# Technical Report: {name} Analysis", "")
    yield f"**Date:** {started:%Y-%m-%d}"
    yield f"**Agent Type:** {name}"
    yield f"**Model:** {inert_line(printable(outcome.settings.model))}"
    yield f"**Configuration:** {configuration(outcome.settings)}"
    if outcome.offload is not None:
        yield f"**Offload:** {offload_text(outcome.offload)}"
    yield f"**Run:** {summary.run_id}, started {started:%Y-%m-%d %H:%M:%S} UTC, agents {agents_text(summary)}"
    if summary.series is not None:
        yield f"**Series:** {printable(series_text(summary.series))}"
    if summary.campaign is not None:
        yield f"**Campaign:** {printable(campaign_text(summary.campaign))}"
    yield f"**State:** {outcome.state.value}"
    if outcome.error is not None:
        yield f"**Error:** {inert_line(printable(outcome.error.sentence()))}"
    if summary.simulated:
        yield "**Simulated:** yes: no model ran, the text and the timings come from the built-in simulator"
    yield from ("", "---", "")


def agents_text(summary: RunSummary) -> str:
    """`at the same time`, `one after the other`, `B alone`."""
    if len(summary.agents) == 1:
        return f"{summary.agents[0].agent.label} alone"
    return "at the same time" if summary.mode == "together" else "one after the other"


def _body(body: str, marks: Marks) -> Iterable[str]:
    """The model's text, without anything active, before the end mark."""
    text = inert(body)
    closer = closing_line(text)
    yield text
    yield from (closer, "", marks.end_closed) if closer else ("", marks.end)
    yield from ("", "---", "")


def _section(marks: Marks, name: str, title: str, lines: Iterable[str]) -> Iterable[str]:
    return (marks.section(name), f"## {title}", *lines, "")


def _workflow(outcome: AgentOutcome, has_report: bool, data_summary: str) -> Iterable[str]:
    yield f"- Files analyzed: {outcome.files_analysed}"
    steps = (("ingest", outcome.ingest_ns), ("analysis", outcome.analysis_ns), ("report", outcome.report_ns))
    each = " | ".join(f"{name} {ns / 1e9:.2f}s" for name, ns in steps)
    yield f"- Execution time: {outcome.span_ns / 1e9:.2f}s ({each})"
    if outcome.facts_cut:
        yield f"- Facts: {inert_line(printable(outcome.facts_cut))}"
    if not has_report:
        yield "- Report: none was written; what stands above is the analysis, as far as it came"
    elif outcome.requests and outcome.requests[-1].done_reason not in _WHOLE:
        yield f"- Report: cut off ({outcome.requests[-1].done_reason or 'the stream ended without its last line'})"
    yield "- Data summary:"
    yield fenced(data_summary)


def _metrics(outcome: AgentOutcome) -> Iterable[str]:
    return (f"- {name}: {value}" for name, value in metric_lines(outcome))


def _hardware(summary: RunSummary, marks: Marks) -> Iterable[str]:
    if summary.telemetry is None:
        return ()
    return _section(marks, "hardware", "Hardware During The Run", hardware(summary, summary.telemetry))


def _checked(outcome: AgentOutcome, grounding: Grounding, marks: Marks, first_line: int) -> Iterable[str]:
    if grounding.checked is None and outcome.repair is None:
        return ()
    return _section(marks, "checked", TITLE, checked_numbers(grounding, outcome.repair, first_line))


def _findings(said: Statements, grounding: Grounding) -> Iterable[str]:
    return list(finding_lines(finding_facts(said, grounding.checked))) or [NONE_STATED]


def _environment(summary: RunSummary, outcome: AgentOutcome, marks: Marks) -> Iterable[str]:
    if summary.environment is None:
        return ()
    return _section(marks, "environment", "Environment", environment(summary.environment, outcome.agent))


def _bullets(texts: Sequence[str]) -> Iterable[str]:
    return [f"- {inert_line(text)}" for text in texts] or [NONE_STATED]


def _option(value: OptionValue | None) -> str:
    if value is None:
        return "default"
    return repr(int(value)) if value == int(value) else repr(value)
