"""chimeraforge's `bench --json`."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_tui.formats.results import read_results
from tests.formats.result_files import data, only, read, read_shared, said


def test_runs_are_samples_and_what_the_file_makes_of_them_is_kept() -> None:
    reading = read("chimeraforge.json")
    ttft = only(reading, "TTFT")
    assert (ttft.source.version, ttft.subject.model, ttft.test) == ("0.30.0", "small:1b", "batch")
    assert ttft.definition.startswith("prompt_eval_duration of the server")
    assert (ttft.samples, ttft.mean, ttft.sd, ttft.sd_kind) == ((4.0, 5.0), 4.5, 0.7071, "sample")
    assert ttft.aggregate is not None
    assert ttft.aggregate.percentiles == ((50.0, 4.5), (95.0, 5.0), (99.0, 5.0))
    assert dict(ttft.subject.settings)["context_length"] == "256"
    assert ttft.subject.quantisation == ""
    assert "run 1 carries the load" in only(reading, "total", "batch").included
    assert ttft.included == ""
    assert "the program warned: 'few runs'" in said(reading, "told")
    assert said(reading, "lost") == ""  # "Results saved to" behind the array is what the program prints


def test_a_backend_that_does_not_tell_ttft_has_none() -> None:
    reading = read("chimeraforge.json")
    assert {each.test for each in reading.measurements if each.figure == "TTFT"} == {"batch"}
    assert "ttft_ms is -1: this backend does not tell it" in said(reading, "empty")
    single = only(reading, "decode rate", "single")
    assert (single.mean, single.sd, single.n, single.subject.quantisation) == (50.0, None, 1, "awq")


def test_a_torn_array_gives_its_whole_configurations() -> None:
    text = data("chimeraforge.json")
    reading = read_results(text[: text.index('"model": "other"')], "x")
    assert only(reading, "decode rate").mean == 3000.0
    assert "it holds 1 whole configurations" in said(reading, "lost")


@pytest.mark.shared
def test_real_files_are_read_whole(shared_dir: Path) -> None:
    folder = shared_dir / "formats" / "chimeraforge"
    both = read_shared(folder / "bench-batch-ctx256-512.json")
    assert len({each.subject.settings for each in both.measurements}) == 2
    single, printed = read_shared(folder / "bench-single.json"), read_shared(folder / "bench-single.stdout.txt")
    assert [each.samples for each in single.measurements] == [each.samples for each in printed.measurements]
    assert only(single, "TTFT").samples == (109.31, 7.215)
    assert said(single, "lost") == said(printed, "lost") == said(printed, "told") == ""
    assert only(read_shared(folder / "bench-server.json"), "TTFT").test == "server"
