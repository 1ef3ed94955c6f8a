"""The viewer: follows the daemon's events and turns keys into commands."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual import events, work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen

from chimera_tui.domain.errors import ChimeraError, DaemonUnreachable, ErrorInfo
from chimera_tui.settings.model import AS_IT_COMES, ViewerSettings
from chimera_tui.tui.changed_output import changed_output
from chimera_tui.tui.driver import own_driver
from chimera_tui.tui.ending import leave_on_signals
from chimera_tui.tui.first_look import FirstLook
from chimera_tui.tui.keymap import MAIN_KEYS
from chimera_tui.tui.light_textual import bring_back
from chimera_tui.tui.opening import OpeningApp
from chimera_tui.tui.ports import Connect, Connection, Follower
from chimera_tui.tui.screens.cockpit_keys import CockpitKeys
from chimera_tui.tui.screens.main import MainScreen
from chimera_tui.tui.screens.run_keys import RunKeys
from chimera_tui.tui.silence import Silence
from chimera_tui.tui.styles import FIRST, read_styles, style_file
from chimera_tui.tui.textual_version import textual_version
from chimera_tui.tui.themes import DARK, LIGHT, THEMES
from chimera_tui.tui.timing import once
from chimera_tui.tui.widgets.settings_panel import SettingsPanel

if TYPE_CHECKING:
    from chimera_tui.tui.widgets.reading_pane import ReadingPane

SAY_S = 8.0
"""How long the viewer's own word stays in the message line."""
LATER_STYLES = ("campaign", "dialogs", "history", "preview")
"""Of what lies over the cockpit."""
RETRY_S = (0.1, 0.3, 1.0, 2.0)
"""Pauses between attempts to attach again; the last one repeats."""
_READING = ("view", "runs", "comparison", "growth", "pages", "question", "statistics", "preview")
"""Groups of workers of screens; commands that were given are no part of them and arrive."""


