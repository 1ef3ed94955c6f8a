"""The campaigns of the directory, newest first, and the way into one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from chimera_tui.domain.campaign_outline import CampaignChanged, CampaignOutline
from chimera_tui.domain.events import Event
from chimera_tui.tui import formatting
from chimera_tui.tui.keymap import CAMPAIGNS_KEYS
from chimera_tui.tui.ports import Campaigns
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.screens.campaign import CampaignScreen, Closing
from chimera_tui.tui.screens.main import MainScreen
from chimera_tui.tui.widgets.campaign_rows import CampaignRows
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LINE_CLASSES
from chimera_tui.tui.widgets.title_line import TitleLine


async def open_campaigns(app: App[None], source: Campaigns, main: MainScreen) -> None:
    """The only campaign, else the list of all. May raise a ChimeraError."""
    outlines, live = await source.campaigns(), main.projection
    if len(outlines) == 1:
        screen: CampaignScreen | CampaignsScreen = CampaignScreen(source, outlines[0].campaign_id, live)
    else:
        screen = CampaignsScreen(source, outlines, live)

    def closed(closing: Closing) -> None:
        if closing == "watch":
            main.show_run()

    app.push_screen(screen, closed)


class CampaignsScreen(Screen[Closing]):
    """Tell it with `apply` what happens meanwhile."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LINE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in CAMPAIGNS_KEYS]

    def __init__(self, source: Campaigns, outlines: Sequence[CampaignOutline], live: Projection) -> None:
        super().__init__()
        self._source = source
        self._outlines = outlines
        self._live = live

    def compose(self) -> ComposeResult:
        yield TitleLine("campaigns", id="title")
        yield CampaignRows(id="campaigns")
        yield KeyBar(id="keys")

    @property
    def list(self) -> CampaignRows:
        return self.query_one(CampaignRows)

    def on_mount(self) -> None:
        self.list.tell(self._outlines)
        self.list.focus()
        self._tell_title()

    def _tell_title(self) -> None:
        labels = ", ".join(self._live.labels)
        many = self.list.count
        known = f"{formatting.count(many)} {'campaign' if many == 1 else 'campaigns'}"
        self.query_one(TitleLine).tell(labels, known)

    def apply(self, batch: Sequence[Event]) -> None:
        if not self.is_mounted:
            return
        for event in batch:
            if isinstance(event, CampaignChanged):
                self.list.put(event.outline)
                self._tell_title()

    def action_open(self) -> None:
        if (outline := self.list.current) is not None:
            screen = CampaignScreen(self._source, outline.campaign_id, self._live)
            self.app.push_screen(screen, self._campaign_closed)

    def _campaign_closed(self, closing: Closing) -> None:
        if closing is not None:
            self.dismiss(closing)

    def action_help(self) -> None:
        from chimera_tui.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen())

    def action_close(self) -> None:
        self.dismiss(None)
