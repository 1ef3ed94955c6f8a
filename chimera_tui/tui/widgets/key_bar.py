"""The last line: the keys that work here and now."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual.app import App
from textual.screen import ModalScreen, Screen

from chimera_tui.tui.keymap import FINDING_KEYS, PANE_KEYS
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, line_width

Keys = list[tuple[str, str]]
"""(key, word), as they are shown."""

_PANES = {key.id: rank for rank, key in enumerate((*FINDING_KEYS, *PANE_KEYS))}
_INVITES = FINDING_KEYS[0].id
"""Stands before all others once there is something to walk to."""
_READING = frozenset(("pane.next_match", "pane.close_finding"))
"""Keys that work only while a search goes on, or a number is told of."""


def bar_line(keys: Keys, width: int) -> Line:
    """As many (key, word) pairs as fit; the last one, help or the way out, always stays."""
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


@runtime_checkable
class Typed(Protocol):
    """A widget or screen in which something can be typed: every letter is text then, and few keys do anything."""

    def typing_keys(self) -> Keys:
        """What works while something is typed, the way out last; empty when nothing is."""
        ...


class KeyBar(LinesWidget):
    """Reads the screen's active bindings, so that it never shows a key that does nothing.

    While a dialog lies above, the keys are the dialog's; while something is typed, those that typing leaves.
    """

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_updated)
        self.app.screen_change_signal.subscribe(self, lambda screen: self._paint())

    def on_resize(self) -> None:
        self._paint()

    def _bindings_updated(self, screen: Screen[object]) -> None:
        if screen is self.screen and self.is_attached:
            self._paint()

    def _paint(self) -> None:
        app: App[object] = self.app
        if not self.is_attached or self.screen not in app.screen_stack:
            return
        above = app.screen
        screen = above if isinstance(above, ModalScreen) else self.screen
        self.show([bar_line(_typing_keys(screen) or _active_keys(screen), self.size.width)])


def _typing_keys(screen: Screen[object]) -> Keys:
    """Of the innermost part of the screen, around what has the focus, in which something is typed."""
    around = (screen.focused or screen).ancestors_with_self
    typed = (part.typing_keys() for part in around if isinstance(part, Typed))
    return next((keys for keys in typed if keys), [])


def _active_keys(screen: Screen[object]) -> Keys:
    seen: dict[str, tuple[str, str]] = {}
    active = screen.active_bindings
    # A pane's own keys stand behind those that work everywhere and show where there is room; those of a search
    # that goes on, or of a number that is told of, are what somebody looks for now.
    reading = any(each.enabled and each.binding.id in _READING for each in active.values())
    order = sorted(active.values(), key=lambda each: _rank(each.binding.id, reading))
    for each in order:
        binding = each.binding
        if binding.show and each.enabled and binding.action not in seen:
            seen[binding.action] = (screen.app.get_key_display(binding), binding.description)
    help_key = seen.pop("help", None)
    return list(seen.values()) + ([help_key] if help_key else [])


def _rank(key_id: str | None, reading: bool) -> int:
    if reading:
        return _PANES.get(key_id or "", len(_PANES))
    return -1 if key_id == _INVITES else key_id in _PANES
