from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from textual.pilot import Pilot

from chimera_tui.domain.campaign_outline import CampaignChanged, CampaignPlace, CampaignState
from chimera_tui.domain.campaign_view import CampaignView, Decision
from chimera_tui.domain.errors import BadUse, DaemonUnreachable
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunFinished, RunStarted
from chimera_tui.domain.run_state import RunState
from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.screens.campaign import CampaignScreen
from chimera_tui.tui.screens.campaigns import CampaignsScreen
from chimera_tui.tui.screens.cell_runs import CellRunsScreen
from chimera_tui.tui.screens.dialogs import HelpScreen
from chimera_tui.tui.screens.main import MainScreen
from chimera_tui.tui.screens.run_details import RunDetailsScreen
from chimera_tui.tui.widgets.campaign_cells import CampaignCells
from chimera_tui.tui.widgets.campaign_header import CampaignHeader
from chimera_tui.tui.widgets.campaign_map import CampaignMap
from chimera_tui.tui.widgets.campaign_notes import CampaignNotes
from chimera_tui.tui.widgets.campaign_rows import CampaignRows
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LinesWidget
from chimera_tui.tui.widgets.run_rows import RunRows
from chimera_tui.tui.widgets.top_bar import TopBar
from tests.support import eventually
from tests.tui.scripted import STARTED, ScriptedConnection, past, request, started, state
from tests.tui.scripted_campaign import CAMPAIGN, campaign, cell_id, large
from tests.tui.scripted_history import run, statistics

WIDE, SMALL = (140, 40), (80, 24)
A, B = AgentId


@asynccontextmanager
async def viewer(
    views: Sequence[CampaignView], size: tuple[int, int] = WIDE, *, opens: type = CampaignScreen
) -> AsyncIterator[tuple[ChimeraApp, ScriptedConnection, Pilot[None]]]:
    """The viewer after `C`, with what it asked for."""
    runs = [run("k3v9qa", 0, agents=(), state=RunState.RUNNING)]
    runs += [run(f"r{cell:02d}{number:03d}", 10 * (5 - number)) for cell in (1, 19) for number in range(5)]
    connection = ScriptedConnection(history=runs, campaign_views=list(views), statistics=statistics())

    async def connect() -> ScriptedConnection:
        return connection

    app = ChimeraApp(connect)
    async with app.run_test(size=size) as pilot:
        connection.script.put_nowait(past())
        await eventually(lambda: app.main.projection.caught_up, "the past")
        await pilot.press("C")
        await eventually(lambda: isinstance(app.screen, opens), "the screen")
        if opens is CampaignScreen:
            await eventually(lambda: text(app, CampaignCells).count("\n") > 2, "the cells")
        await pilot.pause()
        yield app, connection, pilot


def text(app: ChimeraApp, widget: type[LinesWidget]) -> str:
    return app.screen.query_one(widget).text


def asked(connection: ScriptedConnection, what: str) -> list[tuple[object, ...]]:
    return [command[1:] for command in connection.commands if command[0] == what]


def here(app: ChimeraApp) -> int:
    """Number of the cell under the cursor."""
    cell = app.screen.query_one(CampaignCells).current
    assert cell is not None
    return cell.number


# ---- what is shown -------------------------------------------------------------------------------------


async def test_the_head_tells_state_progress_time_left_and_the_best_cell() -> None:
    async with viewer([campaign()]) as (app, _, _):
        progress, best, facts = text(app, CampaignHeader).splitlines()
        assert "● running" in progress and "81 of 160 runs" in progress
        assert "50.6 %" in progress and "≈ 2 h 03 m left" in progress
        assert "★ B decode rate 102 tok/s [101, 103]" in best
        assert "gemma3:latest · num_gpu 80 · num_ctx 512" in best and "☆ 3 can not be told from it" in best
        assert "✗ 3 runs failed" in facts and "▼ 1 alert" in facts
        assert "32 cells" in facts and "spent 1 h 12 m" in facts


