from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import ClassVar

from textual.app import App
from textual.pilot import Pilot

from chimera_tui.domain.errors import BadUse, ChimeraError, FileNotReadable
from chimera_tui.domain.events import CaughtUp, FilesChanged
from chimera_tui.domain.inventory import FileContent, FileEntry
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.rows import Axis, Growth, preferred
from chimera_tui.domain.run_events import RunFinished
from chimera_tui.domain.runs import RunPage
from chimera_tui.resources import folder
from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.screens.growth import GrowthScreen
from chimera_tui.tui.screens.preview import PreviewScreen
from chimera_tui.tui.themes import THEMES
from chimera_tui.tui.widgets.growth_panel import GrowthPanel
from chimera_tui.tui.widgets.inventory_tree import InventoryTree
from chimera_tui.tui.widgets.title_line import TitleLine
from tests.support import eventually
from tests.tui.scripted import ScriptedConnection, past
from tests.tui.scripted_history import run
from tests.tui.widgets.test_growth_lines import growth, series

PATH = "reports/a.csv"
RATE, TTFT = series("rate", "tok/s", [40.0, 42.0, 41.0]), series("ttft", "ms", [200.0, 900.0, 300.0])


@dataclass
class Source:
    """Answers as the daemon does: the columns that are asked for."""

    told: Growth = field(default_factory=lambda: growth(RATE, TTFT))
    asked: list[tuple[tuple[str, ...], Axis | None]] = field(default_factory=list)
    points: list[int] = field(default_factory=list)
    refuse: ChimeraError | None = None
    pages: int = 0
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answering.set()

    async def growth(
        self, path: str, columns: Sequence[str] = (), points: int = 1_000, axis: Axis | None = None
    ) -> Growth:
        assert path == PATH
        self.asked.append((tuple(columns), axis))
        self.points.append(points)
        await self.answering.wait()
        if self.refuse is not None:
            raise self.refuse
        known = {each.name: each for each in self.told.series}
        if missing := set(columns) - set(known):
            raise BadUse(f"no column {min(missing)}")
        wanted = columns or (preferred(self.told.columns),)
        return replace(self.told, series=tuple(known[name] for name in wanted), axis=axis or self.told.axis)

    async def page(self, limit: int, skip: int = 0) -> RunPage:
        self.pages += 1
        return RunPage(1, (run("k3v9qa"),))


class Harness(App[None]):
    CSS_PATH: ClassVar = [folder("styles") / "lines.tcss", folder("styles") / "preview.tcss"]

    def __init__(self) -> None:
        super().__init__()
        for each in THEMES:
            self.register_theme(each)
        self.theme = THEMES[0].name


@asynccontextmanager
async def plotting(
    source: Source, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[GrowthScreen, Pilot[None]]]:
    app = Harness()
    async with app.run_test(size=size) as pilot:
        screen = GrowthScreen(source, PATH)
        await app.push_screen(screen)
        await eventually(lambda: source.asked, "the first question")
        yield screen, pilot


def panel(screen: GrowthScreen) -> str:
    return screen.query_one(GrowthPanel).text


def changed(path: str = PATH) -> FilesChanged:
    return FilesChanged((FileEntry(path, FileKind.CSV, 1, 1),))


async def test_the_best_column_is_plotted_first() -> None:
    source = Source()
    async with plotting(source) as (screen, _):
        await eventually(lambda: "rate · tok/s · column 1 of 2" in panel(screen), "the plot")
        assert PATH in screen.query_one(TitleLine).text
        assert source.asked == [((), None)]


async def test_a_wider_plot_asks_for_more_points_and_one_that_is_only_higher_does_not() -> None:
    source = Source()
    async with plotting(source) as (screen, pilot):
        await eventually(lambda: "3 rows" in panel(screen), "the plot")
        await pilot.resize_terminal(80, 40)
        await eventually(lambda: screen.size.height == 40, "the higher screen")
        await pilot.pause()
        await pilot.resize_terminal(200, 40)
        await eventually(lambda: len(source.points) > 1, "the question for more")
        assert source.points == [400, 800]


async def test_keys_step_through_columns_what_stands_beside_and_the_axis() -> None:
    source = Source()
    async with plotting(source) as (screen, pilot):
        await eventually(lambda: "rate" in panel(screen), "the plot")
        await pilot.press("down")
        await eventually(lambda: "ttft · ms · column 2 of 2" in panel(screen), "the next column")
        await pilot.press("right")
        await eventually(lambda: "rate · tok/s · beside it" in panel(screen), "the other column")
        assert source.asked[-1] == (("ttft", "rate"), None)
        await pilot.press("right")
        await eventually(lambda: "our decode rate" in panel(screen) and source.pages == 1, "our runs")
        await pilot.press("right", "right", "up")
        await eventually(lambda: "rate · tok/s · column 1 of 2" in panel(screen), "the first column")
        assert "beside it" not in panel(screen)
        await pilot.press("x")
        await eventually(lambda: source.asked[-1] == (("rate",), "row"), "the question for the other axis")


async def test_new_rows_come_without_a_key_and_only_with_changes_of_the_file() -> None:
    source = Source()
    async with plotting(source) as (screen, pilot):
        await eventually(lambda: source.asked and "3 rows" in panel(screen), "the plot")
        asked = len(source.asked)
        screen.apply([changed("reports/other.csv")])
        await pilot.pause()
        assert len(source.asked) == asked
        source.told = replace(source.told, rows=4)
        screen.apply([changed()])
        await eventually(lambda: "4 rows" in panel(screen), "the new row")
        assert len(source.asked) == asked + 1


