"""The live pane in a running app: following, scrolling, throttling, themes and sizes."""

from __future__ import annotations

import queue
import subprocess
import sys
from collections.abc import Collection
from math import inf
from time import monotonic
from types import SimpleNamespace
from typing import ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from chimera_tui.resources import folder
from chimera_tui.tui.output import output_is_behind
from chimera_tui.tui.sparse import sparse_compositor
from chimera_tui.tui.textual_version import textual_version
from chimera_tui.tui.widgets.live_pane import LivePane
from tests.support import eventually

LINES = "".join(f"line {number}\n\n" for number in range(200))


class CountingPane(LivePane):
    """Counts how often the compositor asks for rows."""

    paints = 0
    rows = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        self.paints += 1
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        self.rows += 1
        return super().render_line(y)


class PaneApp(App[None]):
    CSS_PATH: ClassVar[list[str]] = [str(folder("styles") / "live_pane.tcss")]

    def __init__(self, pane: LivePane) -> None:
        super().__init__()
        self.pane = pane
        self.changes: list[bool] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_live_pane_follow_changed(self, message: LivePane.FollowChanged) -> None:
        assert message.control is self.pane
        self.changes.append(message.following)


def rows_of(pane: LivePane) -> list[str]:
    return [pane.render_line(y).text for y in range(pane.size.height)]


def screen_of(pane: LivePane) -> str:
    return "\n".join(row.rstrip() for row in rows_of(pane))


async def shown(pane: LivePane, text: str) -> None:
    await eventually(lambda: text in screen_of(pane), f"{text!r} on the pane")


async def test_the_placeholder_stands_in_the_middle_until_text_comes() -> None:
    pane = LivePane("press r to run")
    async with PaneApp(pane).run_test(size=(40, 9)):
        assert rows_of(pane)[4].strip() == "press r to run"
        pane.placeholder = "no model"
        assert rows_of(pane)[4].strip() == "no model"
        pane.feed("Hello")
        await shown(pane, "Hello")
        assert "no model" not in screen_of(pane)


async def test_text_that_was_fed_before_the_pane_was_mounted_is_shown() -> None:
    pane = LivePane()
    pane.feed("early *bird*")
    async with PaneApp(pane).run_test(size=(40, 9)):
        await shown(pane, "early bird")
        assert pane.source == "early *bird*"


async def test_the_pane_follows_the_tail() -> None:
    pane = LivePane(fps=100)
    async with PaneApp(pane).run_test(size=(40, 10)):
        for number in range(60):
            pane.feed(f"line {number}\n\n")
        await shown(pane, "line 59")
        assert pane.following


async def test_scrolling_up_stops_following_and_end_resumes() -> None:
    pane = LivePane(fps=100)
    app = PaneApp(pane)
    async with app.run_test(size=(40, 10)) as pilot:
        pane.focus()
        pane.feed(LINES)
        await shown(pane, "line 199")
        await pilot.press("pageup", "pageup")
        assert not pane.following
        before = rows_of(pane)[:-1]
        pane.feed("one more\n\n" * 5)
        await shown(pane, "▼ ")
        assert rows_of(pane)[:-1] == before
        await pilot.press("end")
        assert pane.following
        assert "▼" not in screen_of(pane)
        await shown(pane, "one more")
        pane.feed("and the last")
        await shown(pane, "and the last")
        await pilot.pause()
        assert app.changes == [False, True]


async def test_the_note_at_the_bottom_counts_the_lines_below() -> None:
    pane = LivePane(fps=100)
    async with PaneApp(pane).run_test(size=(40, 10)) as pilot:
        pane.focus()
        pane.feed(LINES)
        await shown(pane, "line 199")
        await pilot.press("home")
        assert "▼" not in screen_of(pane), "nothing new has come yet"
        pane.feed("new")
        await eventually(
            lambda: f"▼ {pane.line_count - 10} lines" in rows_of(pane)[-1], "the count of lines below"
        )


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        (["home"], "line 0"),
        (["home", "down", "j"], "line 1"),
        (["home", "pagedown"], ""),
        (["home", "ctrl+d", "ctrl+u"], "line 0"),
        (["home", "down", "down", "down", "k", "up"], ""),
    ],
)
async def test_keys_move_the_view(keys: list[str], first: str) -> None:
    pane = LivePane(fps=100)
    async with PaneApp(pane).run_test(size=(40, 10)) as pilot:
        pane.focus()
        pane.feed(LINES)
        await shown(pane, "line 199")
        await pilot.press(*keys)
        assert rows_of(pane)[0].rstrip(" ▐") == first


