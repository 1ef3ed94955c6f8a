from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.tui.markdown.lines import EMPTY, STYLES, Line
from chimera_tui.tui.markdown.packed import PackedLines
from tests.tui.markdown.documents import made_up, render

styles = st.lists(st.sampled_from(STYLES), max_size=3).map(" ".join)
printables = st.text(st.characters(exclude_categories=["Cc"]), max_size=12)
lines = st.builds(Line, st.lists(st.tuples(printables, styles), max_size=5).map(tuple), styles)


@given(st.lists(lines, max_size=8))
def test_lines_come_out_as_they_went_in(many: list[Line]) -> None:
    packed = PackedLines()
    packed.extend(many[:3])
    for line in many[3:]:
        packed.append(line)
    assert list(packed) == many == [packed[index] for index in range(len(packed))]


def test_far_apart_lines_of_a_long_text_are_found_in_any_order() -> None:
    many = [Line(((f"line {number}", "strong"),)) for number in range(1_000)]
    packed = PackedLines()
    packed.extend(many)
    assert all(packed[index] == many[index] for index in (999, 0, 500, 127, 128, 129, 998, 896, 895))
    packed.append(EMPTY)
    assert packed[1_000] == EMPTY and list(packed) == [*many, EMPTY]
    for outside in (-1, 1_001):
        with pytest.raises(IndexError):
            packed[outside]


def test_every_line_of_made_up_documents_comes_out_equal() -> None:
    for seed in range(20):
        many = render(made_up(seed))
        packed = PackedLines()
        packed.extend(many)
        assert list(packed) == many


def test_a_separator_within_a_text_can_not_make_another_line_of_it() -> None:
    packed = PackedLines()
    packed.append(Line((("a\x1fb", "strong"), ("c", ""))))
    packed.append(EMPTY)
    packed.extend([Line((("a\x1eb", ""),))] * 200)
    first, second, *others = packed
    assert len(others) == 200 and all("\x1e" not in line.text for line in others)
    assert [style for _, style in first.spans] == ["strong", ""] and first.spans[1][0] == "c"
    assert second == EMPTY
