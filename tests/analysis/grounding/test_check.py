"""What is said of numbers, by the sentence they stand in. The cases have the verdict behind each number: `12{C}`.

S supported, C contradicted, M misattributed, U unsupported, N no claim.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.domain.grounding import CheckedNumber
from chimera_tui.domain.verdicts import Verdict
from tests.analysis.grounding.corpus import check

LETTERS = {
    "S": Verdict.SUPPORTED,
    "C": Verdict.CONTRADICTED,
    "M": Verdict.MISATTRIBUTED,
    "U": Verdict.UNSUPPORTED,
    "N": Verdict.NOT_A_CLAIM,
}
_MARK = re.compile(r"\{([SCMUN])\}")

_FOLDER = Path(__file__).parent / "cases"


def cases(name: str) -> list[str]:
    """Texts of a file, between lines of dashes."""
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n----\n")


CASES = [case for name in ("inventory", "dates", "values", "statistics", "no_claims") for case in cases(name)]


def expected(marked: str) -> tuple[str, list[tuple[int, int, Verdict]]]:
    """The text without its marks, and (line, end of the number, verdict) of each."""
    lines, wanted = [], []
    for number, line in enumerate(marked.split("\n"), 1):
        plain = ""
        for at, piece in enumerate(_MARK.split(line)):
            if at % 2:
                wanted.append((number, len(plain), LETTERS[piece]))
            else:
                plain += piece
        lines.append(plain)
    return "\n".join(lines), wanted


def verdicts_at(numbers: list[CheckedNumber], line: int, end: int) -> list[Verdict]:
    return [number.verdict for number in numbers if number.line == line and number.start < end <= number.end + 1]


@pytest.mark.parametrize("marked", CASES)
def test_every_number_is_judged_as_a_reader_would(marked: str, facts: Facts) -> None:
    text, wanted = expected(marked)
    numbers = check(text, facts)
    seen = [(line, end, (verdicts_at(numbers, line, end) or [Verdict.NOT_A_CLAIM])[-1]) for line, end, _ in wanted]
    assert seen == wanted, [(number.text, number.verdict, number.why, number.truth) for number in numbers]


@pytest.mark.parametrize("marked", cases("sizes"))
def test_sizes_are_those_of_the_files(marked: str, facts: Facts) -> None:
    total = facts.inventory.size_bytes()
    (one,) = facts.inventory.sizes_of("alpha_1b_sweep.csv")
    text, wanted = expected(_with_sizes(marked, total, one))
    numbers = check(text, facts)
    seen = [(line, end, verdicts_at(numbers, line, end)[-1]) for line, end, _ in wanted]
    assert seen == wanted, [(number.text, number.verdict, number.why) for number in numbers]


@pytest.mark.parametrize("marked", CASES)
def test_a_number_is_where_it_says_it_is(marked: str, facts: Facts) -> None:
    text, _ = expected(marked)
    lines = text.split("\n")
    for number in check(text, facts):
        assert lines[number.line - 1][number.start : number.end] == number.text


def _with_sizes(marked: str, total: int, one: int) -> str:
    known = {"TOTAL": f"{total:,}", "ROUNDED": str(round(total, -2)), "ONE": str(one)}
    return re.sub("|".join(known), lambda match: known[match.group()], marked)


def test_what_is_contradicted_tells_the_truth_and_its_place(facts: Facts) -> None:
    (count,) = check("There are 5 JSON files.", facts)
    assert (count.truth, str(count.place)) == ("3 files", "inventory: count of json files")
    (mean,) = check("The average `tokens_s` is 120.5.", facts)
    assert mean.truth == "mean 150.296 tok/s, of 5 values 96.1274 to 187.175"
    assert mean.place is not None and mean.place.path.startswith("reports/alpha/")


def test_what_is_misattributed_tells_what_the_number_is(facts: Facts) -> None:
    (number,) = [each for each in check("alpha:4b achieved 187.1752 tok/s.", facts) if each.verdict.is_claim]
    assert number.truth == "tokens_s of alpha:1b: 187.175 tok/s"
    assert str(number.place) == "reports/alpha/alpha_1b_sweep.csv:tokens_s[row 2]"


def test_a_supported_number_tells_where_it_comes_from(facts: Facts) -> None:
    found = check('```json\n"json_results[1].tokens_per_second": 13.2745668\n```', facts)
    (number,) = [each for each in found if each.verdict.is_claim]
    assert str(number.place) == "data/baseline_run.json:results[1].tokens_per_second"


def test_what_was_said_of_a_line_does_not_change_when_more_come(facts: Facts) -> None:
    text = "\n".join(expected(marked)[0] for marked in CASES)
    lines = text.split("\n")
    whole = check(text, facts)
    for cut in range(0, len(lines), 7):
        part = check("\n".join(lines[:cut]), facts)
        assert part == [number for number in whole if number.line <= max(cut, 1)][: len(part)]
