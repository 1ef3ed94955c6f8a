"""The section `Waits` of an agent's report: TTFT taken apart per request, and what disturbed it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chimera_tui.domain.flags import Flag, disturbances
from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.options import AgentId
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


def waits(requests: Sequence[RequestMetrics], flags: Iterable[Flag], agent: AgentId) -> Iterable[str]:
    """The five parts sum to TTFT; what the server's figures overran it by stands under `Clamped`."""
    if requests:
        yield from ("", *pipe_table(TITLES, map(_row, requests)))
    mine = [flag for flag in flags if flag.agent in (None, agent)]
    for flag in mine:
        yield from ("", f"{flag.cause.sign} {plain(flag_text(flag, with_agent=False))}")
    if not disturbances(mine):
        yield from ("", CLEAN)


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
