"""The cockpit: files, both reports, metrics and settings, painted from the event stream."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from chimera_tui.domain.options import AgentId
from chimera_tui.settings.model import AS_IT_COMES, ViewerSettings
from chimera_tui.tui.driver import is_answering
from chimera_tui.tui.first_look import FirstLook
from chimera_tui.tui.keymap import MAIN_KEYS
from chimera_tui.tui.screens.cockpit_keys import CockpitKeys
from chimera_tui.tui.sparse import sparse_compositor
from chimera_tui.tui.styles import read_styles
from chimera_tui.tui.textual_version import TESTED_VERSIONS, textual_version
from chimera_tui.tui.widgets.agent_column import AgentColumn
from chimera_tui.tui.widgets.agent_header import AgentHeader
from chimera_tui.tui.widgets.bare import EvenHorizontal, EvenRows
from chimera_tui.tui.widgets.inventory_tree import InventoryTree
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LINE_CLASSES
from chimera_tui.tui.widgets.message_line import MessageLine
from chimera_tui.tui.widgets.metrics_panel import MetricsPanel
from chimera_tui.tui.widgets.pane_tabs import TABS, PaneTabs
from chimera_tui.tui.widgets.settings_panel import SettingsPanel
from chimera_tui.tui.widgets.telemetry_panel import TelemetryPanel
from chimera_tui.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from chimera_tui.domain.events import Event
    from chimera_tui.domain.runs import RunRequest
    from chimera_tui.tui.screens.feed import Feed
    from chimera_tui.tui.widgets.checked_pane import CheckedPane

LEAST_SIZE = (80, 24)
WIDE_SIZE = (110, 30)
"""From this size on, panes stand side by side; below, they are tabs."""
COLUMN_WIDTH = 170
"""From this width on, telemetry is a column of the panel; below, it is rows under it."""


class MainScreen(EvenRows, CockpitKeys):
    """Paints what `apply` tells; asks the app for everything else through messages."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LINE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [
        *(key.binding() for key in MAIN_KEYS),
        Binding("tab", "next_pane(1)", "next pane", key_display="Tab", id="pane.next"),
        Binding("shift+tab", "next_pane(-1)", "previous pane", show=False, id="pane.previous"),
    ]

    def __init__(self, look: ViewerSettings = AS_IT_COMES, known: FirstLook | None = None) -> None:
        super().__init__(classes="-tab-files")
        self._look = look
        version = textual_version()
        self._compositor = sparse_compositor(version)
        self._can_draw_at_once = version in TESTED_VERSIONS
        self._tab = "files"
        self._known = known
        self._feed: Feed | None = None
        self._was_shown = False

    def compose(self) -> ComposeResult:
        self._classify(self.app.size)  # before there are widgets: with these classes they need be styled once
        fps, plots = self._look.redraws_per_s, not self._look.quiet_link
        yield TopBar(id="top")
        with EvenHorizontal(id="body"):
            yield InventoryTree(fps=fps, id="files")
            for agent in AgentId:
                yield AgentColumn(agent, fps=fps)
        with EvenHorizontal(id="panel"):
            yield MetricsPanel(plots=plots, id="metrics")
            yield SettingsPanel(id="settings")
            yield TelemetryPanel(plots=plots, id="telemetry")
        yield MessageLine(id="message")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self._fit(self.app.size)
        if self._known is not None:
            self._known.show(self.projection)
            self.query_one(InventoryTree).told = self._known.files
            self.paint()
        self.query_one(InventoryTree).focus()

    def on_idle(self) -> None:
        """Draw a key's answer at once: Textual's clock makes it wait for 17 to 33 ms when something else was drawn
        just before."""
        if self._can_draw_at_once and is_answering(self.app._driver):
            self._on_timer_update()

    def pane(self, agent: AgentId) -> CheckedPane:
        return self.query_one(f"#column-{agent}", AgentColumn).pane

    def complete(self) -> None:
        """Mount what the first frame does without."""
        for agent in AgentId:
            self.pane(agent)

    @property
    def settings(self) -> SettingsPanel:
        return self.query_one(SettingsPanel)

    # ---- events --------------------------------------------------------------------------------------

    def apply(self, batch: Sequence[Event]) -> None:
        """Fold a batch of events, feed the panes, paint what changed."""
        from chimera_tui.tui.screens.feed import Feed, brings_much, paints_itself, tells_all  # events: 20 ms

        if self._feed is None:
            self._feed = Feed(self.query_one(InventoryTree), self.pane)
        view = self.projection
        before, alerts = (view.running, view.waiting), view.alerts
        for event in batch:
            view.apply(event)
            self._feed.take(event)
        if before != (view.running, view.waiting) or tells_all(batch):
            self.refresh_bindings()
        if view.alerts > alerts and not tells_all(batch):
            self.app.bell()
        self.honour_wish()
        self.query_one(InventoryTree).told = view.first_look.files if view.first_look else None
        if brings_much(batch):
            gc.freeze()  # what is there stays: a collection that walks through 100,000 files stalls the screen
        if paints_itself(batch):
            self.query_one(InventoryTree).status = self._watch_status()
        else:
            self.paint()

    def paint(self) -> None:
        """Bring every panel up to date; each paints only the lines that differ."""
        view = self.projection
        self.query_one(TopBar).update(view)
        self.query_one(MetricsPanel).update(view)
        self.query_one(TelemetryPanel).update(view)
        self.settings.update(view)
        self.query_one(MessageLine).update(view)
        self._tell_tab()
        self.query_one(InventoryTree).status = self._watch_status()
        for header in self.query(AgentHeader):
            agent_view = view.agents[header.agent]
            header.update(agent_view.settings, agent_view.metrics)

    def _watch_status(self) -> str:
        view = self.projection
        if view.first_look is not None:
            return ""  # it is told with the events
        if not view.scanned:
            return "scanning …"
        if view.facts is not None and view.facts.files_read < view.facts.files_total:
            return f"reading {view.facts.files_read} of {view.facts.files_total}"
        return {"inotify": "watching", "polling": "polling", "off": "not watching", None: ""}[view.watch_mode]

    def say(self, level: str, text: str) -> None:
        """A word of the viewer's own in the message line; an empty text takes it back."""
        line = self.query_one(MessageLine)
        line.say(level, text)
        line.update(self.projection)

    def tell_typed(self, text: str) -> None:
        line = self.query_one(MessageLine)
        line.typing(text)
        line.update(self.projection)

    # ---- size and tabs -------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size)
        self._open_tab(self._tab)
        self.call_after_refresh(self.paint)

    def _fit(self, size: Size) -> None:
        self._classify(size)
        if self.has_class("-narrow") and not self.query(PaneTabs):
            self._mount_narrow()
        if self.has_class("-small"):
            found, needs = (f"{width}×{height}" for width, height in (size, LEAST_SIZE))
            self.query_one("#too-small", Static).update(f"terminal is {found}\nchimera needs {needs}")

    def _classify(self, size: Size) -> None:
        width, height = size
        small = width < LEAST_SIZE[0] or height < LEAST_SIZE[1]
        narrow = width < WIDE_SIZE[0] or height < WIDE_SIZE[1]
        column = width >= COLUMN_WIDTH
        if narrow:
            read_styles(self.app.stylesheet, "narrow")
        self.update_classes(
            {"-small": small, "-narrow": narrow, "-column": column, "-rows": not column},
            update=bool(self._nodes),
        )

    def update_node_styles(self, animate: bool = True) -> None:
        """Textual asks for this when it shows a screen; the first time, all have just got their styles (10 ms)."""
        if self._was_shown:
            super().update_node_styles(animate)
        self._was_shown = True

    def _mount_narrow(self) -> None:
        """What only a small terminal shows; others do without (5 ms)."""
        self.mount(PaneTabs(id="tabs"), after="#top")
        self.mount_all([AgentHeader(agent, id=f"strip-{agent}") for agent in AgentId], before="#message")
        self.mount(Static(id="too-small"))

    def _open_tab(self, tab: str) -> None:
        self._tab = tab
        for name in TABS:
            self.set_class(name == tab, f"-tab-{name}")

    def _tell_tab(self) -> None:
        for tabs in self.query(PaneTabs):
            tabs.update(self.projection, self._tab)

    def _pane_of(self, tab: str) -> Widget:
        match tab:
            case "files":
                return self.query_one(InventoryTree)
            case "metrics":
                return self.query_one(MetricsPanel)
            case "settings":
                return self.settings
        return self.pane(AgentId(tab))

    def go_to(self, tab: str) -> None:
        """Open a tab (when panes are tabs) and focus its pane."""
        self._open_tab(tab)
        self._pane_of(tab).focus()
        self._tell_tab()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        tab = next((name for name in TABS if self._pane_of(name) is event.widget), None)
        if tab is not None and tab != self._tab:
            self._open_tab(tab)
            self._tell_tab()

    # ---- actions -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are off, and the key bar does not show them."""
        if action in ("step_gpu", "choose_model"):
            return self.projection.caught_up
        return super().check_action(action, parameters)

    def action_next_pane(self, direction: int) -> None:
        narrow = self.has_class("-narrow")
        stops = [tab for tab in TABS if narrow or tab != "metrics"]  # side by side, there is nothing to do in it
        here = stops.index(self._tab) if self._tab in stops else 0
        self.go_to(stops[(here + direction) % len(stops)])

    def run_wanted(self, request: RunRequest) -> None:
        if self.has_class("-narrow") and self._tab in ("files", "metrics", "settings"):
            self.go_to(request.agents[0].value)

    def show_run(self) -> None:
        """Go where the run that goes on is seen."""
        self.go_to((self.projection.run_agents or tuple(AgentId))[0].value)

    def action_focus_settings(self) -> None:
        self.go_to("settings")

    def action_step_gpu(self, direction: Literal[-1, 1]) -> None:
        self.settings.step("num_gpu", direction)

    def action_choose_model(self) -> None:
        self.post_message(SettingsPanel.ChooseModel(self.settings.agents))

    def action_filter_files(self) -> None:
        self.go_to("files")
        self.query_one(InventoryTree).action_filter()

    def action_toggle_own_cost(self) -> None:
        """Where the panel is not seen, go there."""
        if self.has_class("-narrow"):
            self.go_to("metrics")
        self.query_one(MetricsPanel).toggle_own()