async def test_what_it_waits_for_is_said() -> None:
    waiting = campaign(CampaignState.WAITING, why="nothing answers at gpubox:11434")
    async with viewer([waiting]) as (app, _, _):
        head = text(app, CampaignHeader)
        assert "◌ waiting" in head and "waits: nothing answers at gpubox:11434" in head


async def test_each_cell_is_a_line_with_its_state_its_runs_its_figure_and_what_is_odd() -> None:
    async with viewer([campaign()], (200, 50)) as (app, _, pilot):
        await pilot.press("home")
        rows = text(app, CampaignCells).splitlines()
        assert "B decode rate, tok/s" in rows[0] and "num_gpu" in rows[0] and "runs" in rows[0]
        assert rows[1].split()[:6] == ["✓", "★", "gemma3:latest", "80", "512", "5/5"]
        assert rows[2].split()[:2] == ["✓", "☆"]
        assert "▼6.21 %" in rows[4] and "⚑2" in rows[12]
        assert rows[17].split()[0] == "✗" and "✗3" in rows[17] and "–" in rows[17]
        assert rows[18].split()[0] == "■" and rows[19].split()[0] == "●" and rows[32].split()[0] == "◌"


async def test_m_shows_the_next_figure_everywhere() -> None:
    async with viewer([campaign()]) as (app, _, pilot):
        await pilot.press("m")
        assert "A TTFT, ms" in text(app, CampaignCells) and "A TTFT, ms" in text(app, CampaignMap)
        assert "lower is better" in text(app, CampaignMap)
        assert "no cell is known to be the best in A TTFT yet" in text(app, CampaignHeader)


async def test_the_cursor_begins_on_the_cell_that_runs_and_b_goes_to_the_best() -> None:
    async with viewer([campaign()]) as (app, _, pilot):
        assert here(app) == 19
        await pilot.press("b")
        assert here(app) == 1


async def test_the_map_holds_an_axis_for_which_there_is_no_room_at_the_cell_under_the_cursor() -> None:
    async with viewer([campaign()], (120, 22)) as (app, _, pilot):
        await pilot.press("home")
        shown = text(app, CampaignMap)
        assert "at model gemma3:latest, as the cell under the cursor" in shown
        assert "num_gpu ↓" in shown and "num_ctx →" in shown
        assert "★ 102]" in shown
        await pilot.press("end")
        assert "at model llama3.1:8b" in text(app, CampaignMap)


async def test_where_there_is_room_the_maps_of_all_values_of_a_third_axis_stand_below_each_other() -> None:
    async with viewer([campaign()]) as (app, _, pilot):
        await pilot.press("home", "tab")
        before = text(app, CampaignMap)
        assert "model gemma3:latest" in before and "model llama3.1:8b" in before and "at model" not in before
        await pilot.press("down", "down", "down", "down")
        assert here(app) == 17
        strip = str.maketrans("[]", "  ")
        assert text(app, CampaignMap).translate(strip).split() == before.translate(strip).split()


async def test_a_click_on_the_map_goes_to_its_cell() -> None:
    async with viewer([campaign()]) as (app, _, pilot):
        lines = text(app, CampaignMap).splitlines()
        row = next(number for number, line in enumerate(lines) if line.startswith(" 20"))
        await pilot.click(CampaignMap, offset=(lines[row].index("44.5") + 1, row))
        assert here(app) == 10
        await pilot.click(CampaignMap, offset=(2, 1))
        assert here(app) == 10


async def test_arrows_walk_in_the_map_and_the_list_goes_along() -> None:
    async with viewer([campaign()]) as (app, _, pilot):
        await pilot.press("home", "tab", "right", "down")
        assert here(app) == 6
        await pilot.press("up", "up", "left", "left")
        assert here(app) == 1


async def test_x_and_y_choose_the_axes_and_never_the_same_one_twice() -> None:
    async with viewer([campaign()]) as (app, _, pilot):
        await pilot.press("home", "x")
        shown = text(app, CampaignMap)
        assert "model →" in shown and "num_gpu ↓" in shown and "num_ctx 512" in shown
        await pilot.press("x")
        shown = text(app, CampaignMap)
        assert "num_gpu →" in shown and "model ↓" in shown


