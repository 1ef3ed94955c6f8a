"""The metrics of a run and their formulas. Durations are ns; a value that was not reported is None, never 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from chimera_tui.domain.figures import BELIEVABLE_PREFILL, LARGEST, above_zero, rate, span, total
from chimera_tui.domain.options import all_layers, effective_num_gpu
from chimera_tui.domain.timings import ClientTimings, ServerTimings
from chimera_tui.domain.verdicts import Tally

Step = Literal["analysis", "report", "repair"]
"""The requests of one agent; ingest needs none. Two are measured; a repair, if it was asked for, comes
after them and is in no total."""


Phase = Literal["ingest", "analysis", "report", "repair"]
"""The steps of an agent's workflow, in order."""


class AgentState(StrEnum):
    """What an agent is doing, as far as it can be known from outside the server."""

    IDLE = "idle"
    INGEST = "ingest"
    QUEUED = "queued"
    LOADING = "loading"
    PREFILL = "prefill"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_active(self) -> bool:
        return self in _ACTIVE


_ACTIVE = frozenset(
    {AgentState.INGEST, AgentState.QUEUED, AgentState.LOADING, AgentState.PREFILL, AgentState.WRITING}
)


@dataclass(frozen=True, slots=True)
class TtftParts:
    """TTFT taken apart; the five parts sum to the whole."""

    queue_ns: int
    load_ns: int
    prefill_ns: int
    first_decode_ns: int
    """At most one mean decode step: the first chunk is held back for it when its bytes are no whole character."""
    rest_ns: int
    """What no part explains: network, server overhead."""
    clamped_ns: int = 0
    """How much the server's parts overran the whole and were cut; 0 when nothing was clamped."""


@dataclass(frozen=True, slots=True)
class RequestMetrics:
    """One request's numbers: what was reported and what was seen."""

    step: Step
    server: ServerTimings
    client: ClientTimings
    done_reason: str | None = None
    """`stop`, `length`, …, empty when the `done` line gives none; None when the stream ended without that line."""

    @property
    def ttft_ns(self) -> int | None:
        """Request sent → first chunk with non-empty content or thinking, client clock; None when the clock stepped
        back between the two."""
        return span(self.client.sent_ns, self.client.first_content_ns)

    @property
    def first_answer_ns(self) -> int | None:
        """Request sent → first chunk of the answer itself; later than TTFT for a model that thinks first."""
        return span(self.client.sent_ns, self.client.first_answer_ns)

    @property
    def queue_ns(self) -> int | None:
        """`total − load − prompt_eval − eval`: the wait that no field of the server names; None unless all four
        are reported, for what a missing one hides is no queue."""
        left = self._unnamed_ns
        return None if left is None else max(0, left)

    @property
    def is_reported(self) -> bool:
        """Whether a first token came and the server told all of which a disturbance would show."""
        server = self.server
        told = above_zero(server.prompt_tokens) and above_zero(server.eval_tokens)
        return told and self.ttft_parts is not None

    @property
    def ttft_parts(self) -> TtftParts | None:
        """None without a first token or without the server's counters. Load and prefill are taken at their word
        first, then the queue, then at most one decode step; what overruns the whole is clamped and told."""
        ttft, unnamed = self.ttft_ns, self._unnamed_ns
        if ttft is None or unnamed is None:
            return None
        reported = (self.server.load_ns or 0, self.server.prompt_ns or 0, max(0, unnamed))
        left = ttft
        parts: list[int] = []
        for part in (*reported, self.decode_step_ns or 0):
            parts.append(min(part, left))
            left -= parts[-1]
        overrun = max(0, -unnamed) + max(0, sum(reported) - ttft)
        return TtftParts(parts[2], parts[0], parts[1], parts[3], rest_ns=left, clamped_ns=overrun)

    @property
    def _unnamed_ns(self) -> int | None:
        """Below zero when the server's parts sum to more than its own total."""
        s = self.server
        if not (above_zero(s.total_ns) and above_zero(s.prompt_ns) and above_zero(s.eval_ns)):
            return None
        return (
            None
            if s.load_ns is None or not 0 <= s.load_ns <= LARGEST
            else s.total_ns - s.load_ns - s.prompt_ns - s.eval_ns
        )

    @property
    def decode_step_ns(self) -> int | None:
        """Mean time of one token after the first, by the server's counters."""
        tokens, eval_ns = self.server.eval_tokens, self.server.eval_ns
        if self.throughput is None or tokens is None or eval_ns is None:
            return None
        return round(eval_ns / (tokens - 1))

    @property
    def decode_rate(self) -> float | None:
        """`(eval_count − 1) / eval_duration` in tok/s; None where there is no `throughput`."""
        return None if self.throughput is None else rate((self.server.eval_tokens or 0) - 1, self.server.eval_ns)

    @property
    def throughput(self) -> float | None:
        """`eval_count / eval_duration` in tok/s, as the field's older reports print it; None below two tokens,
        where the duration is no decoding time (one token in 1 µs reads as 10⁶ tok/s), and beyond belief."""
        tokens = self.server.eval_tokens or 0
        return rate(tokens, self.server.eval_ns) if tokens >= 2 else None

    @property
    def prefill_rate(self) -> float | None:
        """Uncached prompt tokens per second of prefill; None when the server does not say what was cached (before
        0.33.3), since count / duration is bogus on a cache hit."""
        s = self.server
        if s.prompt_tokens is None or s.prompt_cached_tokens is None or s.prompt_cached_tokens < 0:
            return None
        return rate(s.prompt_tokens - s.prompt_cached_tokens, s.prompt_ns, below=BELIEVABLE_PREFILL)

    @property
    def arrival_rate(self) -> float | None:
        """Content chunks per second between the first and the last, client clock; chunks ≤ tokens."""
        return rate(self.client.chunks - 1, span(self.client.first_content_ns, self.client.last_content_ns))

    @property
    def tpot_ns(self) -> float | None:
        """`(last − first) / (n − 1)` over the tokens, client clock; None when all came at once."""
        tokens = self.server.eval_tokens or 0
        writing = span(self.client.first_content_ns, self.client.last_content_ns)
        return writing / (tokens - 1) if above_zero(writing) and above_zero(tokens) and tokens >= 2 else None


