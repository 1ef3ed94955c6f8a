"""Why a run's waits and rates are what they are: one rule per cause, and a sentence with the figures."""

from __future__ import annotations

from collections.abc import Iterator

from chimera_tui.analysis.causes_evidence import AgentEvidence, RequestEvidence, RunEvidence
from chimera_tui.analysis.causes_prompt import cached, truncated
from chimera_tui.analysis.causes_run import offloaded_partly, seen_on_gpus
from chimera_tui.analysis.causes_wait import loaded, queued, unexplained
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.formatting import duration
from chimera_tui.domain.metrics import AgentState

SHORT_TOKENS = 32
"""An answer of fewer tokens is over before its rate has settled; how it ended does not matter."""
CLAMPED_NS = 1_000_000
"""Parts may overrun the whole by so much before it is told: two clocks and a network lie between them."""


def classify(evidence: RunEvidence) -> tuple[Flag, ...]:
    """Every cause that the evidence shows: per agent and request in the order of `Cause`, then the whole run's."""
    flags: list[Flag] = []
    for agent in evidence.agents:
        other = evidence.beside(agent)
        for request in agent.requests:
            flags.extend(_of_request(agent, request, other))
        if partial := offloaded_partly(agent, evidence.telemetry):
            flags.append(partial)
    return (*flags, *seen_on_gpus(evidence.telemetry))


def _of_request(agent: AgentEvidence, request: RequestEvidence, other: AgentEvidence | None) -> Iterator[Flag]:
    found = (
        queued(agent, request, other),
        loaded(agent, request, other),
        unexplained(agent, request),
        cached(agent, request),
        truncated(agent, request),
        _short(agent, request),
        _unfinished(agent, request),
        _clamped(agent, request),
    )
    yield from (flag for flag in found if flag is not None)


def _short(agent: AgentEvidence, request: RequestEvidence) -> Flag | None:
    """Of an answer that was finished: one that was cut has its own cause."""
    tokens = request.metrics.server.eval_tokens
    if not request.is_done or tokens is None or tokens >= SHORT_TOKENS:
        return None
    most = agent.settings.options.num_predict
    asked = f"; num_predict asked for no more than {most}" if most is not None and most < SHORT_TOKENS else ""
    text = f"the answer has {tokens} token{'s' * (tokens != 1)}: too few for a steady rate{asked}"
    return Flag(Cause.SHORT_OUTPUT, text, agent.agent, request.metrics.step)


def _unfinished(agent: AgentEvidence, request: RequestEvidence) -> Flag | None:
    """Text came and then no `done` line; a request that was refused has no stream to end."""
    chunks = request.metrics.client.chunks
    if request.is_done or not chunks:
        return None
    stopped = "it was stopped" if agent.state is AgentState.CANCELLED else ""
    why = request.error.what if request.error else stopped
    text = f"the stream ended without its done line after {chunks:,} chunk{'s' * (chunks != 1)}"
    text += f": {why}" if why else ""
    return Flag(Cause.NO_DONE, text, agent.agent, request.metrics.step)


def _clamped(agent: AgentEvidence, request: RequestEvidence) -> Flag | None:
    parts, first = request.metrics.ttft_parts, request.first_ns
    if parts is not None and parts.clamped_ns > CLAMPED_NS:
        text = f"the server's parts overran the whole by {duration(parts.clamped_ns)} and were cut"
    elif first is not None and first < request.sent_ns:
        text = f"the clock stepped back by {duration(request.sent_ns - first)} at least: no TTFT"
    else:
        return None
    return Flag(Cause.CLAMPED, text, agent.agent, request.metrics.step)