async def test_the_run_that_goes_on_is_told_with_rate_and_ttft() -> None:
    async with viewer([campaign()]) as (app, connection, _):
        assert "k3v9qa" in text(app, CampaignNotes)
        writing = state(B, AgentState.WRITING, step="report", rate_now=44.1, requests=(request("report"),))
        connection.script.put_nowait([*started(), *writing])
        await eventually(lambda: "≈44.1 tok/s" in text(app, CampaignNotes), "the rate")
        assert "TTFT 831 ms" in text(app, CampaignNotes) and "● writing report" in text(app, CampaignNotes)


async def test_failures_and_alerts_have_their_sentences_that_of_the_cell_first() -> None:
    async with viewer([campaign()]) as (app, _, pilot):
        await pilot.press("home", *["down"] * 16)
        now, following, *told = text(app, CampaignNotes).splitlines()
        assert now.startswith(" now ") and following.startswith(" next 2× llama3.1:8b · num_gpu 80 · num_ctx 2048")
        sentence = " ".join(line.strip() for line in told[:2])
        assert "given up: the model could not be loaded: cudaMalloc failed: out of memory" in sentence
        assert "Use fewer layers." in sentence
        assert any("6.21 % below run t4y6mm" in line for line in told[1:])


async def test_a_small_terminal_shows_cells_or_map_and_tab_goes_between_them() -> None:
    async with viewer([campaign()], SMALL) as (app, _, pilot):
        cells, heat = app.screen.query_one(CampaignCells), app.screen.query_one(CampaignMap)
        assert cells.size.height >= 14 and not heat.display
        assert all(len(line) <= 80 for line in text(app, CampaignCells).splitlines())
        await pilot.press("home", "tab")
        await eventually(lambda: heat.size.height >= 14, "the map")
        assert heat.has_focus and not cells.display and "num_ctx →" in heat.text
        await pilot.press("tab")
        assert cells.display and cells.has_focus


async def test_of_ten_thousand_cells_only_those_on_the_screen_are_made() -> None:
    async with viewer([large()]) as (app, _, pilot):
        cells = app.screen.query_one(CampaignCells)
        await pilot.press("end")
        assert here(app) == 10_000 and len(cells.text.splitlines()) == cells.size.height
        assert "–100/100 · ↓" in text(app, CampaignMap)


# ---- keys that steer -----------------------------------------------------------------------------------


async def test_p_pauses_what_goes_on_and_resumes_what_is_paused() -> None:
    async with viewer([campaign()]) as (app, connection, pilot):
        assert "p pause" in text(app, KeyBar)
        connection.campaign_views = [campaign(CampaignState.PAUSED, why="by a person")]
        await pilot.press("p")
        await eventually(lambda: "‖ paused" in text(app, CampaignHeader), "the state")
        assert "· paused: by a person" in text(app, CampaignNotes)
        await eventually(lambda: "p resume" in text(app, KeyBar), "the other word")
        await pilot.press("p")
        await eventually(lambda: len(asked(connection, "steer")) == 2, "the answer")
        assert asked(connection, "steer") == [(CAMPAIGN, "pause", "", 0), (CAMPAIGN, "resume", "", 0)]


async def test_while_it_still_has_a_run_that_goes_on_a_pause_can_be_taken_back() -> None:
    pausing = campaign(why="it pauses after the run that goes on")
    pausing = replace(pausing, decisions=(Decision("begun", STARTED), Decision("paused", STARTED)))
    async with viewer([pausing]) as (app, connection, pilot):
        assert "it pauses after the run that goes on" in text(app, CampaignHeader)
        assert "p resume" in text(app, KeyBar)
        await pilot.press("p")
        await eventually(lambda: asked(connection, "steer") == [(CAMPAIGN, "resume", "", 0)], "the command")


async def test_keys_steer_the_cell_under_the_cursor() -> None:
    async with viewer([campaign()]) as (app, connection, pilot):
        await pilot.press("end", "up", "s", "plus", "minus", "f")
        await eventually(lambda: len(asked(connection, "steer")) == 4, "the commands")
        one = cell_id(31)
        assert [command[1:] for command in asked(connection, "steer")] == [
            ("skip", one, 0), ("repeats", one, 1), ("repeats", one, -1), ("first", one, 0)
        ]  # fmt: skip
        await eventually(lambda: "runs first: llama3.1:8b · num_gpu 10" in text(app, CampaignNotes), "the word")


