from __future__ import annotations

import asyncio

from textual.app import App

from chimera_tui.tui.refetch import Refetch
from tests.support import eventually

LONG_S = 3_600.0


async def test_the_first_wish_is_fulfilled_at_once_and_the_next_after_a_pause() -> None:
    begun: list[None] = []
    app = App[None]()
    async with app.run_test():
        refetch = Refetch(app, lambda: begun.append(None), LONG_S)
        refetch.want()
        await eventually(lambda: begun, "the first")
        refetch.ended()
        refetch.want()
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(begun) == 1


async def test_what_is_wanted_while_it_is_read_is_read_once_more() -> None:
    begun: list[None] = []
    app = App[None]()
    async with app.run_test():
        refetch = Refetch(app, lambda: begun.append(None), 0.0)
        refetch.want()
        await eventually(lambda: begun, "the first")
        refetch.want()
        refetch.want()
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(begun) == 1
        refetch.ended()
        await eventually(lambda: len(begun) == 2, "the second")
        refetch.ended()
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(begun) == 2


async def test_while_nobody_looks_nothing_is_read_and_then_what_was_wanted() -> None:
    begun: list[None] = []
    app = App[None]()
    async with app.run_test():
        refetch = Refetch(app, lambda: begun.append(None), 0.0)
        refetch.hold()
        refetch.want()
        for _ in range(20):
            await asyncio.sleep(0)
        assert not begun
        refetch.release()
        await eventually(lambda: begun, "what was wanted")
