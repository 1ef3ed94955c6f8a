from __future__ import annotations

import json
import math

import pytest

from chimera_tui.services.inventory.growth_json import JsonLines, NotOneDocument, flat, read_document


def test_nested_objects_flatten_and_lists_stay_out() -> None:
    assert flat({"a": {"b": {"c": 1}}, "d": [1, 2], "e": "x"}) == {"a.b.c": 1, "e": "x"}
    assert flat(3.5) == {"value": 3.5}
    assert flat([1]) == {}


def test_an_object_without_end_is_cut_off_and_harms_nothing() -> None:
    deep: dict[str, object] = {}
    for _ in range(500):
        deep = {"a": deep, "n": 1}
    assert 0 < len(flat(deep)) < 500


def test_one_object_for_each_line_and_what_is_none_is_counted() -> None:
    lines = JsonLines()
    batch = lines.feed(
        '{"ttft": {"ms": 12}}\n\nno json\n{"ttft": {"ms": NaN}}\n{"ttft": {"ms": "x"}, "n": true}\n'
    )
    assert batch is not None and batch.count == 3 and lines.broken == 1
    assert batch.numbers["ttft.ms"].values[0] == 12.0
    assert all(map(math.isnan, batch.numbers["ttft.ms"].values[1:])) and batch.numbers["ttft.ms"].others == 2
    assert "n" not in batch.numbers


def test_a_key_that_comes_later_is_a_column_from_there_on() -> None:
    lines = JsonLines()
    lines.feed('{"a": 1}\n')
    batch = lines.feed('{"a": 2}\n{"b": 3, "a": 4}\n')
    assert batch is not None
    assert batch.numbers["b"].values[1] == 3.0 and math.isnan(batch.numbers["b"].values[0])


def test_numbers_too_large_for_a_float_are_none() -> None:
    batch = JsonLines().feed('{"a": 1, "b": 1e999}\n{"a": ' + "9" * 400 + "}\n")
    assert batch is not None
    assert batch.numbers["a"].others == 1 and "b" not in batch.numbers


@pytest.mark.parametrize(
    ("line", "whole"),
    [('{"a": 1}', True), ('{"a": 1} ', True), ('{"a": {"b": 1}', False), ("1", False), ("{]}", False)],
)
def test_a_closed_object_needs_no_end_of_its_line(line: str, whole: bool) -> None:
    assert JsonLines().is_whole(line) == whole


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('[{"a": 1}, {"a": 2}', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1}, {"a": 2},', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1}, {"a', [{"a": 1}]),
        ("[1, 23", [1]),
        ("[1, 23]x", [1, 23]),
        ("[", []),
    ],
)
def test_of_an_array_that_is_not_closed_the_complete_elements_count(text: str, rows: list[object]) -> None:
    document = read_document(text)
    assert list(document.rows) == rows and not document.whole


def test_rows_are_found_inside_a_document() -> None:
    document = read_document(
        '{"config": {"n": 3}, "results": {"short": [{"x": 1}], "runs": [{"a": 1}, {"a": 2}]}}'
    )
    assert document.where == "results.runs[]" and list(document.rows) == [{"a": 1}, {"a": 2}]


def test_lists_of_numbers_side_by_side_are_columns() -> None:
    document = read_document('{"ttft_ms": [1, 2, 3], "rate": [4.0, 5.0, 6.0], "range": [0, 9]}')
    assert list(document.rows) == [
        {"ttft_ms": 1, "rate": 4.0},
        {"ttft_ms": 2, "rate": 5.0},
        {"ttft_ms": 3, "rate": 6.0},
    ]


def test_one_object_is_one_row() -> None:
    document = read_document('{"done": 5, "of": {"all": 9}, "names": ["x"]}')
    assert document.single and len(document.rows) == 1


def test_json_lines_under_another_name_are_recognised() -> None:
    with pytest.raises(NotOneDocument):
        read_document('{"a": 1}\n{"a": 2}\n')


@pytest.mark.parametrize("text", ["", "{", '{"a": 1', "nothing", '{"a": 1}}', "9" * 5_000])
def test_what_can_not_be_read_is_a_value_error(text: str) -> None:
    with pytest.raises((ValueError, NotOneDocument)):
        read_document(text)


def test_rows_are_where_most_of_the_numbers_are_and_not_in_a_configuration() -> None:
    metrics = {f"metric_{n}": {"avg": n, "p99": n} for n in range(10)}
    document = read_document(json.dumps({"config": {"phases": [{"n": 1}, {"n": 2}]}, **metrics}))
    assert document.single
    rows = [{"a": n, "b": n, "c": n} for n in range(9)]
    document = read_document(json.dumps({"config": {"phases": [{"n": 1}] * 20}, **metrics, "runs": rows}))
    assert document.where == "runs[]"
