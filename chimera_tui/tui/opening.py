"""Files that are opened over the cockpit: looked at, at a fact in them, or plotted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.settings.model import AS_IT_COMES, ViewerSettings
from chimera_tui.tui.hiding import HidingApp
from chimera_tui.tui.ports import Connection
from chimera_tui.tui.widgets.inventory_tree import InventoryTree

if TYPE_CHECKING:
    from chimera_tui.domain.grounding import FactPlace
    from chimera_tui.tui.widgets.checked_pane import CheckedPane


class OpeningApp(HidingApp):
    """Base of the viewer: answers what trees and panes ask for."""

    _look: ViewerSettings = AS_IT_COMES

    def _with_connection(self) -> Connection | None:
        """The daemon; says so when it is not there yet."""
        raise NotImplementedError

    def _say(self, level: str, text: str) -> None:
        """A word in the message line, for some seconds."""
        raise NotImplementedError

    def on_inventory_tree_file_chosen(self, message: InventoryTree.FileChosen) -> None:
        self._open_file(message.path, mtime_ns=message.mtime_ns)

    def on_checked_pane_fact_wanted(self, message: CheckedPane.FactWanted) -> None:
        self._open_file(message.place.path, place=message.place)

    def _open_file(self, path: str, *, mtime_ns: int | None = None, place: FactPlace | None = None) -> None:
        if connection := self._with_connection():
            self._preview(connection, path, mtime_ns, place)

    @work(exclusive=True, group="preview")
    async def _preview(
        self, connection: Connection, path: str, mtime_ns: int | None, place: FactPlace | None
    ) -> None:
        from chimera_tui.tui.screens.preview import PreviewScreen

        try:
            content = await connection.preview(path)
        except ChimeraError as error:
            self._say("error", str(error))
            return
        self.push_screen(PreviewScreen(content, mtime_ns=mtime_ns, plot=self._plot_rows, place=place))

    def _plot_rows(self, path: str) -> None:
        if connection := self._with_connection():
            from chimera_tui.tui.screens.growth import GrowthScreen

            self.push_screen(GrowthScreen(connection, path, pause_s=1 / self._look.redraws_per_s))
