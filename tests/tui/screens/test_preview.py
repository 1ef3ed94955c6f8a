from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.grounding import FactPlace
from chimera_tui.domain.inventory import FileContent
from chimera_tui.domain.names import kind_of
from chimera_tui.resources import folder
from chimera_tui.tui.screens.preview import LONGEST_MARKDOWN, PreviewScreen
from chimera_tui.tui.themes import THEMES
from chimera_tui.tui.widgets.csv_table import CsvTable, guess_delimiter, read_csv
from chimera_tui.tui.widgets.file_markdown import FileMarkdown
from chimera_tui.tui.widgets.file_text import LONGEST_LINE, FileText
from chimera_tui.tui.widgets.json_tree import GROUP, JsonTree
from tests.support import eventually

HOSTILE = "\x1b]52;c;aGk=\x07\x1b[31m[bold]not markup[/bold]\u202e"
SPELLED_OUT = r"\x1b]52;c;aGk=\x07\x1b[31m[bold]not markup[/bold]\u202e"


class Harness(App[None]):
    CSS_PATH = folder("styles") / "preview.tcss"

    def __init__(self, theme: str) -> None:
        super().__init__()
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme

    def screen_lines(self) -> list[str]:
        lines = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in line).strip("│ ") for line in lines]

    def shows(self, text: str) -> bool:
        return any(text in line for line in self.screen_lines())


def content(path: str, text: str, *, truncated: bool = False, problem: str = "") -> FileContent:
    return FileContent(path, kind_of(path), text, len(text.encode(errors="replace")), truncated, problem)


@asynccontextmanager
async def previewing(
    what: FileContent | Awaitable[FileContent],
    *,
    size: tuple[int, int] = (100, 30),
    theme: str = "chimera-dark",
    path: str = "",
    place: FactPlace | None = None,
) -> AsyncIterator[tuple[Harness, Pilot[None]]]:
    app = Harness(theme)
    async with app.run_test(size=size) as pilot:
        screen = PreviewScreen(what, path=path, mtime_ns=1_763_146_455_000_000_000, place=place)
        await app.push_screen(screen)
        if isinstance(what, FileContent):
            await eventually(lambda: screen.query("#preview-body > *"), "the file's content")
        await pilot.pause()
        yield app, pilot


async def test_the_header_tells_path_kind_size_and_time() -> None:
    async with previewing(content("reports/a.md", "# Title\n")) as (app, _):
        assert app.shows("reports/a.md")
        assert app.shows("md · 8 B · modified 2025-11-14 18:54 UTC")


@pytest.mark.parametrize("name", ["a.md", "a.csv", "a.json", "a.log"])
async def test_three_keys_close_whatever_is_shown(name: str) -> None:
    async with previewing(content(name, "[1]")) as (app, pilot):
        for key in ("escape", "q", "backspace"):
            await pilot.press(key)
            await eventually(lambda: not isinstance(app.screen, PreviewScreen), "the preview's end")
            await app.push_screen(PreviewScreen(content(name, "[1]")))
            await eventually(lambda: app.screen.query("#preview-body > *"), "the file's content")


async def test_markdown_is_rendered() -> None:
    text = "# Findings\n\n- **fast** and `cheap`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    async with previewing(content("a.md", text)) as (app, _):
        await eventually(lambda: app.shows("• fast and cheap"), "the list")
        assert app.shows("Findings") and not app.shows("**")


async def test_markdown_is_made_anew_for_another_width() -> None:
    text = "word " * 200
    async with previewing(content("a.md", text), size=(100, 40)) as (app, pilot):
        await eventually(lambda: app.shows("word word"), "the text")
        await pilot.resize_terminal(40, 40)
        await eventually(lambda: app.screen.query_one(FileMarkdown).virtual_size.width < 40, "the narrow text")
        await pilot.pause()
        assert all(len(line) <= 40 for line in app.screen_lines())


