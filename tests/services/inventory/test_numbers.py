"""Every number of a file, with where it stands."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.domain.file_numbers import FileNumbers
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import kind_of
from chimera_tui.services.inventory.numbers import read_numbers
from chimera_tui.services.inventory.numbers_found import MOST_FIELDS, Harvest
from chimera_tui.services.inventory.numbers_json import harvest_json
from chimera_tui.services.inventory.numbers_markdown import harvest_markdown
from chimera_tui.services.inventory.once import read_corpus_numbers, scan_once
from chimera_tui.services.inventory.roots import resolve_roots
from tests.services.inventory.harvests import Found, found_in, numbers_of


def test_a_column_that_is_half_text_still_gives_its_numbers_with_row_unit_and_label(tmp_path: Path) -> None:
    numbers = numbers_of(
        tmp_path, "a.csv", "Model,TTFT (s),Note\nLlama,0.5,warm\nGemma,failed,\nQwen,120 ms,cold\n"
    )
    assert found_in(numbers) == [
        Found("TTFT (s)", 1, 0.5, "s", "llama | warm"),
        Found("TTFT (s)", 3, 120.0, "ms", "qwen | cold"),
    ]


def test_a_unit_row_a_unit_column_and_decimal_commas_are_understood(tmp_path: Path) -> None:
    profiler = numbers_of(tmp_path, "a.csv", "Kernel,Duration,Size\n,usec,byte\ngemm,12.5,8\nconv,13,9\n")
    assert [(field.name, field.unit) for field in profiler.fields] == [("Duration", "µs"), ("Size", "B")]
    column = numbers_of(tmp_path, "b.csv", "metric,value,unit\nload,3,ms\nrate,80,tok/s\n")
    assert found_in(column) == [
        Found("value", 1, 3, "ms", "load | ms"),
        Found("value", 2, 80, "tok/s", "rate | tok/s"),
    ]
    german = numbers_of(tmp_path, "c.csv", "name;t_ms\na;1.234,5\nb;0,25\n")
    assert list(german.values) == [1234.5, 0.25]


def test_several_numbers_of_a_cell_are_several_facts_and_prose_is_none(tmp_path: Path) -> None:
    text = 'prompt,spread,options\n"Name 3 ships and 2 ports",10.5 ± 0.4 ms,"{""top_p"": 0.9, ""k"": [1, 2]}"\n'
    assert found_in(numbers_of(tmp_path, "a.csv", text)) == [
        Found("spread", 1, 10.5, "ms", "name 3 ships and 2 ports | 10.5 ± 0.4 ms"),
        Found("spread", 1, 0.4, "ms", "name 3 ships and 2 ports | 10.5 ± 0.4 ms"),
        Found("options.top_p", 1, 0.9, "", "name 3 ships and 2 ports | 10.5 ± 0.4 ms"),
        Found("options.k[]", 1, 1, "", "name 3 ships and 2 ports | 10.5 ± 0.4 ms"),
        Found("options.k[]", 1, 2, "", "name 3 ships and 2 ports | 10.5 ± 0.4 ms"),
    ]


def test_rows_longer_than_the_header_lose_nothing(tmp_path: Path) -> None:
    assert [one.field for one in found_in(numbers_of(tmp_path, "a.csv", "a,b\n1,2,3\n"))] == ["a", "b", "column 3"]


def test_json_numbers_have_their_indices_and_what_the_objects_around_them_are_called(tmp_path: Path) -> None:
    document = {
        "suite": "Night",
        "model": {"name": "Gemma"},
        "runs": [{"test": "a", "ttft_s": 0.5, "gpu": [{"fan": 0.0}, {"fan": 1}]}, {"test": "b", "ttft_s": 2}],
    }
    assert found_in(numbers_of(tmp_path, "a.json", json.dumps(document))) == [
        Found("runs[0].ttft_s", 0, 0.5, "s", "a | night | gemma"),
        Found("runs[0].gpu[0].fan", 0, 0.0, "", "a | night | gemma"),
        Found("runs[0].gpu[1].fan", 0, 1, "", "a | night | gemma"),
        Found("runs[1].ttft_s", 0, 2, "s", "b | night | gemma"),
    ]


def test_json_texts_count_when_they_are_a_number_with_a_known_unit(tmp_path: Path) -> None:
    document = {
        "wait": "12.3 ms",
        "gpu": "85%",
        "ttft_s": "0.4",
        "pstate": "8",
        "python": "3.13.1",
        "card": "RTX 4080 with 12 GB",
        "p50": {"value": 7, "unit": "ms"},
        "ok": True,
    }
    assert [one[:4] for one in found_in(numbers_of(tmp_path, "a.json", json.dumps(document)))] == [
        ("wait", 0, 12.3, "ms"),
        ("gpu", 0, 85, "%"),
        ("ttft_s", 0, 0.4, "s"),
        ("p50.value", 0, 7, "ms"),
    ]


REPORT = """\
# Night
## Runs
| Model | Backend | TTFT (s) | Rate |
|---|---|---|---|
| **Gemma** | cuda | 0.5 | 80 tok/s |
| | cpu | - | 7.5-8 tok/s |

