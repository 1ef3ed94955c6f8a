"""A series that waits to make a failed run again, as a person sees it and can act on it."""

from __future__ import annotations

import time

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.events import Event
from chimera_tui.domain.run_events import RunFinished
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.series import SeriesEnded, SeriesWaits
from chimera_tui.tui.screens.dialogs import LeaveScreen
from chimera_tui.tui.series_progress import wait_words
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.message_line import MessageLine
from chimera_tui.tui.widgets.top_bar import TopBar
from tests.support import eventually
from tests.tui.scripted import RUN
from tests.tui.scripted_history import place, run
from tests.tui.test_app import in_series, text, viewer

SMALL = (80, 24)
S = 1_000_000_000
SERIES_ID = place(1).series_id
DOWN = ErrorInfo("server_unreachable", "no answer from http://127.0.0.1:9", "http://127.0.0.1:9", "Is it running?")


def waits(seconds: float = 3600.0) -> list[Event]:
    """The first run of a series has failed."""
    failed = run(RUN, state=RunState.FAILED, series=place(1))
    until_ns = time.monotonic_ns() + round(seconds * S)
    return [*in_series(1), RunFinished(RUN, failed), SeriesWaits(SERIES_ID, DOWN, 2, 5, seconds, until_ns)]


def test_the_words_say_when_what_can_be_done_and_why() -> None:
    event = SeriesWaits(SERIES_ID, DOWN, 2, 5, 8.0, 10 * S)
    reason = "no answer from http://127.0.0.1:9. Is it running?"
    assert wait_words(event, 2 * S) == f"next try in 8 s: r now, x stop · failure 2 of 5 · {reason}"
    assert wait_words(event, 9 * S + 1).startswith("next try in 1 s: ")
    assert wait_words(event, 11 * S).startswith("trying again: ")


async def test_a_small_terminal_shows_when_the_next_try_is_and_the_keys() -> None:
    async with viewer(SMALL) as (app, connection, _):
        connection.script.put_nowait(waits())
        await eventually(lambda: "1 of 5 waits to try again" in text(app, TopBar), "the place")
        message = text(app, MessageLine)
        assert message.startswith(" ! next try in ") and len(message) <= 80
        assert "r now, x stop · failure 2 of 5 · no answer" in message
        await eventually(lambda: "x cancel" in text(app, KeyBar), "the key")
        assert "only A" not in text(app, KeyBar) and "again" not in text(app, KeyBar)


async def test_the_time_until_the_next_try_counts_down() -> None:
    async with viewer(SMALL) as (app, connection, _):
        connection.script.put_nowait(waits(1.5))
        await eventually(lambda: "next try in" in text(app, MessageLine), "the pause")
        await eventually(lambda: "trying again" in text(app, MessageLine), "the end of the pause")


async def test_r_tries_now_and_x_stops_while_other_runs_can_not_be_begun() -> None:
    async with viewer() as (app, connection, pilot):
        connection.script.put_nowait(waits())
        await eventually(lambda: app.main.projection.waiting, "the pause")
        await pilot.press("5", "1", "full_stop", "r", "x")
        await eventually(lambda: len(connection.commands) == 2, "both commands")
        assert connection.commands == [("retry",), ("cancel", None)]


async def test_q_asks_while_a_series_waits() -> None:
    async with viewer() as (app, connection, pilot):
        connection.script.put_nowait(waits())
        await eventually(lambda: app.main.projection.waiting, "the pause")
        await pilot.press("q")
        await eventually(lambda: isinstance(app.screen, LeaveScreen), "the question")


async def test_the_next_try_takes_the_words_back() -> None:
    async with viewer() as (app, connection, _):
        connection.script.put_nowait([*waits(), *in_series(1)])
        await eventually(lambda: "running · 1 of 5" in text(app, TopBar), "the run")
        assert not app.main.projection.waiting
        assert "next try" not in text(app, MessageLine)


async def test_a_series_that_ended_early_says_how_far_it_came_and_why() -> None:
    async with viewer(SMALL) as (app, connection, pilot):
        connection.script.put_nowait([*waits(), SeriesEnded(SERIES_ID, "incomplete", 3, 5, 7, DOWN)])
        await eventually(lambda: "✗ series incomplete · 3 of 5" in text(app, TopBar), "the end")
        assert text(app, MessageLine).startswith(" ✗ 3 of 5 runs measured, 7 failed: no answer from")
        await pilot.press("r")
        await eventually(lambda: connection.commands and connection.commands[0][0] == "start", "a new run")


async def test_a_series_that_was_stopped_while_it_waited_is_told_as_cancelled() -> None:
    async with viewer() as (app, connection, _):
        connection.script.put_nowait([*waits(), SeriesEnded(SERIES_ID, "cancelled", 3, 5, 7)])
        await eventually(lambda: "■ series cancelled · 3 of 5" in text(app, TopBar), "the end")
        assert not app.main.projection.busy
