"""A file's format is known by what the file holds, and no damage is more than a remark."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.formats.json_text import array_items, object_members, salvaged
from chimera_tui.formats.result_text import MOST_PROBLEMS
from chimera_tui.formats.results import read_results
from tests.formats.result_files import DATA, data, only, said

FILES = sorted(path.name for path in DATA.iterdir())
PIECES = 24
"""Places at which each file is cut."""


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_of_one_format_and_has_no_figure_that_is_none(name: str) -> None:
    reading = read_results(data(name), name)
    assert reading.measurements or reading.problems
    for each in reading.measurements:
        assert each.source.tool
        assert each.source.format
        assert each.place.file == name
        assert each.mean is None or math.isfinite(each.mean)
        assert all(map(math.isfinite, each.samples))
        assert each.samples or (each.aggregate is not None and not each.aggregate.is_empty)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_anywhere_never_raises_anything_else(name: str) -> None:
    text = data(name)
    whole = {_facts(each) for each in read_results(text, "x").measurements}
    for cut in range(0, len(text), max(1, len(text) // PIECES)):
        try:
            reading = read_results(text[:cut], "x")
        except FileNotReadable:
            continue
        if name.endswith(("json", "jsonl", "sql")):
            assert {_facts(each) for each in reading.measurements if each.samples == ()} <= whole | _parts(name)


def _facts(each: object) -> tuple[object, ...]:
    names = ("figure", "test", "unit", "outcome", "warmup", "mean")
    return tuple(getattr(each, name) for name in names)


def _parts(name: str) -> set[tuple[object, ...]]:
    """Counts of requests grow with the lines that are there."""
    if not name.startswith("aiperf"):
        return set()
    return {
        ("requests", phase, "requests", outcome, phase == "warmup", float(count))
        for phase in ("profiling", "warmup")
        for outcome in ("ok", "errored", "incomplete")
        for count in range(4)
    }


@pytest.mark.parametrize("name", FILES)
def test_a_mark_of_byte_order_and_blank_lines_in_front_change_nothing(name: str) -> None:
    plain = read_results(data(name), "x")
    marked = read_results("\ufeff" + data(name), "x")
    assert [_facts(each) for each in marked.measurements] == [_facts(each) for each in plain.measurements]


@given(text=st.text(max_size=200))
def test_any_other_text_is_refused_with_a_sentence(text: str) -> None:
    try:
        reading = read_results(text, "x")
    except FileNotReadable as error:
        assert error.info.what == "this is none of the result formats that are known here"
        assert "llama-bench" in error.info.next
    else:
        assert reading.problems


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[",
        "[[[[",
        "[" * 100_000,
        '{"a": ' * 50_000,
        "[1, 2]",
        '[{"n_prompt": 1}]',
        '{"benchmarks": []}',
        '{"benchmarks": [{"x": 1}]}',
        '{"metadata": {"aggregation_type": null}}',
        "num_gpu,tokens_per_s\n20,41.5\n",
        "# Notes\n\nThe mean was 71.9 tok/s.\n",
        "Metric,Other\n1,2\n",
        "Benchmark\n",
    ],
)
def test_files_of_other_kinds_are_refused(text: str) -> None:
    with pytest.raises(FileNotReadable, match="none of the result formats"):
        read_results(text, "x")


def test_remarks_without_end_are_counted() -> None:
    text = data("llama-bench.jsonl") + '{"n_prompt": torn\n' * (MOST_PROBLEMS + 50)
    reading = read_results(text, "x")
    assert len(reading.problems) == MOST_PROBLEMS + 1
    assert "more such remarks are not listed" in reading.problems[-1].what
    assert only(reading, "decode rate").mean == 2000.0


def test_a_number_that_ends_with_the_text_may_have_lost_digits() -> None:
    assert object_members('{"a": 1, "b": 15').values == {"a": 1}
    assert array_items("[1, 15").values == ((1, 1),)
    assert salvaged('{"a": [1, {"b": 2, "c": 3') == {"a": [1, {"b": 2}]}
    assert object_members('{"a": 1, "b": 15}').is_closed
    assert salvaged("nothing") is None


def test_each_item_of_an_array_knows_its_line() -> None:
    assert [line for _, line in array_items('[\n  1,\n\n  "a\\nb",\n{"x":\n 1},2]').values] == [2, 4, 5, 6]


@pytest.mark.shared
def test_files_beside_the_results_are_none_of_the_formats(shared_dir: Path) -> None:
    folder = shared_dir / "formats"
    for path in (
        "aiperf/chat/inputs.json",
        "aiperf/chat/phase_manifest.json",
        "aiperf/chat/profile_export_console.txt",
        "aiperf/sweep/concurrency_1/run_config.json",
        "chimeraforge/missing-model.stdout.txt",
        "guidellm/sync.html",
        "guidellm/sync.yaml",
        "ollama-bench/missing-model.stderr.txt",
        "README.md",
    ):
        with pytest.raises(FileNotReadable):
            read_results((folder / path).read_text(errors="replace"), path)


def test_what_is_said_of_a_file_names_its_place() -> None:
    assert said(read_results(data("llama-bench-torn.json"), "x"), "lost").startswith("x, line ")