async def test_markdown_that_is_too_long_is_text() -> None:
    async with previewing(content("a.md", "# x\n" * (LONGEST_MARKDOWN // 4 + 1))) as (app, _):
        assert app.screen.query_one(FileText)
        assert app.shows("too long to render")


async def test_csv_is_a_table_with_its_header_and_numbers_at_the_right() -> None:
    async with previewing(content("a.csv", "model,tok/s\ngemma3,102.31\nllama3.1:8b,9.5\n")) as (app, _):
        assert app.shows("2 rows, 2 columns")
        lines = app.screen_lines()
        assert {"model         tok/s", "gemma3       102.31", "llama3.1:8b     9.5"} <= set(lines)


async def test_the_header_of_a_long_table_stays_while_it_scrolls() -> None:
    text = "n,square\n" + "".join(f"{n},{n * n}\n" for n in range(5_000))
    async with previewing(content("a.csv", text)) as (app, pilot):
        await pilot.press("end")
        await eventually(lambda: app.shows("24990001"), "the last row")
        assert any(line.split() == ["n", "square"] for line in app.screen_lines())


def test_a_table_that_is_cut_says_so() -> None:
    data = read_csv("a,b\n" + "1,2\n" * 12_000)
    assert data.note(truncated=False) == "first 10,000 of 12,000 rows, 2 columns"
    assert data.note(truncated=True) == "first 10,000 of at least 12,000 rows, 2 columns"
    assert read_csv(",".join("x" * 300)).note(truncated=False) == "0 rows, first 100 of 300 columns"
    assert read_csv("a\n1\n").note(truncated=False) == "1 row, 1 column"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1,5\t2,5\n", "\t"),
        ('"a;b;c;d",x\n1,2\n', ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_the_one_that_lines_agree_on(text: str, delimiter: str) -> None:
    assert guess_delimiter(text) == delimiter


def test_ragged_rows_and_files_without_a_header_are_kept_whole() -> None:
    data = read_csv("a,b\n1\n1,2,3\n\n")
    assert data.header == ("a", "b", "")
    assert data.rows == (("1", "", ""), ("1", "2", "3"))
    numbers = read_csv("1,2\n3,4\n")
    assert numbers.header == ("1", "2") and len(numbers.rows) == 2


def test_line_ends_inside_quotes_belong_to_the_cell() -> None:
    assert read_csv('a,b\n"x\ny",2\n').rows == (("x\ny", "2"),)


async def test_csv_with_a_field_beyond_reason_is_text() -> None:
    async with previewing(content("a.csv", '"' + "x" * 200_000)) as (app, _):
        await eventually(lambda: app.screen.query(FileText), "the text in place of the table")
        assert app.shows("not readable as CSV")


async def test_json_is_a_tree_with_numbers_as_they_are_written_and_every_key() -> None:
    text = '{"rate": 1.10, "rate": 102.310, "ok": true, "none": null, "runs": [1e3, {"deep": "x"}], "empty": {}}'
    async with previewing(content("a.json", text)) as (app, _):
        for shown in ("rate  1.10", "rate  102.310", "ok  true", "none  null", "[0]  1e3", "deep  “x”"):
            assert app.shows(shown), shown
        assert app.shows("empty  {0}")


async def test_a_node_of_many_children_opens_in_groups() -> None:
    length = 2 * GROUP + 1
    async with previewing(content("a.json", str(list(range(length))))) as (app, pilot):
        assert app.shows(f"{GROUP:,} … {2 * GROUP - 1:,}")
        await pilot.press("down", "down", "enter")
        await eventually(lambda: app.shows(f"[{GROUP}]  {GROUP}"), "the group's children")
        assert len(app.screen.query_one(JsonTree).root.children) == 3


@pytest.mark.parametrize("text", ["[]", "{}", "3", '"x"', "null", "\ufeff[1]"])
async def test_any_json_value_is_a_tree(text: str) -> None:
    async with previewing(content("a.json", text)) as (app, pilot):
        assert app.screen.query_one(JsonTree)
        await pilot.press("enter", "down", "enter")


async def test_broken_json_is_text_with_its_line_marked() -> None:
    text = "[\n" + " 1,\n" * 500 + " 2,]\n"
    async with previewing(content("a.json", text)) as (app, _):
        assert app.shows("broken JSON: ")
        await eventually(lambda: app.shows("502   2,]   ◀"), "the marked line")


async def test_json_without_end_is_text() -> None:
    async with previewing(content("a.json", "[" * 100_000)) as (app, _):
        assert app.shows("nested too deeply")
    async with previewing(content("a.json", '{"a": 1', truncated=True)) as (app, _):
        assert app.shows("half a JSON document") and not app.shows("broken")


async def test_other_files_are_numbered_lines() -> None:
    async with previewing(content("a.log", "first\r\nsec\tond\n")) as (app, _):
        assert app.shows("1  first") and app.shows("2  sec ond") and not app.shows("3  ")


async def test_a_huge_line_is_cut_and_says_so() -> None:
    async with previewing(content("a.log", "x" * 3_000_000)) as (app, pilot):
        assert app.screen.query_one(FileText).virtual_size.width < LONGEST_LINE + 100
        await pilot.press("ctrl+pagedown")
        await pilot.press(*["right"] * 3)
        assert app.shows("xxx")


@pytest.mark.parametrize("name", ["a.md", "a.csv", "a.json", "a.log"])
async def test_an_empty_file_is_said_to_be_empty(name: str) -> None:
    async with previewing(content(name, "")) as (app, _):
        assert app.shows("the file is empty")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", f"para {HOSTILE}\n"),
        ("b.md", f"# {HOSTILE}\n"),
        ("c.md", f"```{HOSTILE}\n{HOSTILE}\n```\n"),
        ("a.csv", f"x;y\n{HOSTILE.replace(';', ':')};1\n"),
        ("a.log", HOSTILE),
        ("b.json", HOSTILE),
    ],
)
async def test_hostile_content_is_text(name: str, text: str) -> None:
    async with previewing(content(name, text)) as (app, _):
        await eventually(lambda: app.shows(r"aGk=\x07\x1b[31m[bold]not"), name)
        assert not any("\x1b" in line or "\u202e" in line for line in app.screen_lines())


async def test_hostile_names_problems_and_json_strings_are_text() -> None:
    text = '{"[red]k\\u001b]0;": "\\u001b]52;[bold]v[/bold]\\u202e"}'
    async with previewing(content(f"r/{HOSTILE}.json", text, problem=HOSTILE)) as (app, _):
        assert app.shows(f"r/{SPELLED_OUT}.json")
        assert app.shows(f"! {SPELLED_OUT}")
        assert app.shows(r"[red]k\x1b]0;  “\x1b]52;[bold]v[/bold]\u202e”")


async def test_truncation_is_told() -> None:
    async with previewing(content("a.log", "begin", truncated=True)) as (app, _):
        assert app.shows("only the first 5 characters were read")


async def test_content_may_come_later() -> None:
    arrival: asyncio.Future[FileContent] = asyncio.get_running_loop().create_future()
    async with previewing(arrival, path="reports/slow.log") as (app, _):
        assert app.shows("reports/slow.log") and app.shows("Reading …")
        arrival.set_result(content("reports/slow.log", "at last"))
        await eventually(lambda: app.shows("1  at last"), "the content")


async def test_a_file_that_can_not_be_read_says_why() -> None:
    async def vanished() -> FileContent:
        raise FileNotReadable("it vanished", where="a.csv", next_="Look at the folder again.")

    async with previewing(vanished(), path="a.csv") as (app, pilot):
        await eventually(lambda: app.shows("! it vanished (a.csv). Look at the folder again."), "the reason")
        assert not app.shows("Reading …")
        await pilot.press("escape")


@pytest.mark.parametrize("name", ["a.md", "a.csv", "a.json", "a.log"])
async def test_every_kind_fits_every_terminal_and_theme(name: str) -> None:
    async with previewing(content(name, '{"a": [1, 2]}\n')) as (app, pilot):
        for width, height, theme in (
            (80, 24, "chimera-light"),
            (250, 70, "chimera-dark"),
            (20, 8, "textual-light"),
        ):
            app.theme = theme
            await pilot.resize_terminal(width, height)
            await pilot.press("down", "end", "home")
            await eventually(lambda height=height: len(app.screen_lines()) == height, f"{height} lines")
            assert app.shows(name)


async def test_the_largest_real_file_of_each_kind_is_shown(shared_dir: Path) -> None:
    shown = {".md": FileMarkdown, ".csv": CsvTable, ".json": JsonTree}
    for suffix, widget in shown.items():
        files = (shared_dir / "corpus").rglob(f"*{suffix}")
        largest = max(files, key=lambda file: file.stat().st_size)
        async with previewing(content(largest.name, largest.read_text())) as (app, pilot):
            await pilot.press("pagedown", "end")
            assert app.screen.query_one(widget).virtual_size.height >= 3
