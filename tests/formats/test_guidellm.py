"""GuideLLM's JSON of three versions and its CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_tui.formats.results import read_results
from tests.formats.result_files import data, only, read, read_shared, said

VERSIONS = (("guidellm-0.3.json", ""), ("guidellm-0.5.json", "0.5.4"), ("guidellm-0.8.json", "0.8.1"))


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_every_version_gives_the_same_figures(name: str, version: str) -> None:
    reading = read(name)
    ttft = only(reading, "TTFT", "concurrent@2")
    assert (ttft.source.tool, ttft.source.version) == ("GuideLLM", version)
    assert ttft.subject.model == "small:1b"
    assert (ttft.mean, ttft.sd, ttft.sd_kind, ttft.n) == (6.0, 0.5, "population", 2)
    assert ttft.samples == (5.5, 6.5)
    assert ttft.definition == "request start → first streamed token, client clock"
    assert ttft.aggregate is not None
    assert dict(ttft.aggregate.percentiles)[0.1] == 5.5
    assert dict(ttft.aggregate.percentiles)[99.9] == 6.5
    latency = only(reading, "request latency", "concurrent@2")
    assert (latency.unit, latency.mean) == ("s", 0.02)
    assert only(reading, "requests", "concurrent@2").mean == 2.0
    assert ttft.at == "2026-11-21T19:03:05Z"
    assert "text.tokens" not in " ".join(each.name for each in reading.measurements)


def test_the_time_per_output_token_means_another_thing_in_each_version() -> None:
    meanings = {version: only(read(name), "TPOT", "concurrent@2").definition for name, version in VERSIONS}
    assert "TTFT is not in it" in meanings[""]
    assert meanings["0.5.4"] == meanings["0.8.1"]
    assert meanings["0.8.1"].startswith(
        "request latency / output tokens: TTFT is in it; a request counts as often as"
    )


def test_the_mean_of_a_rate_is_of_the_run_and_its_percentiles_are_not_of_requests() -> None:
    reading = read("guidellm-0.8.json")
    mean = only(reading, "output throughput", "concurrent@2")
    course = only(reading, "output throughput over time", "concurrent@2")
    assert (mean.mean, mean.sd, mean.n) == (160.0, None, None)
    assert mean.aggregate is not None
    assert mean.aggregate.percentiles == ()
    assert (course.mean, course.n) == (None, None)
    assert course.aggregate is not None
    assert course.aggregate.median == 90.0
    assert "weighted by time" in course.definition


def test_figures_that_nobody_measured_are_no_zeros() -> None:
    reading = read("guidellm-0.8.json")
    failed = [each for each in reading.measurements if each.test == "synchronous"]
    assert {each.outcome for each in failed} == {"errored", "incomplete"}
    assert "no request was successful" in said(reading, "empty")
    assert "request_latency of incomplete requests has a count of 0: its 0.0 is no measurement" in said(
        reading, "empty"
    )
    assert "inter_token_latency_ms is 0 in all 2 successful requests" in said(reading, "empty")
    assert "ITL" not in {each.figure for each in reading.measurements}
    assert "1 requests failed: \"HTTPStatusError('404 Not Found')\"" in said(reading, "told")
    assert "2 requests were cut off" in said(reading, "told")


def test_tokens_of_requests_that_were_cut_off_are_counted_by_others() -> None:
    reading = read("guidellm-0.8.json")
    tokens = only(reading, "output tokens", outcome="incomplete")
    assert "streamed chunks" in tokens.definition
    assert tokens.samples == (100.0, 0.0)
    assert "server" in only(reading, "output tokens", "concurrent@2").definition
    ttft = only(reading, "TTFT", outcome="incomplete")
    assert (ttft.n, ttft.sd, ttft.samples) == (1, None, (12.0,))


def test_without_a_warm_up_a_load_may_be_in_the_first_request() -> None:
    cold = only(read("guidellm-0.8.json"), "TTFT", "concurrent@2")
    warm = only(read("guidellm-0.5.json"), "TTFT")
    assert "no warm-up was made" in cold.included
    assert (warm.included, warm.excluded) == ("", "warmup of 2 s")
    assert "no warm-up was made" in only(read("guidellm-0.3.json"), "TTFT").included


def test_the_csv_is_known_by_all_three_of_a_column_s_names() -> None:
    reading = read("guidellm.csv")
    ttft = only(reading, "TTFT")
    assert (ttft.mean, ttft.sd, ttft.n, ttft.unit) == (6.0, 0.5, 2, "ms")
    assert ttft.aggregate is not None
    assert dict(ttft.aggregate.percentiles)[99.9] == 6.5
    assert (ttft.subject.model, ttft.source.version, ttft.test) == ("small:1b", "0.8.1", "concurrent@2")
    assert ttft.at == "2026-11-22 18:59:06 (local time, zone not told)"
    cut = only(reading, "TTFT", outcome="incomplete")
    assert (cut.mean, cut.n) == (12.5, None)
    assert only(reading, "output throughput").mean == 160.0
    assert only(reading, "output throughput over time").mean is None


def test_a_csv_row_of_another_length_and_a_torn_cell_are_told() -> None:
    text = data("guidellm.csv")
    reading = read_results(text + "a,b,c\r\n", "x")
    assert only(reading, "TTFT").mean == 6.0
    assert "this row has 3 cells for 17 columns" in said(reading, "lost")
    reading = read_results(text.replace("6.5, 6.5]", "6.5, "), "x")
    assert "is no list of 11 percentiles" in said(reading, "lost")
    assert only(reading, "TTFT").mean == 6.0
    header = "\r\n".join(text.split("\r\n")[:3])
    assert "a header and no benchmark" in said(read_results(header, "x"), "lost")


def test_a_torn_document_gives_what_is_whole_of_it() -> None:
    text = data("guidellm-0.8.json")
    torn = text[: text.index('"time_per_output_token_ms"') + 40]
    reading = read_results(torn, "x")
    assert only(reading, "TTFT").mean == 6.0
    assert "TPOT" not in {each.figure for each in reading.measurements}
    assert "the document is torn" in said(reading, "lost")


@pytest.mark.shared
def test_real_files_are_read_whole(shared_dir: Path) -> None:
    folder = shared_dir / "formats" / "guidellm"
    for stem in ("sync", "concurrent"):
        document, table = read_shared(folder / f"{stem}.json"), read_shared(folder / f"{stem}.csv")
        assert said(document, "lost") == said(table, "lost") == ""
        for figure in ("TTFT", "ITL", "TPOT", "request latency", "output throughput", "prompt and output tokens"):
            ours = [each.mean for each in document.measurements if each.figure == figure]
            assert ours
            assert ours == [each.mean for each in table.measurements if each.figure == figure]
    sync = read_shared(folder / "sync.json")
    assert only(sync, "prompt and output tokens").mean == pytest.approx(60.2)
    assert (only(sync, "ITL").n, only(sync, "TPOT").n, only(sync, "concurrency").n) == (35, 40, None)
    assert {
        each.n for each in read_shared(folder / "sync.csv").measurements if each.figure in ("ITL", "TPOT")
    } == {None}
    assert only(sync, "TTFT").samples[0] == pytest.approx(8.94, abs=0.01)
    for path, version in (
        (folder / "v0.3.1" / "benchmarks.json", ""),
        (folder / "v0.5.4" / "benchmarks.json", "0.5.4"),
    ):
        old = read_shared(path)
        assert [each.test for each in old.measurements if each.figure == "TTFT"] == [
            "concurrent@1",
            "concurrent@2",
        ]
        assert {each.source.version for each in old.measurements} == {version}
        assert {each.n for each in old.measurements if each.figure == "TTFT"} == {6}
        assert {each.n for each in old.measurements if each.figure == "ITL"} == {42 if version else 6}
    table = read_shared(folder / "v0.5.4" / "benchmarks.csv")
    assert [each.n for each in table.measurements if each.figure == "TTFT"] == [6, 6]
    for name in ("errored.json", "errored.csv", "incomplete.json", "incomplete.csv"):
        reading = read_shared(folder / name)
        assert "ok" not in {each.outcome for each in reading.measurements}
        assert "no request was successful" in said(reading, "empty")
    cut = only(read_shared(folder / "incomplete.json"), "TTFT", outcome="incomplete")
    assert (cut.n, cut.mean) == (1, 12.92872428894043)
