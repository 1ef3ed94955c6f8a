"""Prompts that the server did not read as they were sent: cached, or cut to fit the context."""

from __future__ import annotations

from chimera_tui.analysis.causes_evidence import AgentEvidence, RequestEvidence
from chimera_tui.domain.figures import above_zero
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.formatting import duration

CACHED_SHARE = 0.1
"""A cached persona of a few tokens shortens no TTFT; the prefill rate counts uncached tokens only anyway."""
CACHED_TOKENS = 64
"""Fewer prompt tokens can be read in one decode step: on a GPU both are one pass over the weights."""
KEPT_SHARE = 0.6
"""A count below this share of the estimate is no error of estimation: the server drops half a context at once."""
NEAR_LIMIT = 0.3
"""A cut prompt still fills this share of the context at least."""
CHARS_PER_TOKEN = 4
"""Where nobody estimated the prompt."""
MOST_CHARS_PER_TOKEN = 12
"""Beyond it a prompt was cut, whatever the context holds."""


def cached(agent: AgentEvidence, request: RequestEvidence) -> Flag | None:
    """Told by the server from 0.33.3; before that, a prefill faster than one decode step gives it away."""
    server, step = request.metrics.server, request.metrics.decode_step_ns
    tokens, told, prompt_ns = server.prompt_tokens, server.prompt_cached_tokens, server.prompt_ns
    if not above_zero(tokens):
        return None
    if told is not None:
        text = f"{told:,} of {tokens:,} prompt tokens were cached"
        seen = CACHED_SHARE * tokens <= told <= tokens
    else:
        text, seen = "", False
        if above_zero(prompt_ns) and step is not None and tokens >= CACHED_TOKENS:
            seen = prompt_ns <= step
            text = f"{tokens:,} prompt tokens in {duration(prompt_ns)}, no more than one decode step "
            text += f"({duration(step)}): most were cached; the prefill rate is withheld"
    return Flag(Cause.PROMPT_CACHED, text, agent.agent, request.metrics.step) if seen else None


def truncated(agent: AgentEvidence, request: RequestEvidence) -> Flag | None:
    """The server counted far fewer tokens than were sent, and its context explains it."""
    kept = request.metrics.server.prompt_tokens
    if not above_zero(kept) or not request.prompt_chars:
        return None
    sent = request.prompt_tokens_estimated or request.prompt_chars // CHARS_PER_TOKEN
    limit = _context_limit(agent)
    cut_to_fit = limit is not None and NEAR_LIMIT * limit <= kept <= limit < sent and kept < KEPT_SHARE * sent
    if not cut_to_fit and request.prompt_chars <= MOST_CHARS_PER_TOKEN * kept:
        return None
    context = f", at a context of {limit:,}" if limit is not None else ""
    text = f"the server read {kept:,} of about {sent:,} prompt tokens{context}: the prompt was cut"
    return Flag(Cause.PROMPT_TRUNCATED, text, agent.agent, request.metrics.step)


def _context_limit(agent: AgentEvidence) -> int | None:
    """As measured, else as asked for, else as believed."""
    measured = agent.offload.context_length if agent.offload else None
    return measured or agent.settings.options.num_ctx or agent.context_size
