from __future__ import annotations

from typing import ClassVar

import pytest
from rich.console import RenderableType
from textual.app import ComposeResult
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from chimera_tui.tui.hiding import HidingApp
from tests.support import eventually


class Opaque(Screen[None]):
    CSS = "Opaque { background: black; }"


class Clear(ModalScreen[None]):
    CSS = "Clear { background: black 50%; }"


class Counting(HidingApp):
    ENABLE_COMMAND_PALETTE = False
    SCREENS: ClassVar = {"opaque": Opaque, "clear": Clear}

    def __init__(self) -> None:
        super().__init__()
        self.drawn = 0

    def compose(self) -> ComposeResult:
        yield Static("before")

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        self.drawn += 1
        super()._display(screen, renderable)


@pytest.mark.parametrize(("name", "is_seen"), [("opaque", False), ("clear", True)])
async def test_what_changes_behind_a_screen_is_drawn_when_it_is_seen(name: str, is_seen: bool) -> None:
    app = Counting()
    async with app.run_test() as pilot:
        below = app.query_one(Static)
        await app.push_screen(name)
        await pilot.pause()
        await pilot.pause()
        drawn = app.drawn
        below.update("after")
        await pilot.pause(0.1)
        assert (app.drawn > drawn) == is_seen
        app.pop_screen()
        await eventually(lambda: "after" in str(app.screen._compositor.render_strips()[0]), "the change")
