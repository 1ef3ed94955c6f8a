"""Texts that nobody wrote on purpose: nothing breaks, and nothing costs more than its length."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.analysis.grounding.facts import Facts
from tests.analysis.grounding.corpus import check

LONG: dict[str, Callable[[int], str]] = {
    "ten thousand numbers": lambda n: " ".join(map(str, range(n))),
    "cells": lambda n: "| 12 " * n,
    "letters": lambda n: "x" * n,
    "blanks": lambda n: " " * n + "x",
    "hashes": lambda n: "# " + "#" * n,
    "backticks": lambda n: "` " * n,
    "stars": lambda n: "**" * n,
    "bars": lambda n: "|" * n,
    "digits": lambda n: "9" * n,
    "commas": lambda n: "1,234," * n,
    "ranges": lambda n: "1-2 " * n,
    "brackets": lambda n: "(" * n + "5",
    "escapes": lambda n: '"' + "a\\" * n + '": 5',
    "endless": lambda n: "1e400 " * n,
    "another script": lambda n: "செயல் 12.5 " * n,
    "kinds": lambda n: "csv and json, " * n + "(5)",
}
SMALL, TIMES = 80, 6
"""A line six times as long may take six times as long, and twice that with all that a machine does besides."""


@pytest.mark.parametrize("name", LONG)
def test_time_grows_with_the_length_and_not_with_its_square(name: str, facts: Facts) -> None:
    def took(length: int) -> float:
        line = LONG[name](length)
        best = float("inf")
        for _ in range(2):
            started = time.process_time()
            check(line, facts)
            best = min(best, time.process_time() - started)
        return best

    assert took(TIMES * SMALL) < 2 * TIMES * took(SMALL) + 0.005


@given(
    st.text(
        alphabet=st.sampled_from('0123456789.,-|`*#:()[]%$ \t\n"{}~eE+/ajsoncv filetotalmean–—½٣५\u202e\x00'),
        max_size=300,
    )
)
def test_no_text_breaks_it(text: str) -> None:
    lines = text.split("\n")
    for number in check(text, Facts((), ())):
        assert lines[number.line - 1][number.start : number.end] == number.text


def test_without_any_file_only_counts_can_be_wrong(facts: Facts) -> None:
    empty = Facts((), ())
    (count, *_) = check("There are 5 JSON files of 12.5 MB and 187.1752 tok/s.", empty)
    assert count.truth == "0 files"
    assert facts.count > 20 > empty.count
