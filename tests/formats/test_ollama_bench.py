"""Ollama's own bench, as CSV and for benchstat."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_tui.formats.go_benchmark import RESULT, benchmark_line, decoded, read_benchmark_lines
from chimera_tui.formats.result_text import Notes
from chimera_tui.formats.results import read_results
from tests.formats.result_files import data, only, read, read_shared, said


def test_epochs_of_a_model_are_samples_of_each_figure() -> None:
    reading = read("ollama-bench.csv")
    rate = next(each for each in reading.measurements if each.figure == "decode rate")
    assert (rate.subject.model, rate.subject.quantisation, rate.samples) == (
        "small:1b",
        "Q4_K_M",
        (2000.0, 2500.0),
    )
    assert (rate.n, rate.test, rate.unit) == (2, "2 epochs", "tok/s")
    assert "eval_count / eval_duration" in rate.definition
    assert "warm-up" in rate.excluded
    names = [each.figure for each in reading.measurements if each.subject.model == "small:1b"]
    assert names == [
        "TTFT",
        "decode rate",
        "decode time per token",
        "output tokens",
        "prefill rate",
        "prefill time per token",
        "prompt tokens",
        "load",
        "total",
    ]


def test_zeros_that_are_no_measurements_are_left_out_and_told() -> None:
    reading = read("ollama-bench.csv")
    ttft = next(each for each in reading.measurements if each.figure == "TTFT")
    assert (ttft.samples, ttft.n) == ((30_000_000.0,), 1)
    assert "client's wall clock" in ttft.definition
    assert "VRAM" not in dict(ttft.subject.settings)
    assert dict(ttft.subject.settings)["NumCtx"] == "4096"
    empty = said(reading, "empty")
    assert "line 10, NS_PER_COUNT: NS_PER_COUNT is 0: the first chunk was empty" in empty
    assert "line 2: VRAM is 0" in empty
    assert "TOKEN_PER_SEC" not in {
        name for each in reading.measurements for name in each.name.split() if each.mean == 0
    }


def test_a_ttft_above_its_total_is_told() -> None:
    assert "some TTFT are above their total" in said(read("ollama-bench.csv"), "told")
    assert "some TTFT" not in said(read("ollama-bench-stale.csv"), "told")


def test_a_model_that_failed_and_one_without_warm_up_are_told() -> None:
    reading = read("ollama-bench.csv")
    assert "line 13: model 'nosuch' has no row: it failed" in said(reading, "lost")
    assert "there was no warm-up and the load is in epoch 1" in said(reading, "told")
    cold = [each for each in reading.measurements if each.subject.model == "cold:1b"]
    assert {each.excluded for each in cold} == {""}
    assert {each.figure for each in cold if each.included} == {"TTFT", "load", "total"}
    assert {each.subject.quantisation for each in cold} == {""}


def test_rows_behind_a_torn_line_are_of_an_older_file_and_kept_apart() -> None:
    reading = read("ollama-bench-stale.csv")
    rates = [
        (each.subject.model, each.test, each.samples)
        for each in reading.measurements
        if each.figure == "decode rate"
    ]
    assert rates == [
        ("new:1b", "1 epoch", (2000.0,)),
        ("new:1b", "behind the torn line", (1111.11,)),
        ("old:1b", "behind the torn line", (1250.0,)),
    ]
    assert "line 8: '86' is no whole row" in said(reading, "lost")
    assert "the 2 rows behind the torn line 8 are most likely of an older, longer file" in said(reading, "told")


def test_a_last_line_without_an_end_is_doubted() -> None:
    text = data("ollama-bench-stale.csv").splitlines()[:4]
    assert "may be torn" in said(read_results("\n".join(text), "x"), "told")
    assert "may be torn" not in said(read_results("\n".join([*text, ""]), "x"), "told")


def test_lines_for_benchstat_hold_no_counts_and_names_may_have_slashes() -> None:
    reading = read("ollama-bench.bench")
    ttft = only(reading, "TTFT")
    assert ttft.subject.model == "hf.co/some/small:1b"
    assert (ttft.samples, ttft.unit) == ((30_000_000.0,), "ns")
    assert only(reading, "decode rate").samples == (2000.0,)
    assert only(reading, "decode time per token").samples == (500_000.0, 400_000.0)
    assert "output tokens" not in {each.figure for each in reading.measurements}
    lost = said(reading, "lost")
    assert "line 9: 'NaN' token/sec is no number" in lost
    assert "line 10: 'BenchmarkModel" in lost
    assert "is no whole result" in lost


def test_a_line_is_written_as_the_grammar_wants_it_and_reads_back() -> None:
    line = benchmark_line("X", [("model", "a b/c:1b-8"), ("step", "load")], [("ns/op", 12.0), ("B/op", 0.125)])
    assert line == "BenchmarkX/model=a%20b%2Fc:1b-8/step=load 1 12 ns/op 0.125 B/op"
    assert RESULT.match(line)
    notes = Notes()
    (result,) = read_benchmark_lines(f"goos: linux\n# note\n\nPASS\n{line}\n", "x", notes).results
    assert decoded(result.part("model")) == "a b/c:1b-8"
    assert (result.value("ns/op"), result.value("B/op"), result.line) == (12.0, 0.125, 5)


@pytest.mark.shared
def test_real_files_are_read_whole(shared_dir: Path) -> None:
    folder = shared_dir / "formats" / "ollama-bench"
    for name in ("two-models.csv", "two-models.bench"):
        reading = read_shared(folder / name)
        models = {each.subject.model for each in reading.measurements}
        assert models == {"tiny", "mid"}
        assert {each.n for each in reading.measurements} == {3}
        assert said(reading, "lost") == ""
        assert "some TTFT are above their total" in said(reading, "told")
    missing = read_shared(folder / "missing-model.csv")
    assert "model 'nosuch' has no row" in said(missing, "lost")
    assert {each.subject.model for each in missing.measurements} == {"tiny", "nel:latest"}
    stale = read_shared(folder / "stale-tail.csv")
    assert "line 13: '86' is no whole row" in said(stale, "lost")
    assert "the 18 rows behind the torn line 13" in said(stale, "told")
    assert only(stale, "decode rate", "2 epochs").samples == (1633.65, 2817.89)
    cold = read_shared(folder / "tiny-stdout.csv")
    assert only(cold, "load").included == "the model's load, in epoch 1"
    verbose = read_shared(folder / "verbose.bench")
    assert only(verbose, "decode rate").samples == (4294.15,)
