"""Which of the known formats a result file is, by what it holds and never by its name, and its figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.measurement import Reading
from chimera_tui.formats import (
    aiperf,
    aiperf_csv,
    aiperf_sweep,
    chimeraforge,
    export_benchstat,
    export_requests,
    guidellm,
    guidellm_csv,
    llama_bench,
    llama_bench_tables,
    ollama_bench,
    request_lines,
)
from chimera_tui.formats.json_text import array_items, decode, line_object, salvaged

KNOWN = (
    "Known are results of llama-bench (json, jsonl, csv, sql, md), Ollama's bench (csv, benchstat), "
    "GuideLLM (json, csv), AIPerf (csv, json, jsonl), chimeraforge, and our own (chimera export)."
)
_FIRST_LINES = 20
_HEAD = 65_536
"""Characters that a format shows itself in."""
_FOUR_NAMES = frozenset({"individual_runs", "aggregate", "workload", "model"})
_SQL = re.compile(r"\b(CREATE\s+TABLE\b[^(]*|INSERT\s+INTO\s+)llama_bench\b", re.IGNORECASE)
_MARKDOWN = re.compile(r"^\|\s*model\s*\|.*\|\s*test\s*\|\s*t/s\s*\|\s*$", re.MULTILINE)
_BENCHMARKS = re.compile(r"^Benchmark(?P<name>\w*)[/\s]", re.MULTILINE)
_METRIC = re.compile(r"\w+_(mean|std|min|max|cv)")


@dataclass(frozen=True, slots=True)
class _Clues:
    """What there is to see of a file before it is read."""

    text: str
    shape: Literal["object", "array", "lines", "text"]
    keys: frozenset[str]
    """Of the object, of the first one of an array, or of the first line."""
    document: Mapping[str, object]
    """The object they belong to."""
    first_line: str


@dataclass(frozen=True, slots=True)
class ResultFormat:
    """One format: how it is known and who reads it."""

    fits: Callable[[_Clues], bool]
    read: Callable[[str, str], Reading]


def _is_aiperf(clues: _Clues) -> bool:
    return clues.shape == "object" and ("aiperf_version" in clues.keys or _has_metrics(clues.document))


def _has_metrics(document: Mapping[str, object]) -> bool:
    """Slices of older versions have no version."""
    value = document.get("timeslices", document.get("request_latency"))
    return isinstance(value, list) or (isinstance(value, dict) and {"unit", "avg"} <= value.keys())


def _is_guidellm(clues: _Clues) -> bool:
    benchmarks = clues.document.get("benchmarks")
    if clues.shape != "object" or not isinstance(benchmarks, list):
        return False
    return "guidellm" in clues.text[:_HEAD] or any(
        isinstance(each, dict) and "metrics" in each for each in benchmarks
    )


def _aggregation(clues: _Clues) -> object:
    about = clues.document.get("metadata")
    nested = about.get("aggregation_type") if isinstance(about, dict) else None
    return clues.document.get("aggregation_type", nested)


def _benchmarks_of(clues: _Clues, name: str) -> bool:
    return clues.shape == "text" and any(
        match["name"] == name for match in _BENCHMARKS.finditer(clues.text[:_HEAD])
    )


def _is_sweep_table(clues: _Clues) -> bool:
    names = clues.first_line.split(",")
    return len(names) > 5 and sum(_METRIC.fullmatch(name) is not None for name in names) >= len(names) - 4


FORMATS = (
    ResultFormat(
        lambda clues: clues.shape == "array" and clues.keys >= llama_bench.NEEDED,
        llama_bench.read_llama_bench_json,
    ),
    ResultFormat(
        lambda clues: clues.shape == "array" and clues.keys >= _FOUR_NAMES, chimeraforge.read_chimeraforge
    ),
    ResultFormat(
        lambda clues: clues.shape == "lines" and clues.keys >= llama_bench.NEEDED,
        llama_bench.read_llama_bench_jsonl,
    ),
    ResultFormat(
        lambda clues: clues.shape == "lines" and clues.document.get("schema") == export_requests.SCHEMA,
        request_lines.read_request_lines,
    ),
    ResultFormat(
        lambda clues: (
            clues.shape == "lines" and "metadata" in clues.keys and bool({"metrics", "error"} & clues.keys)
        ),
        aiperf.read_aiperf_jsonl,
    ),
    ResultFormat(
        lambda clues: clues.shape == "object" and _aggregation(clues) == "sweep",
        aiperf_sweep.read_aiperf_sweep_json,
    ),
    ResultFormat(
        lambda clues: clues.shape == "object" and _aggregation(clues) is not None,
        aiperf_sweep.read_aiperf_aggregate_json,
    ),
    ResultFormat(_is_guidellm, guidellm.read_guidellm_json),
    ResultFormat(_is_aiperf, aiperf.read_aiperf_json),
    ResultFormat(
        lambda clues: clues.first_line.startswith("build_commit,") and "avg_ts" in clues.first_line,
        llama_bench_tables.read_llama_bench_csv,
    ),
    ResultFormat(
        lambda clues: clues.first_line == ollama_bench.HEADER or _is_headless_ollama(clues),
        ollama_bench.read_ollama_bench_csv,
    ),
    ResultFormat(lambda clues: clues.first_line.startswith("Run Info,"), guidellm_csv.read_guidellm_csv),
    ResultFormat(
        lambda clues: _starts(clues, aiperf_csv.STATISTICS) or _starts(clues, aiperf_csv.SCALARS),
        aiperf_csv.read_aiperf_csv,
    ),
    ResultFormat(lambda clues: _starts(clues, aiperf_csv.SLICES), aiperf_csv.read_aiperf_slices),
    ResultFormat(
        lambda clues: _starts(clues, aiperf_sweep.AGGREGATE_HEADER), aiperf_sweep.read_aiperf_aggregate_csv
    ),
    ResultFormat(_is_sweep_table, aiperf_sweep.read_aiperf_sweep_csv),
    ResultFormat(lambda clues: _starts(clues, export_requests.COLUMNS[:4]), request_lines.read_request_csv),
    ResultFormat(
        lambda clues: _benchmarks_of(clues, export_benchstat.NAME), export_benchstat.read_chimera_benchstat
    ),
    ResultFormat(
        lambda clues: _benchmarks_of(clues, ollama_bench.BENCHMARK) or _is_failed_bench(clues),
        ollama_bench.read_ollama_bench_lines,
    ),
    ResultFormat(
        lambda clues: _SQL.search(clues.text[:_HEAD]) is not None, llama_bench_tables.read_llama_bench_sql
    ),
    ResultFormat(
        lambda clues: _MARKDOWN.search(clues.text[:_HEAD]) is not None, llama_bench_tables.read_llama_bench_md
    ),
)
"""In the order in which they are asked."""


def read_results(text: str, where: str = "") -> Reading:
    """The figures of a file of any known format. FileNotReadable when it is of none; nothing else is raised."""
    text = text.removeprefix("\ufeff")
    clues = _clues(text)
    for each in FORMATS:
        if each.fits(clues):
            return each.read(text, where)
    raise FileNotReadable("this is none of the result formats that are known here", where=where, next_=KNOWN)


def _clues(text: str) -> _Clues:
    """The first object of a file that begins as JSON; of a torn one what is whole."""
    stripped = text.lstrip()
    first_line = stripped.partition("\n")[0].rstrip("\r")
    if not stripped.startswith(("{", "[")):
        return _Clues(text, "text", frozenset(), {}, first_line)
    if stripped.startswith("["):
        items = array_items(text)
        return _of(text, "array", items.values[0][0] if items.values else None)
    try:
        first, end = decode(stripped)
    except ValueError:
        line = next(filter(None, map(line_object, stripped.splitlines()[:_FIRST_LINES])), None)
        if line is not None and _is_record(line):
            return _of(text, "lines", line)
        return _of(text, "object", salvaged(stripped))
    is_alone = not stripped[end:].strip()
    is_line = "\n" not in stripped[:end] and (_is_record(first) if is_alone else True)
    return _of(text, "lines" if is_line else "object", first)


def _is_record(value: object) -> bool:
    """Whether a line is one of a format of lines, and no document."""
    if not isinstance(value, dict):
        return False
    keys = value.keys()
    is_request = isinstance(value.get("metadata"), dict) and "benchmark_phase" in value["metadata"]
    return is_request or keys >= llama_bench.NEEDED or value.get("schema") == export_requests.SCHEMA


def _of(text: str, shape: Literal["object", "array", "lines"], first: object) -> _Clues:
    known = first if isinstance(first, dict) else {}
    return _Clues(text, shape, frozenset(known), known, "")


def _starts(clues: _Clues, names: tuple[str, ...]) -> bool:
    header = ",".join(names)
    return clues.first_line == header or clues.first_line.startswith(f"{header},")


def _is_headless_ollama(clues: _Clues) -> bool:
    """A file whose header is lost still has rows of five steps."""
    cells = clues.first_line.rsplit(",", 4)
    return clues.shape == "text" and len(cells) == 5 and cells[1] in ollama_bench.STEPS


def _is_failed_bench(clues: _Clues) -> bool:
    """A model that failed leaves its `#` line alone."""
    return (
        clues.shape == "text" and clues.first_line.startswith(ollama_bench.COMMENT) and "| Params:" in clues.text
    )
