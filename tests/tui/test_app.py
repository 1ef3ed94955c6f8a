from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from textual.pilot import Pilot

from chimera_tui.domain.errors import RunInProgress, SettingInvalid
from chimera_tui.domain.events import Event
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import ReportSaved, RunFinished, RunStarted, TelemetrySampled
from chimera_tui.domain.runs import RunRequest
from chimera_tui.domain.telemetry import HostSample, TelemetrySample
from chimera_tui.settings.model import AS_IT_COMES, ViewerSettings
from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.screens.dialogs import HelpScreen, LeaveScreen, ModelScreen
from chimera_tui.tui.screens.preview import PreviewScreen
from chimera_tui.tui.widgets.agent_header import AgentHeader
from chimera_tui.tui.widgets.inventory_tree import InventoryTree
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LinesWidget
from chimera_tui.tui.widgets.message_line import MessageLine
from chimera_tui.tui.widgets.metrics_panel import MetricsPanel
from chimera_tui.tui.widgets.settings_panel import SettingsPanel
from chimera_tui.tui.widgets.top_bar import TopBar
from tests.support import eventually
from tests.tui.scripted import (
    REPORT_A,
    RUN,
    ScriptedConnection,
    finished,
    past,
    request,
    settings,
    started,
    state,
    writes,
)
from tests.tui.scripted_history import CACHED, COLD, place, run

WIDE = (200, 50)
A, B = AgentId


@asynccontextmanager
async def viewer(
    size: tuple[int, int] = WIDE,
    look: ViewerSettings = AS_IT_COMES,
) -> AsyncIterator[tuple[ChimeraApp, ScriptedConnection, Pilot[None]]]:
    connection = ScriptedConnection()

    async def connect() -> ScriptedConnection:
        return connection

    app = ChimeraApp(connect, look=look)
    async with app.run_test(size=size) as pilot:
        connection.script.put_nowait(past())
        await eventually(lambda: app.main.projection.caught_up, "the past")
        await pilot.pause()
        yield app, connection, pilot


def in_series(index: int) -> list[Event]:
    begun = started()[0]
    assert isinstance(begun, RunStarted)
    return [replace(begun, series=place(index))]


def text(app: ChimeraApp, widget: type[LinesWidget], selector: str = "") -> str:
    return app.main.query_one(selector or widget, widget).text


async def test_the_first_line_says_what_is_watched_and_that_the_server_is_simulated() -> None:
    async with viewer() as (app, _, _):
        bar = text(app, TopBar)
        assert "reports" in bar and "SIMULATED" in bar and "no run yet" in bar and "0.33.3" in bar


async def test_r_runs_both_and_1_and_2_run_one() -> None:
    async with viewer() as (_, connection, pilot):
        await pilot.press("r", "1", "2")
        await eventually(lambda: len(connection.commands) == 3, "three commands")
        assert connection.commands == [
            ("start", RunRequest((A, B))),
            ("start", RunRequest((A,))),
            ("start", RunRequest((B,))),
        ]


def keys(app: ChimeraApp) -> str:
    return text(app, KeyBar).strip()


async def test_the_key_bar_shows_while_something_is_typed_what_works_then() -> None:
    async with viewer() as (app, _, pilot):
        everywhere = keys(app)
        assert "r run" in everywhere and everywhere.endswith("? help")
        await pilot.press("slash")
        assert keys(app) == "⏎ keep the filter  Tab next pane  Esc all files"
        await pilot.press("j", "enter")
        assert "Esc all files" in keys(app) and "r run" in keys(app)
        await pilot.press("escape")
        assert keys(app) == everywhere
        await pilot.press("5")
        assert keys(app) == "0–9 count  r run 5×  w warm-up  Esc no count"
        await pilot.press("escape", "s")
        of_settings = keys(app)
        await pilot.press("2")
        assert keys(app) == "⏎ apply  ⌫ correct  Esc drop"
        await pilot.press("escape")
        assert keys(app) == of_settings


async def test_the_key_bar_of_a_search_shows_how_to_walk_the_matches_and_to_end_it() -> None:
    async with viewer() as (app, connection, pilot):
        connection.script.put_nowait([*started(), *writes(A, "analysis", REPORT_A)])
        await eventually(lambda: app.main.pane(A).line_count, "the text")
        await pilot.press("tab", "slash", "e")
        assert keys(app) == "⏎ keep the search  Tab next pane  Esc end it"
        await pilot.press("enter")
        assert keys(app).startswith("/ search  n next  N previous") and "Esc end" in keys(app)
        await pilot.press("escape")
        assert "n next" not in keys(app) and "x cancel" in keys(app)