async def test_a_skip_is_taken_back_by_the_same_key() -> None:
    async with viewer([campaign()]) as (app, connection, pilot):
        await pilot.press("home", *["down"] * 17)
        assert "s want" in text(app, KeyBar) and "s skip" not in text(app, KeyBar)
        await pilot.press("s")
        await eventually(lambda: asked(connection, "steer"), "the command")
        assert asked(connection, "steer") == [(CAMPAIGN, "want", cell_id(18), 0)]


async def test_what_the_daemon_refuses_is_said_until_the_cursor_moves() -> None:
    async with viewer([campaign()]) as (app, connection, pilot):
        connection.refuse = BadUse("this campaign has ended", next_="Begin another one.")
        await pilot.press("f")
        await eventually(lambda: "this campaign has ended. Begin another one." in text(app, CampaignNotes), "it")
        await pilot.press("up")
        assert "this campaign has ended" not in text(app, CampaignNotes)


# ---- what changes --------------------------------------------------------------------------------------


async def test_what_changes_is_read_again_once_however_often_it_is_told() -> None:
    async with viewer([campaign()]) as (app, connection, _):
        before = len(asked(connection, "campaign"))
        further = campaign(done=85)
        connection.campaign_views = [further]
        for _ in range(20):
            connection.script.put_nowait([CampaignChanged(further.outline)])
        await eventually(lambda: "85 of 160" in text(app, CampaignHeader), "the outline, at once")
        await eventually(lambda: len(asked(connection, "campaign")) > before, "the reading")
        assert len(asked(connection, "campaign")) == before + 1


async def test_nothing_is_read_while_another_screen_lies_over_it_and_then_once() -> None:
    async with viewer([campaign()]) as (app, connection, pilot):
        await pilot.press("question_mark")
        await eventually(lambda: isinstance(app.screen, HelpScreen), "the help")
        before = len(asked(connection, "campaign"))
        connection.script.put_nowait([CampaignChanged(campaign(done=85).outline)])
        await eventually(lambda: app.main.projection.campaign is not None, "the event")
        await pilot.pause()
        assert len(asked(connection, "campaign")) == before
        await pilot.press("escape")
        await eventually(lambda: len(asked(connection, "campaign")) == before + 1, "the reading")


async def test_a_campaign_that_can_not_be_read_says_why() -> None:
    async with viewer([campaign()]) as (app, connection, _):
        connection.refuse = DaemonUnreachable("the daemon is gone")
        connection.script.put_nowait([CampaignChanged(campaign(done=85).outline)])
        await eventually(lambda: "the daemon is gone" in text(app, CampaignNotes), "the sentence")
        assert "85 of 160" in text(app, CampaignHeader)


# ---- ways in and out -----------------------------------------------------------------------------------


async def test_enter_opens_the_runs_of_a_cell_and_one_of_them_in_full() -> None:
    async with viewer([campaign()]) as (app, _, pilot):
        await pilot.press("home", "enter")
        await eventually(lambda: isinstance(app.screen, CellRunsScreen), "the runs")
        await eventually(lambda: "r01000" in text(app, RunRows), "the oldest")
        assert [line.split()[1] for line in text(app, RunRows).splitlines()[1:]] == [
            f"r01{number:03d}" for number in (4, 3, 2, 1, 0)
        ]
        await pilot.press("down", "enter")
        await eventually(lambda: isinstance(app.screen, RunDetailsScreen), "the details")
        await pilot.press("escape", "escape")
        await eventually(lambda: isinstance(app.screen, CampaignScreen), "the campaign")


