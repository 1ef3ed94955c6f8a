"""What was reported and what was seen of one request: durations are ns, a value that was not reported is None."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerTimings:
    """The counters of Ollama's last chunk, exactly as sent; a missing field is None."""

    total_ns: int | None = None
    load_ns: int | None = None
    """Scheduler wait and load: it includes waiting for another agent's reload."""
    prompt_tokens: int | None = None
    """`prompt_eval_count`: cached tokens included."""
    prompt_cached_tokens: int | None = None
    """`prompt_eval_cached_count`, from Ollama 0.33.3: 0 for a fresh prompt; left out when nobody counted,
    whatever the server's version."""
    prompt_ns: int | None = None
    """`prompt_eval_duration`: uncached work only."""
    eval_tokens: int | None = None
    """`eval_count`: includes the first token."""
    eval_ns: int | None = None
    """`eval_duration`: starts at the first token."""


@dataclass(frozen=True, slots=True)
class ClientTimings:
    """Stamps of the probe on the machine's monotonic clock."""

    sent_ns: int
    first_content_ns: int | None = None
    """First chunk with non-empty content or thinking."""
    first_answer_ns: int | None = None
    """First chunk with non-empty content; differs for thinking models."""
    last_content_ns: int | None = None
    closed_ns: int | None = None
    chunks: int = 0
    """Content-bearing chunks: held-back bytes merge tokens, so chunks ≤ tokens."""
