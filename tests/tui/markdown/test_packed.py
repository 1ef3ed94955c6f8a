from __future__ import annotations

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
    (first, second) = packed
    assert [style for _, style in first.spans] == ["strong", ""] and first.spans[1][0] == "c"
    assert second == EMPTY
