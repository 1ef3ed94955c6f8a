from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from textual.pilot import Pilot

from chimera_tui.domain.errors import DaemonUnreachable
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.screens.compare import CompareScreen
from chimera_tui.tui.screens.dialogs import HelpScreen
from chimera_tui.tui.screens.history import HistoryScreen
from chimera_tui.tui.screens.run_details import RunDetailsScreen, SeriesScreen
from chimera_tui.tui.widgets.history_list import HistoryList
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LinesWidget
from chimera_tui.tui.widgets.lines_scroll import LinesScroll
from chimera_tui.tui.widgets.run_line import RunLine
from chimera_tui.tui.widgets.title_line import TitleLine
from tests.support import eventually
from tests.tui.scripted import ScriptedConnection, past
from tests.tui.scripted_history import comparison, many_runs, some_runs, statistics

WIDE, SMALL = (140, 40), (80, 24)
A, B = AgentId


@asynccontextmanager
async def history(
    runs: Sequence[RunSummary], size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[ChimeraApp, ScriptedConnection, Pilot[None]]]:
    """The viewer with its history open and the first page read."""
    connection = ScriptedConnection(history=list(runs), compared=comparison(), statistics=statistics())

    async def connect() -> ScriptedConnection:
        return connection

    app = ChimeraApp(connect)
    async with app.run_test(size=size) as pilot:
        connection.script.put_nowait(past())
        await eventually(lambda: app.main.projection.caught_up, "the past")
        await pilot.press("h")
        await eventually(lambda: isinstance(app.screen, HistoryScreen), "the history")
        await eventually(lambda: listed(app).window.total is not None, "the first page")
        await pilot.pause()
        yield app, connection, pilot


def listed(app: ChimeraApp) -> HistoryList:
    found = [screen for screen in app.screen_stack if isinstance(screen, HistoryScreen)]
    return found[0].query_one(HistoryList)


def text(app: ChimeraApp, widget: type[LinesWidget]) -> str:
    return app.screen.query_one(widget).text


def row(app: ChimeraApp, run_id: str) -> str:
    return next(line for line in text(app, HistoryList).splitlines() if run_id in line)


def body(app: ChimeraApp) -> str:
    return app.screen.query_one(LinesScroll).text


async def test_each_run_is_a_line_with_its_settings_and_figures() -> None:
    async with history(some_runs()) as (app, _, _):
        words = row(app, "t4y6mm").split()
        assert words[0] == "✓" and "19:00" in words and "A+B" in words and "gemma3" in words
        assert "20" in words and "4096" in words and "auto" in words  # num_gpu, num_ctx, temperature
        assert words.count("40.7") == 2 and "2,448" in words and "⚑1" in words
        assert "w 1/1" in row(app, "h8z2ws") and "5/5" in row(app, "w6qm3d")
        assert row(app, "n3b5ga").split()[0] == "✗" and row(app, "n3b5ga").endswith("sim")
        assert row(app, "k3v9qa").split()[0] == "●" and "40.7" not in row(app, "k3v9qa")


async def test_what_one_agent_did_not_do_is_empty_not_zero() -> None:
    async with history(some_runs()) as (app, _, _):
        words = row(app, "d7k9pe").split()
        assert words.count("40.7") == 1 and "0" not in words


async def test_on_a_small_terminal_the_rates_and_flags_stay() -> None:
    async with history(some_runs(), SMALL) as (app, _, _):
        titles = text(app, HistoryList).splitlines()[0]
        for title in ("run", "A tok/s", "B tok/s", "A ⌀TTFT", "B ⌀TTFT", "⚑"):
            assert title in titles
        assert all(len(line) <= 80 for line in text(app, HistoryList).splitlines())


async def test_the_lines_below_tell_settings_and_causes_of_the_run_under_the_cursor() -> None:
    async with history(some_runs()) as (app, _, pilot):
        await pilot.press(*["down"] * 6)
        about = text(app, RunLine)
        assert "h8z2ws" in about and "warm-up 1 of 1" in about and "num_gpu 80" in about
        assert "A cold load" in about and "B cached prompt" in about


