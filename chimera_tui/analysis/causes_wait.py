"""Waits before the first token: a place in the queue, a reload, or a cold load."""

from __future__ import annotations

from chimera_tui.analysis.causes_evidence import AgentEvidence, RequestEvidence
from chimera_tui.analysis.causes_text import host_of, names, time
from chimera_tui.domain.figures import above_zero
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.load_conflict import load_time_differences
from chimera_tui.domain.options import AgentSettings
from chimera_tui.domain.run_events import ReloadBy

QUEUE_NS = 50_000_000
QUEUE_SHARE = 0.05
"""A queue is told beyond 50 ms and beyond this share of TTFT: a few ms are the server's own bookkeeping."""
LOAD_NS = 100_000_000
"""A loaded model reports a load of about 1 ms, a real load hundreds."""

_RELOADS: dict[ReloadBy, Cause] = {
    "other agent": Cause.RELOAD_OTHER_AGENT,
    "run before": Cause.RELOAD_RUN_BEFORE,
    "other client": Cause.RELOAD_OTHER_CLIENT,
}


def queued(agent: AgentEvidence, request: RequestEvidence, other: AgentEvidence | None) -> Flag | None:
    """The wait that no field of the server names."""
    queue, ttft = request.metrics.queue_ns, request.metrics.ttft_ns
    if queue is None or queue <= max(QUEUE_NS, QUEUE_SHARE * (ttft or 0)):
        return None
    waited = f"waited {time(queue)} in the queue of {host_of(agent.settings.host)}"
    in_front = _overlap(request, other, request.first_ns) if other and request.first_ns is not None else 0
    if other is None or not in_front:
        text = f"{waited}; no request of ours was in front"
        return _flag(Cause.QUEUED_ELSEWHERE, text, agent, request, queue)
    text = f"{waited}; agent {other.agent.label}'s request was open for {time(in_front)} of the wait"
    return _flag(Cause.QUEUED, text, agent, request, queue)


def loaded(agent: AgentEvidence, request: RequestEvidence, other: AgentEvidence | None) -> Flag | None:
    """A load that took its time: a reload when the model was loaded otherwise, else a cold one."""
    load = request.metrics.server.load_ns
    if not above_zero(load) or load < LOAD_NS:
        return None
    by, differs = _reloaded_by(agent, request, other)
    if by:
        if other is not None and by == "other agent":
            differs = _with_effect(differs, agent, other)
        return _flag(_RELOADS[by], _reload_text(load, differs, by, request, other), agent, request, load)
    if request.loaded_before:
        text = f"load of {time(load)} although the model was loaded: not with options that we know"
        return _flag(Cause.RELOAD_OTHER_CLIENT, text, agent, request, load)
    known = "the model was not loaded" if request.loaded_before is False else "not known whether it was loaded"
    return _flag(Cause.COLD_LOAD, f"load of {time(load)}: {known} before", agent, request, load)


def _reloaded_by(
    agent: AgentEvidence, request: RequestEvidence, other: AgentEvidence | None
) -> tuple[ReloadBy, tuple[str, ...]]:
    """Whose load-time options were replaced, and which differed.

    Whom the server served in between is known only afterwards, and so outweighs what was believed before.
    """
    if other is not None and _served_between(agent, request, other):
        differs = _differing(agent.settings, other.settings)
        if differs:
            return "other agent", differs
    if not request.reloads and not request.reload_by:
        return "", ()
    return request.reload_by or "run before", request.reloads or ("load-time options",)


def _with_effect(differs: tuple[str, ...], agent: AgentEvidence, other: AgentEvidence) -> tuple[str, ...]:
    """The names, num_gpu with a word where the two numbers put the same layers on the GPU."""
    blocks = agent.offload.block_count if agent.offload else None
    found = load_time_differences(other.settings, agent.settings, block_count=blocks)
    words = {
        each.name: f"{each.name} ({each.first} and {each.second}, equal in effect: all {each.layers} layers)"
        for each in found
        if each.layers is not None
    }
    return tuple(words.get(name, name) for name in differs)


def _reload_text(
    load: int, differs: tuple[str, ...], by: ReloadBy, request: RequestEvidence, other: AgentEvidence | None
) -> str:
    verb = "differs" if len(differs) == 1 else "differ"
    theirs = f"agent {other.agent.label}'s" if other and by == "other agent" else f"that of the {by}"
    text = f"reload of {time(load)}: {names(differs)} {verb} from {theirs}"
    if other is None or by != "other agent":
        return text
    # load_duration begins when the request is scheduled, and the server lets the other one finish first
    served = _overlap(request, other, request.sent_ns + load)
    return f"{text}; for {time(served)} of it agent {other.agent.label} was served first" if served else text


def _overlap(request: RequestEvidence, other: AgentEvidence, until_ns: int) -> int:
    """For how long since this request was sent the other agent had one open that got its first token before."""
    first = request.first_ns
    return sum(
        max(0, min(until_ns, each.ended_ns) - max(request.sent_ns, each.sent_ns))
        for each in other.requests
        if first is not None and each.first_ns is not None and each.first_ns < first
    )


def _served_between(agent: AgentEvidence, request: RequestEvidence, other: AgentEvidence) -> bool:
    """Whether the other agent was the last to be served before this request: its options were in effect."""
    if request.first_ns is None:
        return False
    theirs, own = _last_first_token(other, request.first_ns), _last_first_token(agent, request.first_ns)
    return theirs is not None and (own is None or theirs > own)


def _last_first_token(agent: AgentEvidence, before_ns: int) -> int | None:
    firsts = [each.first_ns for each in agent.requests if each.first_ns is not None and each.first_ns < before_ns]
    return max(firsts, default=None)


def _differing(mine: AgentSettings, theirs: AgentSettings) -> tuple[str, ...]:
    """Load-time options that this request set otherwise; one that it omits keeps what is loaded."""
    before = theirs.load_time_options()
    return tuple(
        name for name, value in mine.load_time_options().items() if value is not None and value != before[name]
    )


def _flag(cause: Cause, text: str, agent: AgentEvidence, request: RequestEvidence, wait_ns: int) -> Flag:
    return Flag(cause, text, agent.agent, request.metrics.step, wait_ns)
