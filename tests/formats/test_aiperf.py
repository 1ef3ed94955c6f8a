"""AIPerf's run as JSON, CSV and JSON lines, its sweeps and slices."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_tui.formats.results import read_results
from tests.formats.result_files import data, only, read, read_shared, said


def test_a_run_names_model_settings_and_who_counted() -> None:
    reading = read("aiperf.json")
    ttft = only(reading, "TTFT")
    assert (ttft.source.tool, ttft.source.version, ttft.subject.model) == ("AIPerf", "0.13.0", "small:1b")
    assert dict(ttft.subject.settings) == {
        "type": "chat",
        "streaming": "true",
        "concurrency": "1",
        "requests": "2",
    }
    assert (ttft.mean, ttft.sd, ttft.sd_kind, ttft.n, ttft.unit) == (14.5, 4.5, "population", 2, "ms")
    assert ttft.definition == "request start → first content chunk, client clock"
    assert ttft.excluded == "warm-up of 1 requests"
    assert ttft.at == "2026-11-22T18:59:00.478933 (local time, zone not told)"
    assert ttft.aggregate is not None
    assert dict(ttft.aggregate.percentiles) == {50.0: 10.0, 95.0: 21.0, 99.0: 21.0}
    throughput = only(reading, "output throughput")
    assert (throughput.mean, throughput.unit, throughput.n, throughput.sd) == (3100.0, "tok/s", None, None)
    assert "client's own tokenizer" in throughput.definition
    assert "output tokens of a request: 55.5 as this file counts, 8 by the server" in said(reading, "told")


def test_the_warm_up_is_kept_apart() -> None:
    warm = only(read("aiperf.json"), "TTFT", warmup=True)
    assert (warm.mean, warm.sd, warm.n, warm.test) == (11.7, None, 1, "warmup")


def test_prompts_that_are_asked_again_are_told() -> None:
    assert "3 requests, warm-ups included, for 2 prompts" in said(read("aiperf.json"), "told")
    enough = data("aiperf.json").replace('"entries": 2', '"entries": 3')
    assert "asked again" not in said(read_results(enough, "x"), "told")


def test_zeros_that_nobody_measured_are_left_out_and_others_stay() -> None:
    reading = read("aiperf.json")
    assert "active_decode_throughput is 0 in all: nothing measured it" in said(reading, "empty")
    assert only(reading, "http req blocked").mean == 0.0
    assert only(reading, "http req blocked").definition == ""


def test_a_rate_of_chunks_that_were_read_together_is_doubted() -> None:
    reading = read("aiperf.json")
    assert "237,976 tok/s is beyond belief" in said(reading, "told")
    assert "1 / ITL" in only(reading, "decode rate").definition


def test_three_tables_in_one_csv_are_told_apart() -> None:
    reading = read("aiperf.csv")
    assert said(reading, "lost") == ""
    ttft = only(reading, "TTFT")
    assert (ttft.mean, ttft.sd, ttft.unit, ttft.n, ttft.subject.model) == (14.59, 4.6, "ms", None, "")
    assert "rounded to two decimals" in ttft.definition
    assert only(reading, "http duration excl conn").unit == "ms"
    assert only(reading, "output throughput").mean == 3099.08
    assert only(reading, "requests").mean == 6.0
    concurrency = only(reading, "effective concurrency")
    assert concurrency.aggregate is not None
    assert [percent for percent, _ in concurrency.aggregate.percentiles] == [50.0, 90.0, 95.0, 99.0]
    assert "lost where figures are rounded" in said(reading, "empty")
    assert "unless --use-server-token-count was given" in only(reading, "output throughput").definition


def test_requests_are_samples_by_phase_and_failed_ones_are_none() -> None:
    reading = read("aiperf.jsonl")
    ttft = only(reading, "TTFT", "profiling")
    assert (ttft.samples, ttft.n, ttft.subject.model) == ((21.0, 10.0), 2, "")
    assert ttft.excluded == "warm-up requests"
    assert only(reading, "TTFT", "warmup", warmup=True).samples == (11.7,)
    assert only(reading, "inter-chunk latency").samples == (0.0, 0.5, 1.5)
    assert only(reading, "request latency", "profiling").samples == (21.5,)
    assert only(reading, "requests", outcome="errored").mean == 1.0
    assert only(reading, "requests", outcome="incomplete").mean == 1.0
    lost = said(reading, "lost")
    assert "line 3, metrics.request_latency.value: value is 'NaN', no number" in lost
    assert "line 6: this line is torn, or no request" in lost
    assert "line 4: the request failed: 404 Not Found" in said(reading, "told")


def test_a_run_of_failures_alone_has_their_number_and_nothing_else() -> None:
    reading = read("aiperf-failed.jsonl")
    assert [(each.figure, each.outcome, each.mean) for each in reading.measurements] == [
        ("requests", "errored", 2.0)
    ]


def test_the_deviation_between_runs_says_nothing_of_one_run() -> None:
    one, two = read("aiperf-aggregate.json"), read("aiperf-aggregate.csv")
    latency = only(one, "request latency")
    assert (latency.mean, latency.sd, latency.n) == (78.5, None, 1)
    assert (latency.subject.model, latency.test) == ("small:1b", "phases.profiling.concurrency=1")
    assert latency.aggregate is not None
    assert latency.aggregate.percentiles == ((50.0, 14.0),)
    assert "says nothing" in said(one, "empty")
    latency = only(two, "request latency")
    assert (latency.mean, latency.sd, latency.n, latency.subject.model) == (78.5, 2.5, 2, "small:1b")
    assert said(two, "empty") == said(two, "lost") == ""


def test_a_sweep_has_a_test_for_each_combination() -> None:
    reading = read("aiperf-sweep.json")
    assert only(reading, "request latency", "concurrency 1").mean == 78.5
    second = only(reading, "request latency", "concurrency 2")
    assert (second.mean, second.sd, second.n, second.subject.settings) == (21.5, None, 4, (("concurrency", "2"),))
    assert "says nothing" in said(reading, "empty")
    table = read("aiperf-sweep.csv")
    first = only(table, "request latency", "concurrency 1")
    assert (first.mean, first.sd, first.unit) == (78.69, None, "")
    assert first.aggregate is not None
    assert (first.aggregate.low, first.aggregate.high) == (8.37, 277.94)
    assert "no units" in said(table, "told")
    assert "active_prefill_throughput is 0" in said(table, "empty")


def test_slices_of_a_run_are_tests_of_their_own() -> None:
    table = read("aiperf-slices.csv")
    assert only(table, "request latency", "slice 0").mean == 395.1
    assert only(table, "request latency", "slice 1").mean == 43.0
    slices = read("aiperf-slices.json")
    assert only(slices, "request latency", "slice 0").n == 3
    assert only(slices, "request latency").subject.model == "small:1b"


def test_a_torn_document_gives_what_is_whole_of_it() -> None:
    text = data("aiperf.json")
    torn = text[: text.index('"inter_token_latency"') + 60]
    reading = read_results(torn, "x")
    assert only(reading, "TTFT").mean == 14.5
    assert "the document is torn" in said(reading, "lost")
    assert only(reading, "TTFT").definition == only(read("aiperf.json"), "TTFT").definition


@pytest.mark.shared
def test_real_files_are_read_whole(shared_dir: Path) -> None:
    folder = shared_dir / "formats" / "aiperf"
    for run in ("chat", "servercount"):
        document = read_shared(folder / run / "profile_export_aiperf.json")
        table = read_shared(folder / run / "profile_export_aiperf.csv")
        lines = read_shared(folder / run / "profile_export.jsonl")
        assert said(document, "lost") == said(table, "lost") == said(lines, "lost") == ""
        ttft = only(document, "TTFT")
        assert ttft.mean is not None
        assert only(table, "TTFT").mean == pytest.approx(ttft.mean, abs=0.006)
        samples = only(lines, "TTFT", "profiling")
        assert samples.n == ttft.n
        assert samples.mean == pytest.approx(ttft.mean)
        assert only(lines, "TTFT", warmup=True).n == 1
        assert only(document, "TTFT", warmup=True).n == 1
        for phase in ("warmup", "profiling"):
            read_shared(folder / run / "phases" / phase / "profile_export_aiperf.csv")
            apart = read_shared(folder / run / "phases" / phase / "profile_export_aiperf.json")
            assert only(apart, "TTFT").excluded == ""
            assert "this is of one phase alone" in said(apart, "told")
    chat = read_shared(folder / "chat" / "profile_export_aiperf.json")
    assert "by the server; rates depend on it" in said(chat, "told")
    assert "237,976 tok/s is beyond belief" in said(chat, "told")
    assert "7 requests, warm-ups included, for 6 prompts" in said(chat, "told")
    server = read_shared(folder / "servercount" / "profile_export_aiperf.json")
    assert "as the server counts them" in only(server, "output throughput").definition
    slices = read_shared(folder / "servercount" / "profile_export_aiperf_timeslices.json")
    table = read_shared(folder / "servercount" / "profile_export_aiperf_timeslices.csv")
    assert only(slices, "request latency", "slice 0").mean == pytest.approx(395.1, abs=0.01)
    assert only(table, "request latency", "slice 0").mean == 395.1
    failed = read_shared(folder / "err" / "profile_export.jsonl")
    assert {each.outcome for each in failed.measurements} == {"errored"}
    sweep = folder / "sweep"
    plain = read_shared(sweep / "concurrency_1" / "profile_export_aiperf.json")
    assert "TTFT" not in {each.figure for each in plain.measurements}
    assert said(plain, "empty").count("nothing measured it") > 3
    for name in ("profile_export_aiperf_sweep.json", "profile_export_aiperf_sweep.csv"):
        swept = read_shared(sweep / "sweep_aggregate" / name)
        assert only(swept, "request latency", "concurrency 1").mean == pytest.approx(78.69, abs=0.01)
    for name in ("profile_export_aiperf_aggregate.json", "profile_export_aiperf_aggregate.csv"):
        aggregate = only(read_shared(sweep / "aggregate" / "concurrency_1" / name), "request latency")
        assert (aggregate.n, aggregate.sd, aggregate.subject.model) == (1, None, "tiny")
