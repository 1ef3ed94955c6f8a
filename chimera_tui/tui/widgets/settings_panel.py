"""The settings of the next request, agent beside agent, changed in place by keys."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.options import OPTION_SPECS, AgentId, option_spec
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.widgets.key_bar import Keys
from chimera_tui.tui.widgets.lines import LinesWidget
from chimera_tui.tui.widgets.settings_lines import ROW_NAMES, SettingsView, settings_lines

SCOPES: tuple[tuple[AgentId, ...], ...] = ((AgentId.A,), (AgentId.A, AgentId.B), (AgentId.B,))
_OPTION_NAMES = frozenset(spec.name for spec in OPTION_SPECS)


class SettingsPanel(LinesWidget, can_focus=True):
    """Shows a projection's settings; asks for changes through messages and changes nothing itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "choose", show=False, id="settings.up"),
        Binding("down,j", "move(1)", "choose", key_display="↑↓", id="settings.down"),
        Binding("left,h", "scope(-1)", "for whom", show=False, id="settings.left"),
        Binding("right,l", "scope(1)", "for A B", key_display="←→", id="settings.right"),
        Binding("minus", "step(-1)", "less", key_display="-", id="settings.less"),
        Binding("plus,equals_sign", "step(1)", "more", key_display="+", id="settings.more"),
        Binding("enter", "edit", "type", key_display="⏎", id="settings.edit"),
        Binding("delete,backspace", "reset", "reset", key_display="Del", id="settings.reset"),
    ]

    class Change(Message):
        """Please set `name` of these agents to the typed text; None resets it."""

        def __init__(self, agents: tuple[AgentId, ...], name: str, text: str | None) -> None:
            self.agents = agents
            self.name = name
            self.text = text
            super().__init__()

    class ChooseModel(Message):
        """Please let the person choose a model for these agents."""

        def __init__(self, agents: tuple[AgentId, ...]) -> None:
            self.agents = agents
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._projection = Projection()
        self._row = ROW_NAMES.index("num_gpu")
        self._scope = 1
        self._typed: str | None = None
        self._was_typing = False
        self._error = ""

    @property
    def agents(self) -> tuple[AgentId, ...]:
        """Whom a change is for."""
        return SCOPES[self._scope]

    @property
    def row_name(self) -> str:
        return ROW_NAMES[self._row]

    def update(self, projection: Projection) -> None:
        self._projection = projection
        self._paint()

    def refuse(self, sentence: str) -> None:
        """Show why a change was not taken, until the next key."""
        self._error = sentence
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        if not has_focus:
            self._typed, self._error = None, ""
        self._paint()

    def typing_keys(self) -> Keys:
        """While a value is typed."""
        return [] if self._typed is None else [("⏎", "apply"), ("⌫", "correct"), ("Esc", "drop")]

    def _paint(self) -> None:
        if self._was_typing != (self._typed is not None):
            self._was_typing = self._typed is not None
            self.refresh_bindings()
        view = SettingsView(
            self._projection, self._row if self.has_focus else None, self.agents, self._typed, self._error
        )
        self.show(settings_lines(view, self.size.width, self.size.height))

    # ---- keys ----------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Typing a value comes before every binding, so that `1` can be part of a number."""
        if self._typed is None:
            if event.character and event.character in "0123456789." and self.row_name in _OPTION_NAMES:
                self._take(event, event.character)
            return
        if event.key == "enter":
            self._apply_typed()
        elif event.key == "escape":
            self._typed = None
        elif event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.is_printable and event.character:
            self._typed += event.character
        elif event.key in ("tab", "shift+tab"):
            return
        event.stop()
        event.prevent_default()
        self._paint()

    def _take(self, event: events.Key, character: str) -> None:
        self._typed, self._error = character, ""
        event.stop()
        event.prevent_default()
        self._paint()

    def _apply_typed(self) -> None:
        text, self._typed = self._typed or "", None
        name = self.row_name
        if name in _OPTION_NAMES:
            try:
                option_spec(name).parse(text)
            except SettingInvalid as error:
                self._error = str(error)
                return
        self._error = ""
        self.post_message(self.Change(self.agents, name, text or None))

    def action_move(self, direction: int) -> None:
        self._row = (self._row + direction) % len(ROW_NAMES)
        self._error = ""
        self._paint()

    def action_scope(self, direction: int) -> None:
        self._scope = max(0, min(len(SCOPES) - 1, self._scope + direction))
        self._paint()

    def action_step(self, direction: Literal[-1, 1]) -> None:
        self.step(self.row_name, direction)

    def step(self, name: str, direction: Literal[-1, 1]) -> None:
        """One step of an option for everyone in scope, each from its own value."""
        self._error = ""
        if name not in _OPTION_NAMES:
            self.action_edit()
            return
        for agent in self.agents:
            settings = self._projection.agents[agent].settings
            if settings is not None:
                value = option_spec(name).step(settings.options.get(name), direction)
                self.post_message(self.Change((agent,), name, str(value)))

    def action_edit(self) -> None:
        name = self.row_name
        if name == "model":
            self.post_message(self.ChooseModel(self.agents))
            return
        settings = self._projection.agents[self.agents[0]].settings
        if settings is None:
            return
        self._error = ""
        if name == "host":
            self._typed = settings.host
        elif name == "api":
            other = "generate" if settings.api == "chat" else "chat"
            self.post_message(self.Change(self.agents, "api", other))
        else:
            value = settings.options.get(name)
            self._typed = "" if value is None else str(value)
        self._paint()

    def action_reset(self) -> None:
        self._error = ""
        if self.row_name in _OPTION_NAMES:
            self.post_message(self.Change(self.agents, self.row_name, None))
        self._paint()
