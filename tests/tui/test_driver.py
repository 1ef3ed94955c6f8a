"""What is known of the way to the terminal and of who sits at it."""

from __future__ import annotations

import asyncio
from math import inf

import pytest
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.message import Message

from chimera_tui.tui import driver as own
from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.driver import is_answering, own_driver
from chimera_tui.tui.output import sent_bytes
from chimera_tui.tui.ports import Connection
from tests.support import eventually

WIDE = (160, 48)


class Written(HeadlessDriver):
    """Keeps what it was given to write and to send."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.sent: list[Message] = []

    def write(self, data: str) -> None:
        self.texts.append(data)

    def send_message(self, message: Message) -> None:
        self.sent.append(message)


def test_what_is_written_is_counted_as_bytes_and_goes_on_unchanged() -> None:
    driver = own_driver(Written)()  # type: ignore[call-arg]  # needs no application
    assert sent_bytes(driver) == 0
    for text in ("abc", "⚑", "\udc80"):
        driver.write(text)
    assert sent_bytes(driver) == 7
    assert driver.texts == ["abc", "⚑", "\udc80"]  # type: ignore[attr-defined]


def test_a_driver_that_does_not_count_has_sent_nobody_knows_what() -> None:
    assert sent_bytes(Written()) is None
    assert sent_bytes(None) is None


def test_a_key_is_answered_for_a_while_and_then_text_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(own, "monotonic", lambda: now)
    driver = own_driver(Written)()  # type: ignore[call-arg]
    assert not is_answering(driver)
    answering = []
    for number in range(100):  # a key held down, faster than any terminal repeats it
        now = 100 + number / 1000
        driver.send_message(events.Key("down", None))
        answering.append(is_answering(driver))
    assert len(driver.sent) == 100  # type: ignore[attr-defined]
    assert answering[0]
    assert 60 <= sum(answering) <= 75, "text has a third of the time"
    now += 0.02
    assert not is_answering(driver)


def test_what_the_terminal_says_of_itself_is_no_key() -> None:
    driver = own_driver(Written)()  # type: ignore[call-arg]
    driver.send_message(events.AppFocus())
    assert not is_answering(driver)
    assert not is_answering(Written()), "a driver that notes nothing"
    assert not is_answering(None)


async def never() -> Connection:
    await asyncio.Event().wait()
    raise AssertionError


async def test_the_answer_to_a_key_is_drawn_without_waiting_for_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    app = ChimeraApp(never)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        monkeypatch.setattr(app.main._update_timer, "resume", lambda: None)  # a clock that never strikes
        app.main._update_timer.pause()
        app.main.settings.refresh()
        await eventually(lambda: app.main.settings in app.main._dirty_widgets, "something to draw")
        for _ in range(20):
            await asyncio.sleep(0)
        assert app.main._dirty_widgets, "it waits for the clock"
        monkeypatch.setattr(app._driver, "acted_at", inf, raising=False)
        app.main.settings.refresh()
        await eventually(lambda: not app.main._dirty_widgets, "the answer is drawn")
