"""One line over a pane: who writes, in which state, how fast, how soon."""

from __future__ import annotations

from chimera_tui.domain.metrics import AgentState, LiveMetrics
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.tui import formatting
from chimera_tui.tui.widgets.agent_state import ROLES, SIGNS, state_words
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, line_width


def rate_text(metrics: LiveMetrics) -> str:
    """The rate that matters now: of the last two seconds while writing (chunks, so `≈`), else the decode rate."""
    if metrics.state is AgentState.WRITING:
        return f"≈{formatting.rate(metrics.rate_now)}" if metrics.rate_now is not None else formatting.MISSING
    finished = [request for request in metrics.requests if request.decode_rate is not None]
    return formatting.rate(finished[-1].decode_rate if finished else None)


def ttft_text(metrics: LiveMetrics) -> str:
    """TTFT of the newest request, or how long it has been silent so far."""
    if metrics.waiting_ns is not None:
        return f"waiting {metrics.waiting_ns / 1e9:.1f} s"  # a wait that still grows needs no more digits
    last = metrics.requests[-1] if metrics.requests else None
    return formatting.duration(last.ttft_ns if last else None)


def header_line(agent: AgentId, settings: AgentSettings | None, metrics: LiveMetrics, width: int) -> Line:
    """As much as the width allows; state, rate and TTFT stay longest."""
    sign, style = SIGNS[metrics.state]
    name: list[Span] = [(f" {agent.label} ", "title"), (f" {ROLES[agent]}", "strong")]
    model: list[Span] = [(f"  {settings.model}", "dim")] if settings else []
    state: list[Span] = [(f"{sign} {state_words(metrics)}", style)]
    numbers: list[Span] = []
    if metrics.requests:
        numbers = [
            ("  ", ""),
            (rate_text(metrics), "value"),
            ("  TTFT ", "label"),
            (ttft_text(metrics), "value"),
        ]
    short: list[Span] = [(f"{sign} {metrics.state.value}", style)]
    for left, right in (
        (name + model, state + numbers),
        (name, state + numbers),
        (name[:1], state + numbers),
        (name[:1], short + numbers),
        (name[:1], short + numbers[2:]),
        (name[:1], [(sign, style), *numbers]),
        (name[:1], short),
    ):
        room = width - 1 - line_width(tuple(left)) - line_width(tuple(right))
        if room >= 1:
            return (*left, (" " * room, ""), *right, (" ", ""))
    return (*name[:1], *state)


class AgentHeader(LinesWidget):
    """Give it the agent's view with `update`."""

    def __init__(self, agent: AgentId, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._agent = agent
        self._settings: AgentSettings | None = None
        self._metrics = LiveMetrics(AgentState.IDLE)

    def update(self, settings: AgentSettings | None, metrics: LiveMetrics) -> None:
        self._settings, self._metrics = settings, metrics
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        self.show([header_line(self._agent, self._settings, self._metrics, self.size.width)])