class ChimeraApp(OpeningApp):
    """Needs `connect`, which opens a connection to the daemon, again and again if need be."""

    TITLE = "Chimera"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self, connect: Connect, *, look: ViewerSettings = AS_IT_COMES, known: FirstLook | None = None
    ) -> None:
        super().__init__(css_path=[style_file(name) for name in FIRST])
        self._connect = connect
        self._look = look
        self._size_told = Size(0, 0)
        self._known = known
        self._connection: Connection | None = None
        self._changed_output = changed_output(textual_version(), os.environ, look.output)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = LIGHT.name if look.theme == "light" else DARK.name
        self._colours = self.get_css_variables()
        self.stylesheet.set_variables(self._colours)

    def refresh_css(self, animate: bool = True) -> None:
        """Textual asks for this at the start too, when every rule was just parsed with these colours (10 ms)."""
        if (colours := self.get_css_variables()) != self._colours:
            self._colours = colours
            super().refresh_css(animate)

    def get_default_screen(self) -> Screen[None]:
        return MainScreen(self._look, self._known)

    def get_driver_class(self) -> type[Driver]:
        return own_driver(super().get_driver_class())

    @property
    def main(self) -> MainScreen:
        """The cockpit, at the bottom of the stack."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def on_load(self) -> None:
        if not self.is_headless:
            leave_on_signals(self._leave)

    def on_ready(self) -> None:
        self.call_after_refresh(self._complete)

    def _complete(self) -> None:
        """What must not come before the first frame, for it takes time that the frame does not need."""
        self._follow()  # a thread waits for the daemon meanwhile
        read_styles(self.stylesheet, *LATER_STYLES)
        self.main.complete()

    def push_screen(self, *arguments: Any, **options: Any) -> Any:
        """A key may ask for a screen before the rest of the styles was read."""
        read_styles(self.stylesheet, *LATER_STYLES)
        return super().push_screen(*arguments, **options)

    def pop_screen(self) -> Any:
        """What a screen still reads is left with it: the answer would find none of its widgets."""
        for group in _READING:
            self.workers.cancel_group(self.screen, group)
        return super().pop_screen()

    def on_resize(self, event: events.Resize) -> None:
        """The size as it was is told after ctrl+z and SIGSTOP: others have had the terminal meanwhile."""
        if event.size == self._size_told:
            self.action_redraw()
        elif self._changed_output is not None:
            self._changed_output.forget()
        self._size_told = event.size

    def action_redraw(self) -> None:
        """Send the whole screen, whatever the terminal shows: Textual draws only what changes."""
        if self._changed_output is not None:
            self._changed_output.forget()
        self.screen.refresh()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Textual's way to the terminal: an update goes there as what it changes."""
        if self._changed_output is not None:
            renderable = self._changed_output.of(renderable)
        super()._display(screen, renderable)

    # ---- the stream ----------------------------------------------------------------------------------

    @work(exclusive=True, group="events")
    async def _follow(self) -> None:
        """Follow the events; attach again when the daemon goes away."""
        attempt, silence = 0, Silence(self.main.say)
        while True:
            try:
                self._connection = await self._connect()
                self._mind(silence, self._connection)
                async for batch in self._connection.event_batches():
                    if attempt:
                        self._say("info", "attached again: the daemon that runs now tells all of this")
                    attempt = 0
                    silence.heard()
                    for screen in self.screen_stack:
                        if isinstance(screen, Follower):
                            screen.apply(batch)
                raise DaemonUnreachable("the daemon went away")
            except DaemonUnreachable as gone:
                self.main.say("warning", f"{gone.info.what}; attaching again")
            except ChimeraError as error:
                self.exit(return_code=1, message=str(error))
                return
            await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1

    @work(exclusive=True, group="silence")
    async def _mind(self, silence: Silence, connection: Connection) -> None:
        """Beside the stream, until the next connection."""
        view = self.main.projection
        await silence.watch(connection, lambda: view.attached.pid if view.attached else None)

    @work(group="commands")
    async def _command(self, command: Awaitable[object], done: str = "") -> None:
        """Send a command; its error becomes the message line."""
        try:
            await command
        except ChimeraError as error:
            self._say("error", str(error))
        else:
            if done:
                self._say("info", done)

    def _say(self, level: str, text: str) -> None:
        self.main.say(level, text)
        once(self, SAY_S, lambda: self.main.say("info", ""))

    def _with_connection(self) -> Connection | None:
        if self._connection is None:
            self._say("warning", "the daemon is still starting")
        return self._connection

    # ---- what the screens ask for --------------------------------------------------------------------

    def on_run_keys_run_wanted(self, message: RunKeys.RunWanted) -> None:
        if connection := self._with_connection():
            self._command(connection.start_run(message.request))

    def on_run_keys_cancel_wanted(self) -> None:
        if connection := self._with_connection():
            self._command(connection.cancel(), "cancelled")

    def on_run_keys_retry_wanted(self) -> None:
        if connection := self._with_connection():
            self._command(connection.retry())

    def on_cockpit_keys_refresh_wanted(self) -> None:
        if connection := self._with_connection():
            self._command(connection.refresh())

    def on_cockpit_keys_history_wanted(self) -> None:
        if connection := self._with_connection():
            from chimera_tui.tui.screens.history import HistoryScreen

            attached = self.main.projection.attached
            self.push_screen(HistoryScreen(connection, attached.labels if attached else ()))

    def on_cockpit_keys_campaigns_wanted(self) -> None:
        if connection := self._with_connection():
            from chimera_tui.tui.screens.campaigns import open_campaigns

            self._command(open_campaigns(self, connection, self.main))

    def on_settings_panel_change(self, message: SettingsPanel.Change) -> None:
        if connection := self._with_connection():
            self._change(connection, message)

    @work(group="settings")
    async def _change(self, connection: Connection, change: SettingsPanel.Change) -> None:
        try:
            for agent in change.agents:
                await connection.change(agent, change.name, change.text)
        except ChimeraError as error:
            self.main.settings.refuse(str(error))
            self._say("error", str(error))

    def on_settings_panel_choose_model(self, message: SettingsPanel.ChooseModel) -> None:
        self._choose_model(message)

    @work(exclusive=True, group="model")
    async def _choose_model(self, message: SettingsPanel.ChooseModel) -> None:
        from chimera_tui.tui.screens.dialogs import ModelScreen

        view = self.main.projection
        settings = view.agents[message.agents[0]].settings
        server = view.servers.get(settings.host) if settings else None
        if settings is None or server is None or isinstance(server, ErrorInfo):
            self._say("warning", "the server's models are not known yet: F5 asks again")
            return
        for_whom = " and ".join(agent.label for agent in message.agents)
        model = await self.push_screen_wait(ModelScreen(server.models, settings.model, for_whom))
        if model is not None and (connection := self._with_connection()):
            self._change(connection, SettingsPanel.Change(message.agents, "model", model))

    def on_reading_pane_said(self, message: ReadingPane.Said) -> None:
        self._say("info", message.words)

    def on_cockpit_keys_leave_wanted(self, message: CockpitKeys.LeaveWanted) -> None:
        view = self.main.projection
        if view.busy and message.ask:
            self._ask_to_leave()
        else:
            self._leave()

    @work(exclusive=True, group="leave")
    async def _ask_to_leave(self) -> None:
        from chimera_tui.tui.screens.dialogs import LeaveScreen

        choice = await self.push_screen_wait(LeaveScreen(self.main.projection))
        if choice == "cancel" and self._connection is not None:
            try:
                await self._connection.cancel()
            except ChimeraError as error:
                self._say("error", str(error))
                return
        if choice is not None:
            self._leave()

    def _leave(self, return_code: int = 0) -> None:
        view = self.main.projection
        message = f"detached: run {view.run_id} goes on. The same command attaches again."
        self.exit(return_code=return_code, message=message if view.busy else None)

    # ---- look and palette ----------------------------------------------------------------------------

    def action_toggle_theme(self) -> None:
        self.theme = DARK.name if self.theme == LIGHT.name else LIGHT.name

    def action_command_palette(self) -> None:
        bring_back()
        super().action_command_palette()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers the cockpit's own actions, with their keys."""
        main = self.main
        for key in MAIN_KEYS:
            if key.id == "app.palette":
                continue

            async def run(action: str = key.action) -> None:
                await self.run_action(action, main if not action.startswith("toggle_theme") else self)

            yield SystemCommand(key.help, f"key {key.shown}", run)
