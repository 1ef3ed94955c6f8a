"""One line over a pane: who writes, in which state, how fast, how soon."""

from __future__ import annotations

from chimera_tui.domain.metrics import AgentState, LiveMetrics
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.tui.widgets.agent_state import ROLES, SIGNS, state_words
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, line_width
from chimera_tui.tui.widgets.request_words import rate_words, ttft_words


def _numbers(metrics: LiveMetrics, gap: str) -> list[Span]:
    """Rate and TTFT, each after the name of its request; once when it is the same."""
    rate_of, rate = rate_words(metrics)
    ttft_of, ttft = ttft_words(metrics)
    named = "" if rate_of == ttft_of else f"{gap}{ttft_of}"
    told: list[Span] = [(f"{gap}{rate_of} ", "label"), (rate, "value")] if rate_of else []
    return [*told, (f"{named}{gap}TTFT ", "label"), (ttft, "value")]


def header_line(agent: AgentId, settings: AgentSettings | None, metrics: LiveMetrics, width: int) -> Line:
    """As much as the width allows; state, rate and TTFT stay longest."""
    sign, style = SIGNS[metrics.state]
    name: list[Span] = [(f" {agent.label} ", "title"), (f" {ROLES[agent]}", "strong")]
    model: list[Span] = [(f"  {settings.model}", "dim")] if settings else []
    state: list[Span] = [(f"{sign} {state_words(metrics)}", style)]
    short: list[Span] = [(f"{sign} {metrics.state.value}", style)]
    roomy: list[Span] = []
    tight: list[Span] = []
    least: list[Span] = []
    if metrics.requests:
        state = short  # the numbers name the request
        roomy, tight = _numbers(metrics, "  "), _numbers(metrics, " ")
        ttft_of, ttft = ttft_words(metrics)
        least = [(f" {ttft_of} TTFT ", "label"), (ttft, "value")]
    for left, right in (
        (name + model, state + roomy),
        (name, state + roomy),
        (name[:1], state + roomy),
        (name[:1], short + tight),
        (name[:1], [(sign, style), *tight]),
        (name[:1], short + least),
        (name[:1], [(sign, style), *least]),
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
        self.agent = agent
        self._settings: AgentSettings | None = None
        self._metrics = LiveMetrics(AgentState.IDLE)

    def update(self, settings: AgentSettings | None, metrics: LiveMetrics) -> None:
        self._settings, self._metrics = settings, metrics
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        self.show([header_line(self.agent, self._settings, self._metrics, self.size.width)])
