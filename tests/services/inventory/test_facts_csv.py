"""What is read out of CSV files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.services.inventory.facts_csv import Parts, read_csv


def _means(parts: Parts) -> dict[str, float]:
    return {field.field: field.mean for field in parts.fields}


def test_numeric_columns_are_summarised_and_texts_only_named() -> None:
    parts = read_csv('model,ttft_s,note\ngemma3,0.5,"a, b"\ngemma3,1.5,\n')
    assert (parts.rows, parts.names) == (2, ("model", "ttft_s", "note"))
    (ttft,) = parts.fields
    assert (ttft.field, ttft.count, ttft.mean, ttft.unit) == ("ttft_s", 2, 1.0, "s")
    assert parts.problems == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    rows = ["name,a_ms,b", "x,1,2", "y,3,4"]
    assert _means(read_csv("\n".join(rows).replace(",", delimiter))) == {"a_ms": 2, "b": 3}


def test_with_semicolons_a_comma_is_a_decimal_comma() -> None:
    assert _means(read_csv("a;b\n0,5;1,5\n1,5;2,5\n")) == {"a": 1.0, "b": 2.0}


def test_a_tab_or_comma_in_a_quoted_text_does_not_mislead() -> None:
    text = 'prompt,tokens_s\n"one; two; three",10\n"a\tb; c",20\n'
    assert _means(read_csv(text)) == {"tokens_s": 15}


def test_comments_and_a_profilers_banner_are_passed_over() -> None:
    parts = read_csv("==PROF== Connected\n# it's \"fine\n\nid,ms\n1,5\n# between\n2,7\n")
    assert parts.rows == 2
    assert _means(parts) == {"id": 1.5, "ms": 6}


def test_a_file_without_a_header_gets_numbered_columns_or_those_of_its_comment() -> None:
    assert read_csv("1,2\n3,4\n").names == ("column 1", "column 2")
    parts = read_csv("# step, loss_ms\n1,2\n3,4\n")
    assert parts.names == ("step", "loss_ms")
    assert parts.rows == 2


def test_two_columns_of_one_name_stay_two() -> None:
    assert _means(read_csv("a,a,\n1,2,3\n")) == {"a": 1, "a (2)": 2, "column 3": 3}


def test_ragged_rows_are_read_as_far_as_they_go_and_said() -> None:
    parts = read_csv("a,b\n1,2\n3\n5,6,7\n")
    assert _means(parts) == {"a": 3, "b": 4}
    assert parts.problems == ["2 of 3 rows have more or fewer cells than the header"]


def test_nan_inf_and_empty_cells_are_no_numbers() -> None:
    (field,) = read_csv("a\n1\nnan\n3\ninf\n5\n\n").fields
    assert (field.count, field.mean) == (3, 3)


def test_a_number_too_large_to_hold_is_skipped_and_said() -> None:
    parts = read_csv("a\n1\n1e400\n3\n")
    assert _means(parts) == {"a": 2}
    assert parts.problems == ["1 numbers too large to hold, skipped"]


def test_seconds_are_never_averaged_with_milliseconds() -> None:
    parts = read_csv("latency\n12ms\n14ms\n2s\n")
    assert {(field.field, field.mean, field.unit) for field in parts.fields} == {
        ("latency (ms)", 13, "ms"),
        ("latency (s)", 2, "s"),
    }


def test_a_row_of_units_below_the_names_is_understood() -> None:
    parts = read_csv('"Kernel","Duration","Load"\n"","nsecond","%"\n"mm","22,80,000","41.2"\n"mm","100","40"\n')
    assert parts.rows == 2
    assert {field.field: field.unit for field in parts.fields} == {"Duration": "nsecond", "Load": "%"}
    assert parts.fields[0].max == 2_280_000


def test_a_column_that_is_mostly_text_is_no_number_column() -> None:
    assert read_csv("tag\nq4\nq5\n8\n").fields == ()


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n# comments\n"])
def test_a_file_without_rows_says_so(text: str) -> None:
    assert read_csv(text).problems == ["no rows"]


@given(st.text(alphabet=st.sampled_from('ab1.5,;\t"\n\r# %\x00\u0085'), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    parts = read_csv(text)
    assert all(field.count > 0 for field in parts.fields)


def test_a_column_that_only_almost_holds_plain_numbers_is_read_cell_by_cell() -> None:
    parts = read_csv("a,b,c,d\n1,nan,1_000,1 ms\n2.5,2,2,2\n1e400,3,3,x3\n")
    counts = {fact.field: (fact.count, fact.max) for fact in parts.fields}
    assert counts == {"a": (2, 2.5), "b": (2, 3.0), "c": (2, 3.0), "d (ms)": (1, 1.0), "d (no unit)": (1, 2.0)}
    assert parts.problems == ["1 numbers too large to hold, skipped"]
