"""What is drawn together is made ready in passes of the event loop of its own, and drawn in one."""

from __future__ import annotations

from asyncio import get_running_loop

from textual.app import App, ComposeResult
from textual.widgets import Static

from chimera_tui.tui.rounds import redraw
from tests.support import eventually


class _Passes:
    """Counts the passes of the event loop."""

    def __init__(self) -> None:
        self.number = 0
        self._call_soon = get_running_loop().call_soon
        self._count()

    def _count(self) -> None:
        self.number += 1
        self._call_soon(self._count)


class _Three(App[None]):
    def compose(self) -> ComposeResult:
        yield from (Static(id=name) for name in "abc")


async def test_each_is_made_ready_in_a_pass_of_its_own_and_all_are_drawn_in_one() -> None:
    async with _Three().run_test() as pilot:
        ready: dict[str, int] = {}
        drawn: dict[str, int] = {}
        passes = _Passes()
        for name in "abc":
            redraw(
                pilot.app.query_one(f"#{name}"),
                lambda name=name: ready.setdefault(name, passes.number),  # type: ignore[misc]
                lambda name=name: drawn.setdefault(name, passes.number),  # type: ignore[misc]
            )
        await eventually(lambda: len(drawn) == 3, "all are drawn")
        assert len(set(ready.values())) == 3
        assert len(set(drawn.values())) == 1
        assert max(ready.values()) < min(drawn.values())


async def test_a_widget_that_is_gone_keeps_none_of_the_others_waiting() -> None:
    async with _Three().run_test() as pilot:
        gone = pilot.app.query_one("#a")
        await gone.remove()
        drawn: list[str] = []
        redraw(gone, lambda: None, lambda: drawn.append("a"))
        redraw(pilot.app.query_one("#b"), lambda: None, lambda: drawn.append("b"))
        await eventually(lambda: "b" in drawn, "the one that is there is drawn")
        redraw(pilot.app.query_one("#c"), lambda: None, lambda: drawn.append("c"))
        await eventually(lambda: drawn == ["b", "c"], "and those who ask later")
