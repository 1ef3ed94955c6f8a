"""A plot of rows that grow, as large as it is given room."""

from __future__ import annotations

from time import monotonic

from chimera_tui.tui.widgets.growth_lines import growth_lines
from chimera_tui.tui.widgets.growth_state import GrowthState
from chimera_tui.tui.widgets.lines import LinesWidget


class GrowthPanel(LinesWidget):
    """Change its state, then `update`; only lines that differ are painted anew."""

    def __init__(self, state: GrowthState, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plotted = state

    def update(self) -> None:
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        if self.size.width and self.size.height:
            self.show(growth_lines(self._plotted, monotonic(), *self.size))