async def test_changes_while_an_answer_is_awaited_cause_one_more_question() -> None:
    source = Source()
    async with plotting(source) as (screen, _):
        await eventually(lambda: "3 rows" in panel(screen), "the plot")
        asked = len(source.asked)
        source.answering.clear()
        screen.apply([changed()])
        await eventually(lambda: len(source.asked) == asked + 1, "the question")
        source.told = replace(source.told, rows=9)
        screen.apply([changed()] * 50)
        source.answering.set()
        await eventually(lambda: "9 rows" in panel(screen) and not screen._is_asking, "the last rows")
        assert len(source.asked) <= asked + 2


async def test_a_file_that_is_deleted_or_renamed_stays_drawn_until_it_comes_back() -> None:
    source = Source()
    async with plotting(source) as (screen, _):
        await eventually(lambda: "3 rows" in panel(screen), "the plot")
        screen.apply([FilesChanged(removed=(PATH,))])
        assert "! deleted" in panel(screen) and "rate" in panel(screen)
        moved = FilesChanged(removed=(PATH,), moved=((PATH, "reports/b.csv"),))
        screen.apply([moved])
        assert "! renamed to b.csv" in panel(screen)
        source.told = replace(source.told, rows=7)
        screen.apply([changed()])
        await eventually(lambda: "7 rows" in panel(screen) and "renamed" not in panel(screen), "the file's return")


async def test_an_error_is_told_and_overcome() -> None:
    source = Source(refuse=FileNotReadable("a.csv: binary content, not read"))
    async with plotting(source) as (screen, _):
        await eventually(lambda: "! a.csv: binary content" in panel(screen), "the error")
        source.refuse = None
        screen.apply([CaughtUp()])
        await eventually(lambda: "3 rows" in panel(screen), "the plot")
        assert "binary" not in panel(screen)


async def test_a_column_that_is_gone_gives_way_to_the_best_one() -> None:
    source = Source()
    async with plotting(source) as (screen, _):
        await eventually(lambda: "rate" in panel(screen), "the plot")
        source.told = growth(series("other", "", [1.0, 2.0]))
        screen.apply([changed()])
        await eventually(lambda: "other · column 1 of 1" in panel(screen), "the new column")


async def test_runs_that_end_meanwhile_are_drawn_too() -> None:
    source = Source()
    async with plotting(source) as (screen, pilot):
        await eventually(lambda: "rate" in panel(screen), "the plot")
        screen.apply([RunFinished("early", run("early"))])
        assert screen.plotted.runs is None  # the page will hold it
        await pilot.press("left", "left")
        await eventually(lambda: screen.plotted.runs is not None, "our runs")
        screen.apply([RunFinished("later", run("later"))])
        assert screen.plotted.runs is not None and len(screen.plotted.runs) == 2


async def test_an_answer_that_comes_after_it_was_closed_paints_nothing() -> None:
    source = Source()
    async with plotting(source) as (screen, pilot):
        await eventually(lambda: panel(screen), "the plot")
        await pilot.app.pop_screen()
        screen.apply([changed()])
        screen.plotted.runs = []
        screen.apply([RunFinished("k3v9qa", run("k3v9qa"))])
        await pilot.pause()
        assert len(screen.plotted.runs) == 1
        assert screen not in pilot.app.screen_stack


async def test_p_in_the_preview_opens_the_plot_and_closes_it() -> None:
    text = "rate\n40\n42\n"
    connection = ScriptedConnection(
        content=FileContent("reports/gemma3/baseline.csv", FileKind.CSV, text, len(text)), grown=growth(RATE)
    )

    async def connect() -> ScriptedConnection:
        return connection

    app = ChimeraApp(connect)
    async with app.run_test(size=(120, 40)) as pilot:
        connection.script.put_nowait(past())
        await eventually(lambda: app.main.projection.caught_up, "the past")
        app.main.query_one(InventoryTree).post_message(InventoryTree.FileChosen("reports/gemma3/baseline.csv", 0))
        await eventually(lambda: isinstance(app.screen, PreviewScreen), "the preview")
        await pilot.press("p")
        await eventually(lambda: isinstance(app.screen, GrowthScreen), "the plot")
        await eventually(lambda: "rate" in app.screen.query_one(GrowthPanel).text, "the column")
        asked = len(connection.commands)
        connection.script.put_nowait([changed("reports/gemma3/baseline.csv")])
        await eventually(lambda: len(connection.commands) > asked, "the question that the change causes")
        await pilot.press("p")
        await eventually(lambda: isinstance(app.screen, PreviewScreen), "the preview again")


async def test_p_does_nothing_for_a_file_without_rows() -> None:
    opened: list[str] = []
    app = Harness()
    async with app.run_test() as pilot:
        await app.push_screen(PreviewScreen(FileContent("r/a.md", FileKind.MD, "# x\n", 4), plot=opened.append))
        await pilot.press("p")
        await app.push_screen(
            PreviewScreen(FileContent("r/a.jsonl", FileKind.OTHER, "{}\n", 3), plot=opened.append)
        )
        await pilot.press("p")
    assert opened == ["r/a.jsonl"]
