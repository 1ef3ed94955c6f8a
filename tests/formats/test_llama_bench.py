"""llama-bench's five formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_tui.formats.llama_bench_tables import read_llama_bench_sql
from chimera_tui.formats.results import read_results
from tests.formats.result_files import data, only, read, read_shared, said

EXACT = ("llama-bench.json", "llama-bench.jsonl", "llama-bench.csv", "llama-bench.sql")


@pytest.mark.parametrize("name", EXACT)
def test_each_format_says_the_same_of_the_same_run(name: str) -> None:
    reading = read(name)
    prefill = only(reading, "prefill rate", "pp32")
    assert prefill.subject.model == 'it\'s "small", 1%.gguf'
    assert prefill.subject.quantisation == "Q4_K - Medium"
    assert prefill.source.version == "1a2b3c4"  # build 0 is one outside of a full clone
    settings = dict(prefill.subject.settings)
    assert (settings["cpu_strict"], settings["repack"]) == ("false", "true")
    assert (settings["n_gpu_layers"], settings["n_batch"]) == ("0", "2048")
    assert dict(only(reading, "decode rate").subject.settings)["n_gpu_layers"] == "-1 (auto)"
    assert prefill.unit == "tok/s"
    assert prefill.aggregate is not None
    assert (prefill.mean, prefill.sd, prefill.sd_kind) == (20000.0, 11313.708499, "sample")
    assert "mean of the repetitions' rates" in prefill.definition
    assert "warm-up" in prefill.excluded
    assert prefill.at == "2026-11-22T08:00:00Z"
    assert said(reading, "lost") == ""


@pytest.mark.parametrize("name", EXACT)
def test_a_combined_rate_is_no_decode_rate_and_depth_is_part_of_the_test(name: str) -> None:
    combined = only(read(name), "prefill and decode rate")
    assert combined.test == "pp32+tg16 @ d64"
    assert "64 tokens" in combined.excluded
    assert only(read(name), "decode rate").test == "tg16"


@pytest.mark.parametrize("name", EXACT)
def test_the_deviation_of_a_single_repetition_is_left_out(name: str) -> None:
    decode = only(read(name), "decode rate")
    assert (decode.mean, decode.sd) == (2000.0, None)
    assert "stddev_ts is 0: that is what a single repetition has" in said(read(name), "empty")


def test_samples_and_their_number_are_in_json_alone() -> None:
    prefill = only(read("llama-bench.json"), "prefill rate")
    assert (prefill.samples, prefill.n) == ((28000.0, 12000.0), 2)
    assert only(read("llama-bench.json"), "duration", "pp32").samples == (1_000_000.0, 3_000_000.0)
    assert prefill.mean != pytest.approx(32 / 2e6 * 1e9)  # tokens by mean time would be another figure
    table = only(read("llama-bench.csv"), "prefill rate")
    assert (table.samples, table.n) == ((), None)


def test_an_array_that_a_failed_run_left_open_gives_its_tests() -> None:
    reading = read("llama-bench-unclosed.json")
    assert only(reading, "prefill rate").mean == 20000.0
    assert "the array is not closed: the run failed or goes on; it holds 1 whole test" in said(reading, "lost")
    assert "no whole test" not in said(reading, "lost")
    torn = read("llama-bench-torn.json")
    assert only(torn, "prefill rate").mean == 20000.0
    assert "what follows is no whole test" in said(torn, "lost")


def test_a_table_in_markdown_has_no_file_and_hides_settings() -> None:
    reading = read("llama-bench.md")
    prefill, hidden = (each for each in reading.measurements if each.figure == "prefill rate")
    assert prefill.subject.model == "llama 8B Q4_K - Medium"
    assert (prefill.mean, prefill.sd, prefill.n) == (20000.0, 11313.71, None)
    assert "rounded to two decimals" in prefill.definition
    assert prefill.source.version == "1a2b3c4"
    assert hidden.subject == prefill.subject
    assert "line 6: it says the same test of the same settings as line 3" in said(reading, "told")
    assert only(reading, "prefill and decode rate").test == "pp32+tg16 @ d64"
    assert only(reading, "decode rate").sd is None


def test_a_bare_header_is_what_a_failed_run_leaves() -> None:
    reading = read("llama-bench-bare.csv")
    assert reading.measurements == ()
    assert "a header and no test" in said(reading, "lost")


def test_lines_and_rows_that_are_torn_lose_themselves_alone() -> None:
    lines = data("llama-bench.jsonl").splitlines()
    reading = read_results("\n".join([lines[0], lines[1][:200], lines[2]]), "x")
    assert [each.test for each in reading.measurements if each.unit == "tok/s"] == ["pp32", "pp32+tg16 @ d64"]
    assert said(reading, "lost") == "x, line 2: this line is torn, or no test"
    rows = data("llama-bench.csv").splitlines()
    reading = read_results("\n".join([rows[0], rows[1], rows[2][:-3]]), "x")
    assert [each.test for each in reading.measurements if each.unit == "tok/s"] == ["pp32"]
    assert "line 3: this row is torn" in said(reading, "lost")
    reading = read_results("\n".join([rows[0], rows[1][:60], rows[2], rows[3][:-20] + '"']), "x")
    assert [each.test for each in reading.measurements if each.unit == "tok/s"] == ["tg16"]
    assert "for 25 columns" in said(reading, "lost")


@pytest.mark.parametrize("number", ["NaN", "1e999", '"fast"', "true", "[1]"])
def test_a_rate_that_is_no_number_is_told_and_the_time_stays(number: str) -> None:
    text = data("llama-bench.json").replace("20000.000000", number)
    reading = read_results(text, "x")
    assert only(reading, "prefill rate").aggregate is None
    assert only(reading, "duration", "pp32").mean == 2_000_000.0
    assert "[0].avg_ts: avg_ts is" in said(reading, "lost")


def test_sql_is_read_and_never_executed() -> None:
    names = "model_filename, n_prompt, n_gen, n_depth, avg_ts"
    hostile = (
        "DROP TABLE llama_bench;\n"
        f"INSERT INTO llama_bench ({names}) VALUES ('it''s', '0', '8', '0', '50.5');\n"
        f"INSERT INTO llama_bench ({names}) VALUES ('', '0', '8', '0', '60.5');\n"
        f"INSERT INTO llama_bench ({names}) VALUES ('x', '0', '8');\n"
        f"INSERT INTO llama_bench ({names}) VALUES ('x', '0', '8', '0', '5"
    )
    reading = read_llama_bench_sql(hostile, "x")
    assert [(each.subject.model, each.mean) for each in reading.measurements] == [("it's", 50.5), ("", 60.5)]
    assert "line 4: this INSERT has 3 values for 5 columns" in said(reading, "lost")
    assert "line 5: this INSERT has no closed list of values" in said(reading, "lost")


@pytest.mark.shared
def test_real_files_are_read_whole(shared_dir: Path) -> None:
    folder = shared_dir / "formats" / "llama-bench"
    for form in ("json", "jsonl", "csv", "sql", "md"):
        plain, depth = read_shared(folder / f"out.{form}"), read_shared(folder / f"pg-depth.{form}")
        rates = [each for each in plain.measurements if each.unit == "tok/s"]
        assert [each.test for each in rates] == ["pp32", "pp64", "tg16"] * 2
        assert [each.test for each in depth.measurements if each.unit == "tok/s"] == [
            "pp32+tg16",
            "pp32+tg16 @ d64",
        ] * 2
        assert said(plain, "lost") == said(depth, "lost") == ""
        assert {each.source.version for each in rates} == {"0c1e570"}
        if form != "md":
            assert {each.subject.model for each in depth.measurements} == {'odd "name" 100%.gguf'}
        assert not {"TTFT", "ITL"} & {each.figure for each in (*plain.measurements, *depth.measurements)}
    first = only(read_shared(folder / "truncated-second-model-missing.json"), "prefill rate")
    assert (first.mean, first.samples) == (24353.998774, (21383.9, 27324.1))
    mean = read_shared(folder / "out.json").measurements[0].mean
    assert mean == 18923.893297
    assert mean != pytest.approx(32 / 2604747 * 1e9, rel=0.3)
    assert said(read_shared(folder / "out.md"), "told").count("it says the same test") == 3
