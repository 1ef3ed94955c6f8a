"""Where characters of Markdown are found again in the lines that were rendered from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from chimera_tui.tui.markdown.aligned import Aligned, Stretch, paired_words
from tests.tui.markdown.documents import made_up, texts

REPORT = """## 2. Latency

The **p95** is *12.5* ms, `num_gpu` is 80 and 80 more.

7. first of 3
7. second of 3, -4.5 below

| model | rate |
|---|---:|
| llama | 12.5 |
| a model with a name that is long | 12.5 |

<br>3 &amp; 12.5 at [3 links](http://u.v/80)
"""


def shown(source: str, number: str, width: int, *, nth: int = 0) -> list[str]:
    """What is marked in the lines when the n-th such number of the source is."""
    lines = texts(source, width)
    start = [match.start() for match in re.finditer(re.escape(number), source)][nth]
    return [lines[line][first:end] for line, first, end in Aligned(source, lines).find(start, start + len(number))]


def line_of(source: str, number: str, width: int, *, nth: int) -> str:
    lines = texts(source, width)
    start = [match.start() for match in re.finditer(re.escape(number), source)][nth]
    return lines[Aligned(source, lines).find(start, start + len(number))[0].line]


@pytest.mark.parametrize("width", [16, 24, 40, 120])
def test_every_number_of_a_report_is_found_whatever_stands_around_it(width: int) -> None:
    for number in ("12.5", "80", "3", "-4.5"):
        times = len(re.findall(re.escape(number), REPORT))
        assert [shown(REPORT, number, width, nth=n) for n in range(times)] == [[number]] * times


def test_equal_numbers_are_told_apart_by_the_words_around_them() -> None:
    assert "p95" in line_of(REPORT, "12.5", 80, nth=0)
    assert "llama" in line_of(REPORT, "12.5", 80, nth=1)
    assert "a model with" in line_of(REPORT, "12.5", 80, nth=2)
    assert "second" in line_of(REPORT, "3", 80, nth=1)


def test_a_number_in_a_cell_that_was_wrapped_is_found_in_its_own_row() -> None:
    table = "| what | n | note |\n|---|---|---|\n" + "".join(
        f"| {name} of a long name to wrap | 12 | some words that wrap and wrap |\n"
        for name in ("one", "two", "six")
    )
    lines = texts(table, 30)
    for nth, name in enumerate(("one", "two", "six")):
        start = [match.start() for match in re.finditer("12", table)][nth]
        (found,) = Aligned(table, lines).find(start, start + 2)
        assert lines[found.line][found.start : found.end] == "12"
        assert name in " ".join(lines[max(0, found.line - 1) : found.line + 1])


def test_a_number_that_was_broken_over_lines_is_marked_as_far_as_it_is_known() -> None:
    table = "| metric | value |\n|---|---|\n| tokens per second | 14.590837494496077 |\n"
    (part,) = shown(table, "14.590837494496077", 20)
    assert "14.590837494496077".startswith(part) and len(part) >= 8


def test_of_what_is_not_shown_the_line_is_known() -> None:
    source = "one 1\n\n[ref]: /url/77 'x'\n\n![alt](/8.png) two 2\n"
    lines = texts(source, 40)
    start = source.index("8.png")
    (found,) = Aligned(source, lines).find(start, start + 1)
    assert found.start == found.end and "two 2" in lines[found.line]
    assert Aligned("", []).find(0, 0) == ()
    assert Aligned("7", ["nothing"]).find(0, 1) == (Stretch(0, 0, 0),)


@pytest.mark.parametrize("seed", range(20))
def test_pairs_are_equal_words_in_order(seed: int) -> None:
    left = re.findall(r"\w+", made_up(seed))
    right = re.findall(r"\w+", "\n".join(texts(made_up(seed), 30)))
    pairs = paired_words(left, right)
    assert all(left[i] == right[j] for i, j in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))
    assert 10 * len(pairs) >= 6 * len(left)


def test_alike_words_without_end_are_paired_too() -> None:
    assert len(paired_words(["7"] * 2_000, ["7"] * 2_000)) == 2_000
    assert len(paired_words(["8", *["7"] * 2_000, "9"], ["7"] * 2_000)) in range(1, 2_001)


@pytest.mark.shared
@pytest.mark.parametrize("width", [60, 120])
def test_the_numbers_of_reports_of_the_field_are_found(shared_dir: Path, width: int) -> None:
    found = sum_of = 0
    for source, starts in _labelled(shared_dir / "grounding"):
        lines = texts(source, width)
        aligned = Aligned(source, lines)
        for start, number in starts:
            marked = "".join(lines[y][a:b] for y, a, b in aligned.find(start, start + len(number)))
            found += bool(marked) and (number.startswith(marked) or marked == number.replace(" ", ""))
            sum_of += 1
    assert sum_of > 500 and found >= 0.97 * sum_of


def _labelled(folder: Path) -> Iterator[tuple[str, Sequence[tuple[int, str]]]]:
    claims = [json.loads(line) for line in (folder / "claims.jsonl").read_text(encoding="utf-8").splitlines()]
    for path in sorted((folder / "reports").glob("*.md")):
        source = path.read_text(encoding="utf-8")
        begins = [0, *(match.end() for match in re.finditer("\n", source))]
        starts: list[tuple[int, str]] = []
        for claim in claims:
            if claim["report"] == path.stem:
                begin = begins[claim["line"] - 1]
                at = source.find(claim["number"], max(begin, starts[-1][0] + 1 if starts else 0))
                starts.append((at, claim["number"]))
        yield source, starts
