"""The heat map of a campaign over two axes, around the cell under the cursor; the arrow keys walk in it."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from chimera_tui.domain.campaign import Cell
from chimera_tui.tui.widgets.campaign_geometry import MapView
from chimera_tui.tui.widgets.campaign_grid import SHADE, SHADES, arranged, map_lines
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
            view, _, _ = arranged(self._view, *self.size)
            self._choose(view.neighbour(columns, rows))

    def on_click(self, event: events.Click) -> None:
        if self._view is not None:
            view, shown, _ = arranged(self._view, *self.size)
            if (at := shown.at(event.x, event.y)) is not None:
                self._choose(view.cell(*at))

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
