"""What `chimera show` says of a run beyond its summary: flags, waits, settings, hardware, environment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chimera_tui.commands.console import print_table, tell
from chimera_tui.commands.run_output import print_measurement
from chimera_tui.domain import formatting
from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.formats.agent_report import configuration
from chimera_tui.formats.agent_report_surroundings import (
    HARDWARE_TITLES,
    hardware_facts,
    machine_facts,
    model_facts,
    spread_rows,
)
from chimera_tui.formats.agent_report_values import offload_text, series_text
from chimera_tui.formats.combined_report import NO_SPEEDUP
from chimera_tui.formats.metrics_request import first_thought_ns, prefill_withheld

WAIT_TITLES = (
    "agent",
    "request",
    "TTFT",
    "queue",
    "load",
    "prefill",
    "1st step",
    "rest",
    "clamped",
    "1st thought",
    "1st answer",
)


def print_details(summary: RunSummary) -> None:
    """Everything that `metrics.json` has of the run, as text."""
    _print_measurement(summary)
    _print_waits(summary)
    _print_settings(summary)
    if summary.telemetry is not None:
        _heading("Hardware during the run")
        rows = list(spread_rows(summary.telemetry))
        if rows:
            print_table([[title.lower() for title in HARDWARE_TITLES], *rows], right=range(2, 6))
        print_table(list(hardware_facts(summary, summary.telemetry)))
    _print_environment(summary)


def _print_measurement(summary: RunSummary) -> None:
    _heading("Measurement")
    if summary.series is not None:
        tell(series_text(summary.series))
    print_measurement(summary)
    if summary.overlap_efficiency is not None:
        print(f"overlap efficiency {formatting.percent(summary.overlap_efficiency)}")
        tell(NO_SPEEDUP, indent=0)


def _print_waits(summary: RunSummary) -> None:
    pairs = [(outcome, request) for outcome in summary.agents for request in outcome.requests]
    if not pairs:
        return
    _heading("TTFT taken apart")
    rows = [_wait(outcome, request) for outcome, request in pairs]
    print_table([WAIT_TITLES, *rows], right=range(2, len(WAIT_TITLES)))
    for outcome, request in pairs:
        reason = prefill_withheld(request)
        rate = f"withheld: {reason}" if reason else formatting.rate(request.prefill_rate)
        tell(f"prefill rate of {outcome.agent.label}'s {request.step}: {rate}")


def _wait(outcome: AgentOutcome, request: RequestMetrics) -> tuple[str, ...]:
    parts = request.ttft_parts
    apart: Sequence[int | None] = (None,) * 6
    if parts is not None:
        apart = (
            parts.queue_ns,
            parts.load_ns,
            parts.prefill_ns,
            parts.first_decode_ns,
            parts.rest_ns,
            parts.clamped_ns,
        )
    times = (request.ttft_ns, *apart, first_thought_ns(request), request.first_answer_ns)
    return (outcome.agent.label, request.step, *map(formatting.duration, times))


def _print_settings(summary: RunSummary) -> None:
    _heading("Settings")
    for outcome in summary.agents:
        tell(f"{outcome.agent.label}: {configuration(outcome.settings)}")
        if outcome.offload is not None:
            context = formatting.count(outcome.offload.context_length)
            tell(f"{outcome.agent.label}: {offload_text(outcome.offload)}, context in effect {context}")


def _print_environment(summary: RunSummary) -> None:
    found = summary.environment
    if found is None:
        return
    _heading("Environment")
    rows = machine_facts(found)
    for outcome in summary.agents:
        rows += _labelled(outcome.agent.label, model_facts(found, outcome.agent))
    if rows:
        print_table(rows)


def _labelled(label: str, facts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(f"{label}: {name}", value) for name, value in facts]


def _heading(text: str) -> None:
    print(f"\n{text}")
