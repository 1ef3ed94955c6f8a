"""The line of tabs that a small terminal gets instead of panes side by side."""

from __future__ import annotations

from chimera_tui.domain.options import AgentId
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.widgets.agent_state import ROLES, SIGNS
from chimera_tui.tui.widgets.lines import LinesWidget, Span

TABS: tuple[str, ...] = ("files", "a", "b", "metrics", "settings")


class PaneTabs(LinesWidget):
    """Give it the projection and the name of the open tab with `update`."""

    def update(self, view: Projection, current: str) -> None:
        spans: list[Span] = []
        for tab in TABS:
            chosen = tab == current
            if tab in ("a", "b"):
                agent = AgentId(tab)
                sign, style = SIGNS[view.agents[agent].metrics.state]
                spans.append((f" {sign}", "cursor" if chosen else style))
                spans.append((f" {agent.label} {ROLES[agent]} ", "cursor" if chosen else "label"))
            else:
                spans.append((f" {tab} ", "cursor" if chosen else "label"))
            spans.append((" ", ""))
        spans.append((" Tab next", "dim"))
        self.show([tuple(spans)])
