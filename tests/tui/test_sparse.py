"""Each partial update of a session holds the same cells as Textual's own compositor gives for it."""

from __future__ import annotations

import asyncio

import pytest
import textual
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.tui import sparse
from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.sparse import SparseCompositor, sparse_compositor
from chimera_tui.tui.widgets.live_pane import LivePane
from tests.support import eventually
from tests.tui.scripted import REPORT_A, REPORT_B, ScriptedConnection, finished, past, started, state, writes

A, B = AgentId


class Compared(SparseCompositor):
    """Has Textual make each update as well."""

    def __init__(self) -> None:
        super().__init__()
        self.compared = self.asked = 0

    def render_partial_update(self) -> ChopsUpdate | None:
        dirty = self._dirty_regions.copy()
        ours = super().render_partial_update()
        self._dirty_regions.update(dirty)
        theirs = Compositor.render_partial_update(self)
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            self.compared += 1
            assert (ours.spans, ours.chop_ends) == (theirs.spans, theirs.chop_ends)
            for span in ours.spans:
                assert drawn(ours, span) == drawn(theirs, span), span
        return ours


def drawn(update: ChopsUpdate, span: tuple[int, int, int]) -> dict[int, Strip]:
    """The strips that an update writes for a span, by their column."""
    y, start, end = span
    ends = update.chop_ends[y]
    chops = zip(ends, update.chops[y].items(), strict=True)
    return {x: strip for behind, (x, strip) in chops if strip is not None and x < end and behind > start}


@pytest.mark.parametrize("size", [(160, 48), (90, 26)])
async def test_a_session_is_composed_of_the_same_cells(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    compositor = Compared()
    monkeypatch.setattr(sparse, "SparseCompositor", lambda: compositor)
    connection = ScriptedConnection()

    async def connect() -> ScriptedConnection:
        return connection

    app = ChimeraApp(connect)
    async with app.run_test(size=size) as pilot:
        connection.script.put_nowait(past())
        await eventually(lambda: app.main.projection.caught_up, "the past")
        connection.script.put_nowait([*started(), *writes(A, "analysis", REPORT_A[:300])])
        for keys in (["down"], ["tab", "up"], ["slash", "a", "escape"], ["s", "down", "right", "3", "escape"]):
            await pilot.press(*keys)
        connection.script.put_nowait(
            [*writes(B, "analysis", REPORT_B), *state(A, AgentState.WRITING, step="analysis", rate_now=41.0)]
        )
        await eventually(lambda: app.main.pane(B).source, "B's text")
        await pilot.resize_terminal(size[0] + 10, size[1] + 2)
        for x, y, width, height in [(0, 0, 1, 1), (30, 3, 60, 9), (0, 10, size[0], 3), (41, 5, 2, 2)]:
            app.main._compositor._dirty_regions.add(Region(x, y, width, height))
            app.main._compositor_refresh()
        connection.script.put_nowait(finished())
        await pilot.press("tab", "pageup", "end", "c")
        assert compositor.compared > 10


class BareApp(App[None]):
    def get_default_screen(self) -> Screen[None]:
        screen = Screen[None]()
        screen._compositor = sparse_compositor(textual.__version__)
        return screen


async def test_a_widget_is_told_its_size_whoever_asked_for_its_place_before() -> None:
    app = BareApp()
    async with app.run_test(size=(40, 12)) as pilot:
        compositor = app.screen._compositor
        pane = LivePane("nothing yet")
        app.screen.mount(pane)
        while pane not in compositor.full_map:  # as when somebody asks for its region as soon as it has one
            compositor._full_map_invalidated = True
            await asyncio.sleep(0)
        await eventually(lambda: any("nothing" in strip.text for strip in compositor.render_strips()), "its text")
        pane.styles.height = 4
        app.screen._clear_arrangement_cache()  # as the layout will, which comes later
        compositor._full_map_invalidated = True
        assert compositor.full_map[pane].region.height == 4
        await eventually(lambda: pane._viewport.height == 4, "its new height")
        await pilot.pause()


def test_what_lies_in_front_hides_what_is_behind() -> None:
    compositor = SparseCompositor()
    wanted = {2: {0, 10}, 3: {10}}
    assert sparse._rows_under(Region(0, 0, 10, 9), wanted) == [2]
    assert sparse._rows_under(Region(5, 3, 10, 9), wanted) == [3]
    chops: dict[int, Strip | None] = {0: None, 4: Strip.blank(2), 6: None}
    sparse._put(chops, Strip.blank(10), Region(0, 0, 10, 1), [0, 4, 6, 10])
    assert [strip and strip.cell_length for strip in chops.values()] == [4, 2, 4]
    assert compositor.render_partial_update() is None


def test_other_versions_of_textual_keep_their_own() -> None:
    assert type(sparse_compositor("8.2.8")) is SparseCompositor
    assert type(sparse_compositor("8.99.0")) is Compositor