@dataclass(frozen=True, slots=True)
class AgentTotals:
    """One agent over its requests: tokens and durations are sums over those that reported them."""

    requests: int
    tokens: int | None
    total_ns: int | None
    load_ns: int | None
    prompt_tokens: int | None
    prompt_ns: int | None
    eval_ns: int | None
    decode_rate: float | None
    """Σ(eval_count − 1) / Σ eval_duration."""
    throughput: float | None
    """Σ eval_count / Σ eval_duration."""
    mean_of_rates: float | None
    """Mean of the requests' `throughput`: what the field's older reports print."""
    ttft_ns: tuple[int | None, ...]
    mean_ttft_ns: float | None
    queue_ns: int | None


def total_of(requests: Sequence[RequestMetrics]) -> AgentTotals:
    """Fold the requests of one agent into its totals."""
    decoded = [r.server for r in requests if r.throughput is not None]
    tokens = sum(s.eval_tokens or 0 for s in decoded)
    eval_ns = sum(s.eval_ns or 0 for s in decoded)
    rates = [each for r in requests if (each := r.throughput) is not None]
    ttfts = tuple(r.ttft_ns for r in requests)
    known = [ttft for ttft in ttfts if ttft is not None]
    return AgentTotals(
        requests=len(requests),
        tokens=total([r.server.eval_tokens for r in requests]),
        total_ns=total([r.server.total_ns for r in requests]),
        load_ns=total([r.server.load_ns for r in requests]),
        prompt_tokens=total([r.server.prompt_tokens for r in requests]),
        prompt_ns=total([r.server.prompt_ns for r in requests]),
        eval_ns=total([r.server.eval_ns for r in requests]),
        decode_rate=rate(tokens - len(decoded), eval_ns),
        throughput=rate(tokens, eval_ns),
        mean_of_rates=sum(rates) / len(rates) if rates else None,
        ttft_ns=ttfts,
        mean_ttft_ns=sum(known) / len(known) if known else None,
        queue_ns=total([r.queue_ns for r in requests]),
    )


@dataclass(frozen=True, slots=True)
class LiveMetrics:
    """One agent as the screen shows it now; sent at most twice a second and at every change of state."""

    state: AgentState
    step: Phase | None = None
    why: str = ""
    """Why the state is believed, or what failed."""
    elapsed_ns: int = 0
    """Since the agent's run began; stands still when it ended."""
    tokens: int = 0
    """Exact for finished requests; content chunks (≤ tokens) for the one being written."""
    tokens_exact: bool = True
    rate_now: float | None = None
    """Tokens (chunks) per second over the last two seconds."""
    requests: tuple[RequestMetrics, ...] = ()
    """Finished requests and, last, the open one with what is known of it. A repair is among them, in no sum."""
    waiting_ns: int | None = None
    """How long the open request has been silent; None when none is open or its first token has come."""
    context_used: int | None = None
    """Tokens of prompt and answer in the current or last request."""
    context_size: int | None = None
    facts_cut: str = ""
    """Says what was left out when the fact sheet did not fit, else empty."""
    grounding: Tally | None = None
    """Numbers of the text being written, or of the last one, as checked so far; None before anything was."""


@dataclass(frozen=True, slots=True)
class Offload:
    """GPU offload: asked for, in effect, and measured.

    Equal settings are equal here: 60, 80 and 120 on a model of 34 blocks are all `layers_in_effect == 35`.
    """

    requested: int | None
    block_count: int | None
    size_bytes: int | None = None
    size_vram_bytes: int | None = None
    context_length: int | None = None

    @property
    def layers_all(self) -> int | None:
        return None if self.block_count is None else all_layers(self.block_count)

    @property
    def layers_in_effect(self) -> int | None:
        """`min(num_gpu, block_count + 1)`; None when the server chooses or the model's shape is unknown."""
        return None if self.block_count is None else effective_num_gpu(self.requested, self.block_count)

    @property
    def measured_share(self) -> float | None:
        """`size_vram / size` of `/api/ps`, 0…1."""
        if not self.size_bytes or self.size_vram_bytes is None:
            return None
        return self.size_vram_bytes / self.size_bytes
