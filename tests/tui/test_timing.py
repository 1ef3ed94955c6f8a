"""A timer comes, also when the process loses its core just when it is made."""

from __future__ import annotations

import itertools

import pytest
from textual.app import App, ComposeResult

from chimera_tui.tui.timing import once
from chimera_tui.tui.widgets.live_pane import LivePane
from tests.support import eventually


class PaneApp(App[None]):
    def compose(self) -> ComposeResult:
        yield LivePane()


def shown(pane: LivePane) -> str:
    return "\n".join(pane.render_line(row).text for row in range(pane.size.height))


@pytest.fixture
def halting(monkeypatch: pytest.MonkeyPatch) -> None:
    """To Textual's timers it seems that five milliseconds pass between any two looks at the clock."""
    looks = itertools.count()
    monkeypatch.setattr("textual.timer._time.get_time", lambda: 0.005 * next(looks))


async def test_a_pane_shows_all_its_text_however_its_timers_fare(halting: None) -> None:
    app = PaneApp()
    async with app.run_test(size=(40, 12)):
        pane = app.query_one(LivePane)
        for number in range(5):
            pane.feed(f"{'word ' * 300}\n\nline {number}\n\n")
            await eventually(lambda last=f"line {number}": last in shown(pane), f"line {number}")


async def test_a_timer_of_no_time_comes_and_one_of_a_widget_that_is_gone_does_not() -> None:
    app = PaneApp()
    called: list[str] = []
    async with app.run_test():
        pane = app.query_one(LivePane)
        once(pane, 0, lambda: called.append("none"))
        once(pane, -1, lambda: called.append("past"))
        once(pane, 1e-6, lambda: called.append("short"))
        once(pane, 60, lambda: called.append("cancelled")).cancel()
        await eventually(lambda: len(called) == 3, "the timers")
        gone = once(pane, 0.05, lambda: called.append("gone"))
        await pane.remove()
        await eventually(lambda: gone.when() < gone._loop.time() - 0.01, "the time of the last one")
    assert called == ["none", "past", "short"]
