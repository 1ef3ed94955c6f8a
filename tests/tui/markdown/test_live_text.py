"""Records, transcripts and the lines that are shown of them."""

from __future__ import annotations

from chimera_tui.tui.markdown.live_text import SLICE_CHARS, LiveText
from chimera_tui.tui.markdown.transcript import Record, section_line
from chimera_tui.tui.markdown.viewport import Viewport


def shown(text: LiveText) -> list[str]:
    while not text.take_slice():
        pass
    text.show(0, 10)
    return [text.line(index).text for index in range(text.line_count)]


def laid_out(width: int = 40) -> LiveText:
    text = LiveText()
    text.set_width(width)
    return text


def test_a_record_gives_back_what_was_added_in_slices() -> None:
    record = Record()
    record.add("section", "one")
    for number in range(3_000):
        record.add("answer", f"{number} ")
    record.add("end", "\n")
    record.add("thinking", "hm")
    cursor = (0, 0, 0)
    parts: list[tuple[str, str]] = []
    while (found := record.read(cursor, 100)) is not None:
        kind, text, cursor = found
        assert 1 <= len(text) <= 100
        parts.append((kind, text))
    assert "".join(text for kind, text in parts if kind == "answer") == record.answer
    assert [kind for kind, _ in parts if kind != "answer"] == ["section", "end", "thinking"]
    record.add("thinking", " more")
    assert record.read(cursor, 100) == ("thinking", " more", (3, 0, 7))


def test_sections_thinking_and_answers_are_blocks_of_their_own() -> None:
    text = laid_out(20)
    for kind, part in (("section", "analysis"), ("thinking", "why\n\n- not"), ("answer", "*so*"), ("end", "\n")):
        text.add(kind, part)  # type: ignore[arg-type]  # the loop's literals are kinds
    text.add("answer", "next")
    text.add("section", "report")
    assert shown(text) == [
        "── analysis ────────",
        "┊ why",
        "┊ ",
        "┊ • not",
        "",
        "so",
        "",
        "next",
        "",
        "── report ──────────",
    ]
    assert text.line(1).spans == (("┊ ", "thinking"), ("why", "thinking"))


def test_a_section_line_fits_any_width() -> None:
    assert all(section_line("analysis \x1b 日本語", width).cells <= width for width in range(1, 60))


def test_only_lines_that_changed_are_named() -> None:
    text = laid_out()
    text.add("answer", "- a\n- b\n- c\n")
    assert shown(text) == ["• a", "• b", "• c"]
    text.add("answer", "- d")
    text.take_slice()
    assert text.show(0, 10).lines == (3,)
    text.add("answer", "d")
    text.take_slice()
    assert text.show(0, 3).lines == (), "the line is below the screen"


def test_text_that_streams_in_fast_is_taken_in_several_slices_unless_it_has_to_stop() -> None:
    counts = []
    for stops_after in (0, 1, 9):
        text = laid_out()
        text.add("answer", "a line of words\n\n" * 300)
        answers = iter([False] * stops_after + [True])
        assert not text.take_slice(lambda answers=answers: next(answers))
        text.show(0, 10)
        counts.append(text.line_count)
    none, one, all_of_them = counts
    assert none == 0
    assert 1.8 * one < all_of_them < 2.2 * one


def test_a_new_width_is_shown_when_it_is_complete() -> None:
    text = laid_out(80)
    text.add("answer", "".join(f"paragraph {number} with a few words\n\n" for number in range(400)))
    before = shown(text)
    text.set_width(20)
    assert not text.take_slice(), "one slice is not enough"
    assert not text.has_unshown
    assert [text.line(index).text for index in range(text.line_count)] == before
    while not text.take_slice():
        pass
    change = text.show(before.index("paragraph 200 with a few words"), 10)
    assert change.whole
    assert text.line(change.top).text == "paragraph 200 with a"


def test_the_same_width_again_lays_nothing_out() -> None:
    text = laid_out(30)
    text.add("answer", "x" * (SLICE_CHARS * 3))
    shown(text)
    text.set_width(30)
    assert text.take_slice()
    assert not text.show(0, 10).whole


def test_who_follows_scrolls_by_half_a_page() -> None:
    view = Viewport()
    tops = []
    for total in range(1, 41):
        view.resize(10, total)
        tops.append(view.top)
    assert tops[:10] == [0] * 10
    assert len(set(tops)) == 6, "thirty lines in five jumps"
    assert all(top < total <= top + 10 for top, total in zip(tops, range(1, 41), strict=True))
    assert view.thumb == 9


def test_a_reader_who_scrolled_up_stays_until_following_again() -> None:
    view = Viewport()
    view.resize(10, 100)
    assert view.move(-20)
    top = view.top
    view.resize(10, 200)
    assert (view.top, view.following, view.below) == (top, False, 190 - top)
    view.follow()
    assert (view.top, view.following, view.below) == (190, True, 0)
    assert not view.move(1)


def test_the_thumb_goes_from_the_first_row_to_the_last() -> None:
    view = Viewport()
    view.resize(10, 8)
    assert view.thumb is None
    view.resize(10, 100)
    view.move(-100)
    assert view.thumb == 0
    view.move(45)
    assert view.thumb == 4
    view.move(100)
    assert view.thumb == 9
