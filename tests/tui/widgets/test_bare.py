"""Rows as Textual's own way of rendering gives them."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.ports import Connection
from chimera_tui.tui.widgets.bare import BareWidget
from chimera_tui.tui.widgets.lines import LINE_CLASSES, LinesWidget
from chimera_tui.tui.widgets.live_pane import LivePane
from tests.support import eventually

TEXT = "# A `title`\n\n| a | b |\n|-|-|\n| 1 | *2* |\n\n```python\nx = 1\n```\n" * 5
CROPS = [Region(*crop) for crop in ((0, 0, 40, 12), (0, 3, 40, 1), (7, 2, 11, 6), (39, 11, 1, 1), (0, 0, 39, 12))]


class Rows(App[None]):
    COMPONENT_CLASSES = LINE_CLASSES

    def __init__(self, css: str, *, no_color: bool) -> None:
        super().__init__(ansi_color=False)
        self.stylesheet.add_source(f"Screen {{ background: blue 20%; }} LivePane, LinesWidget {{ {css} }}")
        assert self.no_color is no_color

    def compose(self) -> ComposeResult:
        yield LivePane()
        yield LinesWidget()


def same(ours: list[Strip], theirs: list[Strip]) -> bool:
    return [list(row) for row in map(Strip.simplify, ours)] == [list(row) for row in map(Strip.simplify, theirs)]


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize(
    "css", ["", "border-left: vkey red;", "padding: 1 2;", "tint: red 40%;", "opacity: 50%;", "text-opacity: 30%;"]
)
async def test_every_crop_holds_the_same_cells(css: str, no_color: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)
    app = Rows(f"height: 12; width: 40; {css}", no_color=no_color)
    async with app.run_test(size=(40, 24)) as pilot:
        pane, lines = app.query_one(LivePane), app.query_one(LinesWidget)
        pane.feed(TEXT)
        pane.finish()
        await eventually(lambda: pane.line_count > 12, "the text")
        await pilot.pause()
        for widget in (pane, lines):
            assert isinstance(widget, BareWidget)
            for crop in CROPS:
                widget._styles_cache.clear()
                assert same(widget.render_lines(crop), Widget.render_lines(widget, crop)), (widget, crop)


async def test_containers_whose_rows_are_one_look_as_textual_makes_them() -> None:
    async def never() -> Connection:
        await asyncio.Event().wait()
        raise AssertionError

    app = ChimeraApp(never)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.pause()
        even = [app.main, *app.main.query("EvenHorizontal, AgentColumn")]
        assert len(even) == 5
        for widget in even:
            for crop in (Region(0, 0, *widget.size), Region(1, 2, 30, 3), Region(0, 1, 4, 0)):
                assert widget.render_lines(crop) == Widget.render_lines(widget, crop)
