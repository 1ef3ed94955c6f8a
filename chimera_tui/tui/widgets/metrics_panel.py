"""What the run costs, agent beside agent: state, rate, TTFT with its parts, tokens, context, offload, energy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chimera_tui.domain.options import AgentId
from chimera_tui.tui import formatting
from chimera_tui.tui.output import sent_bytes
from chimera_tui.tui.projection import AgentView, Projection
from chimera_tui.tui.run_words import causes_spans
from chimera_tui.tui.widgets import metrics_cells as cells
from chimera_tui.tui.widgets.agent_state import ROLES
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, cropped, fit
from chimera_tui.tui.widgets.metrics_cells import Cell
from chimera_tui.tui.widgets.own_cost import OwnMeter, own_words
from chimera_tui.tui.widgets.request_words import thinks
from chimera_tui.tui.widgets.ttft_bar import LOOKS, ttft_bar, ttft_figures

if TYPE_CHECKING:
    from chimera_tui.domain.runs import RunSummary
    from chimera_tui.domain.telemetry import TelemetrySample

LABEL_WIDTH = 13
FIXED = 13
"""Lines beside those of the state, of remarks, and of the run."""

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


def _state(agents: Mapping[AgentId, AgentView], column: int, room: int) -> list[Line]:
    """As many lines as the reasons need and there are; while an agent waits and writes, the lines below stay."""
    active = any(view.metrics.state.is_active for view in agents.values())
    most = room if active else room - 1
    told = [cells.state(view, column, max(1, most)) for view in agents.values()]
    count = max(min(2, most) if active else 1, *map(len, told))
    lines: list[Line] = []
    for y in range(count):
        spans: list[Span] = [_label("" if y else "state")]
        for rows in told:
            text, style = rows[y] if y < len(rows) else ("", "")
            spans += [(" ", ""), (fit(text, column), style)]
        lines.append(tuple(spans))
    return lines


def _remarks(agents: Mapping[AgentId, AgentView], width: int) -> list[Line]:
    """A line for each agent on whose text there is something to remark."""
    told = ((agent, cells.remarks(view)) for agent, view in agents.items())
    found: list[Line] = [(_label("remarks"), (f" {agent.label} {text}", "warn")) for agent, text in told if text]
    return [cropped(line, width) for line in found]


def run_spans(summary: RunSummary | None, own_cpu_percent: float | None) -> list[Span]:
    """What holds for the whole run: energy, and the tool's own CPU share."""
    told: list[str] = []
    telemetry = summary.telemetry if summary else None
    if telemetry is not None and telemetry.energy_j is not None:
        per_token = summary.energy_per_token_j if summary else None
        energy = f"{formatting.sig3(telemetry.energy_j)} J"
        told.append(f"{formatting.sig3(per_token)} J/token ({energy})" if per_token else energy)
    if telemetry is not None and telemetry.own_cpu_percent is not None:
        own_cpu_percent = telemetry.own_cpu_percent.mean
    if own_cpu_percent is not None:
        told.append(f"own CPU {formatting.sig3(float(own_cpu_percent))} % of one core")
    return [(" · ".join(told), "value")] if told else []


def _run(summary: RunSummary | None, own_cpu: float | None, own: str, width: int, room: int) -> list[Line]:
    """Flags, then energy and CPU: on two lines, on one, or on none; or in their place what the program takes."""
    flags = causes_spans(summary.flags, whom=False) if summary else []
    if own:
        rows: list[tuple[str, list[Span]]] = [("flags", flags), ("chimera", [(own, "value")])]
        return [cropped((_label(name), (" ", ""), *spans), width) for name, spans in rows[-max(1, room) :]]
    figures = run_spans(summary, own_cpu)
    none: list[Span] = [(formatting.MISSING, "dim")]
    rows = [("flags", flags or none), ("run", figures or none)]
    if room < len(rows):
        rows = [("run", [*flags, *([("  ", "")] if flags and figures else []), *figures] or none)]
    return [cropped((_label(name), (" ", ""), *spans), width) for name, spans in rows[: max(0, room)]]


def metrics_lines(view: Projection, width: int, height: int, *, plots: bool = True, own: str = "") -> list[Line]:
    """A header and one line per metric; a column per agent. What holds for the whole run gives way to reasons
    and to remarks, and remarks to reasons.

    Without `plots` all is told in figures; `own` is what the program itself takes.
    """
    agents = view.agents
    column = max(8, (width - LABEL_WIDTH - 3) // 2)
    head: list[Span] = [(fit(" metrics", LABEL_WIDTH + 1), "title")]
    head += [(fit(f" {agent.label} {ROLES[agent]}", column + 1), "title") for agent in agents]
    own_cpu = view.samples[-1].host.own_cpu_percent if view.samples else None
    room = height - FIXED
    state = _state(agents, column, room)
    remarks = _remarks(agents, width)[: max(0, room - len(state))]
    ttft = "TTFT → answer" if any(thinks(each.metrics) for each in agents.values()) else "TTFT"
    return [
        (*head, (" " * max(0, width - LABEL_WIDTH - 3 - 2 * column), "title")),
        *state,
        _row((_label("rate"),), cells.rate, agents, column),
        _row((_label(ttft),), cells.ttft, agents, column),
        _bar(agents, column) if plots else _row((_label(""),), ttft_figures, agents, column),
        *_parts(agents, column),
        _row((_label("tokens"),), cells.tokens, agents, column),
        _row((_label("context"),), cells.context, agents, column),
        _row((_label("offload"),), cells.offload, agents, column),
        _row((_label("numbers"),), cells.numbers, agents, column),
        *remarks,
        *_run(view.summary, own_cpu, own, width, room - len(state) - len(remarks)),
    ]


class MetricsPanel(LinesWidget, can_focus=True):
    """Give it the projection with `update`; takes the focus only where it is a tab of its own."""

    def __init__(self, *, plots: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._projection = Projection()
        self._plots = plots
        self._meter: OwnMeter | None = None
        """While what the program itself takes is shown."""
        self._own = ""
        self._newest: TelemetrySample | None = None

    def update(self, projection: Projection) -> None:
        self._projection = projection
        self._measure()
        self._paint()

    def toggle_own(self) -> None:
        """Show what the program itself takes in place of what a run took, or that again."""
        self._meter = OwnMeter() if self._meter is None else None
        self._own, self._newest = "", None
        self._measure()
        self._paint()

    def _measure(self) -> None:
        """Only with a new sample of the hardware: that changes the screen anyway."""
        samples = self._projection.samples
        newest = samples[-1] if samples else None
        if self._meter is None or (self._own and newest is self._newest):
            return
        self._newest = newest
        cost = self._meter.read(sent_bytes(self.app._driver), newest.host.own_cpu_percent if newest else None)
        self._own = own_words(cost, self.size.width - LABEL_WIDTH - 2)

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        width, height = self.size
        self.show(metrics_lines(self._projection, width, height, plots=self._plots, own=self._own))
