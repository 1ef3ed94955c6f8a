"""Our own runs in other tools' formats: what is written is read back as the same numbers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.measurement import Measurement, Reading
from chimera_tui.domain.metrics import RequestMetrics, total_of
from chimera_tui.domain.options import AgentId, Options
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.formats.export_benchstat import to_benchstat
from chimera_tui.formats.export_llama_bench import to_llama_bench
from chimera_tui.formats.export_requests import COLUMNS, FIGURES, to_csv, to_json_lines, to_markdown
from chimera_tui.formats.results import read_results
from tests.analysis.series import group, run
from tests.formats.records import ENVIRONMENT, equipped, failed, outcome, request, summary
from tests.formats.result_files import only, said
from tests.formats.strategies import runs

RESULT = re.compile(r"Benchmark[A-Z]\S* 1( -?\d+(\.\d+)? \S+)+")
"""golang.org/design/14313-benchmark-format: a name without blanks, iterations, pairs of value and unit."""
SERIES = group("r", [40.0, 41.25, 39.5], options=Options(num_gpu=80, temperature=0.8))
WRITERS: tuple[Callable[[Sequence[RunSummary]], str], ...] = (
    to_llama_bench,
    to_benchstat,
    to_json_lines,
    to_csv,
    to_markdown,
)


def with_cached(run: RunSummary, cached: int) -> RunSummary:
    """The server says how much of each prompt it had."""
    agents = tuple(
        replace(
            each,
            requests=(
                asked := tuple(
                    replace(one, server=replace(one.server, prompt_cached_tokens=cached)) for one in each.requests
                )
            ),
            totals=total_of(asked),
        )
        for each in run.agents
    )
    return replace(run, agents=agents)


def rates(reading: Reading, figure: str) -> list[tuple[float, ...]]:
    return [each.samples for each in reading.measurements if each.figure == figure]


def expected(figure: Callable[[RequestMetrics], float | None]) -> list[list[float | None]]:
    """For each agent and step what the runs of the series have."""
    return [
        [figure(each.agents[agent].requests[step]) for each in SERIES] for agent in range(2) for step in range(2)
    ]


@pytest.mark.parametrize("write", [to_json_lines, to_csv])
def test_records_of_requests_are_read_back_as_the_same_numbers(
    write: Callable[[Sequence[RunSummary]], str],
) -> None:
    reading = read_results(write(SERIES), "x")
    assert [list(each) for each in rates(reading, "decode rate")] == expected(lambda each: each.decode_rate)
    assert [list(each) for each in rates(reading, "TTFT")] == expected(lambda each: each.ttft_ns)
    ttft = only(reading, "TTFT", "b report")
    assert ttft.subject.model == "gemma3:latest"
    assert dict(ttft.subject.settings) == {"num_gpu": "80", "temperature": "0.8"}
    assert "first chunk with text or thinking" in ttft.definition
    assert said(reading, "lost") == ""


def test_a_record_holds_every_column_and_nothing_that_was_not_reported() -> None:
    place = CampaignPlace("c4mpgn", "0123456789ab", "measured", 3)
    written = replace(equipped(), agents=(equipped().agents[0], failed()), campaign=place)
    records = [json.loads(line) for line in to_json_lines([written]).splitlines()]
    assert [set(record) for record in records] == [{"schema", "version", *COLUMNS}] * 3
    first, _, last = records
    assert (first["schema"], first["version"], first["run_id"]) == ("chimera.request", 1, "k3v9qa")
    assert (first["series_id"], first["campaign_id"], first["cell"], first["repeat"]) == (
        "q7w2e9",
        "c4mpgn",
        "0123456789ab",
        3,
    )
    assert first["flags"] == ["queued", "other_gpu_process", "prompt_cached"]
    assert (first["clean"], first["quantization"], first["layers_in_effect"]) == (False, "Q4_K_M", 35)
    assert (first["ttft_ns"], first["eval_tokens"], first["num_ctx"]) == (620_000_000, 100, None)
    assert {name: last[name] for name in FIGURES if last[name] is not None} == {"chunks": 0}
    rows = list(csv.DictReader(io.StringIO(to_csv([written]))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["flags"] == "queued other_gpu_process prompt_cached"
    assert {name for name in FIGURES if rows[2][name]} == {"chunks"}


def test_lines_for_benchstat_keep_the_grammar_and_are_read_back() -> None:
    text = to_benchstat(SERIES)
    first, *lines = text.splitlines()
    assert first == "Unit token/sec better=higher"
    assert all(RESULT.fullmatch(line) for line in lines)
    assert lines[0].startswith(
        "BenchmarkChimera/model=gemma3:latest/num_gpu=80/temperature=0.8/agent=a/request=analysis/step=generate 1 "
    )
    assert len(lines) == 3 * 2 * 2 * 4  # runs, agents, requests; generate, ttft, load, total
    reading = read_results(text, "x")
    assert [list(each) for each in rates(reading, "decode rate")] == expected(lambda each: each.decode_rate)
    assert [list(each) for each in rates(reading, "TTFT")] == expected(lambda each: each.ttft_ns)
    assert only(reading, "decode rate", "a report").n == 3


def test_a_name_for_benchstat_holds_any_model() -> None:
    odd = summary(outcome(model="hf.co/me/my model-8", options=Options()))
    text = to_benchstat([odd])
    assert "BenchmarkChimera/model=hf.co%2Fme%2Fmy%20model-8/agent=a/" in text
    assert only(read_results(text, "x"), "TTFT", "a analysis").subject.model == "hf.co/me/my model-8"


def test_llama_bench_rows_have_a_sample_for_each_repeat_and_are_read_back() -> None:
    rows = [json.loads(line) for line in to_llama_bench(SERIES).splitlines()]
    assert len(rows) == 4  # agents and requests
    row = rows[0]
    assert (row["n_prompt"], row["n_gen"], row["n_depth"], row["n_gpu_layers"]) == (0, 100, 900, 80)
    assert row["model_filename"] == "gemma3:latest"
    assert row["test_time"] == "2026-11-21T19:33:42Z"
    for ns, rate in zip(row["samples_ns"], row["samples_ts"], strict=True):
        assert row["n_gen"] / ns * 1e9 == pytest.approx(rate)
    assert (
        not {"build_commit", "n_batch", "n_threads", "type_k", "backends", "model_type", "cpu_info"} & row.keys()
    )
    reading = read_results(to_llama_bench(SERIES), "x")
    assert [list(each) for each in rates(reading, "decode rate")] == expected(lambda each: each.decode_rate)
    stated = reading.measurements[0]
    assert stated.aggregate is not None
    assert stated.test == "tg100 @ d900"
    assert stated.sd == pytest.approx(0.9014, abs=1e-4)
    assert said(reading, "lost") == said(reading, "empty") == ""


def test_llama_bench_rows_of_unequal_answers_stand_apart_and_have_no_deviation() -> None:
    uneven = [run(index, rate=40.0) for index in range(2)]
    longer = replace(uneven[1], agents=(outcome(requests=(request("analysis", tokens=140),)),))
    rows = [json.loads(line) for line in to_llama_bench([uneven[0], longer]).splitlines()]
    assert [row["n_gen"] for row in rows] == [100, 100, 100, 100, 139]
    assert all("stddev_ts" not in row for row in rows)


def test_llama_bench_rows_of_a_prompt_are_there_when_its_cache_is_known() -> None:
    assert '"n_prompt": 900' not in to_llama_bench(SERIES)
    known = [with_cached(each, 100) for each in SERIES]
    prompts = [row for row in map(json.loads, to_llama_bench(known).splitlines()) if row["n_prompt"]]
    assert [(row["n_prompt"], row["n_gen"], row["n_depth"]) for row in prompts] == [(800, 0, 100)] * 4
    assert prompts[0]["samples_ts"] == [4000.0] * 3
    assert only(read_results(to_benchstat(known), "x"), "prefill rate", "a analysis").samples == (4000.0,) * 3


def test_what_the_server_told_of_model_and_machine_is_there_where_it_is_the_same_machine() -> None:
    known = replace(SERIES[0], environment=ENVIRONMENT)
    a, b = (json.loads(line) for line in to_llama_bench([known]).splitlines()[::2])
    assert (a["model_type"], a["cpu_info"], a["gpu_info"]) == ("gemma3 4.3B Q4_K_M", "EPYC 9454", "NVIDIA H200")
    assert not {"model_type", "cpu_info", "gpu_info"} & b.keys()


def test_markdown_is_a_table_whose_cells_hold_anything() -> None:
    text = to_markdown([summary(outcome(model="a|b\\c\x1b[31m"), failed(), simulated=True, state=RunState.FAILED)])
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in table} == {13}
    assert "a\\|b" in text
    assert "\x1b" not in text
    cells = [cell.strip() for cell in table[2].split(" | ")]
    assert cells[5:11] == ["49.5", "620", "100", "200", "300", "100"]
    assert [cell.strip() for cell in table[4].split(" | ")][5:11] == ["–"] * 6
    assert "simulated" in text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(found=st.lists(runs, max_size=2))
def test_any_run_can_be_written_and_what_is_written_is_text(found: list[RunSummary]) -> None:
    for write in WRITERS:
        text = write(found)
        text.encode()
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
    records = [json.loads(line) for line in to_json_lines(found).splitlines()]
    assert len(records) == sum(len(each.requests) for run in found for each in run.agents)
    lines = to_benchstat(found).splitlines()[1:]
    assert all(RESULT.fullmatch(line) or line.startswith("# run ") for line in lines)


def test_a_version_that_is_not_known_is_told() -> None:
    text = to_json_lines(SERIES[:1])
    reading = read_results(text + text.replace('"version": 1', '"version": 2'), "x")
    assert "version 2 of chimera.request is not known here" in said(reading, "lost")
    assert only(reading, "TTFT", "a report").n == 1


def test_warm_ups_and_simulated_runs_are_told_as_such() -> None:
    warm = run(0, role="warmup")
    made = read_results(to_json_lines([warm]), "x").measurements
    assert {each.warmup for each in made} == {True}
    simulated = replace(SERIES[0], simulated=True)
    for write in (to_json_lines, to_csv, to_benchstat):
        found: tuple[Measurement, ...] = read_results(write([simulated]), "x").measurements
        assert all(("simulated", "true") in each.subject.settings for each in found)
    assert "was simulated: nothing was measured" in to_benchstat([simulated])


def test_a_server_that_told_nothing_has_no_lines() -> None:
    silent = summary(replace(outcome(), requests=(replace(request("report"), server=ServerTimings()),)))
    assert to_llama_bench([silent]) == ""
    assert [line.rpartition("step=")[2].split()[0] for line in to_benchstat([silent]).splitlines()[1:]] == ["ttft"]
    assert only(read_results(to_json_lines([silent]), "x"), "TTFT", "a report").samples == (620_000_000.0,)
    assert AgentId.A.value in to_markdown([silent]).lower()


def test_every_column_of_a_record_is_explained_in_the_documentation(repository: Path) -> None:
    explained = (repository / "docs" / "formats.md").read_text(encoding="utf-8")
    assert [name for name in COLUMNS if f"`{name}`" not in explained] == []