async def test_the_key_bar_under_a_dialog_shows_the_dialogs_keys() -> None:
    async with viewer() as (app, connection, pilot):
        connection.script.put_nowait(started())
        await eventually(lambda: app.main.projection.running, "the run")
        everywhere = keys(app)
        await pilot.press("q")
        await eventually(lambda: isinstance(app.screen, LeaveScreen), "the question")
        assert keys(app) == "d detach  x cancel and quit  Esc stay"
        await pilot.press("escape")
        await eventually(lambda: keys(app) == everywhere, "the cockpit's keys")


async def test_fps_is_the_pace_of_panes_and_tree() -> None:
    async with viewer(look=ViewerSettings(fps=4)) as (app, _, _):
        assert app.main.pane(A)._pace.pause_s == 0.25
        assert app.main.query_one(InventoryTree)._pause_s == 0.25


async def test_i_shows_what_the_program_itself_takes_and_again_what_the_run_took() -> None:
    async with viewer((80, 24)) as (app, connection, pilot):
        connection.script.put_nowait([TelemetrySampled("", TelemetrySample(1, HostSample(own_cpu_percent=1.25)))])
        await pilot.press("i")
        await eventually(lambda: "daemon 1.2 %" in text(app, MetricsPanel), "our own cost")
        assert "chimera" in text(app, MetricsPanel).splitlines()[-1]
        await pilot.press("i")
        assert "daemon" not in text(app, MetricsPanel)


async def test_5r_runs_both_five_times_and_escape_drops_the_count() -> None:
    async with viewer() as (app, connection, pilot):
        await pilot.press("5")
        assert "5 … r runs both 5 times" in text(app, MessageLine)
        await pilot.press("escape", "r")
        await eventually(lambda: len(connection.commands) == 1, "one command")
        assert "5 …" not in text(app, MessageLine)
        await pilot.press("3", "1", "r", "0", "1", "2", "r")
        await eventually(lambda: len(connection.commands) == 3, "three commands")
        repeats = [request.repeat for _, request in connection.commands]  # type: ignore[attr-defined]
        assert repeats == [1, 31, 12]


async def test_1_and_2_are_digits_only_while_a_count_is_typed() -> None:
    async with viewer() as (_, connection, pilot):
        await pilot.press("1", "4", "2", "r", "2")
        await eventually(lambda: len(connection.commands) == 3, "three commands")
        assert connection.commands == [
            ("start", RunRequest((A,))),
            ("start", RunRequest((A, B), repeat=42)),
            ("start", RunRequest((B,))),
        ]


async def test_w_puts_one_warm_up_run_before_the_others_until_it_is_pressed_again() -> None:
    async with viewer() as (app, connection, pilot):
        await pilot.press("w")
        assert "one warm-up run" in text(app, MessageLine)
        await pilot.press("5", "r", "w", "r")
        await eventually(lambda: len(connection.commands) == 2, "two commands")
        assert connection.commands[0] == ("start", RunRequest((A, B), repeat=5, warmup=1))
        assert connection.commands[1] == ("start", RunRequest((A, B)))


@asynccontextmanager
async def starting() -> AsyncIterator[tuple[ChimeraApp, ScriptedConnection, Pilot[None]]]:
    """The daemon is there and has not told anything yet."""
    connection = ScriptedConnection()

    async def connect() -> ScriptedConnection:
        return connection

    app = ChimeraApp(connect)
    async with app.run_test(size=WIDE) as pilot:
        assert "starting …" in text(app, TopBar)
        yield app, connection, pilot


async def test_a_run_that_was_asked_for_while_the_daemon_starts_begins_when_it_is_there() -> None:
    async with starting() as (app, connection, pilot):
        await pilot.press("5", "r")
        assert "as soon as the daemon is there" in text(app, MessageLine)
        assert connection.commands == []
        connection.script.put_nowait(past())
        await eventually(lambda: connection.commands == [("start", RunRequest((A, B), repeat=5))], "the run")
        connection.script.put_nowait(started())
        await eventually(lambda: app.main.projection.running, "the run")
        assert len(connection.commands) == 1


