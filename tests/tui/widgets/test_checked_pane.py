"""Numbers of a text are marked when their verdicts come, walked, told of, and followed to the fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Region

from chimera_tui.domain.grounding import CheckedNumber, FactPlace
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.resources import folder
from chimera_tui.tui.checked_numbers import MOST_NUMBERS, CheckedNumbers
from chimera_tui.tui.finding_lines import finding_lines
from chimera_tui.tui.keymap import FINDING_KEYS, PANE_KEYS
from chimera_tui.tui.widgets.checked_pane import CheckedPane
from chimera_tui.tui.widgets.marked_pane import _PIECES_KEPT
from tests.support import eventually
from tests.tui.scripted_checks import checked
from tests.tui.widgets.test_live_pane import rows_of, screen_of, shown

GOOD, WRONG, OTHER, OPEN = Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.MISATTRIBUTED, Verdict.UNSUPPORTED
PLACE = FactPlace("reports/a.csv", "ttft_s", 3)
TEXT = "Of **44** files\n67 are json, 12 csv.\n\nA mean of 0.118 s\n\n- 80 layers\n"
JUDGED = (
    ("", "44", GOOD, "", PLACE),
    ("", "67", WRONG, "44 files", FactPlace("", "json files")),
    ("", "12", GOOD, "", None),
    ("", "0.118", OTHER, "load_s", PLACE),
    ("", "80", OPEN, "", None),
)
SIZE = (50, 12)


class CheckedApp(App[None]):
    CSS_PATH: ClassVar[list[str]] = [str(folder("styles") / "live_pane.tcss")]

    def __init__(self) -> None:
        super().__init__()
        self.pane = Drawn(fps=100)
        self.said: list[str] = []
        self.wanted: list[FactPlace] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_reading_pane_said(self, message: CheckedPane.Said) -> None:
        self.said.append(message.words)

    def on_checked_pane_fact_wanted(self, message: CheckedPane.FactWanted) -> None:
        self.wanted.append(message.place)


class Drawn(CheckedPane):
    """Knows which rows were asked to be drawn anew."""

    def refresh(self, *regions: Region, **options: object) -> Drawn:
        drawn = self.__dict__.setdefault("drawn", set())
        drawn.update(*(range(region.y, region.bottom) for region in regions) if regions else [range(-1, 0)])
        super().refresh(*regions, **options)  # type: ignore[arg-type]
        return self


def signs(pane: CheckedPane) -> dict[str, str]:
    """The sign at the edge of each row that has one, by the first word of the row."""
    return {row.split()[0]: row[-1] for row in rows_of(pane) if row.rstrip() and row[-1] in "✓✗≠?"}


def looks(pane: CheckedPane, text: str) -> str:
    """How the segment looks that is just this text."""
    found = (s for y in range(pane.size.height) for s in pane.render_line(y) if s.text == text)
    return str(next(found).style)


def foot(pane: CheckedPane) -> str:
    return " ".join(" ".join(rows_of(pane)[-2:]).split())


async def wrote(app: CheckedApp, text: str = TEXT) -> CheckedPane:
    app.pane.focus()
    app.pane.begin_section("report")
    app.pane.begin_text("report")
    app.pane.feed(text)
    await shown(app.pane, text.rsplit(maxsplit=1)[-1])
    return app.pane


async def test_a_verdict_marks_its_number_and_its_line_and_draws_no_other_line_again() -> None:
    app = CheckedApp()
    async with app.run_test(size=SIZE) as pilot:
        pane = await wrote(app)
        await pilot.pause()
        before = [row[:-1] for row in rows_of(pane)]
        for number in checked(TEXT, JUDGED):
            drawn = pane.__dict__["drawn"] = set[int]()
            pane.mark_numbers("report", [number])
            await eventually(lambda drawn=drawn: drawn, "the mark")
            await pilot.pause()
            assert drawn == {next(y for y, text in enumerate(before) if number.text in text)}
        assert signs(pane) == {"Of": "✗", "A": "≠", "•": "?"}, "one source line and the next stand on one row"
        assert [row[:-1] for row in rows_of(pane)] == before, "the text itself stays as it is"
        assert (
            "strike" in looks(pane, "67") and "underline" in looks(pane, "0.118") and "italic" in looks(pane, "80")
        )
        assert "strike" not in looks(pane, "44")


async def test_verdicts_come_while_the_block_is_open_and_stay_when_it_settles_and_wraps() -> None:
    app = CheckedApp()
    async with app.run_test(size=SIZE) as pilot:
        pane = await wrote(app, "One 67\ntwo 12 and")
        pane.mark_numbers("report", checked("One 67\n", [("", "67", WRONG, "44", None)]))
        await eventually(lambda: signs(pane) == {"One": "✗"}, "the open block's sign")
        pane.feed_thinking("hm, 67 and 12?")
        pane.feed(" more\n\nthree 67 words to wrap before the 5 here\n\nend")
        numbers = [("three ", "67", GOOD, "", None), ("the ", "5", OPEN, "", None)]
        pane.mark_numbers(
            "report", checked("One 67\ntwo 12 and more\n\nthree 67 words to wrap before the 5 here", numbers)
        )
        await eventually(lambda: signs(pane) == {"One": "✗", "three": "?"}, "both")
        await pilot.resize_terminal(16, 20)
        await eventually(lambda: signs(pane) == {"One": "✗", "three": "✓", "the": "?"}, "narrow lines")


async def test_findings_are_walked_round_and_told_of() -> None:
    app = CheckedApp()
    async with app.run_test(size=SIZE) as pilot:
        pane = await wrote(app)
        await pilot.press("n", "v", "enter")
        assert foot(pane) == "" and not app.said and not app.wanted, "nothing was checked yet"
        pane.mark_numbers("report", checked(TEXT, JUDGED))
        await pilot.press("n")
        assert foot(pane) == "✗ contradicted: 67, in truth 44 files 1 of 3 inventory: json files"
        assert "bold" in looks(pane, "67")
        await pilot.press("enter")
        assert app.said == ["inventory: json files was counted over all files: there is no single one to open"]
        await pilot.press("n", "enter")
        assert foot(pane).startswith("≠ misattributed: 0.118 is load_s") and "reports/a.csv:ttft_s[row 3]" in foot(
            pane
        )
        assert app.wanted == [PLACE]
        await pilot.press("n")
        assert "? unsupported: 80 3 of 3" in foot(pane)
        await pilot.press("enter")
        assert app.said[-1] == "80: nothing in the files settles it, so there is no place to open"
        await pilot.press("n", "N", "N")
        assert "2 of 3" in foot(pane)
        pane.feed("\nAnd 99\n")
        pane.mark_numbers("report", checked(TEXT + "\nAnd 99\n", [("And ", "99", WRONG, "7", None)]))
        await eventually(lambda: "2 of 4" in foot(pane), "the new count")
        await pilot.press("escape")
        assert "of 4" not in screen_of(pane)


async def test_a_finding_off_the_page_is_scrolled_to_and_the_page_stands_still_then() -> None:
    app = CheckedApp()
    async with app.run_test(size=SIZE) as pilot:
        text = "".join(f"line {n} of many\n\n" for n in range(60))
        pane = await wrote(app, f"{text}end")
        pane.mark_numbers(
            "report", checked(text, [("line ", "7", WRONG, "8", None), ("line ", "31", OPEN, "", None)])
        )
        await pilot.press("n")
        assert "line 7 of many" in screen_of(pane) and not pane.following
        await pilot.press("n")
        assert "line 31 of many" in screen_of(pane) and "2 of 2" in foot(pane)


async def test_while_a_search_is_open_its_keys_are_its_own() -> None:
    app = CheckedApp()
    async with app.run_test(size=SIZE) as pilot:
        pane = await wrote(app)
        pane.mark_numbers("report", checked(TEXT, JUDGED))
        await pilot.press("n")
        assert "1 of 3" in foot(pane)
        await pilot.press("slash", "a", "enter", "n")
        assert "2 of " in rows_of(pane)[-1] and "contradicted" not in screen_of(pane)
        await pilot.press("v", "escape", "n")
        assert "1 of 3" in foot(pane)


async def test_v_and_a_click_tell_of_supported_numbers_too() -> None:
    app = CheckedApp()
    async with app.run_test(size=SIZE) as pilot:
        pane = await wrote(app, "Only 44 here\n\nand\n")
        pane.mark_numbers("report", checked("Only 44 here\n", [("", "44", GOOD, "", PLACE)]))
        await pilot.press("n")
        assert "44" not in foot(pane), "it is no finding"
        await pilot.press("v")
        assert foot(pane) == "✓ supported: 44 reports/a.csv:ttft_s[row 3]"
        await pilot.press("v")
        row = next(y for y, text in enumerate(rows_of(pane)) if "Only" in text)
        await pilot.click(offset=(1, row))
        assert "supported" not in screen_of(pane)
        await pilot.click(offset=(6, row))
        assert "✓ supported: 44" in foot(pane)
        pane.reset()
        assert "supported" not in screen_of(pane)


async def test_numbers_of_texts_that_are_not_here_mark_nothing() -> None:
    app = CheckedApp()
    async with app.run_test(size=SIZE) as pilot:
        pane = await wrote(app)
        pane.mark_numbers("analysis", checked(TEXT, JUDGED))
        beyond = CheckedNumber(99, 0, 2, "67", WRONG)
        far = CheckedNumber(1, 999, 1_001, "67", WRONG)
        aside = CheckedNumber(1, 0, 1, "7", Verdict.NOT_A_CLAIM)
        pane.mark_numbers("report", [beyond, far, aside])
        await pilot.press("n")
        assert "contradicted: 67" in foot(pane), "it is told of, though it can not be shown"
        assert signs(pane) == {}


async def test_each_number_of_a_long_text_is_found_on_the_line_that_shows_it() -> None:
    app = CheckedApp()
    async with app.run_test(size=SIZE) as pilot:
        kinds = (
            "- item {}\n",
            "1. *about {}* ms\n",
            "\n> quoted **{}** s\n\n",
            "para {} with\n",
            "\n## Part {}\n\n",
            "{} ",
        )
        text = "".join(kinds[n // 9 % len(kinds)].format(10_000 + n) for n in range(600))
        pane = await wrote(app, text + "\n\nend")
        numbers = checked(text, [("", str(10_000 + n), OPEN, "", None) for n in range(600)])
        pane.mark_numbers("report", numbers)
        await pilot.pause()
        for line, spot in _places(pane):
            start, end, number = spot
            assert pane._text.line(line).text[start:end] == number
        assert [number for _, (_, _, number) in _places(pane)] == [number.text for number in numbers]
        assert len(pane._located) <= _PIECES_KEPT


def _places(pane: CheckedPane) -> Iterator[tuple[int, tuple[int, int, str]]]:
    for line in range(pane.line_count):
        for start, end, placed in pane.shown_on(line):
            yield line, (start, end, placed.number.text)


def test_numbers_stay_in_the_order_of_the_texts_and_are_bounded() -> None:
    numbers = CheckedNumbers()
    numbers.add(1, [CheckedNumber(1, 0, 1, "8", WRONG)])
    numbers.add(0, [CheckedNumber(n, 0, 1, "7", OPEN if n % 2 else GOOD) for n in range(1, MOST_NUMBERS + 9)])
    assert len(numbers) == MOST_NUMBERS
    assert [placed.spot[:2] for placed in numbers.findings[:2]] == [(0, 1), (0, 3)]
    assert numbers.findings[-1].number.text == "8"
    last = numbers.step(None, -1)
    assert last is not None and last.number.text == "8"
    assert numbers.step(last.spot, 1) == numbers.findings[0]
    assert CheckedNumbers().step(None, 1) is None


@pytest.mark.parametrize("width", [20, 40, 120])
def test_what_is_told_fits_and_holds_no_control(width: int) -> None:
    number = CheckedNumber(
        1, 0, 2, "6\x1b7", WRONG, "json\x07 files", "44 日本" * 9, FactPlace("a\x1b.csv"), "be\ncause"
    )
    for line in finding_lines(number, "2 of 7", width):
        assert line.cells <= width and line.text.isprintable()
    assert finding_lines(number, "2 of 7", width)[0].text.rstrip().endswith("2 of 7")


def test_each_key_of_the_help_does_something_and_each_action_has_a_key() -> None:
    bound = {binding.id for binding in CheckedPane.BINDINGS if isinstance(binding, Binding)}
    assert bound == {key.id for key in (*PANE_KEYS, *FINDING_KEYS)}
    own = {name.removeprefix("action_") for name in vars(CheckedPane) if name.startswith("action_")}
    assert own - {"search"} == {key.action.partition("(")[0] for key in FINDING_KEYS}
