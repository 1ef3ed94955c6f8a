"""One agent's metrics as cells of text: what each says, in as many words as its column holds."""

from __future__ import annotations

from collections.abc import Callable

from chimera_tui.domain.metrics import AgentState, LiveMetrics, Offload, RequestMetrics, TtftParts
from chimera_tui.tui import formatting
from chimera_tui.tui.projection import AgentView
from chimera_tui.tui.widgets.agent_header import ttft_text
from chimera_tui.tui.widgets.agent_state import SIGNS, state_words
from chimera_tui.tui.widgets.lines import Span

Cell = Callable[[AgentView, int], Span]
"""From a view and the width of the column, in cells."""

_NONE: Span = (formatting.MISSING, "dim")


def roomiest(width: int, *texts: str) -> str:
    """The first text that fits, else the last one: write them from long to short."""
    return next((text for text in texts if len(text) <= width), texts[-1])


def _last(metrics: LiveMetrics) -> RequestMetrics | None:
    return metrics.requests[-1] if metrics.requests else None


def known_parts(metrics: LiveMetrics) -> tuple[TtftParts, str] | None:
    """(parts, note) of the newest request whose server counters have come; the note names an older one."""
    for request in reversed(metrics.requests):
        parts = request.ttft_parts
        if parts is not None:
            return parts, "" if request is metrics.requests[-1] else f"  ({request.step})"
    return None


def state(view: AgentView, width: int) -> Span:
    sign, style = SIGNS[view.metrics.state]
    why = f" · {view.metrics.why}" if view.metrics.why and view.metrics.state is not AgentState.WRITING else ""
    return f"{sign} {state_words(view.metrics)}{why}", style


def rate(view: AgentView, width: int) -> Span:
    """The rate of the last two seconds (chunks, so `≈`), and the mean of the newest request."""
    mean = _mean_rate(_last(view.metrics))
    now = view.metrics.rate_now
    if now is None:
        return (f"{mean[0]} tok/s{mean[1]}", "value") if mean else _NONE
    if mean is None:
        return f"≈{formatting.sig3(now)} tok/s now", "value"
    text = f"≈{formatting.sig3(now)} now · {mean[0]}"
    return roomiest(width, f"{text} tok/s{mean[1]}", f"{text} tok/s", text), "value"


def _mean_rate(last: RequestMetrics | None) -> tuple[str, str] | None:
    """(number, which rate it is)."""
    if last is None:
        return None
    if last.decode_rate is not None:
        return formatting.sig3(last.decode_rate), " decode"
    if last.arrival_rate is not None:
        return f"≈{formatting.sig3(last.arrival_rate)}", " mean"
    return None


def ttft(view: AgentView, width: int) -> Span:
    """The newest request's; a thinking model's first thought and first answer apart."""
    metrics = view.metrics
    last = _last(metrics)
    if last is None:
        return _NONE
    text = ttft_text(metrics)
    if metrics.waiting_ns is None and last.ttft_ns is not None and last.first_answer_ns != last.ttft_ns:
        answer = last.first_answer_ns
        text = f"{text} thought"
        if answer is not None:
            text = roomiest(width, f"{text} · {formatting.duration(answer)} answer", text)
    earlier = [formatting.duration(r.ttft_ns) for r in metrics.requests[:-1] if r.ttft_ns is not None]
    return roomiest(width, f"{text}  (analysis {earlier[0]})", text) if earlier else text, "strong"


def part(pick: Callable[[TtftParts], int], *, tells_clamp: bool = False) -> Cell:
    """A part of TTFT; one of them also tells how much was cut off because the parts overran the whole."""

    def cell(view: AgentView, width: int) -> Span:
        known = known_parts(view.metrics)
        if known is None:
            return _NONE
        parts, note = known
        text = formatting.duration(pick(parts))
        if tells_clamp and parts.clamped_ns:
            return f"{text} ⚠ clamped {formatting.duration(parts.clamped_ns)}{note}", "warn"
        return f"{text}{note}", "dim" if note else "value"

    return cell


def tokens(view: AgentView, width: int) -> Span:
    """How many tokens, in how much time."""
    metrics = view.metrics
    elapsed = f"in {formatting.duration(metrics.elapsed_ns)}" if metrics.elapsed_ns else ""
    if not metrics.requests:
        return (f"{formatting.MISSING} {elapsed}", "dim") if elapsed else _NONE
    sign = "" if metrics.tokens_exact else "≥ "
    return f"{sign}{formatting.count(metrics.tokens)} {elapsed}".rstrip(), "value"


def context(view: AgentView, width: int) -> Span:
    """Used of `num_ctx`, and what the server has loaded the model with."""
    used, size = view.metrics.context_used, view.metrics.context_size
    loaded = _loaded_context(view.offload)
    if used is None or not size:
        text = f"{formatting.MISSING} of {formatting.count(size)}" if size else formatting.MISSING
        return roomiest(width, f"{text} · {loaded}", text) if loaded else text, "dim"
    last = _last(view.metrics)
    sign = "≈ " if last is None or last.server.prompt_tokens is None else ""
    text = f"{sign}{formatting.count(used)} of {formatting.count(size)}"
    full = f"{text} · {100 * used / size:.0f} %"
    if view.metrics.facts_cut:
        return roomiest(width, f"{full} · facts cut", f"{text} · cut", "facts cut"), "warn"
    style = "warn" if used >= 0.95 * size else "value"
    return roomiest(width, *([f"{full} · {loaded}"] if loaded else []), full, text), style


def _loaded_context(offload: Offload | None) -> str:
    if offload is None or not offload.context_length:
        return ""
    share = offload.measured_share
    place = "in VRAM" if share is not None and share >= 0.9995 else "loaded"
    return f"{formatting.count(offload.context_length)} {place}"


def offload_text(offload: Offload | None) -> str:
    """Requested → layers in effect → measured share."""
    if offload is None:
        return formatting.MISSING
    requested = "auto" if offload.requested is None or offload.requested < 0 else str(offload.requested)
    layers = offload.layers_in_effect
    if layers is None:
        effect = f"?/{offload.layers_all}" if offload.layers_all else "?"
    elif layers == offload.layers_all:
        effect = f"all {layers}"
    else:
        effect = f"{layers}/{offload.layers_all}"
    share = offload.measured_share
    measured = "not loaded" if share is None else f"{formatting.percent(share)} VRAM"
    return f"{requested} → {effect} → {measured}"


def offload(view: AgentView, width: int) -> Span:
    return offload_text(view.offload), "value" if view.offload else "dim"
