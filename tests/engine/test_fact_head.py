"""The first part of a fact sheet: what is best over all files, and that nothing in a sheet is invented."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from chimera_tui.domain.inventory import FieldFact, FileFacts, GroupFact, RowFact
from chimera_tui.engine.fact_pages import number
from chimera_tui.engine.factsheet import build
from tests.engine.corpora import CHARS_PER_TOKEN, corpus, entry, facts, rate, sweep, whole


def test_the_best_files_are_ranked_once_each_and_by_their_unit() -> None:
    def wait(value: float, unit: str) -> FieldFact:
        return FieldFact("ttft", 3, value, value * 2, value, value * 3, unit)

    told = whole(
        corpus(
            (entry("r/a.csv"), facts("r/a.csv", rate(), wait(0.09, "s"), FieldFact("tok_gain", 3, 9, 9, 9, 99))),
            (entry("r/a.json"), facts("r/a.json", rate("tok_again"), wait(70.5, "ms"))),
            (entry("r/b.csv"), facts("r/b.csv", FieldFact("rate", 1, 187.2, 187.2, 187.2, 187.2, "tok/s"))),
            (entry("r/c.csv"), facts("r/c.csv", wait(0, "s"), FieldFact("std rate", 3, 1, 2, 2, 999, "tok/s"))),
            (entry("r/d.md"), facts("r/d.md", FieldFact("claimed", 1, 999, 999, 999, 999, "tok/s"))),
        )
    )
    assert told.text.split("Numbers in")[0].split("r: 3 csv, 1 json, 1 md\n")[1] == (
        "Highest throughput of a file, best first:\n"
        "1. 187.2 tok/s (only value of rate) `r/b.csv`\n"
        "2. 42.5 tok/s (max of tokens_s) `r/a.csv`\n"
        "Lowest TTFT of a file, best first:\n"
        "1. 70.5 ms (min of ttft) `r/a.json`\n"
        "2. 0.09 s (min of ttft) `r/a.csv`\n"
    )


def test_the_best_rows_are_told_with_their_settings_and_models_with_their_means() -> None:
    best = (
        RowFact("tokens_s", 42.5, "tok/s", 2, (("num_gpu", "40"), ("model", "a\x1b=== b"))),
        RowFact("ttft_s", 0.25, "s", 3),
    )
    groups = tuple(GroupFact(model, "tokens_s", 5, mean, "tok/s") for model, mean in (("a", 76.5), ("b", 46.57)))
    fields = (rate(), FieldFact("ttft_s", 12, 0, 1, 1, 2, "s"))

    def file(path: str) -> FileFacts:
        return replace(facts(path, *fields), best=best, groups=groups)

    copy = replace(facts("r/b.csv", rate()), groups=groups)
    told = whole(corpus((entry("r/a.csv"), file("r/a.csv")), (entry("r/b.csv"), copy)))
    assert (
        "1. 42.5 tok/s (max of tokens_s, row 2: num_gpu=40, model=a\\x1b\\x3d\\x3d\\x3d b) `r/a.csv`\n"
        "Lowest TTFT of a file, best first:\n"
        "1. 0.25 s (lowest above 0 of ttft_s, row 3) `r/a.csv`\n"
        "Means by model:\n"
        "- a: 76.5 tok/s (mean of tokens_s, n=5) `r/a.csv`\n"
        "- b: 46.57 tok/s (mean of tokens_s, n=5) `r/a.csv`\n"
        "Numbers in"
    ) in told.text


def test_notes_are_ranked_where_nothing_was_measured() -> None:
    told = whole(corpus((entry("r/d.md"), facts("r/d.md", rate("claimed")))))
    assert "1. 42.5 tok/s (max of claimed) `r/d.md`" in told.text


def test_a_small_budget_tells_counts_shares_and_the_best_before_any_table() -> None:
    told = build(sweep(), 400, CHARS_PER_TOKEN)
    assert "Files: 48 (24 csv = 50.0 %, 24 json = 50.0 %, 0 md = 0.0 %)" in told.text
    assert "Highest throughput: 42.5 tok/s (max of field_0) `reports/f0/run_00.json`" in told.text
    assert "2. " not in told.text and "| Type" not in told.text
    assert told.facts > 0


def test_where_not_even_that_fits_the_best_goes_before_where_the_files_lie() -> None:
    told = build(sweep(), 125, CHARS_PER_TOKEN)
    assert told.text.split("\n")[1:-1] == [
        "Files: 48 (24 csv = 50.0 %, 24 json = 50.0 %, 0 md = 0.0 %), 4,800 bytes",
        "Latest modified: 2025-11-15 12:00:00 UTC",
        "Highest throughput: 42.5 tok/s (max of field_0) `reports/f0/run_00.json`",
    ]
    assert len(told.text) <= 250


_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*\w)")


@pytest.mark.parametrize("budget", [0, 150, 400, 1500, 6000, 1_000_000])
def test_every_number_of_a_sheet_is_a_fact_of_the_files(budget: int) -> None:
    """Counts, shares, sizes, places in a list and values: nothing else, whatever is cut."""
    given_ = sweep(4, 6, 5)
    values = {number(v) for f in given_.facts for x in f.fields for v in (x.min, x.mean, x.median, x.max)}
    counts = {"24", "12", "0", "100", "600", "1,200", "2,400", "6", "3", "4", "50.0", "100.0", "0.0"}
    places = {"1", "2", "3", "4", "5"}
    for line in build(given_, budget, CHARS_PER_TOKEN).text.split("\n"):
        bare = re.sub(
            r"`[^`]*`|^\[[^]]*\]|^- reports/\S+|· field_\d ·|field_\d|\d{4}-\d\d-\d\d [\d:]+ UTC", "", line
        )
        for found in _NUMBER.findall(bare):
            assert found in values | counts | places, line
