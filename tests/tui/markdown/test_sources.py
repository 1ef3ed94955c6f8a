"""Lines of texts in the record of all that was fed."""

from __future__ import annotations

from chimera_tui.tui.markdown.live_text import LiveText
from chimera_tui.tui.markdown.sources import Sources, Spot


def test_a_spot_is_found_in_the_record_and_back() -> None:
    sources = Sources()
    sources.begin("analysis")
    sources.add(10, "one\ntw")
    sources.add(16, "o\nthree")
    sources.add(100, "\nfour")  # after thinking
    sources.begin("report")
    sources.add(200, "five\n")
    for offset, spot in (
        (10, Spot(0, 1, 0)), (14, Spot(0, 2, 0)), (16, Spot(0, 2, 2)), (22, Spot(0, 3, 4)), (101, Spot(0, 4, 0)),
        (203, Spot(1, 1, 3)),
    ):  # fmt: skip
        assert sources.offset_of(spot) == offset
        assert sources.spot_of(offset) == spot
    assert sources.number_of("analysis") == 0 and sources.number_of("report") == 1


def test_what_is_not_there_has_no_offset() -> None:
    sources = Sources()
    assert sources.offset_of(Spot(0, 1, 0)) is None and sources.spot_of(3) is None
    sources.add(5, "one\n")
    for spot in (Spot(0, 1, 99), Spot(0, 2, 0), Spot(0, 7, 0), Spot(0, 0, 0), Spot(3, 1, 0), Spot(-1, 1, 0)):
        assert sources.offset_of(spot) is None
    assert sources.spot_of(2) is None and sources.number_of("report") is None


def test_a_text_that_begins_again_takes_the_name_over() -> None:
    sources = Sources()
    for offset in (0, 50):
        sources.begin("report")
        sources.add(offset, "7 files\n")
    assert sources.number_of("report") == 1
    assert sources.offset_of(Spot(1, 1, 0)) == 50


def test_pieces_hold_the_text_that_their_lines_were_made_of() -> None:
    text = LiveText()
    text.set_width(24)
    expected = "".join(f"- item {n} has {n * 7} *words*\r\n\r\n## Part {n}\n" for n in range(60))
    for start in range(0, len(expected), 7):
        if start == 700:
            text.add("thinking", "hm, 7\n")
        text.add("answer", expected[start : start + 7])
    while not text.take_slice():
        pass
    text.show(0, 10)
    pieces = list(dict.fromkeys(text.piece_with(line) for line in range(text.line_count)))
    sources = [text.source_of(piece) for piece in pieces if piece is not None]
    assert "".join(sources) == (expected[:700] + "hm, 7\n" + expected[700:]).replace("\r\n", "\n")
    for piece in pieces:
        assert piece is not None and text.piece_at(piece.start) == piece
