"""The section `Waits` of an agent's report: TTFT taken apart per request, and what disturbed it."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_tui.domain.flags import disturbances
from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.formats.agent_report_values import (
    NOT_REPORTED,
    flag_text,
    ms_text,
    pipe_table,
    plain,
    rate_text,
)
from chimera_tui.formats.metrics_request import first_thought_ns, prefill_withheld

CLEAN = "Nothing is known to have disturbed this measurement."
NOT_KNOWN = "Whether anything disturbed this measurement is not known."
TITLES = (
    "Request",
    "TTFT",
    "Queue",
    "Load",
    "Prefill",
    "First decode step",
    "Rest",
    "Clamped",
    "First thought",
    "First answer",
    "Prefill rate",
)


def waits(summary: RunSummary, outcome: AgentOutcome) -> Iterable[str]:
    """The five parts sum to TTFT; what the server's figures overran it by stands under `Clamped`."""
    if outcome.requests:
        yield from ("", *pipe_table(TITLES, map(_row, outcome.requests)))
    mine = [flag for flag in summary.flags if flag.agent in (None, outcome.agent)]
    for flag in mine:
        yield from ("", f"{flag.cause.sign} {plain(flag_text(flag, with_agent=False))}")
    if not disturbances(mine):
        yield from ("", CLEAN if summary.is_measured else NOT_KNOWN)


def _row(request: RequestMetrics) -> tuple[str, ...]:
    parts = request.ttft_parts
    taken_apart: tuple[str, ...] = (NOT_REPORTED,) * 6
    if parts is not None:
        each = (parts.queue_ns, parts.load_ns, parts.prefill_ns, parts.first_decode_ns, parts.rest_ns)
        taken_apart = (*map(ms_text, each), ms_text(parts.clamped_ns))
    thought = first_thought_ns(request)
    withheld = prefill_withheld(request)
    return (
        request.step,
        ms_text(request.ttft_ns),
        *taken_apart,
        "none" if thought is None and request.first_answer_ns is not None else ms_text(thought),
        ms_text(request.first_answer_ns),
        f"withheld: {withheld}" if withheld else rate_text(request.prefill_rate),
    )