async def test_escape_takes_back_a_run_that_was_asked_for_too_early() -> None:
    async with starting() as (app, connection, pilot):
        await pilot.press("r", "escape")
        assert "as soon as" not in text(app, MessageLine)
        connection.script.put_nowait(past())
        await eventually(lambda: app.main.projection.caught_up, "the past")
        await pilot.press("1")
        await eventually(lambda: connection.commands == [("start", RunRequest((A,)))], "the run of one")


async def test_a_run_that_goes_on_already_is_not_joined_by_one_that_was_asked_for_too_early() -> None:
    async with starting() as (app, connection, pilot):
        await pilot.press("r")
        *told, caught_up = past()
        connection.script.put_nowait([*told, *started(), caught_up])
        await eventually(lambda: "a run goes on already" in text(app, MessageLine), "the word")
        await pilot.pause()
        assert connection.commands == []


async def test_the_first_line_tells_how_far_a_series_has_come_and_what_is_left() -> None:
    async with viewer() as (app, connection, _):
        connection.script.put_nowait(in_series(1))
        await eventually(lambda: "running · 1 of 5" in text(app, TopBar), "the place")
        assert "left" not in text(app, TopBar)
        connection.script.put_nowait([RunFinished(RUN, run(RUN, series=place(1))), *in_series(2)])
        await eventually(lambda: "running · 2 of 5 · ≈ 2 m 06 s left" in text(app, TopBar), "the estimate")


async def test_on_a_small_terminal_the_place_in_the_series_stays_when_the_time_has_no_room() -> None:
    async with viewer((80, 24)) as (app, connection, _):
        connection.script.put_nowait([*in_series(1), RunFinished(RUN, run(RUN, series=place(1))), *in_series(2)])
        await eventually(lambda: "running · 2 of 5" in text(app, TopBar), "the place")
        assert len(text(app, TopBar)) <= 80


async def test_flags_of_a_finished_run_are_told_with_where_it_was_saved() -> None:
    async with viewer() as (app, connection, _):
        connection.script.put_nowait([*started(), RunFinished(RUN, run(RUN, flags=(COLD, CACHED, COLD)))])
        await eventually(
            lambda: "⚑1 cold load  •1 cached prompt · reports saved" in text(app, MessageLine), "the flags"
        )


async def test_order_can_be_in_sequence() -> None:
    async with viewer() as (_, connection, pilot):
        await pilot.press("o", "r")
        await eventually(lambda: connection.commands, "the command")
        assert connection.commands == [("start", RunRequest((A, B), "sequence"))]


async def test_keys_that_would_do_nothing_are_not_on_the_bar() -> None:
    async with viewer() as (app, connection, pilot):
        assert "r run" in text(app, KeyBar) and "x cancel" not in text(app, KeyBar)
        connection.script.put_nowait(started())
        await eventually(lambda: app.main.projection.running, "the run")
        await pilot.pause()
        assert "x cancel" in text(app, KeyBar) and "r run" not in text(app, KeyBar)
        await pilot.press("r", "x")
        await eventually(lambda: connection.commands, "the command")
        assert connection.commands == [("cancel", None)]


async def test_the_last_run_is_repeated_with_its_own_agents() -> None:
    async with viewer() as (app, connection, pilot):
        connection.script.put_nowait([*started(B), *finished()])
        await eventually(lambda: app.main.projection.saved_in, "the end")
        await pilot.press("full_stop")
        await eventually(lambda: connection.commands, "the command")
        assert connection.commands == [("start", RunRequest((B,)))]


async def test_num_gpu_goes_from_80_to_20_with_two_keystrokes() -> None:
    async with viewer() as (app, connection, pilot):
        await pilot.press("g")
        await eventually(lambda: len(connection.commands) == 2, "a change for each agent")
        assert connection.commands[0] == ("change", A, "num_gpu", "40")
        from chimera_tui.domain.events import SettingsChanged

        connection.script.put_nowait([SettingsChanged(agent, settings(num_gpu=40)) for agent in AgentId])
        await eventually(lambda: app.main.projection.agents[B].settings == settings(num_gpu=40), "the change")
        await pilot.press("g")
        await eventually(lambda: len(connection.commands) == 4, "the second change")
        assert connection.commands[2:] == [("change", A, "num_gpu", "20"), ("change", B, "num_gpu", "20")]


