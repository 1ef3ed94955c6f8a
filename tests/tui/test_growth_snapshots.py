"""Plots of growing rows, looked at before they are accepted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from chimera_tui.tui.screens.growth import GrowthScreen
from chimera_tui.tui.themes import DARK, LIGHT
from chimera_tui.tui.widgets.growth_panel import GrowthPanel
from tests.support import eventually
from tests.tui.screens.test_growth import PATH, Harness, Source
from tests.tui.widgets.test_growth_lines import BEGIN, MINUTE, growth, series

SMALL, LARGE = (80, 24), (200, 50)
STATES = {
    "two columns": (SMALL, ("right",), "ttft_ms · ms · beside it", False),
    "our runs": (LARGE, ("left", "left"), "A and B", False),
    "light": (SMALL, (), "column 1 of 2", True),
}


def source() -> Source:
    """Four hundred minutes of a rate with a dip, and of a TTFT with peaks."""
    rate = [41 + 3 * math.sin(n / 20) + n % 7 / 5 - (7 if 200 <= n < 215 else 0) for n in range(400)]
    ttft = [230.0 + n * n % 53 + (300 if n % 67 == 0 else 0) for n in range(400)]
    told = growth(series("tokens_per_s", "tok/s", rate), series("ttft_ms", "ms", ttft))
    newest = BEGIN + 399 * MINUTE
    notes = ("the last line has no end yet and is held back",)
    return Source(replace(told, rows=400, grown_ns=newest, told_ns=newest + MINUTE // 2, notes=notes))


def prepared(keys: tuple[str, ...], shows: str) -> Callable[[Pilot[None]], object]:
    async def prepare(pilot: Pilot[None]) -> None:
        screen = GrowthScreen(source(), PATH)
        await pilot.app.push_screen(screen)
        await eventually(lambda: screen.plotted.growth is not None, "the first answer")
        await pilot.press(*keys)
        await eventually(lambda: shows in screen.query_one(GrowthPanel).text, shows)
        await eventually(lambda: not screen._is_asking, "the last answer")
        await pilot.pause()

    return prepare


@pytest.mark.parametrize("name", STATES)
def test_the_plot_looks_as_it_was_accepted(name: str, snap_compare) -> None:  # type: ignore[no-untyped-def]
    size, keys, shows, light = STATES[name]
    app = Harness()
    app.theme = LIGHT.name if light else DARK.name
    assert snap_compare(app, terminal_size=size, run_before=prepared(keys, shows))


def test_without_colour_the_plot_tells_the_same(  # type: ignore[no-untyped-def]
    snap_compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    run_before = prepared(("left",), "our TTFT")
    assert snap_compare(Harness(), terminal_size=SMALL, run_before=run_before)
