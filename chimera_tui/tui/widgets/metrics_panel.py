"""What the run costs, agent beside agent: state, rate, TTFT with its parts, tokens, context, offload."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chimera_tui.domain.metrics import AgentState, LiveMetrics, Offload, RequestMetrics, TtftParts
from chimera_tui.domain.options import AgentId
from chimera_tui.tui import formatting
from chimera_tui.tui.projection import AgentView
from chimera_tui.tui.widgets.agent_header import ttft_text
from chimera_tui.tui.widgets.agent_state import ROLES, SIGNS, state_words
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, fit

LABEL_WIDTH = 11
_NONE: Span = (formatting.MISSING, "dim")


def _last(metrics: LiveMetrics) -> RequestMetrics | None:
    return metrics.requests[-1] if metrics.requests else None


def _parts(metrics: LiveMetrics) -> tuple[TtftParts, str] | None:
    """(parts, note) of the newest request whose server counters have come; the note names an older one."""
    for request in reversed(metrics.requests):
        parts = request.ttft_parts
        if parts is not None:
            return parts, "" if request is metrics.requests[-1] else f"  ({request.step})"
    return None


def _state(view: AgentView) -> Span:
    sign, style = SIGNS[view.metrics.state]
    why = f" · {view.metrics.why}" if view.metrics.why and view.metrics.state is not AgentState.WRITING else ""
    return f"{sign} {state_words(view.metrics)}{why}", style


def _rate_now(view: AgentView) -> Span:
    rate = view.metrics.rate_now
    return (f"≈{formatting.rate(rate)}", "value") if rate is not None else _NONE


def _rate_mean(view: AgentView) -> Span:
    last = _last(view.metrics)
    if last is None:
        return _NONE
    if last.decode_rate is not None:
        return f"{formatting.rate(last.decode_rate)} decode", "value"
    if last.arrival_rate is not None:
        return f"≈{formatting.rate(last.arrival_rate)}", "value"
    return _NONE


def _ttft(view: AgentView) -> Span:
    metrics = view.metrics
    if not metrics.requests:
        return _NONE
    earlier = [formatting.duration(r.ttft_ns) for r in metrics.requests[:-1] if r.ttft_ns is not None]
    before = f"  (analysis {earlier[0]})" if earlier else ""
    return f"{ttft_text(metrics)}{before}", "strong"


def _part(pick: Callable[[TtftParts], int]) -> Callable[[AgentView], Span]:
    def cell(view: AgentView) -> Span:
        known = _parts(view.metrics)
        if known is None:
            return _NONE
        parts, note = known
        return f"{formatting.duration(pick(parts))}{note}", "dim" if note else "value"

    return cell


def _tokens(view: AgentView) -> Span:
    metrics = view.metrics
    if not metrics.requests:
        return _NONE
    sign = "" if metrics.tokens_exact else "≥ "
    return f"{sign}{formatting.count(metrics.tokens)}", "value"


def _elapsed(view: AgentView) -> Span:
    return (formatting.duration(view.metrics.elapsed_ns), "value") if view.metrics.elapsed_ns else _NONE


def _context(view: AgentView) -> Span:
    used, size = view.metrics.context_used, view.metrics.context_size
    if used is None or not size:
        return (f"{formatting.MISSING} of {formatting.count(size)}", "dim") if size else _NONE
    last = _last(view.metrics)
    sign = "≈ " if last is None or last.server.prompt_tokens is None else ""
    text = f"{sign}{formatting.count(used)} of {formatting.count(size)} · {100 * used / size:.0f} %"
    if view.metrics.facts_cut:
        return f"{text} · facts cut", "warn"
    return text, "warn" if used >= 0.95 * size else "value"


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


def _offload(view: AgentView) -> Span:
    return offload_text(view.offload), "value" if view.offload else "dim"


ROWS: tuple[tuple[str, Callable[[AgentView], Span]], ...] = (
    ("state", _state),
    ("rate now", _rate_now),
    ("rate mean", _rate_mean),
    ("TTFT", _ttft),
    ("  queue", _part(lambda parts: parts.queue_ns)),
    ("  load", _part(lambda parts: parts.load_ns)),
    ("  prefill", _part(lambda parts: parts.prefill_ns)),
    ("  1st decode", _part(lambda parts: parts.first_decode_ns)),
    ("  rest", _part(lambda parts: parts.rest_ns)),
    ("tokens", _tokens),
    ("elapsed", _elapsed),
    ("context", _context),
    ("offload", _offload),
)


def metrics_lines(agents: Mapping[AgentId, AgentView], width: int) -> list[Line]:
    """A header and one line per metric; a column per agent."""
    column = max(8, (width - LABEL_WIDTH - 3) // 2)
    head: list[Span] = [(fit(" metrics", LABEL_WIDTH + 1), "title")]
    head += [(fit(f" {agent.label} {ROLES[agent]}", column + 1), "title") for agent in agents]
    lines: list[Line] = [(*head, (" " * max(0, width - LABEL_WIDTH - 3 - 2 * column), "title"))]
    for label, cell in ROWS:
        spans: list[Span] = [(fit(f" {label}", LABEL_WIDTH + 1), "label")]
        for view in agents.values():
            text, style = cell(view)
            spans += [(" ", ""), (fit(text, column), style)]
        lines.append(tuple(spans))
    return lines


class MetricsPanel(LinesWidget, can_focus=True):
    """Give it the agents' views with `update`; takes the focus only where it is a tab of its own."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._agents: Mapping[AgentId, AgentView] = {agent: AgentView() for agent in AgentId}

    def update(self, agents: Mapping[AgentId, AgentView]) -> None:
        self._agents = agents
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        self.show(metrics_lines(self._agents, self.size.width))
