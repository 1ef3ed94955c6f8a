"""One agent's metrics as cells of text: what each says, in as many words as its column holds."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from rich.cells import cell_len

from chimera_tui.domain.flags import Cause
from chimera_tui.domain.metrics import AgentState, LiveMetrics, Offload, RequestMetrics, TtftParts
from chimera_tui.domain.names import printable
from chimera_tui.tui import formatting
from chimera_tui.tui.projection import AgentView
from chimera_tui.tui.tally_words import score_text, verdict_counts
from chimera_tui.tui.widgets.agent_state import SIGNS, state_words
from chimera_tui.tui.widgets.lines import Span, roomiest
from chimera_tui.tui.widgets.request_words import answer_words, newest, rated, thinks, ttft_words

Cell = Callable[[AgentView, int], Span]
"""From a view and the width of the column, in cells."""

_NONE: Span = (formatting.MISSING, "dim")
_WHOLE = 0.9995
"""Of a share: what reads as 100 %."""


def known_parts(metrics: LiveMetrics) -> tuple[TtftParts, str] | None:
    """(parts, note) of the newest request whose server counters have come; the note names an older one."""
    for request in reversed(metrics.requests):
        parts = request.ttft_parts
        if parts is not None:
            return parts, "" if request is metrics.requests[-1] else f"  ({request.step})"
    return None


def state(view: AgentView, width: int, most: int) -> list[Span]:
    """The state and its reason, on at most so many lines; what fits on one names the step too."""
    sign, style = SIGNS[view.metrics.state]
    why = "" if view.metrics.state is AgentState.WRITING else printable(view.metrics.why)
    whole = f"{sign} {state_words(view.metrics)}{f' · {why}' if why else ''}"
    if most < 2 or not why or cell_len(whole) <= width:
        return [(whole, style)]
    for reason in (why, why.partition(";")[0]):  # what follows a semicolon explains further
        lines = textwrap.wrap(f"{sign} {view.metrics.state.value} · {reason}", width, subsequent_indent="  ")
        if len(lines) <= most:
            break
    if len(lines) > most:
        lines = [*lines[: most - 1], formatting.crop(" ".join(lines[most - 1 :]), width)]
    return [(line, style) for line in lines]


def rate(view: AgentView, width: int) -> Span:
    """The rate of the last two seconds (chunks, so `≈`), and the mean of the newest request that has one."""
    metrics = view.metrics
    last, of = newest(metrics), rated(metrics)
    mean = _mean_rate(of)
    if metrics.rate_now is None or last is None:
        if of is None:
            return _NONE
        text = f"{of.step} {mean[0]} tok/s"
        return roomiest(width, f"{text} {mean[1]}", text), "value"
    now = f"{last.step} ≈{formatting.sig3(metrics.rate_now)}"
    both = (f"{now} now · {mean[0]} tok/s {mean[1]}", f"{now} now · {mean[0]}") if of is last else ()
    return roomiest(width, *both, f"{now} tok/s now"), "value"


def _mean_rate(request: RequestMetrics | None) -> tuple[str, str]:
    """(number, which rate it is)."""
    if request is not None and request.decode_rate is not None:
        return formatting.sig3(request.decode_rate), "decode"
    return f"≈{formatting.sig3(request.arrival_rate if request else None)}", "mean"


def ttft(view: AgentView, width: int) -> Span:
    """The newest request's; a thinking model's first thought and first answer apart."""
    metrics = view.metrics
    step, text = ttft_words(metrics)
    if not step:
        return _NONE
    texts = [f"{step} {text}"]
    if metrics.waiting_ns is None and thinks(metrics):
        answer = answer_words(metrics)
        texts = [f"{step} {text} thought → {answer} answer", f"{step} {text} → {answer}", f"{text} → {answer}"]
    earlier = [f"{texts[0]}  ({r.step} {formatting.duration(r.ttft_ns)})" for r in metrics.requests[:-1]]
    return roomiest(width, *earlier[-1:], *texts), "strong"


def part(pick: Callable[[TtftParts], int], *, tells_clamp: bool = False) -> Cell:
    """A part of TTFT; one of them also tells how much was cut off because the parts overran the whole."""

    def cell(view: AgentView, width: int) -> Span:
        known = known_parts(view.metrics)
        if known is None:
            return _NONE
        parts, note = known
        text = formatting.duration(pick(parts))
        if tells_clamp and parts.clamped_ns:
            text = f"{text} {Cause.CLAMPED.sign} clamped {formatting.duration(parts.clamped_ns)}"
            return roomiest(width, f"{text}{note}", text), "warn"
        return f"{text}{note}", "dim" if note else "value"

    return cell


def tokens(view: AgentView, width: int) -> Span:
    """How many tokens, in how much time; unlike rate and TTFT, of all requests together."""
    metrics = view.metrics
    elapsed = f"in {formatting.duration(metrics.elapsed_ns)}" if metrics.elapsed_ns else ""
    if not metrics.requests:
        return (f"{formatting.MISSING} {elapsed}", "dim") if elapsed else _NONE
    text = f"{'' if metrics.tokens_exact else '≥ '}{formatting.count(metrics.tokens)}"
    alone = f"{text} {elapsed}".rstrip()
    both = (f"{text} of both {elapsed}".rstrip(),) if len(metrics.requests) > 1 else ()
    return roomiest(width, *both, alone), "value"


def numbers(view: AgentView, width: int) -> Span:
    """How many of the text's numbers had which verdict, and what share of them the files bear out."""
    told = view.grounding
    if told is None:
        return _NONE
    if told.score is None:
        return "none to check", "dim"
    style = "bad" if told.contradicted else "warn" if told.misattributed else "value"
    signs = verdict_counts(told)
    score = score_text(told)
    mended = " · mended" if view.is_mended else ""
    texts = (f"{signs} · {score} supported{mended}", f"{signs} · {score}{mended}", f"{signs}{mended}", signs)
    return roomiest(width, *texts), style


