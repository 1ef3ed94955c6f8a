"""Waits before the first token: a place in the queue, a reload, a cold load, or what no counter names."""

from __future__ import annotations

from chimera_tui.analysis.causes_evidence import AgentEvidence, RequestEvidence
from chimera_tui.analysis.causes_text import host_of, names
from chimera_tui.domain.figures import above_zero
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.formatting import duration, percent
from chimera_tui.domain.load_conflict import load_time_differences
from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.options import AgentSettings
from chimera_tui.domain.run_events import ReloadBy

QUEUE_NS = 50_000_000
QUEUE_SHARE = 0.05
"""A queue is told beyond 50 ms and beyond this share of TTFT: a few ms are the server's own bookkeeping."""
LOAD_NS = 100_000_000
"""A loaded model reports a load of about 1 ms, a real load hundreds."""
REST_NS = 100_000_000
REST_SHARE = 0.1
"""Beyond 100 ms and this share of TTFT what is left over is told: below it is a network, or a slow first token."""

_RELOADS: dict[ReloadBy, Cause] = {
    "other agent": Cause.RELOAD_OTHER_AGENT,
    "run before": Cause.RELOAD_RUN_BEFORE,
    "other client": Cause.RELOAD_OTHER_CLIENT,
}


def queued(agent: AgentEvidence, request: RequestEvidence, other: AgentEvidence | None) -> Flag | None:
    """The wait that no field of the server names."""
    queue, ttft = _queue_ns(request.metrics), request.metrics.ttft_ns
    if queue is None or queue <= max(QUEUE_NS, QUEUE_SHARE * (ttft or 0)):
        return None
    waited = f"waited {duration(queue)} in the queue of {host_of(agent.settings.host)}"
    in_front = _in_front_ns(request, other, queue)
    if other is None or not in_front:
        text = f"{waited}; no request of ours was in front"
        return _flag(Cause.QUEUED_ELSEWHERE, text, agent, request, queue)
    text = f"{waited}; agent {other.agent.label}'s request was open for {duration(in_front)} of it"
    return _flag(Cause.QUEUED, text, agent, request, queue)


def loaded(agent: AgentEvidence, request: RequestEvidence, other: AgentEvidence | None) -> Flag | None:
    """A load that took its time: a reload when the model was loaded otherwise, else a cold one."""
    load = _load_ns(request.metrics)
    if load < LOAD_NS:
        return None
    by, differs = _reloaded_by(agent, request, other)
    if by:
        if other is not None and by == "other agent":
            differs = _with_effect(differs, agent, other)
        return _flag(_RELOADS[by], _reload_text(load, differs, by, request, other), agent, request, load)
    if request.loaded_before:
        text = f"load of {duration(load)} although the model was loaded: by another program, with other options"
        return _flag(Cause.RELOAD_OTHER_CLIENT, text, agent, request, load)
    known = "the model was not loaded" if request.loaded_before is False else "not known whether it was loaded"
    return _flag(Cause.COLD_LOAD, f"load of {duration(load)}: {known} before", agent, request, load)


def unexplained(agent: AgentEvidence, request: RequestEvidence) -> Flag | None:
    """What is left of TTFT when every counter has had its share."""
    parts, ttft, client = request.metrics.ttft_parts, request.metrics.ttft_ns, request.metrics.client
    if parts is None or ttft is None or parts.rest_ns <= max(REST_NS, REST_SHARE * ttft):
        return None
    rest, share = duration(parts.rest_ns), percent(parts.rest_ns / ttft)
    text = f"no counter of the server names {rest} of the wait, {share} of TTFT"
    if client.last_content_ns == client.first_content_ns and (request.metrics.server.eval_tokens or 0) > 1:
        text += ": the whole answer came at once"
    return _flag(Cause.UNEXPLAINED, text, agent, request, parts.rest_ns)


def _queue_ns(metrics: RequestMetrics) -> int | None:
    """As much of it as lies before the first token: counters that are wrong can name more than there was."""
    return metrics.queue_ns if metrics.ttft_parts is None else metrics.ttft_parts.queue_ns


def _load_ns(metrics: RequestMetrics) -> int:
    """As much of it as lies before the first token; 0 when it was not reported."""
    load, ttft = metrics.server.load_ns, metrics.ttft_ns
    if not above_zero(load):
        return 0
    return load if ttft is None else min(load, ttft)


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
    if request.undone:
        whose = f"agent {other.agent.label}" if other and by == "other agent" else f"the {by}"
        return f"reload of {duration(load)}: unloaded first, since {request.undone} of {whose} would have stayed"
    verb = "differs" if len(differs) == 1 else "differ"
    theirs = f"agent {other.agent.label}'s" if other and by == "other agent" else f"that of the {by}"
    text = f"reload of {duration(load)}: {names(differs)} {verb} from {theirs}"
    if other is None or by != "other agent":
        return text
    # load_duration begins when the request is scheduled, and the server lets the other one finish first
    served = _overlap(request, other, request.sent_ns, request.sent_ns + load)
    return f"{text}; for {duration(served)} of it agent {other.agent.label} was served first" if served else text


def _in_front_ns(request: RequestEvidence, other: AgentEvidence | None, queue_ns: int) -> int:
    """For how much of the queue the other agent was in front: it stands between the load and the prompt."""
    if other is None or request.first_ns is None:
        return 0
    loaded_ns = request.sent_ns + _load_ns(request.metrics)
    return min(queue_ns, _overlap(request, other, loaded_ns, request.first_ns))


def _overlap(request: RequestEvidence, other: AgentEvidence, from_ns: int, until_ns: int) -> int:
    """For how long of this time the other agent had a request open that got its first token before this one."""
    first = request.first_ns
    return sum(
        max(0, min(until_ns, each.ended_ns) - max(from_ns, each.sent_ns))
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
