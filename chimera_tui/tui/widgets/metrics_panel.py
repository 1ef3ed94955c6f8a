"""What the run costs, agent beside agent: state, rate, TTFT with its parts, tokens, context, offload, energy."""

from __future__ import annotations

from collections.abc import Mapping

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui import formatting
from chimera_tui.tui.projection import AgentView, Projection
from chimera_tui.tui.widgets import metrics_cells as cells
from chimera_tui.tui.widgets.agent_state import ROLES
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, fit
from chimera_tui.tui.widgets.metrics_cells import Cell
from chimera_tui.tui.widgets.ttft_bar import LOOKS, ttft_bar

LABEL_WIDTH = 13

_PARTS: tuple[Cell, ...] = (
    cells.part(lambda parts: parts.queue_ns),
    cells.part(lambda parts: parts.load_ns),
    cells.part(lambda parts: parts.prefill_ns),
    cells.part(lambda parts: parts.first_decode_ns),
    cells.part(lambda parts: parts.rest_ns, tells_clamp=True),
)
"""In the order of `LOOKS`."""


def _label(text: str) -> Span:
    return fit(f" {text}", LABEL_WIDTH + 1), "label"


def _row(label: Line, cell: Cell, agents: Mapping[AgentId, AgentView], column: int) -> Line:
    spans: list[Span] = [*label]
    for view in agents.values():
        text, style = cell(view, column)
        spans += [(" ", ""), (fit(text, column), style)]
    return tuple(spans)


def _bar(agents: Mapping[AgentId, AgentView], column: int) -> Line:
    spans: list[Span] = [_label("")]
    for view in agents.values():
        spans += [(" ", ""), *ttft_bar(view, column)]
    return tuple(spans)


def _parts(agents: Mapping[AgentId, AgentView], column: int) -> list[Line]:
    """A row per part; its label is the bar's legend."""
    lines: list[Line] = []
    for look, cell in zip(LOOKS, _PARTS, strict=True):
        key = f" {look.letter}{look.fill}"
        label = ((key, look.style), (fit(f" {look.word}", LABEL_WIDTH + 1 - len(key)), "label"))
        lines.append(_row(label, cell, agents, column))
    return lines


def run_spans(summary: RunSummary | None, own_cpu_percent: float | None) -> list[Span]:
    """What holds for the whole run: energy, the tool's own CPU share, and what disturbed the measurement."""
    told: list[Span] = []
    telemetry = summary.telemetry if summary else None
    if telemetry is not None and telemetry.energy_j is not None:
        per_token = summary.energy_per_token_j if summary else None
        energy = f"{formatting.sig3(telemetry.energy_j)} J"
        told.append((f"{formatting.sig3(per_token)} J/token ({energy})" if per_token else energy, "value"))
    if telemetry is not None and telemetry.own_cpu_percent is not None:
        own_cpu_percent = telemetry.own_cpu_percent.mean
    if own_cpu_percent is not None:
        told.append((f"own CPU {formatting.sig3(float(own_cpu_percent))} %", "value"))
    causes = dict.fromkeys(flag.cause.value.partition(":")[0] for flag in summary.flags) if summary else {}
    if causes:
        told.append((f"⚠ {', '.join(causes)}", "warn"))
    spans: list[Span] = []
    for span in told:
        spans += [(" · ", "dim"), span] if spans else [span]
    return spans or [(formatting.MISSING, "dim")]


def metrics_lines(view: Projection, width: int) -> list[Line]:
    """A header and one line per metric; a column per agent."""
    agents = view.agents
    column = max(8, (width - LABEL_WIDTH - 3) // 2)
    head: list[Span] = [(fit(" metrics", LABEL_WIDTH + 1), "title")]
    head += [(fit(f" {agent.label} {ROLES[agent]}", column + 1), "title") for agent in agents]
    own_cpu = view.samples[-1].host.own_cpu_percent if view.samples else None
    return [
        (*head, (" " * max(0, width - LABEL_WIDTH - 3 - 2 * column), "title")),
        _row((_label("state"),), cells.state, agents, column),
        _row((_label("rate"),), cells.rate, agents, column),
        _row((_label("TTFT"),), cells.ttft, agents, column),
        _bar(agents, column),
        *_parts(agents, column),
        _row((_label("tokens"),), cells.tokens, agents, column),
        _row((_label("context"),), cells.context, agents, column),
        _row((_label("offload"),), cells.offload, agents, column),
        (_label("run"), (" ", ""), *run_spans(view.summary, own_cpu)),
    ]


class MetricsPanel(LinesWidget, can_focus=True):
    """Give it the projection with `update`; takes the focus only where it is a tab of its own."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._projection = Projection()

    def update(self, projection: Projection) -> None:
        self._projection = projection
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        self.show(metrics_lines(self._projection, self.size.width))
