"""The heat map of a campaign over two axes, around the cell under the cursor; the arrow keys walk in it."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from chimera_tui.domain.campaign import Cell
from chimera_tui.tui.widgets.campaign_grid import SHADE, SHADES, MapView, geometry, map_lines
from chimera_tui.tui.widgets.lines import LinesWidget


class CampaignMap(LinesWidget, can_focus=True):
    """Give it what it shows with `tell`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"campaign-map--{SHADE}{number}" for number in range(SHADES)}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "walk(-1, 0)", "cell to the left", show=False, id="map.left"),
        Binding("right", "walk(1, 0)", "cell to the right", show=False, id="map.right"),
        Binding("up", "walk(0, -1)", "cell above", show=False, id="map.up"),
        Binding("down", "walk(0, 1)", "cell below", show=False, id="map.down"),
    ]

    class CellChosen(Message):
        """The cursor is to go to another cell."""

        def __init__(self, cell_id: str) -> None:
            self.cell_id = cell_id
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: MapView | None = None

    def tell(self, view: MapView) -> None:
        self._view = view
        self._paint()

    def action_walk(self, columns: int, rows: int) -> None:
        if self._view is not None:
            self._choose(self._view.neighbour(columns, rows))

    def on_click(self, event: events.Click) -> None:
        view = self._view
        if view is None:
            return
        shown = geometry(view, *self.size)
        wide, tall = shown.cell
        column, row = (event.x - shown.label) // wide, (event.y - shown.top) // tall
        if 0 <= column < len(shown.columns) and 0 <= row < len(shown.rows):
            self._choose(view.cell(shown.columns[column], shown.rows[row]))

    def _choose(self, cell: Cell | None) -> None:
        if cell is not None:
            self.post_message(self.CellChosen(cell.cell_id))

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        if self._view is not None and self.size.width:
            self.show(map_lines(self._view, *self.size))

    def _style(self, name: str) -> Style:
        """The style of a span; a shade may have one of the lines' styles over it."""
        if not name.startswith(SHADE):
            return super()._style(name)
        if name not in self._styles:
            shade, _, over = name.partition("+")
            style = self.get_component_rich_style(f"campaign-map--{shade}")
            self._styles[name] = style + Style(bold=True) if over else style
        return self._styles[name]
