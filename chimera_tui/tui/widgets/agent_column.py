"""One agent's column: its header, and below it the pane for its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from chimera_tui.domain.options import AgentId
from chimera_tui.tui.styles import read_styles
from chimera_tui.tui.widgets.agent_header import AgentHeader
from chimera_tui.tui.widgets.bare import EvenRows
from chimera_tui.tui.widgets.lines import Line, LinesWidget

if TYPE_CHECKING:
    from chimera_tui.tui.widgets.checked_pane import CheckedPane


class AgentColumn(EvenRows, Vertical):
    """The pane comes when it is first asked for, after the first frame, of which it would take 50 ms: its modules,
    and the styles of Markdown. Until then a line stands in its place."""

    def __init__(self, agent: AgentId, *, fps: float) -> None:
        super().__init__(id=f"column-{agent}", classes="agent")
        self._agent = agent
        self._fps = fps
        self._hint = f"press {1 if agent is AgentId.A else 2} to run {agent.label}, r for both"
        self._empty = _Empty(self._hint)
        self._pane: CheckedPane | None = None

    def compose(self) -> ComposeResult:
        yield AgentHeader(self._agent, id=f"header-{self._agent}")
        yield self._empty

    @property
    def pane(self) -> CheckedPane:
        if self._pane is None:
            from chimera_tui.tui.widgets.checked_pane import CheckedPane

            read_styles(self.app.stylesheet, "live_pane")
            self._pane = CheckedPane(self._hint, fps=self._fps, id=f"pane-{self._agent}")
            self.mount(self._pane)
            self._empty.remove()
        return self._pane


class _Empty(LinesWidget):
    """Looks as a pane without text does."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._hint = hint

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        width, height = self.size
        line: Line = ((self._hint.center(width), "label"),)
        self.show([*[()] * ((height - 1) // 2), line])
