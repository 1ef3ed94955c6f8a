"""Wrapping by cells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from chimera_tui.tui.markdown.wrap import BREAK, chop, fold, wrap


def lines(text: str, width: int) -> list[str]:
    return ["".join(part for part, _ in line) for line in wrap([(text, "")], width)]


def test_words_move_to_the_next_line_whole() -> None:
    assert lines("one two three", 9) == ["one two", "three"]
    assert lines("one two three", 5) == ["one", "two", "three"]


def test_a_word_in_two_styles_is_one_word() -> None:
    assert wrap([("ab ", ""), ("cd", "strong"), ("ef", "")], 6) == [(("ab", ""),), (("cd", "strong"), ("ef", ""))]


def test_words_that_are_too_long_are_cut() -> None:
    assert lines("a abcdefghij b", 4) == ["a", "abcd", "efgh", "ij b"]


def test_wide_characters_may_break_anywhere_but_before_their_stops() -> None:
    assert lines("日本語日本語", 4) == ["日本", "語日", "本語"]
    assert lines("日本語、日本", 6) == ["日本", "語、日", "本"]
    assert lines("ab日本", 3) == ["ab", "日", "本"]


def test_combining_marks_and_joined_emoji_stay_together() -> None:
    assert lines("e\u0301" * 6, 4) == ["e\u0301" * 4, "e\u0301" * 2]
    assert lines("👩\u200d🔬" * 3, 4) == ["👩\u200d🔬" * 2, "👩\u200d🔬"]


def test_a_hard_break_ends_the_line() -> None:
    assert wrap([("a", ""), BREAK, ("b", "")], 9) == [(("a", ""),), (("b", ""),)]


def test_a_wide_character_in_one_cell_is_a_question_mark() -> None:
    assert lines("日", 1) == ["?"]


def test_folding_fills_every_line_and_keeps_spaces() -> None:
    assert fold([("ab  cd  ef", "x")], 4) == [(("ab  ", "x"),), (("cd  ", "x"),), (("ef", "x"),)]


@given(st.text("ab 日e\u0301👩", max_size=80), st.integers(2, 20))
def test_wrapping_keeps_every_character_but_spaces_and_fits(text: str, width: int) -> None:
    rows = lines(text, width)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(row) <= width for row in rows)


@given(st.text(max_size=60).filter(lambda text: "\n" not in text), st.integers(0, 5), st.integers(2, 20))
def test_chopping_says_how_wide_the_pieces_are(text: str, first: int, width: int) -> None:
    pieces = list(chop(text, first, width))
    assert "".join(piece for piece, _ in pieces) == text
    assert all(cells <= (width if index else max(first, 0)) for index, (_, cells) in enumerate(pieces))
