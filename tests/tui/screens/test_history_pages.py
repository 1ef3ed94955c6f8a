"""The history of any number of runs: what is read, what is held, and what stays in its place meanwhile."""

from __future__ import annotations

from textual.pilot import Pilot

from chimera_tui.domain.run_events import RunFinished
from chimera_tui.domain.run_state import RunState
from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.run_details import IN_FULL
from chimera_tui.tui.run_window import KEPT, PAGE
from chimera_tui.tui.screens.compare import CompareScreen
from chimera_tui.tui.screens.history import HistoryScreen
from chimera_tui.tui.screens.run_details import SeriesScreen
from chimera_tui.tui.widgets.history_list import HistoryList
from chimera_tui.tui.widgets.lines_scroll import LinesScroll
from chimera_tui.tui.widgets.run_line import RunLine
from chimera_tui.tui.widgets.title_line import TitleLine
from tests.support import eventually
from tests.tui.screens.test_history import cursor, history, listed, row, text
from tests.tui.scripted import started
from tests.tui.scripted_history import many_runs, place, run, some_runs


def held(app: ChimeraApp) -> list[str]:
    return [each.run_id for each in listed(app).window.held]


async def reading(app: ChimeraApp, pilot: Pilot[None]) -> None:
    await eventually(lambda: listed(app).wanted is None, "the rows near the screen")
    await pilot.pause()


async def test_ten_thousand_runs_open_with_one_page_and_more_come_as_the_cursor_moves() -> None:
    async with history(many_runs(10_000)) as (app, connection, pilot):
        assert connection.commands == [("page", PAGE, 0)]
        assert "10,000 runs" in text(app, TitleLine)
        await pilot.press(*["pagedown"] * 3)
        await reading(app, pilot)
        assert connection.commands == [("page", PAGE, 0), ("page", PAGE, PAGE)]
        assert "…" not in text(app, HistoryList)


async def test_a_screen_higher_than_a_page_is_filled_when_it_opens_and_when_it_grows() -> None:
    async with history(many_runs(10_000), (140, 150)) as (app, _, pilot):
        await reading(app, pilot)
        assert f"r{PAGE + 20:05d}" in text(app, HistoryList)
        await pilot.resize_terminal(140, 260)
        await eventually(lambda: f"r{2 * PAGE + 20:05d}" in text(app, HistoryList), "the third page")


async def test_end_home_and_pages_ask_for_what_they_show_and_for_nothing_between() -> None:
    async with history(many_runs(10_000)) as (app, connection, pilot):
        await pilot.press("end")
        await reading(app, pilot)
        assert cursor(app) == "r09999" and "r09999" in text(app, HistoryList)
        asked = len(connection.commands)
        assert asked <= 3
        await pilot.press("home")
        await pilot.pause()
        assert cursor(app) == "r00000" and "r00000" in text(app, HistoryList)
        assert len(connection.commands) == asked  # the newest page is always held
        await pilot.press("end", "pageup", "pageup", "pageup", "pageup")
        await reading(app, pilot)
        assert "…" not in text(app, HistoryList)
        skips = [command[2] for command in connection.commands]
        assert all(skip == 0 or (isinstance(skip, int) and skip > 9_500) for skip in skips)


async def test_what_is_held_is_bounded_however_far_the_reader_goes_and_marks_stay() -> None:
    async with history(many_runs(3_000)) as (app, _, pilot):
        await pilot.press("end")
        await reading(app, pilot)
        await pilot.press("space")
        for _ in range(60):
            listed(app).action_page(-1)
            await reading(app, pilot)
        assert len(held(app)) <= 3 * PAGE + 2 * KEPT
        assert "r02999" in held(app) and "r02500" not in held(app)
        await pilot.press("end")
        await reading(app, pilot)
        assert row(app, "r02999").startswith("◆")


async def test_a_key_before_its_row_is_read_does_nothing_and_says_so() -> None:
    async with history(many_runs(3_000)) as (app, connection, pilot):
        connection.answering.clear()
        await pilot.press("end", "space", "enter", "c", "e")
        await pilot.pause()
        assert isinstance(app.screen, HistoryScreen) and listed(app).window.marked == {}
        assert cursor(app) == "" and "reading …" in text(app, RunLine)
        connection.answering.set()
        await reading(app, pilot)
        assert cursor(app) == "r02999" and "r02999" in text(app, RunLine)


async def test_a_run_that_ends_meanwhile_is_put_in_its_line_and_the_cursor_stays() -> None:
    async with history(some_runs()[1:]) as (app, connection, pilot):
        await pilot.press("down")
        before = listed(app).current
        connection.script.put_nowait(started())
        await eventually(lambda: state_of_newest(app) is RunState.RUNNING, "the new run")
        assert listed(app).current is before
        connection.script.put_nowait([RunFinished("k3v9qa", run("k3v9qa"))])
        await eventually(lambda: state_of_newest(app) is RunState.DONE, "its end")
        assert held(app).count("k3v9qa") == 1


def state_of_newest(app: ChimeraApp) -> RunState | None:
    newest = listed(app).window.run(0)
    return None if newest is None else newest.state


async def test_a_run_that_began_before_a_page_told_of_it_is_there_once_and_rows_below_stay() -> None:
    async with history(many_runs(3_000)) as (app, connection, pilot):
        connection.history.insert(0, run("k3v9qa", agents=(), state=RunState.RUNNING))
        await pilot.press("end")
        await reading(app, pilot)
        assert cursor(app) == "r02999" and "3,001 runs" in text(app, TitleLine)
        connection.script.put_nowait(started())
        await eventually(lambda: "k3v9qa" in held(app), "the new run")
        assert cursor(app) == "r02999" and "3,001 runs" in text(app, TitleLine)
        await pilot.press("home")
        await reading(app, pilot)
        lines = text(app, HistoryList).splitlines()
        assert "k3v9qa" in lines[1] and "r00000" in lines[2]


async def test_a_series_that_is_longer_than_what_is_held_is_told_whole() -> None:
    older = many_runs(900)
    series = [run(f"s{n:05d}", n, series=place(700 - n, 700)) for n in range(700)]
    async with history([*series, *older]) as (app, connection, pilot):
        await pilot.press("down", "e")
        await eventually(lambda: isinstance(app.screen, SeriesScreen), "the series")
        await pilot.pause()
        assert "700 runs" in text(app, TitleLine)
        told = app.screen.query_one(LinesScroll).text
        assert all(each.run_id in told for each in series) and told.count("reports saved in") == IN_FULL
        assert "Enter in the history tells any other" in told
        await pilot.press("escape", "c")
        await eventually(lambda: isinstance(app.screen, CompareScreen), "the comparison")
        await eventually(lambda: connection.commands[-1][0] == "compare", "the question")
        assert connection.commands[-1][1] == ["r00000"]
        assert len(listed(app).window.held) < 900
