"""Selecting, copying, searching and jumping in a live pane, by keys and mouse, also while text comes."""

from __future__ import annotations

from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.pilot import Pilot
from textual.widgets import Input

from chimera_tui.resources import folder
from chimera_tui.tui.keymap import PANE_KEYS
from chimera_tui.tui.widgets.reading_pane import ReadingPane
from tests.support import eventually
from tests.tui.widgets.test_live_pane import rows_of, screen_of, shown

LINES = "".join(f"line {number} of many\n\n" for number in range(100))
SIZE = (40, 10)


class ReadingApp(App[None]):
    CSS_PATH: ClassVar[list[str]] = [str(folder("styles") / "live_pane.tcss")]

    def __init__(self) -> None:
        super().__init__()
        self.pane = ReadingPane(fps=100)
        self.told: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_reading_pane_said(self, message: ReadingPane.Said) -> None:
        self.told.append(message.words)


def status(pane: ReadingPane) -> str:
    return rows_of(pane)[-1].strip()


def looks(pane: ReadingPane, y: int, text: str) -> set[str]:
    """How the row's segments that hold some of the text look: their style as words."""
    return {str(segment.style) for segment in pane.render_line(y) if segment.text and segment.text in text}


async def drag(pilot: Pilot[None], start: tuple[int, int], *stops: tuple[int, int]) -> None:
    await pilot.mouse_down(offset=start)
    for stop in stops:
        await pilot.hover(offset=stop)
    await pilot.mouse_up(offset=stops[-1])


async def typed(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*("space" if letter == " " else letter for letter in text))


async def test_what_the_mouse_selects_is_copied_as_it_stands_there() -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.feed("# Title\n\nfirst *row* here\n\n日本語 text\n")
        app.pane.finish()
        await shown(app.pane, "text")
        row = next(y for y, text in enumerate(rows_of(app.pane)) if "first" in text)
        await drag(pilot, (6, row), (3, row + 1), (2, row + 2))
        assert app.pane.selected_text == "row here\n\n日本"
        await pilot.press("y")
        assert app.clipboard == "row here\n\n日本"
        assert app.told == ["copied 3 lines, 12 characters"]
        await drag(pilot, (2, row + 2), (6, row))
        assert app.pane.selected_text == "row here\n\n日本"


async def test_a_click_selects_nothing_and_drops_what_was_selected() -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.feed("some words\n\n")
        await shown(app.pane, "some")
        await drag(pilot, (0, 0), (3, 0))
        assert app.pane.selected_text == "some"
        await pilot.click(offset=(2, 0))
        assert app.pane.selected_text == ""
        await drag(pilot, (0, 0), (3, 0))
        await pilot.press("escape")
        assert app.pane.selected_text == ""


async def test_without_a_selection_the_answers_markdown_is_copied() -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.focus()
        await pilot.press("y")
        assert app.told == []
        app.pane.begin_section("analysis")
        app.pane.feed_thinking("hm")
        await pilot.press("y")
        assert app.told == ["nothing to copy yet"]
        app.pane.feed("**bold**\n\n- a list")
        await shown(app.pane, "a list")
        await pilot.press("y")
        assert app.clipboard == "**bold**\n\n- a list"
        assert app.told[1:] == ["copied the whole answer as Markdown: 3 lines, 18 characters"]


async def test_a_selection_survives_new_text_and_a_drag_stops_following() -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.feed(LINES)
        await shown(app.pane, "line 99")
        assert app.pane.following
        await drag(pilot, (0, 0), (6, 2))
        selected = app.pane.selected_text
        assert selected
        assert not app.pane.following
        app.pane.feed("and more\n\n" * 40)
        await shown(app.pane, "▼")
        assert app.pane.selected_text == selected
        await pilot.press("end")
        assert app.pane.selected_text == selected


async def test_dragging_over_the_edge_scrolls() -> None:
    app = ReadingApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.pane.styles.height = 6
        app.pane.feed(LINES)
        await shown(app.pane, "line 99")
        await pilot.press("tab", "home")
        await drag(pilot, (0, 0), (5, 8), (4, 9), (6, 8))
        assert app.pane.selected_text.splitlines()[0] == "line 0 of many"
        assert app.pane.selected_text.splitlines()[-1] == "line 4 of many"


async def test_a_search_counts_and_walks_round_the_matches() -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.focus()
        app.pane.feed(LINES)
        await shown(app.pane, "line 99")
        await pilot.press("home", "slash")
        await typed(pilot, "line 1")
        await eventually(lambda: status(app.pane).endswith("1 of 11"), "the count")
        await pilot.press("enter")
        assert status(app.pane).startswith("/line 1  ")
        await pilot.press("n", "n")
        assert status(app.pane).endswith("3 of 11")
        assert "line 11 " in screen_of(app.pane)
        await pilot.press("N", "N", "N")
        assert status(app.pane).endswith("11 of 11")
        assert "line 19 " in screen_of(app.pane)
        await pilot.press("n")
        assert status(app.pane).endswith("1 of 11")
        await pilot.press("escape")
        assert "of 11" not in screen_of(app.pane)
        assert not app.pane.following