async def test_a_value_is_typed_for_the_agents_in_scope() -> None:
    async with viewer() as (app, connection, pilot):
        await pilot.press("s", "right", "1", "2", "enter")
        await eventually(lambda: connection.commands, "the command")
        assert connection.commands == [("change", B, "num_gpu", "12")]
        await pilot.press("delete")
        await eventually(lambda: len(connection.commands) == 2, "the reset")
        assert connection.commands[1] == ("change", B, "num_gpu", None)
        assert app.main.settings.has_focus


async def test_a_value_out_of_range_is_refused_at_once_with_its_range() -> None:
    async with viewer() as (app, connection, pilot):
        await pilot.press("s", *"5000", "enter")
        assert "from -1 to 999" in text(app, SettingsPanel)
        await pilot.press("down", *"9", "escape")
        assert connection.commands == []


async def test_what_the_daemon_refuses_is_said() -> None:
    async with viewer() as (app, connection, pilot):
        connection.refuse = RunInProgress("run zzz is still going on", next_="Wait for it.")
        await pilot.press("r")
        await eventually(lambda: "zzz" in text(app, MessageLine), "the sentence")
        connection.refuse = SettingInvalid("no such thing", next_="Choose another.")
        await pilot.press("s", "plus")
        await eventually(lambda: "no such thing" in text(app, SettingsPanel), "the sentence")


async def test_a_fight_over_one_server_is_said_before_the_run() -> None:
    from chimera_tui.domain.events import SettingsChanged

    async with viewer() as (app, connection, _):
        connection.script.put_nowait([SettingsChanged(B, settings(num_gpu=20, num_ctx=4096))])
        await eventually(lambda: "different num_gpu" in text(app, MessageLine), "the warning")


async def test_a_load_time_change_is_marked_before_it_is_applied() -> None:
    from chimera_tui.domain.events import SettingsChanged

    async with viewer() as (app, connection, _):
        connection.script.put_nowait([SettingsChanged(A, settings(num_gpu=20), ("num_gpu",))])
        await eventually(lambda: "20 ⟳ reloads" in text(app, SettingsPanel), "the mark")


async def test_tokens_state_rate_and_ttft_are_shown_as_they_come() -> None:
    async with viewer() as (app, connection, pilot):
        live = request("analysis", open_=True)
        connection.script.put_nowait(
            [
                *started(),
                *state(A, AgentState.INGEST, step="ingest"),
                *writes(A, "analysis", REPORT_A),
                *state(A, AgentState.WRITING, step="analysis", rate_now=41.23, tokens=600, tokens_exact=False,
                       requests=(live,), elapsed_ns=9_100_000_000),
                *state(B, AgentState.QUEUED, step="analysis", why="agent A is busy on this model"),
            ]
        )  # fmt: skip
        await eventually(lambda: "Data inventory" in app.main.pane(A).source, "the text")
        await pilot.pause()
        header = text(app, AgentHeader, "#header-a")
        assert "● writing  analysis ≈41.2 tok/s  TTFT 831 ms" in header
        panel = text(app, MetricsPanel)
        assert "≥ 600" in panel and "queued" in panel and "agent A is" in panel


async def test_a_finished_run_shows_exact_numbers_with_the_parts_of_ttft() -> None:
    async with viewer() as (app, connection, pilot):
        connection.script.put_nowait([*started(), *finished()])
        await eventually(lambda: app.main.projection.saved_in, "the end")
        await pilot.pause()
        panel = text(app, MetricsPanel)
        for words in (
            "report 40.7 tok/s decode",
            "report 322 ms",
            "1,224 of both in 31.5 s",
            "44 %",
            "all 35",
            "100 % VRAM",
        ):
            assert words in panel
        assert "reports saved in reports/chimera_runs" in text(app, MessageLine)


async def test_reports_that_had_to_go_elsewhere_are_a_warning_with_the_reason() -> None:
    async with viewer() as (app, connection, _):
        end = finished()
        end.insert(-1, ReportSaved(RUN, "/state/runs/x", ("metrics.json",), "No space left on device"))
        connection.script.put_nowait([*started(), *end])
        await eventually(lambda: "No space left on device" in text(app, MessageLine), "the warning")
        assert text(app, MessageLine).startswith(" !")