async def test_the_wheel_scrolls_and_stops_following() -> None:
    pane = LivePane(fps=100)
    async with PaneApp(pane).run_test(size=(40, 10)) as pilot:
        pane.feed(LINES)
        await shown(pane, "line 199")
        await pilot.pause()
        before = rows_of(pane)
        pane.post_message(events.MouseScrollUp(pane, 1, 1, 0, -1, 0, False, False, False))
        await eventually(lambda: not pane.following, "the wheel to scroll")
        assert rows_of(pane)[3][:-1] == before[0][:-1], "three lines further up"


async def test_a_text_that_fits_can_not_be_scrolled_away_from() -> None:
    pane = LivePane(fps=100)
    async with PaneApp(pane).run_test(size=(40, 10)) as pilot:
        pane.focus()
        pane.feed("short")
        await shown(pane, "short")
        await pilot.press("up", "pageup", "home")
        assert pane.following


async def test_a_finished_text_fills_the_last_page() -> None:
    pane = LivePane(fps=100)
    async with PaneApp(pane).run_test(size=(40, 10)):
        pane.feed(LINES)
        await shown(pane, "line 199")
        pane.finish()
        await eventually(lambda: rows_of(pane)[-1].startswith("line 199"), "the last line at the bottom")


async def test_sections_and_thinking_have_shapes_of_their_own() -> None:
    pane = LivePane(fps=100)
    async with PaneApp(pane).run_test(size=(40, 12)):
        pane.begin_section("analysis")
        pane.feed_thinking("let me see")
        pane.feed("All **good**.")
        pane.begin_section("report")
        pane.feed("Done.")
        await shown(pane, "Done.")
        rows = [row.strip() for row in rows_of(pane) if row.strip()]
        assert rows[0].startswith("── analysis ──")
        assert rows[1:3] == ["┊ let me see", "All good."]
        assert rows[3].startswith("── report ──")
        assert pane.source == "All **good**.\n\nDone."


async def test_no_more_redraws_than_the_rate_allows_and_none_without_change() -> None:
    pane = CountingPane(fps=4)
    async with PaneApp(pane).run_test(size=(60, 20)) as pilot:
        pane.feed("start ")
        await shown(pane, "start")
        await pilot.pause()
        pane.paints, began = 0, monotonic()
        for number in range(100):
            pane.feed(f"word{number} ")
            await pilot.pause()
        await shown(pane, "word99")
        quarters = 2 + 4 * (monotonic() - began)  # of the clock, begun ones as well
        assert pane.paints <= 2 * quarters, "at most two calls for each of four redraws a second"
        await pilot.pause()
        pane.paints = 0
        await pilot.pause(0.6)
        assert pane.paints == 0


async def test_only_rows_that_changed_are_rendered_again() -> None:
    pane = CountingPane(fps=100)
    app = PaneApp(pane)
    async with app.run_test(size=(60, 30)) as pilot:
        app.screen._compositor = sparse_compositor(textual_version())  # as the cockpit's
        app.screen.refresh(layout=True)
        await pilot.pause()
        pane.feed("".join(f"- item {number}\n" for number in range(20)))
        await eventually(lambda: pane.line_count == 20, "the list")
        await pilot.pause()
        pane.rows = 0
        pane.feed("- item 20")
        await eventually(lambda: pane.line_count == 21, "the new item")
        await pilot.pause()
        assert 1 <= pane.rows <= 2


async def test_nothing_is_drawn_while_the_terminal_lags_behind() -> None:
    pane = LivePane(fps=100)
    app = PaneApp(pane)
    async with app.run_test(size=(40, 10)) as pilot:
        pane.feed("first")
        await shown(pane, "first")
        waiting: queue.Queue[str] = queue.Queue()
        waiting.put("a frame")
        app._driver._writer_thread = SimpleNamespace(_queue=waiting)  # type: ignore[union-attr]
        pane.feed(" second")
        await pilot.pause(0.1)
        assert "second" not in screen_of(pane)
        waiting.get()
        await shown(pane, "first second")


async def test_text_waits_while_a_key_is_answered() -> None:
    pane = LivePane(fps=100)
    app = PaneApp(pane)
    async with app.run_test(size=(40, 10)) as pilot:
        pane.feed("first")
        await shown(pane, "first")
        app._driver.acted_at = inf  # type: ignore[union-attr]
        pane.feed(" second")
        await pilot.pause(0.1)
        assert "second" not in screen_of(pane)
        app._driver.acted_at = -inf  # type: ignore[union-attr]
        await shown(pane, "first second")