def remarks(view: AgentView) -> str:
    """What is wrong with the text that was checked last, besides its numbers, and why these were not mended."""
    checked = view.checked
    told = [checked.problem, *(remark.text for remark in checked.remarks)] if checked else []
    wrong = "; ".join(filter(None, told))
    by_name = ((checked.step if checked else "", wrong), ("repair", view.unmended))
    return printable(" · ".join(f"{name}: {text}" for name, text in by_name if text))


def context(view: AgentView, width: int) -> Span:
    """Used of `num_ctx`, and what the server has loaded the model with."""
    used, size = view.metrics.context_used, view.metrics.context_size
    loaded = _loaded_context(view.offload)
    if used is None or not size:
        text = f"{formatting.MISSING} of {formatting.count(size)}" if size else formatting.MISSING
        return roomiest(width, f"{text} · {loaded}", text) if loaded else text, "dim"
    last = newest(view.metrics)
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
    place = "in VRAM" if share is not None and share >= _WHOLE else "loaded"
    return f"{formatting.count(offload.context_length)} {place}"


def offload_text(offload: Offload) -> str:
    """Requested → layers in effect → measured share; the middle only where it is known."""
    share = offload.measured_share
    layers, every = layers_known(offload), offload.layers_all
    told = [asked_text(offload.requested)]
    if layers is not None:
        told.append(f"all {layers}" if layers == every else f"{layers}/{every}")
    told.append("not loaded" if share is None else f"{formatting.percent(share)} VRAM")
    return " → ".join(told)


def layers_known(offload: Offload) -> int | None:
    """In effect; where the choice was the server's only when all of the model is in VRAM."""
    share = offload.measured_share
    if offload.layers_in_effect is None and share is not None and share >= _WHOLE:
        return offload.layers_all
    return offload.layers_in_effect


def asked_text(num_gpu: int | None) -> str:
    return "auto" if num_gpu is None or num_gpu < 0 else str(num_gpu)


def offload(view: AgentView, width: int) -> Span:
    """The run's own measurement; before there is one, only what is asked for."""
    if view.offload is not None:
        return offload_text(view.offload), "value"
    settings = view.asked or view.settings
    return (f"{asked_text(settings.options.num_gpu)} asked for", "dim") if settings else _NONE
