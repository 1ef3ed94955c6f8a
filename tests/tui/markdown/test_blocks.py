"""Incremental Markdown: the same lines however the text came, at a cost that stays flat."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera_tui.tui.markdown.blocks import WINDOW, Document
from chimera_tui.tui.markdown.lines import STYLES, Line
from chimera_tui.tui.markdown.tree import Parser
from tests.tui.markdown.documents import made_up, render, split_at, texts

PLACES = st.lists(st.integers(0, 100_000), max_size=40)
UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), PLACES, st.sampled_from([9, 20, 40, 100]), st.sampled_from([60, 200, WINDOW]))
def test_final_lines_do_not_depend_on_how_the_text_was_split(
    seed: int, places: list[int], width: int, window: int
) -> None:
    text = made_up(seed)
    assert render(split_at(text, places), width, window=window) == render(text, width, window=window)


@settings(max_examples=30, deadline=None)
@given(st.text("ab \n\t#*_-+>`|~[]()!<&;:=1.0\r\x1b\u202e日e\u0301", max_size=300), PLACES, st.integers(1, 60))
def test_any_text_gives_lines_that_fit_and_hold_no_control(text: str, places: list[int], width: int) -> None:
    lines = render(split_at(text, places), width, window=80)
    assert lines == render(text, width, window=80)
    assert_presentable(lines, width)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([9, 17, 33, 80]))
def test_made_up_documents_fit_any_width(seed: int, width: int) -> None:
    assert_presentable(render(made_up(seed), width), width)


def assert_presentable(lines: list[Line], width: int) -> None:
    for line in lines:
        assert line.cells <= width, line
        assert not UNSHOWABLE.search(line.text), line
        assert all(name in STYLES for _, style in line.spans for name in style.split())


def test_every_character_alone_gives_the_same_as_one_feed() -> None:
    text = "# A\n\n- b\n  - c\n\n| d | e |\n|---|---|\n| f | g |\n\n```python\nh = 1\n```\n> i\nj\n===\n"
    assert render(text) == render(list(text))


def test_line_ends_of_any_kind_are_the_same_text() -> None:
    text = "# a\n\n- b\n- c\n\nd  \ne"
    expected = render(text)
    assert render(text.replace("\n", "\r\n")) == expected
    assert render(list(text.replace("\n", "\r\n"))) == expected
    assert render(text.replace("\n", "\r")) == expected


def works(text: str, step: int = 80, *, settled: int = 0) -> list[int]:
    """Characters parsed for each flush of `step` characters, after `settled` characters have come in at once."""
    parser = Parser()
    document = Document(80, [], parser)
    document.feed(text[:settled])
    document.open_lines()
    counts = []
    for start in range(settled, len(text), step):
        before = parser.parsed_chars
        document.feed(text[start : start + step])
        document.open_lines()
        counts.append(parser.parsed_chars - before)
    return counts


LENGTH = 20 * WINDOW
"""Characters; what costs more with every one of them would be far beyond the bound here."""
LONG = {
    "paragraph": "some words with **bold** text, ",
    "one word": "x",
    "list": "- an item of the list with `code` in it\n",
    "numbered list": "1. an item of the list with `code` in it\n",
    "one item": "- an item\n  that never ends and has no children\n",
    "nested list": "    - a nested item\n",
    "fence": "def function(argument):\n    return argument  # the same\n",
    "table": "| some text | 12.5 | more text |\n",
    "quote": "> a quoted line of text\n",
    "html": "<b>some</b> text\n",
    "blank lines": "\n",
    "open brackets": "[[[[",
}
BEFORE = {
    "nested list": "- top\n  - second\n",
    "fence": "```python\n",
    "table": "| a | b | c |\n|---|--:|---|\n",
    "one item": "- first\n",
    "html": "<div>\n",
}


@pytest.mark.parametrize("kind", LONG)
def test_the_work_of_a_flush_is_bounded_in_a_block_of_any_length(kind: str) -> None:
    unit = LONG[kind]
    length = LENGTH if kind in ("paragraph", "list", "fence", "table") else 4 * WINDOW
    text = BEFORE.get(kind, "") + unit * (length // len(unit))
    assert max(works(text, settled=length - 2 * WINDOW)) <= 6 * WINDOW


def test_the_work_of_a_flush_is_bounded_in_a_long_report() -> None:
    text = "".join(made_up(seed) + "\n\n" for seed in range(15)) * 2
    counts = works(text)
    assert max(counts) <= 6 * WINDOW
    half = len(counts) // 2
    assert sum(counts[half:]) <= 1.1 * sum(counts[:half]), "the second half, the same again, costs no more"


def test_settled_lines_never_change() -> None:
    text = "".join(made_up(seed) + "\n\n" for seed in range(20))
    lines: list[Line] = []
    document = Document(80, lines, Parser())
    seen: list[Line] = []
    for start in range(0, len(text), 50):
        document.feed(text[start : start + 50])
        assert lines[: len(seen)] == seen
        seen = list(lines)


def test_numbers_go_on_when_a_long_list_is_settled_item_by_item() -> None:
    items = "".join(f"1. item {number} with some more words\n" for number in range(1, 1001))
    rows = texts(items)
    assert rows == [f"{number}. item {number} with some more words" for number in range(1, 1001)]


def test_a_nested_list_keeps_its_depth_and_numbers_when_it_is_settled_in_parts() -> None:
    inner = "".join(f"   - inner {number}\n     1. one\n     2. two\n" for number in range(200))
    rows = texts("7. seven\n8. eight\n" + inner + "9. nine\n")
    assert rows[:3] == ["7. seven", "8. eight", "   ◦ inner 0"]
    assert rows[2:-1] == [
        row for number in range(200) for row in (f"   ◦ inner {number}", "     1. one", "     2. two")
    ]
    assert rows[-1] == "9. nine"


def test_a_giant_paragraph_wraps_as_if_it_had_been_laid_out_in_one_go() -> None:
    words = [f"word{number}" for number in range(5_000)]
    rows = texts(" ".join(words), 77)
    assert " ".join(rows).split() == words
    assert all(len(row) + 1 + len(following.split()[0]) > 77 for row, following in pairwise(rows))


def test_a_line_of_fifty_kilobytes_loses_nothing() -> None:
    assert "".join(texts("x" * 50_000, 79)) == "x" * 50_000
    fenced = texts("```\n" + "y" * 50_000 + "\n```\n", 79)
    assert "".join(row.strip() for row in fenced) == "y" * 50_000
    assert {len(row) for row in fenced[:-1]} == {79}


def test_a_table_of_two_thousand_rows_keeps_its_columns() -> None:
    rows = "".join(f"| row {number} | {number * 3} |\n" for number in range(2_000))
    shown = texts("| name | value |\n|---|--:|\n" + rows)
    assert len(shown) == 2_002
    assert [shown[0].split(), shown[-1].split()] == [["name", "│", "value"], ["row", "1999", "│", "5997"]]
    assert len({row.index("│") for row in (shown[0], *shown[2:])}) == 1


def test_a_long_fence_in_a_list_stays_code_in_the_list() -> None:
    code = "".join(f"  value_{number} = {number}\n" for number in range(400))
    lines = render(f"- item\n  ```python\n{code}  ```\n- next\n")
    rows = [line.text for line in lines]
    assert rows == ["• item", *(f"    value_{number} = {number}" for number in range(400)), "• next"]
    assert {line.fill for line in lines[1:-1]} == {"code_block"}


def test_a_long_quote_keeps_its_bar() -> None:
    rows = texts("".join(f"> line {number}\n>\n" for number in range(500)))
    assert all(row.startswith("▌") for row in rows)
    assert [row for row in rows if row.strip("▌ ")] == [f"▌ line {number}" for number in range(500)]


def test_an_open_table_grows_from_a_paragraph_to_columns() -> None:
    lines: list[Line] = []
    document = Document(40, lines, Parser())
    document.feed("| a | b |\n")
    assert [line.text for line in document.open_lines()] == ["| a | b |"]
    document.feed("|---|--")
    document.feed("-|\n| long text")
    assert [line.text.rstrip() for line in document.open_lines()] == [
        "a         │ b",
        "──────────┼──",
        "long text │",
    ]


def test_a_lone_marker_does_not_flash_as_a_heading() -> None:
    document = Document(40, [], Parser())
    document.feed("Some text\n-")
    assert [line.text for line in document.open_lines()] == ["Some text"]
    document.feed(" item")
    assert [line.text for line in document.open_lines()] == ["Some text", "", "• item"]


def test_a_definition_gives_later_links_their_address_and_is_shown() -> None:
    assert texts("[docs]: http://a.b/c\n\nRead the [docs].\n") == [
        "[docs]: http://a.b/c",
        "",
        "Read the docs (http://a.b/c).",
    ]
    assert texts("See [docs].\n\n[docs]: http://a.b/c\n") == ["See [docs].", "", "[docs]: http://a.b/c"]


@pytest.mark.parametrize(
    "broken",
    [
        "**never closed",
        "`never closed",
        "[text](http://never",
        "```python\nnever closed",
        "| a | b |\n|---",
        "- \n- \n-",
        "> \n>",
        "<div>\nnever closed **bold**",
        "1.\n2.\n",
        "![",
        "&nosuch; &#xffffff; &#27;",
        "> " * 500 + "deep",
        "- " * 300 + "deep",
    ],
)
def test_broken_markdown_keeps_its_words(broken: str) -> None:
    shown = " ".join(texts(broken))
    for word in re.findall(r"never|closed|text|deep|bold|nosuch", broken):
        assert word in shown