def test_a_driver_without_a_writer_thread_is_never_behind() -> None:
    assert not output_is_behind(None)
    assert not output_is_behind(SimpleNamespace())


@pytest.mark.parametrize("size", [(10, 5), (24, 3), (250, 70)])
async def test_every_row_is_exactly_as_wide_as_the_pane(size: tuple[int, int]) -> None:
    pane = LivePane("a placeholder that is longer than ten cells", fps=100)
    text = (
        "# 見出し\n\n- a `b`\n  - [ ] c\n\n| a | b | c |\n|-|-|-|\n| 1 | 漢字 | x |\n\n"
        "```python\nx = 1\n```\n> quote\n\n" * 6
    )
    async with PaneApp(pane).run_test(size=size) as pilot:
        pane.focus()
        assert {pane.render_line(y).cell_length for y in range(size[1])} == {size[0]}
        pane.feed(text)
        await eventually(lambda: pane.line_count > 60, "the text")
        await pilot.press("pageup")
        pane.feed("more")
        await pilot.pause(0.05)
        assert {pane.render_line(y).cell_length for y in range(size[1])} == {size[0]}


async def test_a_new_width_keeps_the_reader_at_the_same_text() -> None:
    pane = LivePane(fps=100)
    paragraphs = "".join(f"paragraph {number} " + "with words that wrap " * 6 + "\n\n" for number in range(300))
    async with PaneApp(pane).run_test(size=(80, 12)) as pilot:
        pane.focus()
        pane.feed(paragraphs)
        await shown(pane, "paragraph 299")
        await pilot.press("pageup", "pageup", "pageup", "pageup")
        while not rows_of(pane)[0].startswith("paragraph"):
            await pilot.press("up")
        place = " ".join(rows_of(pane)[0].split()[:2])
        await pilot.resize_terminal(40, 12)
        await eventually(lambda: rows_of(pane)[0].startswith(place), f"{place} on top again", timeout_s=40)
        assert not pane.following
        await pilot.press("end")
        assert "with words that wrap" in screen_of(pane)


async def test_a_new_height_keeps_the_tail_in_sight() -> None:
    pane = LivePane(fps=100)
    async with PaneApp(pane).run_test(size=(40, 30)) as pilot:
        pane.feed(LINES)
        await shown(pane, "line 199")
        await pilot.resize_terminal(40, 8)
        await shown(pane, "line 199")


def colours(pane: LivePane, row: int) -> Collection[str]:
    return {str(segment.style.color) for segment in pane.render_line(row) if segment.style}


async def test_a_change_of_theme_changes_colours_and_keeps_lines() -> None:
    pane = LivePane(fps=100)
    app = PaneApp(pane)
    async with app.run_test(size=(40, 10)) as pilot:
        pane.feed("# Title\n\ntext")
        await shown(pane, "text")
        dark, rows = colours(pane, 0), rows_of(pane)
        app.theme = "textual-light"
        await pilot.pause()
        assert colours(pane, 0) != dark
        assert rows_of(pane) == rows


async def test_reset_forgets_everything_and_follows_again() -> None:
    pane = LivePane("nothing yet", fps=100)
    app = PaneApp(pane)
    async with app.run_test(size=(40, 10)) as pilot:
        pane.focus()
        pane.feed(LINES)
        await shown(pane, "line 199")
        await pilot.press("home")
        pane.reset()
        assert "nothing yet" in screen_of(pane)
        assert (pane.source, pane.line_count, pane.following) == ("", 0, True)
        pane.feed("again")
        await shown(pane, "again")
        await pilot.pause()
        assert app.changes == [False, True]


async def test_markup_and_control_sequences_in_the_text_stay_text() -> None:
    pane = LivePane(fps=100)
    async with PaneApp(pane).run_test(size=(60, 10)):
        pane.feed("[bold red]hi[/] \x1b[31mred\x9b2J \u202eevil")
        await shown(pane, r"[bold red]hi[/] \x1b[31mred\x9b2J \u202eevil")


async def test_every_style_name_has_a_rule_in_the_stylesheet() -> None:
    sheet = (folder("styles") / "live_pane.tcss").read_text()
    missing = [name for name in LivePane.COMPONENT_CLASSES if f".{name} " not in sheet]
    assert missing == []


def test_no_parser_is_imported_before_there_is_text() -> None:
    program = (
        "import sys, chimera_tui.tui.widgets.live_pane as pane; pane.LiveText().set_width(9);"
        "assert not {'markdown_it', 'pygments'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