async def test_escape_while_typing_goes_back_to_where_the_search_began() -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.focus()
        app.pane.feed(LINES)
        await shown(app.pane, "line 99")
        await pilot.press("home", "pagedown")
        before = rows_of(app.pane)
        await pilot.press("slash")
        await typed(pilot, "line 77")
        await shown(app.pane, "line 77")
        await pilot.press("escape")
        assert rows_of(app.pane) == before
        await pilot.press("end", "slash")
        await typed(pilot, "line 3")
        await shown(app.pane, "line 3")
        await pilot.press("escape")
        assert app.pane.following
        assert app.focused is app.pane


async def test_a_search_finds_what_comes_while_it_is_open_and_stands_still() -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.focus()
        app.pane.feed(LINES)
        await shown(app.pane, "line 99")
        await pilot.press("home", "slash")
        await typed(pilot, "needle")
        await eventually(lambda: status(app.pane).endswith("not found"), "no match")
        before = rows_of(app.pane)[:-2]
        app.pane.feed("a needle\n\nand a nee")
        app.pane.feed("dle in the open block")
        await eventually(lambda: status(app.pane).endswith("1 of 2"), "both needles")
        assert rows_of(app.pane)[:-2] == before
        await pilot.press("enter", "n")
        await shown(app.pane, "open block")
        assert status(app.pane).endswith("2 of 2")
        app.pane.reset()
        app.pane.feed("another run, another needle\n\n")
        await eventually(lambda: status(app.pane).endswith("1 of 1"), "the search goes on in the next run")


async def test_words_that_wrap_are_found_over_the_lines_end_and_marked_on_both() -> None:
    app = ReadingApp()
    async with app.run_test(size=(20, 8)) as pilot:
        app.pane.focus()
        app.pane.feed("> one of text with throughput targets\n\nend\n\n")
        await shown(app.pane, "end")
        plain = looks(app.pane, 0, "one of text")
        await pilot.press("slash")
        await typed(pilot, "with throughput")
        await eventually(lambda: status(app.pane).endswith("1 of 1"), "the match")
        rows = rows_of(app.pane)
        first = next(y for y, row in enumerate(rows) if "with" in row)
        second = next(y for y, row in enumerate(rows) if "throughput" in row and y < len(rows) - 1)
        assert second == first + 1
        assert looks(app.pane, first, "with").isdisjoint(plain)
        assert looks(app.pane, second, "throughput").isdisjoint(plain)


async def test_a_blank_query_ends_the_search_on_enter() -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.focus()
        app.pane.feed("text\n\n")
        await shown(app.pane, "text")
        await pilot.press("slash", "space", "enter")
        assert not app.pane.query_one(Input).display
        assert app.focused is app.pane
        assert "/" not in screen_of(app.pane)


async def test_brackets_jump_between_headings_and_sections() -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.focus()
        for section in ("analysis", "report"):
            app.pane.begin_section(section)
            app.pane.feed("## Part\n\n" + "words\n\n" * 12)
        await shown(app.pane, "words")
        tops = []
        for key in ("home", *["right_square_bracket"] * 4, *["left_square_bracket"] * 4):
            await pilot.press(key)
            tops.append(rows_of(app.pane)[0].strip("─▐ "))
        assert tops == ["analysis", "Part", "report", "Part", "Part", "report", "Part", "analysis", "analysis"]


@pytest.mark.parametrize("key", ["slash", "y"])
async def test_without_colour_what_is_marked_is_reversed(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.focus()
        app.pane.feed("some words\n\n")
        await shown(app.pane, "some")
        if key == "slash":
            await pilot.press("slash")
            await typed(pilot, "some")
            await eventually(lambda: status(app.pane).endswith("1 of 1"), "the match")
        else:
            await drag(pilot, (0, 0), (3, 0))
        assert all("reverse" in look for look in looks(app.pane, 0, "some"))
        assert not any("reverse" in look for look in looks(app.pane, 0, " words"))


async def test_a_long_text_is_searched_in_slices_and_keys_are_served_between_them() -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.focus()
        app.pane.feed("".join(f"word {number}\n\n" for number in range(4_000)) + "needle\n\n")
        await eventually(lambda: app.pane.line_count > 8_000, "the lines")
        await pilot.press("home", "slash")
        await typed(pilot, "needle")
        await shown(app.pane, "needle")
        await eventually(lambda: status(app.pane).endswith("1 of 1"), "the match")


@pytest.mark.parametrize("width", [40, 24])
async def test_the_count_is_seen_beside_the_query_while_it_is_typed(width: int) -> None:
    app = ReadingApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pane.focus()
        app.pane.feed("some words\n\n")
        await shown(app.pane, "some")
        await pilot.press("slash")
        await typed(pilot, "o")
        await pilot.resize_terminal(width, SIZE[1])
        box = app.pane.query_one(Input)
        await eventually(lambda: box.region.right == width - 16, "room for the count")
        await eventually(lambda: status(app.pane).endswith("1 of 2"), "the count")


def test_each_key_of_the_help_does_something_and_each_action_has_a_key() -> None:
    bound = {binding.id for binding in ReadingPane.BINDINGS if isinstance(binding, Binding)}
    assert bound == {key.id for key in PANE_KEYS}
    for key in PANE_KEYS:
        name = key.action.partition("(")[0]
        assert callable(getattr(ReadingPane, f"action_{name}")), key
    own = {name.removeprefix("action_") for name in vars(ReadingPane) if name.startswith("action_")}
    assert own == {key.action.partition("(")[0] for key in PANE_KEYS}
