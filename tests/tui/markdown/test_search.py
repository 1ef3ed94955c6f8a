"""Search in growing lines, held against a search in the plain text of all lines at once."""

from __future__ import annotations

import random
import re

import pytest

from chimera_tui.tui.markdown.headings import next_heading
from chimera_tui.tui.markdown.lines import Line
from chimera_tui.tui.markdown.live_text import LiveText
from chimera_tui.tui.markdown.search import LineSearch, Match
from chimera_tui.tui.markdown.selection import Selection, characters, marked
from tests.tui.markdown.documents import made_up

QUERIES = (
    "a",
    "the",
    "the model",
    "Re",
    "e s",
    "İ",
    "│",
    "no such words",
    "and  the",
    "日本",
    "alpha",
    "two words",
)


class Page:
    """Lines of which more and more settle."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.settled_count = 0
        self.line_count = 0
        self.asked = 0

    def line(self, index: int) -> Line:
        self.asked += 1
        return Line(((self.texts[index], ""),))


def in_plain_text(texts: list[str], query: str) -> list[Match]:
    """What a reader would mark with a pencil: each occurrence from left to right, over a line's end too."""
    gap = r"(?: +| *\n[ ┊▌]*)"
    flags = re.IGNORECASE if query == query.lower() else 0
    text = "\n".join(texts)
    pattern = re.compile(gap.join(re.escape(word) for word in query.split()), flags)

    def point(offset: int) -> tuple[int, int]:
        return text.count("\n", 0, offset), offset - (text.rfind("\n", 0, offset) + 1)

    return [Match(point(found.start()), point(found.end())) for found in pattern.finditer(text)]


def random_texts(seed: int) -> list[str]:
    chance = random.Random(seed)
    words = ("the", "model", "Re", "re", "and", "a", "aa", "▌ ", "  ", "日本", "İs", "│", "", "e", "s")
    return [" ".join(chance.choices(words, k=chance.randrange(7))) for _ in range(chance.randrange(40))]


@pytest.mark.parametrize("seed", range(60))
def test_matches_are_those_in_the_plain_text_however_it_grew(seed: int) -> None:
    chance = random.Random(seed)
    for query in (*QUERIES, "a a", "aa a", "the model re"):
        page = Page(random_texts(seed))
        search = LineSearch(query)
        while page.line_count < len(page.texts):
            page.line_count = min(len(page.texts), page.line_count + chance.randrange(6))
            page.settled_count = chance.randrange(page.settled_count, page.line_count + 1)
            while not search.follow(page, limit=chance.randrange(1, 5)):
                pass
            assert list(search) == in_plain_text(page.texts[: page.line_count], query)


@pytest.mark.parametrize("seed", range(12))
def test_matches_on_a_laid_out_document_are_those_in_its_lines(seed: int) -> None:
    text = LiveText()
    text.set_width(60)
    text.add("answer", made_up(seed))
    while not text.take_slice():
        pass
    text.show(0, 30)
    texts = [text.line(index).text for index in range(text.line_count)]
    for query in QUERIES:
        search = LineSearch(query)
        while not search.follow(text, limit=7):
            pass
        assert list(search) == in_plain_text(texts, query)
        assert all(match in list(search.touching(match.start[0], match.end[0] + 1)) for match in search)


def test_settled_lines_are_looked_through_once() -> None:
    page = Page(["one line of the text"] * 20_000)
    page.settled_count = page.line_count = 10_000
    search = LineSearch("the text")
    while not search.follow(page):
        pass
    page.asked = 0
    for count in range(10_001, 10_101):
        page.settled_count = page.line_count = count
        assert search.follow(page)
    assert page.asked < 100 * 6
    assert len(search) == 10_100


def test_a_capital_in_the_query_makes_case_matter() -> None:
    page = Page(["Model model MODEL"])
    page.line_count = 1
    for query, count in (("model", 3), ("Model", 1), ("MODEL", 1)):
        search = LineSearch(query)
        search.follow(page)
        assert len(search) == count


@pytest.mark.parametrize("seed", range(40))
def test_marks_change_no_character_and_cut_none(seed: int) -> None:
    chance = random.Random(seed)
    pieces = [chance.choice(("ab", "日本", "e\u0301", "👩‍👩‍👧", " ", "x")) for _ in range(6)]
    line = Line(tuple((piece, chance.choice(("", "strong"))) for piece in pieces))
    start = chance.randrange(len(line.text))
    end = chance.randrange(start, len(line.text) + 1)
    result = marked(line, start, end, "match")
    assert result.text == line.text
    assert result.cells == line.cells
    over = "".join(text for text, style in result.spans if style.endswith("match"))
    assert line.text[start:end] in over


@pytest.mark.parametrize(
    ("text", "first", "last", "meant"),
    [
        ("abcdef", 1, 3, "bcd"),
        ("abc", 1, None, "bc"),
        ("abc", 7, 9, ""),
        ("日本語", 1, 2, "日本"),
        ("e\u0301a", 0, 0, "e\u0301"),
        ("日a", 2, None, "a"),
    ],
)
def test_cells_mean_whole_characters(text: str, first: int, last: int | None, meant: str) -> None:
    start, end = characters(text, first, last)
    assert text[start:end] == meant


def test_a_selection_reads_the_same_in_either_direction() -> None:
    texts = ["first line  ", "second", "third line"]
    for selection in (Selection((0, 6), (2, 4)), Selection((2, 4), (0, 6))):
        assert selection.text(texts.__getitem__, 3) == "line\nsecond\nthird"


def test_headings_and_sections_are_found_in_both_directions() -> None:
    text = LiveText()
    text.set_width(30)
    text.add("section", "analysis")
    text.add("answer", "# One that is longer than a line of thirty cells\n\ntext\n\n## Two **bold**\n\nmore\n")
    text.add("section", "report")
    text.add("answer", "no heading")
    while not text.take_slice():
        pass
    text.show(0, 30)
    down, at = [], -1
    while (line := next_heading(text.line, text.line_count, at, 1)) is not None:
        down.append(line)
        at = line
    assert [text.line(line).text.strip("─ ")[:8] for line in down] == [
        "analysis",
        "One that",
        "Two bold",
        "report",
    ]
    up, at = [], text.line_count
    while (line := next_heading(text.line, text.line_count, at, -1)) is not None:
        up.append(line)
        at = line
    assert up == down[::-1]