async def test_the_key_bar_lists_what_can_be_done() -> None:
    async with history(some_runs()) as (app, _, pilot):
        bar = text(app, KeyBar)
        for words in ("details", "mark", "compare", "series", "back"):
            assert words in bar
        await pilot.press("question_mark")
        await eventually(lambda: isinstance(app.screen, HelpScreen), "the help")


async def test_an_empty_history_says_so_and_takes_every_key() -> None:
    async with history([]) as (app, connection, pilot):
        assert "no runs yet" in text(app, HistoryList)
        await pilot.press("down", "end", "pageup", "space", "c", "enter", "e")
        assert isinstance(app.screen, HistoryScreen)
        assert [command[0] for command in connection.commands] == ["page"]


def cursor(app: ChimeraApp) -> str:
    current = listed(app).current
    return "" if current is None else current.run_id


async def test_what_can_not_be_read_is_said() -> None:
    async with history(many_runs(300)) as (app, connection, pilot):
        connection.refuse = DaemonUnreachable("the daemon is gone")
        await pilot.press("end")
        await eventually(lambda: "the daemon is gone" in text(app, RunLine), "the sentence")


async def test_enter_tells_everything_about_a_run() -> None:
    async with history(some_runs()) as (app, _, pilot):
        await pilot.press(*["down"] * 7, "enter")
        await eventually(lambda: isinstance(app.screen, RunDetailsScreen), "the details")
        await pilot.pause()
        for words in (
            "run t4y6mm done",
            "/data/reports/chimera_runs/t4y6mm",
            "loading the model took 12.4 s",
            "= queue",
            "all 35 layers",
            "both      40.7 tok/s · mean TTFT 576 ms",
            "p50 24.1 ms · p95 26.2 ms · p99 40.3 ms",
            "sw_power_cap",
            "61.0",
            "1f0c9a7be2d4",
            "4.3B · Q4_K_M · 35 layers",
            "sha256 9f1c2d3e4b5a",
        ):
            assert words in body(app)
        await pilot.press("escape")
        assert isinstance(app.screen, HistoryScreen)


async def test_e_opens_all_runs_of_a_series_together() -> None:
    async with history(some_runs()) as (app, _, pilot):
        await pilot.press("down", "e")
        await eventually(lambda: isinstance(app.screen, RunDetailsScreen), "the series")
        await pilot.pause()
        for run_id in ("w6qm3d", "p2m4xy", "bfe27h", "x9crtk", "ja5nup", "h8z2ws"):
            assert f"run {run_id} done" in body(app)
        assert "t4y6mm" not in body(app)
        await pilot.press("escape", "end", "e")
        assert isinstance(app.screen, HistoryScreen) and "no series" in text(app, RunLine)


async def test_a_series_begins_with_what_it_comes_to_and_f_lets_disturbed_runs_count() -> None:
    async with history(some_runs()) as (app, connection, pilot):
        await pilot.press("down", "e")
        await eventually(lambda: isinstance(app.screen, SeriesScreen), "the series")
        await eventually(lambda: "95 % interval" in body(app), "the statistics")
        assert connection.commands[-1] == ("series_statistics", "p2m4xy", False)
        assert body(app).startswith("statistics   of 5 runs · warm-up apart: h8z2ws")
        assert "w 1/1  ⚑1 •1" in body(app)
        await pilot.press("f")
        await eventually(lambda: connection.commands[-1] == ("series_statistics", "p2m4xy", True), "the question")
        assert "disturbed runs count too" in text(app, TitleLine)


async def test_the_runs_of_a_series_can_be_read_while_its_statistics_are_computed_or_can_not_be() -> None:
    async with history(some_runs()) as (app, connection, pilot):
        connection.answering.clear()
        await pilot.press("down", "e")
        await eventually(lambda: isinstance(app.screen, SeriesScreen), "the series")
        await eventually(lambda: "run w6qm3d done" in body(app), "the runs")
        assert "computing …" in body(app)
        await pilot.press("pagedown")
        connection.refuse = DaemonUnreachable("the daemon is gone")
        connection.answering.set()
        await eventually(lambda: "✗ the daemon is gone" in body(app), "the sentence")
        assert "run w6qm3d done" in body(app) and app.screen.query_one(LinesScroll).scroll_y > 0


