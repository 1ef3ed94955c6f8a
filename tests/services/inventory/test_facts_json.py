"""What is read out of JSON documents."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.services.inventory.facts_json import read_json


def _found(text: str) -> dict[str, tuple[int, float, str]]:
    return {field.field: (field.count, field.mean, field.unit) for field in read_json(text).fields}


def test_numeric_leaves_are_grouped_by_path_with_indices_folded() -> None:
    text = json.dumps(
        {
            "model": "gemma3",
            "runs": [{"ttft_s": 1, "ok": True}, {"ttft_s": 3}],
            "latency_ms": {"p99": 5},
            "m": [[1], [2]],
        }
    )
    assert _found(text) == {
        "runs[].ttft_s": (2, 2.0, "s"),
        "latency_ms.p99": (1, 5.0, "ms"),
        "m[][]": (2, 1.5, ""),
    }
    parts = read_json(text)
    assert parts.rows == 4
    assert parts.names == ("model", "runs[].ttft_s", "runs[].ok", "latency_ms.p99", "m[][]")


def test_a_unit_that_stands_beside_a_value_is_its_unit() -> None:
    assert _found('[{"metric": "ttft", "value": 12, "unit": "ms"}]') == {"[].value": (1, 12.0, "ms")}


def test_a_document_of_one_number_is_called_value() -> None:
    assert _found("42") == {"value": (1, 42.0, "")}


def test_booleans_texts_nan_and_infinity_are_no_numbers() -> None:
    assert _found('{"a": true, "b": "12", "c": NaN, "d": -Infinity, "e": null, "f": 1}') == {"f": (1, 1.0, "")}


@pytest.mark.parametrize("huge", ["1e400", "9" * 400])
def test_a_number_too_large_to_hold_is_skipped_and_said(huge: str) -> None:
    parts = read_json(f'{{"a": {huge}, "b": 1}}')
    assert [field.field for field in parts.fields] == ["b"]
    assert parts.problems == ["1 numbers too large to hold, skipped"]


def test_an_integer_that_python_refuses_is_a_problem_not_a_crash() -> None:
    assert read_json("[" + "9" * 5000 + "]").problems == ["JSON with a number of thousands of digits, not read"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1,', "half-written JSON: line 1, column 9"),
        ('{"a": 1,\n "b', "half-written JSON: line 2, column 2"),
        ('{"a": tr', "half-written JSON: line 1, column 7"),
        ("[1, 2", "half-written JSON: line 1, column 6"),
        ("[1, -", "half-written JSON: line 1, column 5"),
        ("[1, }", "not valid JSON: line 1, column 5"),
        ('{"a": 1}\n{"a": 2}', "not valid JSON: line 2, column 1"),
        ("hello there", "not valid JSON: line 1, column 1"),
        ("  \n", "empty file"),
    ],
)
def test_what_can_not_be_read_is_named_with_its_place(text: str, problem: str) -> None:
    parts = read_json(text)
    assert parts.problems == [problem]
    assert parts.fields == ()


def test_every_beginning_of_a_document_is_half_written_or_whole() -> None:
    text = json.dumps({"s": 'a "quote" \\ é', "n": [-1.5e3, True, None], "o": {"x": 0}}, indent=1)
    for end in range(1, len(text)):
        (problem,) = read_json(text[:end]).problems
        assert problem.startswith("half-written JSON"), text[:end]


def test_deep_nesting_is_cut_and_said_without_recursion() -> None:
    assert read_json('{"a":' * 100 + "1" + "}" * 100).problems == [
        "nested deeper than 64 levels: the rest left out (limits.json_depth)"
    ]
    assert read_json("[" * 100_000).problems == ["JSON nested too deeply to be read"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda children: (
            st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=4), children, max_size=4)
        ),
    )
)
def test_any_document_is_read(document: object) -> None:
    parts = read_json(json.dumps(document))
    assert all(field.count > 0 for field in parts.fields)
