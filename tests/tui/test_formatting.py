from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from chimera_tui.tui import formatting


def test_cropping_counts_cells_and_says_that_something_is_missing() -> None:
    assert formatting.crop("abcdef", 6) == "abcdef"
    assert formatting.crop("abcdefg", 6) == "abcde…"
    assert formatting.crop("日本語", 6) == "日本語"
    assert formatting.crop("日本語", 5) == "日本…"
    assert formatting.crop("abc", 0) == ""


@given(st.text(alphabet="ab日語é\u0301👩\u200d", max_size=60), st.integers(0, 20))
def test_cropped_text_never_takes_more_cells_than_there_are(text: str, width: int) -> None:
    assert cell_len(formatting.crop(text, width)) <= width


def test_a_pile_of_combining_marks_is_cut() -> None:
    assert len(formatting.crop("a" + "\u0301" * 100_000, 10)) < 200
