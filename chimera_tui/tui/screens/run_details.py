"""A run, or a series of them, told in full."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from chimera_tui.tui.keymap import DETAILS_KEYS
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LINE_CLASSES
from chimera_tui.tui.widgets.lines_scroll import LinesScroll, Make
from chimera_tui.tui.widgets.title_line import TitleLine


class RunDetailsScreen(Screen[None]):
    """Shows lines under a title; Esc, q or Enter closes it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LINE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in DETAILS_KEYS]

    def __init__(self, title: str, make: Make) -> None:
        super().__init__()
        self._title = title
        self._make = make

    def compose(self) -> ComposeResult:
        yield TitleLine("history", id="title")
        yield LinesScroll(self._make)
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.query_one(TitleLine).tell(self._title)
        self.query_one(LinesScroll).focus()

    def action_close(self) -> None:
        self.dismiss()