def calm_runs() -> list[RunSummary]:
    """Nothing disturbed the run that is older than the series."""
    return [replace(each, flags=()) if each.run_id == "t4y6mm" else each for each in some_runs()]


async def test_c_compares_with_the_run_before_of_the_same_model_and_says_which() -> None:
    async with history(calm_runs()) as (app, connection, pilot):
        await pilot.press("down", "c")
        await eventually(lambda: isinstance(app.screen, CompareScreen), "the comparison")
        await pilot.pause()
        series = ["w6qm3d", "p2m4xy", "bfe27h", "x9crtk", "ja5nup"]
        assert connection.commands[-1] == ("compare", ["t4y6mm"], series, False)
        assert "A = run t4y6mm, the nearest before" in text(app, TitleLine)
        await eventually(lambda: "figures" in body(app), "the figures")
        assert "B = series p2m4xy, 5 runs: " in body(app)


async def test_c_compares_two_marked_runs_with_each_other_wherever_the_cursor_is() -> None:
    async with history(some_runs()) as (app, connection, pilot):
        await pilot.press(*["down"] * 2, "space", "down", "space")
        assert "2 marked" in text(app, TitleLine) and row(app, "p2m4xy").startswith("◆")
        await pilot.press("end", "c")
        await eventually(lambda: isinstance(app.screen, CompareScreen), "the comparison")
        await eventually(lambda: connection.commands[-1][0] == "compare", "the question")
        assert connection.commands[-1] == ("compare", ["p2m4xy"], ["x9crtk"], False)
        assert "A = run p2m4xy, 4/5 of series p2m4xy · B = run x9crtk, 2/5 of series" in text(app, TitleLine)
        await pilot.press("escape", "escape")
        assert listed(app).window.marked == {} and isinstance(app.screen, HistoryScreen)
        await pilot.press("escape")
        assert app.screen is app.main


async def test_a_single_run_is_counted_as_one() -> None:
    async with history(some_runs()[-1:]) as (app, _, _):
        assert text(app, TitleLine).endswith(" 1 run")


async def test_a_comparison_shows_settings_figures_verdict_and_what_was_left_out() -> None:
    async with history(calm_runs()) as (app, connection, pilot):
        await pilot.press("down", "c")
        await eventually(lambda: isinstance(app.screen, CompareScreen) and "figures" in body(app), "the figures")
        for words in ("3.35× as fast", "20 of 35 layers", " 3.35×", "3.26 … 3.44×", "0.0079", "▲ decode rate",
                      "h8z2ws of B: cold load", "most likely too narrow"):  # fmt: skip
            assert words in body(app)
        assert body(app).count("3.35× as fast") == 1  # what the headline says is not said twice
        energy = next(line for line in body(app).splitlines() if "energy" in line)
        assert energy.count("–") == 5 and "0" not in energy
        connection.compared = comparison(flagged=True)
        await pilot.press("f")
        await eventually(lambda: "h8z2ws" not in body(app), "the other comparison")
        assert connection.commands[-1][-1] is True and "count too" in text(app, TitleLine)


async def test_a_comparison_that_fails_says_why() -> None:
    async with history(calm_runs()) as (app, connection, pilot):
        connection.refuse = DaemonUnreachable("the daemon is gone")
        await pilot.press("down", "c")
        await eventually(lambda: isinstance(app.screen, CompareScreen) and "is gone" in body(app), "the sentence")


async def test_a_run_that_goes_on_is_not_compared() -> None:
    async with history(some_runs()) as (app, _, pilot):
        await pilot.press("c")
        assert isinstance(app.screen, HistoryScreen) and "still going on" in text(app, RunLine)
