"""Both agents' results side by side in one Markdown file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC

from chimera_tui.domain.formatting import percent
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.formats.agent_report import agents_text, configuration, metric_lines
from chimera_tui.formats.agent_report_values import (
    NOT_REPORTED,
    campaign_text,
    flag_text,
    offload_text,
    pipe_table,
    plain,
    series_text,
)
from chimera_tui.formats.grounding_text import remark_text, tally_text
from chimera_tui.formats.inert import inert, inert_line
from chimera_tui.formats.layout import closing_line

NO_SPEEDUP = (
    "Overlap efficiency is (A's span + B's span) / (2 × wall time): how much of the run both agents were busy. "
    "It is not a speedup, since each may be slower beside the other; "
    "that takes runs of each agent alone (`chimera run --solo`)."
)


def write_combined_report(
    summary: RunSummary, bodies: Mapping[AgentId, str], files: Mapping[AgentId, str], note: str = ""
) -> str:
    """The comparison, then what each agent wrote. `files` names the agents' own reports beside this file."""
    lines = [*_header(summary, note), *_table(summary.agents), *_links(files)]
    for outcome in summary.agents:
        body = inert(bodies.get(outcome.agent, ""))
        lines += ["", "---", "", f"## Agent {outcome.agent.label}: report", ""]
        lines += [body or "Nothing was written.", *filter(None, [closing_line(body)])]
    return "\n".join(lines) + "\n"


def _header(summary: RunSummary, note: str) -> Iterable[str]:
    started = summary.started_utc.astimezone(UTC)
    efficiency = summary.overlap_efficiency
    yield from ("# Chimera run: combined report", "")
    yield f"**Date:** {started:%Y-%m-%d %H:%M:%S} UTC  "
    yield f"**Run:** {summary.run_id}  "
    yield f"**State:** {summary.state.value}  "
    yield f"**Agents:** {agents_text(summary)}  "
    if summary.series is not None:
        yield f"**Series:** {plain(series_text(summary.series))}  "
    if summary.campaign is not None:
        yield f"**Campaign:** {plain(campaign_text(summary.campaign))}  "
    yield f"**Measurement:** {summary.verdict}  "
    yield f"**Wall time:** {summary.wall_ns / 1e9:.2f} s  "
    yield f"**Overlap efficiency:** {NOT_REPORTED if efficiency is None else percent(efficiency)}"
    if efficiency is not None:
        yield from ("", NO_SPEEDUP)
    if summary.flags:
        yield ""
        yield from (f"- {flag.cause.sign} {plain(flag_text(flag, with_agent=True))}" for flag in summary.flags)
    if summary.simulated:
        yield from ("", "**Simulated:** yes: no model ran, the text and the timings come from the simulator")
    if note:
        yield from ("", f"**Note:** {inert_line(printable(note))}")
    yield from ("", "## Comparison", "")


def _table(agents: Sequence[AgentOutcome]) -> Iterable[str]:
    columns = [dict(_facts(outcome)) for outcome in agents]
    names = dict.fromkeys(name for column in columns for name in column)
    titles = ["", *(f"Agent {outcome.agent.label}" for outcome in agents)]
    yield from pipe_table(titles, ([name, *(_cell(column, name) for column in columns)] for name in names))


def _cell(column: Mapping[str, str], name: str) -> str:
    return column.get(name, NOT_REPORTED)


def _facts(outcome: AgentOutcome) -> Iterable[tuple[str, str]]:
    yield "State", outcome.state.value
    yield "Model", outcome.settings.model
    yield "Configuration", configuration(outcome.settings)
    if outcome.offload is not None:
        yield "Offload", offload_text(outcome.offload)
    yield "Files analyzed", str(outcome.files_analysed)
    yield "Execution time", f"{outcome.span_ns / 1e9:.2f} s"
    yield from metric_lines(outcome)
    if outcome.grounding is not None:
        yield "Checked numbers", tally_text(outcome.grounding)
    if outcome.remarks:
        yield "Remarks", "; ".join(remark_text(remark, remark.line) for remark in outcome.remarks)
    if outcome.repair is not None:
        yield "Repair", outcome.repair.why
    if outcome.facts_cut:
        yield "Facts", outcome.facts_cut
    if outcome.error is not None:
        yield "Error", outcome.error.sentence()


def _links(files: Mapping[AgentId, str]) -> Iterable[str]:
    if files:
        each = ", ".join(f"[agent {agent.label}]({name})" for agent, name in files.items())
        yield from ("", f"Full reports: {each}; all numbers: [metrics.json](metrics.json)")
