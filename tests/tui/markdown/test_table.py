"""Tables at any width."""

from __future__ import annotations

import pytest

from tests.tui.markdown.documents import render, texts

TABLE = "| Name | Value | Note |\n|:--|--:|:-:|\n| alpha beta | 1.5 | x |\n| `b` | 12345 | a longer note |\n"


def test_columns_are_as_wide_as_they_need_and_aligned() -> None:
    assert [row.rstrip() for row in texts(TABLE, 60)] == [
        "Name       │ Value │     Note",
        "───────────┼───────┼──────────────",
        "alpha beta │   1.5 │       x",
        "b          │ 12345 │ a longer note",
    ]


def test_columns_shrink_by_wrapping_between_words() -> None:
    assert [row.rstrip() for row in texts(TABLE, 26)] == [
        "Name    │ Value │   Note",
        "────────┼───────┼─────────",
        "alpha   │   1.5 │    x",
        "beta    │       │",
        "b       │ 12345 │ a longer",
        "        │       │   note",
    ]


def test_without_room_for_columns_every_cell_has_a_line() -> None:
    assert texts(TABLE, 16)[:4] == ["Name: alpha beta", "Value: 1.5", "Note: x", "─" * 16]


@pytest.mark.parametrize("width", range(3, 70))
def test_no_table_is_wider_than_the_pane(width: int) -> None:
    wide = (
        "| 見出し | b |\n|---|---|\n| 漢字漢字漢字 | some text in the cell<br>and more |\n| x |\n| a | b | c |\n"
    )
    for markdown in (TABLE, wide):
        assert max(line.cells for line in render(markdown, width)) <= width


def test_inline_marks_bars_and_breaks_work_in_cells() -> None:
    assert texts("| a |\n|---|\n| **b** \\| c<br>d |\n", 40) == ["a", "─────", "b | c", "d"]


def test_a_table_ends_where_the_rows_end() -> None:
    assert texts("| a |\n|---|\n| b |\n\nafter\n", 40) == ["a", "─", "b", "", "after"]
    assert texts("before\n| a | b |\n|---|---|\n", 40)[:3] == ["before", "", "a │ b"]