async def test_not_reported_is_a_dash_and_never_zero() -> None:
    async with viewer() as (app, _, _):
        lines = {line.split()[0]: line for line in text(app, MetricsPanel).splitlines() if line.split()}
        assert "–" in lines["TTFT"] and "0" not in lines["TTFT"]
        assert "–" in lines["tokens"] and "0" not in lines["tokens"]


async def test_enter_on_a_file_previews_it() -> None:
    async with viewer() as (app, connection, pilot):
        await pilot.press("down", "down", "down", "down", "down", "enter")
        await eventually(lambda: isinstance(app.screen, PreviewScreen), "the preview")
        assert connection.commands[0][0] == "preview"
        await pilot.press("escape")
        assert app.screen is app.main


async def test_q_asks_while_something_runs_and_d_does_not() -> None:
    async with viewer() as (app, connection, pilot):
        connection.script.put_nowait(started())
        await eventually(lambda: app.main.projection.running, "the run")
        await pilot.press("q")
        await eventually(lambda: isinstance(app.screen, LeaveScreen), "the question")
        await pilot.press("escape", "q")
        await eventually(lambda: isinstance(app.screen, LeaveScreen), "the question again")
        await pilot.press("x")
        await eventually(lambda: connection.commands == [("cancel", None)], "the cancel")


async def test_the_question_goes_away_when_there_is_nothing_more_to_ask() -> None:
    async with viewer() as (app, connection, pilot):
        connection.script.put_nowait(started())
        await eventually(lambda: app.main.projection.running, "the run")
        await pilot.press("q")
        await eventually(lambda: isinstance(app.screen, LeaveScreen), "the question")
        connection.script.put_nowait(finished())
        await eventually(lambda: app.screen is app.main, "the cockpit")
        assert connection.commands == []


async def test_q_leaves_at_once_when_nothing_runs() -> None:
    async with viewer() as (app, _, pilot):
        await pilot.press("q")
        await eventually(lambda: not app.is_running, "the end")


async def test_a_model_is_chosen_from_the_servers_list() -> None:
    async with viewer() as (app, connection, pilot):
        await pilot.press("m")
        await eventually(lambda: isinstance(app.screen, ModelScreen), "the list")
        await pilot.pause()
        await pilot.press("down", "enter")
        await eventually(lambda: len(connection.commands) == 2, "a change for each agent")
        assert connection.commands[0] == ("change", A, "model", "llama3.1:8b")


async def test_help_names_every_key() -> None:
    async with viewer() as (app, _, pilot):
        await pilot.press("question_mark")
        await eventually(lambda: isinstance(app.screen, HelpScreen), "the help")


async def test_tab_walks_through_the_panes_and_a_small_terminal_has_tabs() -> None:
    async with viewer((80, 24)) as (app, _, pilot):
        assert app.main.query_one("#files").display and not app.main.query_one("#column-a").display
        await pilot.press("tab")
        assert app.focused is app.main.pane(A) and app.main.query_one("#column-a").display
        await pilot.press("tab", "tab")
        assert app.main.query_one("#metrics").has_focus and app.main.query_one("#metrics").size.height > 13
        await pilot.press("tab")
        assert app.focused is app.main.settings
        await pilot.press("tab")
        assert app.focused is app.main.query_one("#files")


async def test_a_terminal_below_80_by_24_says_so() -> None:
    async with viewer((60, 20)) as (app, _, pilot):
        assert app.main.query_one("#too-small").display
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert not app.main.query_one("#too-small").display and app.main.query_one("#column-b").display


async def test_when_the_daemon_goes_away_the_viewer_attaches_again() -> None:
    async with viewer() as (app, connection, _):
        connection.script.put_nowait(None)
        await eventually(lambda: "the daemon went away; attaching again" in text(app, MessageLine), "what happens")
        connection.script.put_nowait(past(simulated=False, version="0.34.0"))
        await eventually(lambda: "0.34.0" in text(app, TopBar), "the new daemon's word")
        assert "SIMULATED" not in text(app, TopBar)
        await eventually(lambda: "attached again" in text(app, MessageLine), "that it is over")


async def test_attaching_again_starts_from_nothing() -> None:
    async with viewer() as (app, connection, pilot):
        connection.script.put_nowait([*started(), *writes(A, "analysis", "old words\n")])
        await eventually(lambda: "old words" in app.main.pane(A).source, "the text")
        connection.script.put_nowait(past())
        await eventually(lambda: not app.main.projection.running, "the new past")
        await pilot.pause()
        assert app.main.pane(A).source == ""
