from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Input

from chimera_tui.domain.events import FilesChanged
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.resources import folder
from chimera_tui.tui.themes import THEMES
from chimera_tui.tui.widgets.inventory_tree import InventoryTree
from chimera_tui.tui.widgets.tree_rows import SortKey
from tests.support import eventually
from tests.tui.widgets.tree_fixtures import entry, put


class WatchedTree(InventoryTree):
    """Keeps account of what it asks to be painted."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(["reports"], clock=clock)
        self.repaints = 0
        self.asked: list[Region] = []

    def repaint(self) -> None:
        self.repaints += 1
        super().repaint()

    def refresh(self, *regions: Region, **options: bool) -> Self:
        self.asked += regions or [Region(0, 0, *self.size)]
        return super().refresh(*regions, **options)


class Harness(App[None]):
    CSS_PATH = folder("styles") / "inventory_tree.tcss"

    def __init__(self, clock: Callable[[], float], theme: str) -> None:
        super().__init__()
        self.files = WatchedTree(clock)
        self.chosen: list[InventoryTree.FileChosen] = []
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield self.files

    def on_mount(self) -> None:
        self.files.focus()

    def on_inventory_tree_file_chosen(self, message: InventoryTree.FileChosen) -> None:
        self.chosen.append(message)

    def screen_lines(self) -> list[str]:
        lines = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in line).rstrip() for line in lines]

    def shows(self, text: str) -> bool:
        return any(text in line for line in self.screen_lines())


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def running(
    *paths: str,
    size: tuple[int, int] = (60, 14),
    clock: Callable[[], float] | None = None,
    theme: str = "chimera-dark",
) -> AsyncIterator[tuple[Harness, Pilot[None]]]:
    app = Harness(clock or Hand(), theme)
    async with app.run_test(size=size) as pilot:
        app.files.apply(put(*paths, initial=True))
        await eventually(lambda: app.files.model.whole.top.totals.everything == len(paths), "the first scan")
        await pilot.pause()
        yield app, pilot


async def test_the_header_counts_and_shrinks_with_the_width() -> None:
    paths = ("reports/a.csv", "reports/b.json", "reports/c.md", "reports/d.log")
    for width, head in ((60, "3 files · 1 csv · 1 json · 1 md · 1 other"), (40, "3 files · 1 csv · 1 json · 1 md"),
                        (24, "3 files · 1c 1j 1m"), (12, "3 files")):  # fmt: skip
        async with running(*paths, size=(width, 14)) as (app, _):
            assert app.screen_lines()[0] == head
            assert app.screen_lines()[1].startswith("300 B")


async def test_a_key_sorts_by_the_next_order_and_the_head_tells_it() -> None:
    async with running("reports/a.md", "reports/b.csv", "reports/c.json") as (app, pilot):
        for order in ("by size · 300 B", "by time · 300 B", "by type · 300 B", "300 B"):
            await pilot.press("S")
            assert app.screen_lines()[1].startswith(order)
            if order.startswith("by type"):
                assert "b.csv" in app.screen_lines()[3]


async def test_columns_appear_with_the_width() -> None:
    for width, row in (
        (70, "m report.md 100 B 2001-09-09 01:46"),
        (52, "m report.md 100 B 2001-09-09"),
        (36, "m report.md 100 B"),
        (30, "m report.md"),
    ):
        async with running("reports/report.md", size=(width, 14)) as (app, _):
            line = next(line for line in app.screen_lines() if "report.md" in line)
            assert " ".join(line.replace("│", "").split()) == row
            assert not row.endswith("B") or line.endswith("100 B"), "numbers stand at the right"


async def test_keys_walk_open_close_and_choose() -> None:
    async with running("reports/sub/a.csv", "reports/z.csv") as (app, pilot):
        await pilot.press("down", "right")
        assert app.shows("a.csv")
        await pilot.press("right", "enter")
        await eventually(lambda: app.chosen, "the chosen file")
        assert (app.chosen[0].path, app.chosen[0].mtime_ns) == ("reports/sub/a.csv", 10**18)
        await pilot.press("left", "left")
        await pilot.pause()
        assert not app.shows("a.csv")
        await pilot.press("space")
        await pilot.pause()
        assert app.shows("a.csv")
        await pilot.press("enter")
        await pilot.pause()
        assert not app.shows("a.csv")
        await pilot.press("end")
        assert app.files.model.view.selected == "reports/z.csv"
        await pilot.press("home")
        assert app.files.model.view.selected == "reports/"


async def test_pages_scroll_and_the_thumb_follows() -> None:
    async with running(*(f"reports/f{number:03d}.csv" for number in range(100))) as (app, pilot):
        assert app.screen_lines()[2].endswith("┃")
        await pilot.press("pagedown", "pagedown")
        assert app.shows("f019.csv") and not app.shows("f005.csv")
        await pilot.press("end")
        await pilot.pause()
        assert app.shows("f099.csv") and app.screen_lines()[-2].endswith("┃")
        await pilot.press("pageup")
        await pilot.pause()
        assert app.files.model.view.selected == "reports/f089.csv"


async def test_a_file_that_comes_above_the_visible_part_leaves_the_screen_as_it_is() -> None:
    async with running(*(f"reports/f{number:03d}.csv" for number in range(100))) as (app, pilot):
        await pilot.press("end")
        await pilot.pause()
        before = app.screen_lines()[2:-1]
        app.files.apply(put("reports/a.csv", "another/b.csv"))
        await eventually(lambda: app.shows("102 files"), "the new counts")
        assert [line.rstrip(" ┃") for line in app.screen_lines()[2:-1]] == [line.rstrip(" ┃") for line in before]


async def test_a_new_file_is_marked_until_the_mark_fades() -> None:
    async with running("reports/a.csv", clock=lambda: 50 * time.monotonic()) as (app, _):
        app.files.apply(put("reports/new.csv"))
        await eventually(lambda: any(line.startswith("+│ c new.csv") for line in app.screen_lines()), "the mark")
        await eventually(lambda: any(line.startswith(" │ c new.csv") for line in app.screen_lines()), "fading")


async def test_a_thousand_changes_at_once_are_one_redraw() -> None:
    async with running("reports/a.csv") as (app, _):
        before = app.files.repaints
        for number in range(1_000):
            app.files.apply(put(f"reports/n{number}.csv"))
        await eventually(lambda: app.shows("1,001 files"), "all changes")
        assert app.files.repaints == before + 1


async def test_a_stream_of_changes_is_drawn_at_most_ten_times_a_second() -> None:
    async with running("reports/a.csv") as (app, pilot):
        before, started, number = app.files.repaints, time.monotonic(), 0
        while time.monotonic() < started + 1.0:
            app.files.apply(put(f"reports/n{number}.csv"))
            number += 1
            await pilot.pause()
        assert 2 <= app.files.repaints - before <= 12


async def test_only_the_rows_that_differ_are_painted() -> None:
    async with running(*(f"reports/f{number}.csv" for number in range(8))) as (app, pilot):
        await pilot.press("down")
        await pilot.pause()
        app.files.asked.clear()
        await pilot.press("down")
        await pilot.pause()
        assert [region.y for region in app.files.asked] == [3, 4]
        app.files.asked.clear()
        app.files.apply(FilesChanged((entry("reports/f7.csv", 100, 10**18 + 1),)))
        await eventually(lambda: app.files.asked, "the changed row")
        assert [region.y for region in app.files.asked] == [10]


async def test_lines_that_are_kept_are_those_that_would_be_made_anew() -> None:
    clock = Hand()
    paths = [f"reports/{folder}/f{number}.csv" for folder in "ab" for number in range(9)]
    async with running(*paths, clock=clock) as (app, _):
        tree = app.files

        def change(*entries: FileEntry, removed: tuple[str, ...] = ()) -> None:
            tree.model.apply([FilesChanged(entries, removed)], clock())

        def fade() -> None:
            clock.now += 100
            tree.model.marks.fade(clock())

        steps: tuple[Callable[[], object], ...] = (
            lambda: change(entry("reports/b/f3.csv", 7, 10**18 + 5)),
            lambda: tree.model.move(1),
            tree.model.toggle,
            lambda: change(entry("reports/a/f3.csv", 9, 10**18 + 6), entry("reports/a/new.csv")),
            lambda: tree.model.apply_problem("reports/a/f1.csv", "half-written"),
            lambda: tree.model.sort_by(SortKey.SIZE),
            lambda: tree.model.view.scroll_to(tree.model.shown, 4),
            fade,
            lambda: change(removed=("reports/a/f8.csv",)),
            lambda: tree.model.filter("f3"),
            lambda: change(entry("reports/b/f3.csv", 8, 10**18 + 7)),
            lambda: tree.model.filter(""),
            lambda: tree.model.reset(["others"]),
        )
        before = tree._make_lines()
        for step in steps:
            step()
            kept = tree._make_lines()
            assert kept != before
            tree._forget()
            assert kept == (before := tree._make_lines())


async def test_typing_filters_enter_keeps_and_escape_brings_all_back() -> None:
    async with running("reports/sub/wanted.csv", "reports/other.json") as (app, pilot):
        await pilot.press("slash")
        await eventually(lambda: isinstance(app.focused, Input), "the filter line")
        await pilot.press(*"sub/w")
        await pilot.pause()
        assert app.shows("1 of 2 match") and app.shows("wanted.csv") and not app.shows("other.json")
        await pilot.press("enter")
        await eventually(lambda: app.focused is app.files, "the tree's focus")
        assert app.shows("wanted.csv") and app.shows("sub/w")
        await pilot.press("escape")
        await pilot.pause()
        assert app.shows("other.json") and not app.shows("wanted.csv")


async def test_arrows_walk_the_matches_while_the_filter_is_typed() -> None:
    async with running("reports/a1.csv", "reports/a2.csv", "reports/b.csv") as (app, pilot):
        await pilot.press("slash")
        await eventually(lambda: isinstance(app.focused, Input), "the filter line")
        await pilot.press("a", "down", "down")
        assert app.files.model.view.selected == "reports/a2.csv"
        assert isinstance(app.focused, Input)
        await pilot.press("escape")
        await pilot.pause()
        assert app.focused is app.files and app.files.model.view.selected == "reports/a2.csv"


async def test_an_empty_filter_goes_away_with_enter() -> None:
    async with running("reports/a.csv") as (app, pilot):
        await pilot.press("slash")
        await eventually(lambda: isinstance(app.focused, Input), "the filter line")
        await pilot.press("enter")
        await eventually(lambda: app.focused is app.files, "the tree's focus")
        assert not app.query_one(Input).display


async def test_a_problem_stands_in_the_row_and_in_the_status_line() -> None:
    async with running("reports/a.json") as (app, pilot):
        app.files.status = "watching"
        await pilot.pause()
        assert app.screen_lines()[-1] == "watching"
        app.files.apply_problem("reports/a.json", "half-written JSON: line 4, column 17")
        await eventually(lambda: app.shows("! a.json  half-written JSON"), "the problem")
        assert app.screen_lines()[0].endswith("1 with problems")
        await pilot.press("down")
        await pilot.pause()
        assert app.screen_lines()[-1] == "! half-written JSON: line 4, column 17"
        app.files.apply_problem("reports/a.json", "")
        await eventually(lambda: app.screen_lines()[-1] == "watching", "the problem's end")


async def test_own_output_is_labelled_and_not_counted() -> None:
    async with running("reports/chimera_runs/x/agent_a_report.md", "reports/a.csv") as (app, _):
        assert app.shows("own output 1")
        assert app.screen_lines()[0].startswith("1 file · 1 csv")


@pytest.mark.parametrize("height", [1, 2, 3, 5])
async def test_any_size_is_painted_without_harm(height: int) -> None:
    async with running("reports/sub/deep/日本語.csv", "reports/b.json", size=(30, height)) as (app, pilot):
        app.files.model.whole.open("reports/sub", True)
        app.files.model.whole.open("reports/sub/deep", True)
        for width in (12, 5, 2, 1):
            await pilot.resize_terminal(width, height)
            await pilot.press("end", "up", "left")
            lines = [app.files.render_line(y) for y in range(height)]
            assert {line.cell_length for line in lines} == {app.files.size.width}


async def test_hostile_names_and_states_are_text() -> None:
    name = "reports/\x1b]52;c;aGk=\x07[bold]x[red]\u202e.json"
    async with running(name, size=(90, 10)) as (app, pilot):
        app.files.status = "polling: \x1b[31m[red]"
        await pilot.pause()
        assert app.shows(r"\x1b]52;c;aGk=\x07[bold]x[red]\u202e.json")
        assert app.screen_lines()[-1] == r"polling: \x1b[31m[red]"


async def test_wide_names_are_cropped_by_cells() -> None:
    async with running("reports/" + "日本語" * 20 + ".csv", size=(40, 10)) as (app, _):
        line = next(line for line in app.screen_lines() if "日" in line)
        assert "…" in line and line.endswith("100 B")


@pytest.mark.parametrize("theme", ["chimera-dark", "chimera-light", "textual-light"])
async def test_the_selected_row_stands_out_in_every_theme_and_kinds_are_letters(theme: str) -> None:
    async with running("reports/a.csv", "reports/b.json", theme=theme) as (app, pilot):
        await pilot.press("down")
        await pilot.pause()
        backgrounds = []
        for y in (3, 4):
            row = app.files.render_line(y).crop(0, 50)
            backgrounds.append({segment.style.bgcolor for segment in row if segment.style is not None})
        assert len(backgrounds[0]) == len(backgrounds[1]) == 1 and backgrounds[0] != backgrounds[1]
        assert app.shows("│ c a.csv") and app.shows("│ j b.json")


async def test_the_colours_follow_a_change_of_theme() -> None:
    async with running("reports/a.csv") as (app, pilot):
        before = app.files.render_line(2)
        app.theme = "chimera-light"
        await pilot.pause()
        after = app.files.render_line(2)
        assert after.text == before.text and after != before


async def test_a_click_opens_a_folder_and_two_clicks_choose_a_file() -> None:
    async with running("reports/sub/a.csv") as (app, pilot):
        await pilot.click(app.files, offset=(8, 3))
        await pilot.pause()
        assert app.shows("a.csv")
        await pilot.click(app.files, offset=(8, 4), times=2)
        await eventually(lambda: app.chosen, "the chosen file")
        await pilot.click(app.files, offset=(8, 9))
        assert app.files.model.view.selected == "reports/sub/a.csv"


async def test_a_daemon_that_lists_the_same_is_told_by_no_redraw() -> None:
    async with running("reports/a.csv", "reports/b.csv") as (app, _):
        app.files.status = "watching"
        before, repaints = app.screen_lines(), app.files.repaints
        app.files.asked.clear()
        app.files.reset(["reports"])
        app.files.status = "scanning"
        app.files.apply(put("reports/a.csv", "reports/b.csv", initial=True))
        app.files.status = "watching"
        await eventually(lambda: app.files.repaints > repaints, "the next redraw")
        assert {region.y for region in app.files.asked} == {app.files.size.height - 1}  # the status alone
        assert app.screen_lines() == before


async def test_changes_without_a_pause_are_folded_before_they_are_many() -> None:
    async with running("reports/a.csv") as (app, _):
        repaints = app.files.repaints
        for number in range(99):
            app.files.apply(put(f"reports/n{number}.csv"))
        assert app.files.model.totals.files == 1
        app.files.apply(put("reports/n99.csv"))
        assert app.files.model.totals.files == 101 and app.files.repaints == repaints


async def test_another_daemon_starts_with_an_empty_tree() -> None:
    async with running("reports/a.csv", "reports/b.csv") as (app, pilot):
        await pilot.press("slash")
        await eventually(lambda: isinstance(app.focused, Input), "the filter line")
        await pilot.press("b")
        app.files.reset(["other"])
        await eventually(lambda: app.shows("▾ other"), "the other daemon's root")
        assert app.screen_lines()[0] == "0 files · 0 csv · 0 json · 0 md"
        assert not app.shows("reports")
        app.files.apply(FilesChanged((entry("other/c.csv"),), initial=True))
        await eventually(lambda: app.shows("c.csv"), "the other daemon's file")