async def test_runs_that_begin_and_end_come_to_those_of_their_cell() -> None:
    async with viewer([campaign()]) as (app, connection, pilot):
        await pilot.press("home", "enter")
        await eventually(lambda: isinstance(app.screen, CellRunsScreen), "the runs")
        await eventually(lambda: "r01000" in text(app, RunRows), "the oldest")
        place = CampaignPlace(CAMPAIGN, cell_id(1), "measured", 6)
        begun = started()[0]
        assert isinstance(begun, RunStarted)
        other = replace(place, cell=cell_id(2))
        connection.script.put_nowait([
            replace(begun, campaign=place), replace(begun, run_id="zzzzzz", campaign=other)
        ])  # fmt: skip
        await eventually(lambda: "● k3v9qa" in text(app, RunRows), "the run that goes on")
        ended = replace(run("k3v9qa"), campaign=place)
        connection.script.put_nowait([RunFinished("k3v9qa", ended)])
        await eventually(lambda: "✓ k3v9qa" in text(app, RunRows), "its end")
        assert "zzzzzz" not in text(app, RunRows) and app.screen.query_one(RunRows).count == 6


async def test_the_run_that_goes_on_leads_to_the_panes() -> None:
    async with viewer([campaign()], SMALL) as (app, connection, pilot):
        connection.script.put_nowait(started())
        await eventually(lambda: app.main.projection.running, "the run")
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, CellRunsScreen), "the runs of the cell that runs")
        await eventually(lambda: "● k3v9qa" in text(app, RunRows), "the run that goes on")
        await pilot.press("home", "enter")
        await eventually(lambda: isinstance(app.screen, MainScreen), "the cockpit")
        assert app.main.pane(A).has_focus


async def test_v_goes_to_the_panes_through_the_list_too() -> None:
    views = [campaign(), campaign(CampaignState.DONE, campaign_id="b3c9xm", name="another")]
    async with viewer(views, opens=CampaignsScreen) as (app, _, pilot):
        rows = text(app, CampaignRows).splitlines()
        assert "● running" in rows[1] and "night sweep" in rows[1] and "81/160" in rows[1]
        assert "✓ done" in rows[2] and "another" in rows[2]
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, CampaignScreen), "the campaign")
        await eventually(lambda: "v watch" in text(app, KeyBar), "the key")
        await pilot.press("v")
        await eventually(lambda: isinstance(app.screen, MainScreen), "the cockpit")


async def test_escape_goes_back_to_where_one_came_from() -> None:
    views = [campaign(), campaign(CampaignState.DONE, campaign_id="b3c9xm", name="another")]
    async with viewer(views, opens=CampaignsScreen) as (app, connection, pilot):
        await pilot.press("down", "enter")
        await eventually(lambda: asked(connection, "campaign"), "the question")
        assert asked(connection, "campaign") == [("b3c9xm",)]
        await pilot.press("escape")
        await eventually(lambda: isinstance(app.screen, CampaignsScreen), "the list")
        await pilot.press("escape")
        await eventually(lambda: isinstance(app.screen, MainScreen), "the cockpit")


async def test_the_list_learns_of_campaigns_that_begin() -> None:
    async with viewer([], opens=CampaignsScreen) as (app, connection, pilot):
        assert "no campaigns yet: `chimera campaign run FILE` begins one" in text(app, CampaignRows)
        await pilot.press("enter", "down")
        connection.script.put_nowait([CampaignChanged(campaign().outline)])
        await eventually(lambda: "night sweep" in text(app, CampaignRows), "the campaign")


async def test_the_first_line_tells_how_far_the_campaign_is_and_an_alert_rings() -> None:
    async with viewer([campaign()]) as (app, connection, pilot):
        rung: list[None] = []
        app.bell = lambda: rung.append(None)  # type: ignore[method-assign]
        await pilot.press("escape")
        connection.script.put_nowait([CampaignChanged(campaign(alerts=0).outline)])
        await eventually(lambda: "campaign 81/160 · ≈ 2 h 03 m left" in app.main.query_one(TopBar).text, "it")
        assert not rung
        connection.script.put_nowait([CampaignChanged(campaign(alerts=1).outline)])
        await eventually(lambda: rung, "the bell")
        connection.script.put_nowait([CampaignChanged(campaign(CampaignState.DONE).outline)])
        await eventually(lambda: "campaign" not in app.main.query_one(TopBar).text, "the end")
