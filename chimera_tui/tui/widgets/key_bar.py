"""The last line: the keys that work here and now."""

from __future__ import annotations

from textual.app import App
from textual.screen import Screen

from chimera_tui.tui.keymap import PANE_KEYS
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, line_width

_PANES = frozenset(key.id for key in PANE_KEYS)


def bar_line(keys: list[tuple[str, str]], width: int) -> Line:
    """As many (key, word) pairs as fit; the last one, help, always stays."""
    if not keys:
        return ()
    spans: list[Span] = []
    last = ((f" {keys[-1][0]}", "key"), (f" {keys[-1][1]} ", "label"))
    room = width - line_width(last)
    for key, word in keys[:-1]:
        pair: tuple[Span, ...] = ((f" {key}", "key"), (f" {word} ", "label"))
        if line_width(pair) > room:
            break
        room -= line_width(pair)
        spans += pair
    return (*spans, *last)


class KeyBar(LinesWidget):
    """Reads the screen's active bindings, so that it never shows a key that does nothing."""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_updated)

    def on_resize(self) -> None:
        self._paint()

    def _bindings_updated(self, screen: Screen[object]) -> None:
        if screen is self.screen and self.is_attached:
            self._paint()

    def _paint(self) -> None:
        app: App[object] = self.app
        seen: dict[str, tuple[str, str]] = {}
        # A pane's own keys stand behind those that work everywhere: they show where there is room.
        everywhere_first = sorted(self.screen.active_bindings.values(), key=lambda each: each.binding.id in _PANES)
        for active in everywhere_first:
            binding = active.binding
            if binding.show and active.enabled and binding.action not in seen:
                seen[binding.action] = (app.get_key_display(binding), binding.description)
        help_key = seen.pop("help", None)
        keys = list(seen.values()) + ([help_key] if help_key else [])
        self.show([bar_line(keys, self.size.width)])
