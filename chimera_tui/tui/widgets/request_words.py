"""Whose rate and TTFT are shown: every figure with the request that it belongs to."""

from __future__ import annotations

from chimera_tui.domain.metrics import AgentState, LiveMetrics, RequestMetrics
from chimera_tui.tui import formatting


def newest(metrics: LiveMetrics) -> RequestMetrics | None:
    return metrics.requests[-1] if metrics.requests else None


def rated(metrics: LiveMetrics) -> RequestMetrics | None:
    """The newest request that has a rate: the one before while the newest is still silent."""
    known = (r for r in reversed(metrics.requests) if r.decode_rate is not None or r.arrival_rate is not None)
    return next(known, None)


def rate_words(metrics: LiveMetrics) -> tuple[str, str]:
    """(request, rate that matters now): of the last two seconds while writing (chunks, so `≈`), else decode."""
    last = newest(metrics)
    if last is not None and metrics.state is AgentState.WRITING:
        now = metrics.rate_now
        return last.step, formatting.MISSING if now is None else f"≈{formatting.rate(now)}"
    finished = next((r for r in reversed(metrics.requests) if r.decode_rate is not None), None)
    return (finished.step, formatting.rate(finished.decode_rate)) if finished else ("", formatting.MISSING)


def ttft_words(metrics: LiveMetrics) -> tuple[str, str]:
    """(newest request, its TTFT, or how long it has been silent so far)."""
    last = newest(metrics)
    if last is None:
        return "", formatting.MISSING
    if metrics.waiting_ns is not None:
        return last.step, f"waiting {metrics.waiting_ns / 1e9:.1f} s"  # what still grows needs no more digits
    return last.step, formatting.duration(last.ttft_ns)


def thinks(metrics: LiveMetrics) -> bool:
    """Whether the newest answer began with thoughts, so that TTFT is not when the answer came."""
    last = newest(metrics)
    return last is not None and last.ttft_ns is not None and last.first_answer_ns != last.ttft_ns


def answer_words(metrics: LiveMetrics) -> str:
    """When the newest answer began; `…` while the model still thinks."""
    last = newest(metrics)
    if last is None or (last.first_answer_ns is None and metrics.state.is_active):
        return "…"
    return formatting.duration(last.first_answer_ns)
