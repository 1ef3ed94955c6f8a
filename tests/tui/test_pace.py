"""Panes draw by the pauses of the clock, together, and less often once text comes too fast to be read."""

from __future__ import annotations

import pytest
from textual.app import App

from chimera_tui.tui import pace as pace_module
from chimera_tui.tui.pace import Pace
from tests.support import eventually


class Clock:
    """Stands still between two settings."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(pace_module, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def new_pace() -> Pace:
    return Pace(App(), lambda: None, lambda: None, fps=10)


def begin(pace: Pace, chars: int = 10, *, is_whole: bool = True) -> bool:
    return pace.begin(chars=chars, width=80, is_whole=is_whole)


def test_once_in_each_pause_of_the_clock(clock: Clock) -> None:
    pace = new_pace()
    drawn = 0
    for step in range(100):
        clock.now = 1000.003 + step / 100
        drawn += begin(pace)
    assert drawn == 10


def test_half_as_often_while_each_redraw_brings_half_a_line_and_as_often_again_after_it(clock: Clock) -> None:
    pace = new_pace()
    drawn: list[bool] = []
    for step in range(12):
        clock.now = 1000.05 + step / 10
        drawn.append(begin(pace, chars=41 if step < 6 else 10))
    assert drawn == [True, False, True, False, True, False, True, True, True, True, True, True]


def test_a_third_as_often_while_each_redraw_brings_more_than_two_lines(clock: Clock) -> None:
    pace = new_pace()
    drawn: list[bool] = []
    for step in range(13):
        clock.now = 999.05 + step / 10
        drawn.append(begin(pace, chars=161))
    assert [step for step, is_drawn in enumerate(drawn) if is_drawn] == [0, 3, 6, 9, 12]


def test_two_panes_that_began_apart_draw_together(clock: Clock) -> None:
    paces = [new_pace(), new_pace()]
    clock.now = 1000.05
    begin(paces[0], chars=80)
    clock.now = 1000.15
    begin(paces[1], chars=80)
    for step in range(2, 10):
        clock.now = 1000.05 + step / 10
        first, second = (begin(pace, chars=80) for pace in paces)
        assert first == second == (step % 2 == 0)


def test_what_is_not_ready_waits_for_the_rest_but_not_for_ever(clock: Clock) -> None:
    pace = new_pace()
    assert begin(pace)
    clock.now += 0.15
    assert not begin(pace, is_whole=False)
    clock.now += 0.1
    assert begin(pace, is_whole=False)


async def test_the_last_text_is_drawn_at_once_and_none_waits_for_ever() -> None:
    drawn: list[str] = []

    async with App[None]().run_test() as pilot:
        pace = Pace(pilot.app, lambda: None, lambda: drawn.append("drawn") if begin(pace) else None, fps=10)
        pace.ask()
        await eventually(lambda: drawn == ["drawn"], "the first")
        pace.ask()
        pace.hurry()
        await pilot.pause()
        assert drawn == ["drawn"] * 2
        pace.ask()
        await eventually(lambda: drawn == ["drawn"] * 3, "what comes after it")