| Metric | Value |
|---|---|
| Load time | 3 s |

| Metric | Mean | P95 |
|---|---|---|
| Latency (ms) | 12 | 15.5 |

- **Prefill:** about 120 ms (± 5 ms)
- Card: RTX 4080 (12 GB)
- Best configuration: num_gpu=40, num_ctx = 1024
- Gemma
  - Peak: 303.9 tok/s
In prose 17 times.
```
power: 175 W
```
"""


def test_markdown_tables_pairs_and_assignments_have_names_units_lines_and_labels(tmp_path: Path) -> None:
    assert found_in(numbers_of(tmp_path, "a.md", REPORT)) == [
        Found("Runs › TTFT (s)", 5, 0.5, "s", "gemma | cuda | night"),
        Found("Runs › Rate", 5, 80, "tok/s", "gemma | cuda | night"),
        Found("Runs › Rate", 6, 7.5, "tok/s", "gemma | cpu | night"),
        Found("Runs › Rate", 6, 8, "tok/s", "gemma | cpu | night"),
        Found("Runs › Load time", 10, 3, "s", "night"),
        Found("Runs › Latency (ms) › Mean", 14, 12, "ms", "night"),
        Found("Runs › Latency (ms) › P95", 14, 15.5, "ms", "night"),
        Found("Runs › Prefill", 16, 120, "ms", "night"),
        Found("Runs › Prefill", 16, 5, "ms", "night"),
        Found("Runs › Card", 17, 12, "GB", "night"),
        Found("Runs › num_gpu", 18, 40, "", "best configuration | night"),
        Found("Runs › num_ctx", 18, 1024, "", "best configuration | night"),
        Found("Runs › Peak", 20, 303.9, "tok/s", "gemma | night"),
        Found("Runs › power", 23, 175, "W", "night"),
    ]


def test_markdown_that_lost_its_line_ends_is_read_as_well(tmp_path: Path) -> None:
    text = (
        "# Bench - Device: cpu ## Table\n"
        "- DType: fp32 | Backend | Mean (ms) |\n| --- | --- |\n| eager | 0.5 | ## Rest\n"
        "- Loss: 0.25 - Accuracy: 75 %\n"
    )
    assert [one[:4] for one in found_in(numbers_of(tmp_path, "a.md", text))] == [
        ("Table › Mean (ms)", 4, 0.5, "ms"),
        ("Rest › Loss", 5, 0.25, ""),
        ("Rest › Accuracy", 5, 75, "%"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "stamps"),
    [
        ("a.csv", "at\n2025-09-30T20:11\n2025-09-28 10:00:00.5Z\n", ("2025-09-28T10:00:00", "2025-09-30T20:11")),
        ("a.json", '{"timestamp": 1759181417, "load_ns": 1759181417000000000}', ("2025-09-29T21:30:17",)),
        ("a.md", "**Date:** October 10, 2025, revised 2025-10-12.", ("2025-10-10", "2025-10-12")),
        ("b.md", "Version 2025-13-01 of 12.", ()),
    ],
)  # fmt: skip
def test_the_earliest_and_latest_time_within_a_file_are_kept(
    tmp_path: Path, name: str, text: str, stamps: tuple[str, ...]
) -> None:
    assert numbers_of(tmp_path, name, text).stamps == stamps


def test_json_lines_are_a_list_of_documents(tmp_path: Path) -> None:
    numbers = numbers_of(tmp_path, "a.json", '{"id": "a", "ttft_s": 0.5}\n{"ttft_s": \n{"ttft_s": 0.75}\n')
    assert found_in(numbers) == [Found("[0].ttft_s", 0, 0.5, "s", "a"), Found("[2].ttft_s", 0, 0.75, "s", "")]
    assert numbers.problem == "one document for each line"


@pytest.mark.parametrize(
    ("head", "row", "field"),
    [
        ("| Model | Load (s) |", "| Gemma | 3 |", "Load (s)"),
        ("| Model | Tokens per second |", "| Gemma | 3 |", "Tokens per second"),
        ("| KPI | Result | Unit |", "| Load | 3 | s |", "Load"),
        ("| | Mean | P95 |", "| TTFT | 3 s | - |", "TTFT › Mean"),
        ("| Backend | Mean | P95 |", "| eager | 3 s | - |", "Mean"),
        ("| Scenario | Warm | Cold |", "| TTFT | 3 s | - |", "TTFT › Warm"),
    ],
)
def test_a_table_of_metrics_is_told_from_a_table_of_records(
    tmp_path: Path, head: str, row: str, field: str
) -> None:
    (one,) = found_in(numbers_of(tmp_path, "a.md", f"{head}\n{'|---' * head.count('| ')}|\n{row}\n"))
    assert (one.field, one.unit) == (field, "tok/s" if "Tokens" in field else "s")


def test_what_can_not_be_read_is_a_problem_and_numbers_without_end_are_none(tmp_path: Path) -> None:
    (tmp_path / "out.csv").symlink_to("/etc/hostname")
    roots = resolve_roots([tmp_path])
    link = FileEntry("reports/out.csv", kind_of("out.csv"), 0, 0, is_link=True)
    assert "link not read" in read_numbers(link, os.fspath(tmp_path / "out.csv"), roots).problem
    assert (
        "vanished" in read_numbers(FileEntry("r/no.md", kind_of("no.md"), 0, 0), "/nowhere/no.md", roots).problem
    )
    assert numbers_of(tmp_path, "half.json", '{"a": 1, "b": ').problem.startswith("half-written JSON")
    large = numbers_of(tmp_path, "a.csv", "x,y\n1e400,nan\n-inf,7\n")
    assert (list(large.values), large.problem) == ([7.0], "1 numbers too large to hold, skipped")


def test_too_many_different_fields_are_said() -> None:
    harvest = Harvest()
    harvest_json(json.dumps({f"id{index}": index for index in range(MOST_FIELDS + 5)}), harvest)
    assert (len(harvest.values), harvest.problems()) == (
        MOST_FIELDS,
        ["5 numbers of more than 20,000 different fields left out"],
    )


def test_a_hundred_thousand_numbers_take_few_megabytes() -> None:
    records = 5_000
    text = json.dumps([{"model": f"m{index % 9}", "ttft_s": index / 7, "n": index} for index in range(records)])
    harvest = Harvest()
    harvest_json(text, harvest)
    assert len(harvest.values) == 2 * records
    kept = [harvest.values, harvest.field_of, harvest.places, harvest.labels_of, harvest.labels, harvest.fields]
    assert sum(map(sys.getsizeof, kept)) / len(harvest.values) < 30


@given(st.text(alphabet="#|-*:= \n`~1.e%abc>+,_/", max_size=300))
def test_any_markdown_is_read_without_complaint(text: str) -> None:
    harvest_markdown(text, Harvest())


@pytest.mark.parametrize(
    "piece",
    ["1,", "111,", "1.", "1:11", "a=1 ", "a_", "- a: 1 ", " ## ", " **a", "2025-10-", "|", "x ", "Oct ", "`"],
)
def test_a_line_without_end_takes_no_longer_for_each_of_its_characters(piece: str) -> None:
    """What looked back at each of them would keep this test for minutes."""
    harvest_markdown(f"- key: {piece * (60_000 // len(piece))}1\n", Harvest())


_EVIDENCE = re.compile(r"((?:reports|csv_data)/[\w./-]+\.\w+):([\w .\[\]]+?)(?:\[row (\d+)\])? = (-?\d[\d.]*)")


def test_what_the_labels_of_real_reports_name_as_evidence_is_found_there(shared_dir: Path) -> None:
    roots = resolve_roots([shared_dir / "corpus" / "reports", shared_dir / "corpus" / "csv_data"])
    state, _ = scan_once(roots, read=False)
    files = {numbers.path: numbers for numbers in read_corpus_numbers(state, roots)}
    claims = map(json.loads, (shared_dir / "grounding" / "claims.jsonl").read_text().splitlines())
    named = {
        match.groups()
        for claim in claims
        if claim["verdict"] == "supported"
        for match in _EVIDENCE.finditer(claim["evidence"])
    }
    assert len(named) > 30
    assert [
        one for one in sorted(map(str, named)) if one not in {str(e) for e in named if _stands(files, *e)}
    ] == []


def _stands(files: dict[str, FileNumbers], path: str, field: str, row: str | None, value: str) -> bool:
    numbers = files[path]
    return any(
        numbers.place_text(index) == (field, int(row or 0)) and one == pytest.approx(float(value), rel=1e-9)
        for index, one in enumerate(numbers.values)
    )
