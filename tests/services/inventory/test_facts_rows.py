"""Which rows of a CSV stand out, and what its models come to."""

from __future__ import annotations

import pytest

from chimera_tui.domain.inventory import FileFacts, GroupFact, RowFact
from chimera_tui.domain.names import FileKind
from chimera_tui.services.inventory.facts_csv import read_csv
from chimera_tui.services.inventory.reader import answer, facts_of

TEXT = """model,num_gpu,num_ctx,ttft_s,tokens_s,ttft_std_s
a:1b,80,512,0.50,40.5,0.01
a:1b,40,1024,0,42.5,0.02
b:8b,80,512,0.25,12.0,0.03
b:8b,,2048,0.75,42.5,0.04
"""


def test_the_best_rows_are_told_with_what_was_set_there() -> None:
    assert read_csv(TEXT).best == (
        RowFact("tokens_s", 42.5, "tok/s", 2, (("model", "a:1b"), ("num_gpu", "40"), ("num_ctx", "1024"))),
        RowFact("ttft_s", 0.25, "s", 3, (("model", "b:8b"), ("num_gpu", "80"), ("num_ctx", "512"))),
    )


def test_each_model_has_its_mean_unless_some_of_its_rows_were_not_measured() -> None:
    assert read_csv(TEXT).groups == (
        GroupFact("a:1b", "tokens_s", 2, 41.5, "tok/s"),
        GroupFact("b:8b", "tokens_s", 2, 27.25, "tok/s"),
        GroupFact("b:8b", "ttft_s", 2, 0.5, "s"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "model,tokens_s\na,1\na,2\n",
        "model,tokens_s\n" + "".join(f"m{place},{place}.5\n" for place in range(20)),
        "name,tokens_s\na,1\nb,2\n",
    ],
)
def test_one_model_or_too_many_are_no_groups(text: str) -> None:
    parts = read_csv(text)
    assert parts.groups == () and len(parts.best) == 1


def test_cells_that_are_no_numbers_rows_that_are_short_and_numbers_without_end_are_passed_over() -> None:
    text = "model,tokens_s,num_gpu\na,1e400,1\nb,n/a,2\n\nb\na,7.5,\nb,3\na,2e300,\n"
    assert read_csv(text).best == (RowFact("tokens_s", 7.5, "tok/s", 4, (("model", "a"),)),)
    assert read_csv("a,ttft_ms\nx,0\n").best == ()
    assert read_csv("a;b;tokens_s\nx;1;1,5\ny;1;2,5\n").best[0].value == 2.5


def test_what_stands_out_comes_through_the_pipe() -> None:
    parts = read_csv(TEXT)
    facts = FileFacts("r/a.csv", FileKind.CSV, 1, 2, best=parts.best, groups=parts.groups)
    assert facts_of(answer(facts)) == facts
