"""A campaign as it goes on: how far it is, its cells and their map, the run that goes on; steered by keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from chimera_tui.domain.campaign_outline import CampaignChanged, CampaignOutline
from chimera_tui.domain.campaign_view import CampaignView
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import CaughtUp, Event
from chimera_tui.tui.campaign_picture import CampaignPicture, MapAxes
from chimera_tui.tui.campaign_words import Measure, first_measure
from chimera_tui.tui.keymap import CAMPAIGN_KEYS
from chimera_tui.tui.ports import Campaigns
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.refetch import Refetch
from chimera_tui.tui.screens.cell_runs import CellRunsScreen
from chimera_tui.tui.screens.feed import paints_itself
from chimera_tui.tui.steering import can_steer, standing, steered
from chimera_tui.tui.widgets.campaign_cells import CampaignCells
from chimera_tui.tui.widgets.campaign_geometry import MapView
from chimera_tui.tui.widgets.campaign_header import CampaignHeader
from chimera_tui.tui.widgets.campaign_map import CampaignMap
from chimera_tui.tui.widgets.campaign_notes import CampaignNotes
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LINE_CLASSES
from chimera_tui.tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from chimera_tui.client.campaigns import Steering

Closing = Literal["watch"] | None
"""`watch`: the person wants to see the panes."""
PAUSE_S = 1.0
"""Between two readings of the campaign."""
WIDE_FROM, TALL_FROM = 110, 34
"""From this width on cells and map stand side by side, below one of them is seen; from this height on there is
room for more sentences."""


class CampaignScreen(Screen[Closing]):
    """Reads the campaign from `source`; tell it with `apply` what happens. `live` is followed by somebody else."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LINE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in CAMPAIGN_KEYS]

    def __init__(self, source: Campaigns, campaign_id: str, live: Projection) -> None:
        super().__init__()
        self._source = source
        self._campaign_id = campaign_id
        self._live = live
        self._outline: CampaignOutline | None = None
        self._picture: CampaignPicture | None = None
        self._measure = Measure("decode rate", "")
        self._axes = MapAxes()
        self._refetch = Refetch(self, self._load, PAUSE_S)
        self._turn = asyncio.Lock()
        """Commands reach the daemon in the order of their keys."""

    def compose(self) -> ComposeResult:
        yield TitleLine("campaign", id="title")
        yield CampaignHeader(id="head")
        with Horizontal(id="body"):
            yield CampaignCells(id="cells")
            yield CampaignMap(id="map")
        yield CampaignNotes(id="notes")
        yield KeyBar(id="keys")

    @property
    def list(self) -> CampaignCells:
        return self.query_one(CampaignCells)

    @property
    def notes(self) -> CampaignNotes:
        return self.query_one(CampaignNotes)

    def on_mount(self) -> None:
        self._classify()
        self.list.focus()
        self._refetch.want()

    def on_resize(self) -> None:
        self._classify()

    def _classify(self) -> None:
        width, height = self.app.size
        self.set_class(width < WIDE_FROM, "-narrow")
        self.set_class(height >= TALL_FROM, "-tall")

    # ---- what is known -------------------------------------------------------------------------------

    def on_screen_suspend(self) -> None:
        self._refetch.hold()

    def on_screen_resume(self) -> None:
        self._refetch.release()

    @work(exclusive=True, group="view")
    async def _load(self) -> None:
        try:
            view = await self._source.campaign(self._campaign_id)
        except ChimeraError as error:
            self.notes.say("bad", f"✗ {error}")
        else:
            self._take(view)
        finally:
            self._refetch.ended()

    def apply(self, batch: Sequence[Event]) -> None:
        """What happens meanwhile."""
        if not self.is_mounted:
            return  # it is about to be read
        for event in batch:
            match event:
                case CampaignChanged(outline=outline) if outline.campaign_id == self._campaign_id:
                    self._outline = outline
                    self._refetch.want()
                case CaughtUp():
                    self._refetch.want()  # of a daemon that was away
                case _:
                    pass
        if not paints_itself(batch):
            self._paint()

    def _take(self, view: CampaignView) -> None:
        picture, is_first = CampaignPicture(view), self._picture is None
        self._picture, self._outline = picture, view.outline
        if is_first or self._measure not in picture.measures:
            self._measure = first_measure(view.plan)
        if is_first or not {self._axes.across, self._axes.down} <= picture.steps.keys():
            self._axes = picture.map_axes
        self.list.tell(picture, self._measure)
        if is_first:
            self._go_to(view.outline.cell or picture.column(self._measure).best)
        self._show()

    def _show(self) -> None:
        """Bring everything up to date; each part paints only the lines that differ."""
        if self._picture is not None:
            self.list.tell(self._picture, self._measure)
            self.query_one(CampaignMap).tell(MapView(self._picture, self._measure, self._axes, self.list.cursor))
        self._paint()
        self.refresh_bindings()

    def _paint(self) -> None:
        """What changes while a run goes on."""
        if (outline := self._outline) is None:
            return
        begun = f"begun {outline.begun_utc:%Y-%m-%d %H:%M} UTC"
        self.query_one(TitleLine).tell(outline.name, f"{outline.campaign_id} · {begun}")
        self.query_one(CampaignHeader).tell(outline, self._picture, self._measure)
        self.notes.tell(outline, self._picture, self._live, self.list.cursor)

    # ---- the cursor ----------------------------------------------------------------------------------

    def on_row_list_moved(self) -> None:
        self.notes.hush()
        self._show()

    def on_campaign_map_cell_chosen(self, message: CampaignMap.CellChosen) -> None:
        self._go_to(message.cell_id)

    def _go_to(self, cell_id: str) -> None:
        place = None if self._picture is None else self._picture.place(cell_id)
        if place is not None:
            self.list.go(place)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self.set_class(isinstance(event.widget, CampaignMap), "-map")

    # ---- keys that steer -----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are off, and the key bar does not show them."""
        if action == "steer":
            return can_steer(str(parameters[0]), self._outline, self._picture, self.list.cursor)
        if action == "step_axis":
            return self._picture is not None and len(self._picture.axes) > 1
        if action == "best":
            return self._picture is not None and bool(self._picture.column(self._measure).best)
        if action == "watch":
            return self._outline is not None and bool(self._outline.run_id)
        return True

    def action_steer(self, kind: Steering) -> None:
        self._steer(kind)

    def action_repeat(self, amount: int) -> None:
        self._steer("repeats", amount)

    def _steer(self, kind: Steering, amount: int = 0) -> None:
        cell = self.list.current
        if cell is None:
            return
        of_cell = kind not in ("pause", "resume")
        asked, done = steered(kind, amount, cell.label)
        self.notes.say("dim", f"… {asked}")
        self._send(kind, cell.cell_id if of_cell else "", amount, done)

    @work(group="steering")
    async def _send(self, kind: Steering, cell_id: str, amount: int, done: str) -> None:
        async with self._turn:
            try:
                outline = await self._source.steer_campaign(self._campaign_id, kind, cell_id, amount)
            except ChimeraError as error:
                if self in self.app.screen_stack:
                    self.notes.say("bad", f"✗ {error}")
            else:
                if self not in self.app.screen_stack:
                    return
                self._outline = outline
                self.notes.say("value", f"· {done or standing(outline)}")
                self._refetch.want()
        if self in self.app.screen_stack:
            self._paint()
            self.refresh_bindings()

    # ---- other keys ----------------------------------------------------------------------------------

    def action_next_pane(self) -> None:
        other = self.list if self.has_class("-map") else self.query_one(CampaignMap)
        self.set_class(other is not self.list, "-map")  # where only one is seen, the other has no room before
        other.focus()

    def action_step_measure(self) -> None:
        if (picture := self._picture) is not None:
            following = (picture.measures.index(self._measure) + 1) % len(picture.measures)
            self._measure = picture.measures[following]
            self._show()

    def action_step_axis(self, which: Literal["x", "y"]) -> None:
        if self._picture is not None:
            self._axes = self._axes.step(self._picture.axes, which)
            self._show()

    def action_best(self) -> None:
        if self._picture is not None:
            self._go_to(self._picture.column(self._measure).best)

    def action_open(self) -> None:
        cell, outline = self.list.current, self._outline
        if cell is None or outline is None or self._picture is None:
            return
        progress = self._picture.progress(cell.cell_id)
        done = progress.runs if progress is not None else ()
        running = outline.run_id if outline.cell == cell.cell_id else ""
        if done:
            newest_first = [*([running] if running else []), *reversed(done)]
            screen = CellRunsScreen(self._source, self._campaign_id, cell, newest_first)
            self.app.push_screen(screen, self._runs_closed)
        elif running:
            self.dismiss("watch")
        else:
            self.notes.say("warn", "! no run of this cell is done yet")

    def _runs_closed(self, closing: Closing) -> None:
        if closing is not None:
            self.dismiss(closing)

    def action_watch(self) -> None:
        self.dismiss("watch")

    def action_help(self) -> None:
        from chimera_tui.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen())

    def action_close(self) -> None:
        self.dismiss(None)
