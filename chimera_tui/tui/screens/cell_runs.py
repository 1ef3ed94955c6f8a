"""The runs of one cell of a campaign, newest first; those that begin and end meanwhile come to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from chimera_tui.domain.campaign import Cell
from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.comparison_text import runs_text
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import Event
from chimera_tui.domain.names import printable
from chimera_tui.domain.run_events import RunFinished, RunStarted
from chimera_tui.domain.run_state import RunState
from chimera_tui.tui.keymap import CELL_RUNS_KEYS
from chimera_tui.tui.ports import Campaigns
from chimera_tui.tui.screens.run_details import RunDetailsScreen
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LINE_CLASSES
from chimera_tui.tui.widgets.run_line import RunLine
from chimera_tui.tui.widgets.run_rows import RunRows
from chimera_tui.tui.widgets.title_line import TitleLine


class CellRunsScreen(Screen[Literal["watch"] | None]):
    """Reads the runs one after the other; `watch` when the one that goes on was chosen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LINE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in CELL_RUNS_KEYS]

    def __init__(self, source: Campaigns, campaign_id: str, cell: Cell, run_ids: Sequence[str]) -> None:
        """`run_ids` are those that are known, newest first."""
        super().__init__()
        self._source = source
        self._campaign_id = campaign_id
        self._cell = cell
        self._run_ids = run_ids

    def compose(self) -> ComposeResult:
        yield TitleLine("cell", id="title")
        yield RunRows(id="runs")
        yield RunLine(id="about")
        yield KeyBar(id="keys")

    @property
    def list(self) -> RunRows:
        return self.query_one(RunRows)

    def on_mount(self) -> None:
        self.list.focus()
        self._tell_title()
        self._load()

    @work(exclusive=True, group="runs")
    async def _load(self) -> None:
        try:
            for run_id in self._run_ids:
                self.list.put(await self._source.run(run_id))
        except ChimeraError as error:
            self.query_one(RunLine).say("bad", printable(f"✗ {error}"))

    def apply(self, batch: Sequence[Event]) -> None:
        """Runs of the cell that begin and end."""
        if not self.is_mounted:
            return
        for event in batch:
            match event:
                case RunStarted(campaign=place) if self._is_ours(place):
                    self.list.put(event.begun)
                case RunFinished(summary=summary) if self._is_ours(summary.campaign):
                    self.list.put(summary)
                case _:
                    pass

    def _is_ours(self, place: CampaignPlace | None) -> bool:
        return place is not None and (place.campaign_id, place.cell) == (self._campaign_id, self._cell.cell_id)

    def on_row_list_moved(self) -> None:
        self.query_one(RunLine).tell(self.list.current)
        self._tell_title()

    def _tell_title(self) -> None:
        self.query_one(TitleLine).tell(self._cell.label, runs_text(self.list.count))

    def action_details(self) -> None:
        run = self.list.current
        if run is None:
            return
        if run.state is RunState.RUNNING:
            self.dismiss("watch")
        else:
            self.app.push_screen(RunDetailsScreen(self._source, run))

    def action_close(self) -> None:
        self.dismiss(None)
