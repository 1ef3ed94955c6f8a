"""A terminal that gets smaller and larger again while the viewer runs."""

from __future__ import annotations

import asyncio

from textual.widgets import Static

from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.ports import Connection
from chimera_tui.tui.widgets.agent_column import AgentColumn
from chimera_tui.tui.widgets.pane_tabs import PaneTabs

WIDE, NARROW, SMALL = (160, 48), (90, 26), (60, 20)


async def never() -> Connection:
    await asyncio.Event().wait()
    raise AssertionError


async def test_tabs_come_with_a_narrow_terminal_and_go_with_a_wide_one() -> None:
    app = ChimeraApp(never)
    async with app.run_test(size=WIDE) as pilot:
        assert not app.main.query(PaneTabs)
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        tabs = app.main.query_one(PaneTabs)
        assert tabs.region.height == 1
        assert "collector" in tabs.text
        assert not app.main.query_one("#column-a", AgentColumn).region
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert not tabs.region
        assert app.main.query_one("#column-a", AgentColumn).region


async def test_a_terminal_that_is_too_small_says_what_it_needs() -> None:
    app = ChimeraApp(never)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.resize_terminal(*SMALL)
        await pilot.pause()
        words = app.main.query_one("#too-small", Static)
        assert words.region
        assert "60×20" in str(words.render())
