"""Tables at every width: what does not fit goes on below, and no cell is torn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.commands.tables import fitting, table_lines

FIGURES = [("", "figure", "n", "mean", "sd"), ("A", "decode rate", "5", "41.2 tok/s", "0.31 tok/s")]


def test_without_a_width_every_column_is_on_one_line() -> None:
    lines = list(table_lines(FIGURES, right=(2, 3, 4)))
    assert lines == ["   figure       n        mean          sd", "A  decode rate  5  41.2 tok/s  0.31 tok/s"]
    assert lines == list(table_lines(FIGURES, right=(2, 3, 4), width=len(lines[1])))


def test_columns_that_do_not_fit_go_on_below_the_names_of_the_rows() -> None:
    assert list(table_lines(FIGURES, right=(2, 3, 4), width=30)) == [
        "   figure       n        mean",
        "A  decode rate  5  41.2 tok/s",
        "",
        "   figure               sd",
        "A  decode rate  0.31 tok/s",
    ]


def test_a_last_column_of_text_is_folded_at_its_words() -> None:
    rows = [("k3v9qa", "A", "it was cancelled by somebody else"), ("q7w2e9", "B", "it failed")]
    assert list(table_lines(rows, width=36)) == [
        "k3v9qa  A  it was cancelled by",
        "           somebody else",
        "q7w2e9  B  it failed",
    ]


@pytest.mark.parametrize(("width", "kept"), [(None, [0, 1, 2]), (12, [0, 1, 2]), (11, [0, 2]), (3, [0])])
def test_the_columns_of_the_smallest_ranks_stay(width: int | None, kept: list[int]) -> None:
    assert fitting([3, 4, 1], [0, 2, 1], width) == kept


cells = st.text(alphabet="abc 12.,%", min_size=1, max_size=20).map(str.strip).map(lambda text: text or "–")


@given(
    rows=st.integers(2, 6).flatmap(
        lambda columns: st.lists(st.tuples(*[cells] * columns), min_size=1, max_size=5)
    ),
    width=st.integers(50, 120),
)
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_lost(rows: list[tuple[str, ...]], width: int) -> None:
    right = range(1, len(rows[0]))
    lines = list(table_lines(rows, right=right, width=width))
    assert max(map(len, lines)) <= width
    for row in rows:
        assert all(any(cell in line for line in lines) for cell in row)


def test_a_word_that_is_longer_than_its_column_stays_whole_on_a_line_of_its_own() -> None:
    digest = "54e006facfbc17678e45d429d199d090bcabf4e7"
    assert list(table_lines([("Model digest", digest), ("Family", "gemma3")], width=45)) == [
        "Model digest",
        f"    {digest}",
        "Family        gemma3",
    ]
