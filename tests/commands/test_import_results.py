"""`chimera import`: result files of other tools."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.commands.conftest import Shell
from tests.formats.result_files import DATA
from tests.formats.test_multiagent import document
from tests.terminal import Terminal


def copied(shell: Shell, *names: str) -> None:
    for name in names:
        shutil.copy(DATA / name, shell.here / name)


def test_figures_are_printed_with_what_they_mean(shell: Shell) -> None:
    copied(shell, "llama-bench.json", "ollama-bench.csv")
    done = shell.run("import", "llama-bench.json", "ollama-bench.csv")
    assert done.returncode == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert 'llama-bench 1a2b3c4, json: it\'s "small", 1%.gguf (Q4_K - Medium); pp32' in lines
    assert "prefill rate 2 20,000 11,300 – – – tok/s" in lines
    assert "decode rate 1 2,000 – – – – tok/s" in lines
    assert "without: one warm-up run, unless --no-warmup was given" in lines
    assert "with: the model's load, in epoch 1 (TTFT, load, total)" in lines
    assert any(line.startswith("prefill rate prompt tokens by the time to read them") for line in lines)
    assert "TTFT 1 30.0 ms – 30.0 ms – –" in lines
    assert any("the client's wall clock: queue, load and network are in it" in line for line in lines)
    assert "lost: line 13: model 'nosuch' has no row: it failed" in lines
    assert any(line.startswith("left empty: line 10, NS_PER_COUNT: NS_PER_COUNT is 0") for line in lines)


def test_programs_get_every_figure_with_all_that_is_known_of_it(shell: Shell) -> None:
    copied(shell, "guidellm-0.8.json")
    told = json.loads(shell.call("import", "guidellm-0.8.json", "--json").stdout)
    assert (told["schema"], told["version"], told["not_read"]) == ("chimera.import", 1, [])
    (file,) = told["files"]
    assert (file["where"], file["kind"]) == ("guidellm-0.8.json", "results")
    ttft = next(each for each in file["measurements"] if each["figure"] == "TTFT")
    assert (ttft["tool"], ttft["version"], ttft["model"], ttft["quantisation"]) == (
        "GuideLLM",
        "0.8.1",
        "small:1b",
        None,
    )
    assert (ttft["n"], ttft["mean"], ttft["sd"], ttft["sd_kind"], ttft["unit"]) == (
        2,
        6.0,
        0.5,
        "population",
        "ms",
    )
    assert (ttft["samples"], ttft["stated"]["percentiles"]["p99.9"]) == ([5.5, 6.5], 6.5)
    assert ttft["where"] == "guidellm-0.8.json, benchmarks[0].metrics.time_to_first_token_ms.successful"
    assert ttft["definition"] == "request start → first streamed token, client clock"
    assert {each["kind"] for each in file["problems"]} == {"empty", "told"}


def test_a_folder_is_searched_by_what_its_files_hold(shell: Shell) -> None:
    (shell.here / "sub").mkdir()
    shutil.copy(DATA / "aiperf.json", shell.here / "sub" / "summary.json")  # the older benchmark's name
    shutil.copy(DATA / "ollama-bench.bench", shell.here / "sub" / "notes.txt")
    (shell.here / "sub" / "a_metrics.json").write_text(json.dumps(document()))
    (shell.here / "sub" / "other.csv").write_text("a,b\n1,2\n")
    told = shell.call("import", "sub", "--json")
    files = json.loads(told.stdout)["files"]
    assert [(Path(file["where"]).name, file["kind"]) for file in files] == [
        ("a_metrics.json", "run"),
        ("notes.txt", "results"),
        ("summary.json", "results"),
    ]
    assert [Path(each["where"]).name for each in json.loads(told.stdout)["not_read"]] == ["other.csv"]
    printed = shell.call("import", "sub")
    assert "AIPerf 0.13.0, json: small:1b" in printed.stdout
    assert "speedup" in printed.stdout
    assert "other.csv: this is none of the result formats" in printed.stderr


def test_many_files_that_are_no_results_are_counted(shell: Shell) -> None:
    copied(shell, "aiperf.csv")
    for number in range(25):
        (shell.here / f"n{number:02}.csv").write_text("a,b\n1,2\n")
    done = shell.call("import", ".")
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 21
    assert "not read: 5 more files" in done.stderr


def test_a_file_of_no_known_format_says_which_are_known(shell: Shell) -> None:
    (shell.here / "x.csv").write_text("num_gpu,tokens_per_s\n20,41.5\n")
    done = shell.call("import", "x.csv")
    assert done.returncode == 1
    assert "x.csv" in done.stderr
    assert "llama-bench (json, jsonl, csv, sql, md)" in done.stderr


def test_a_file_that_is_too_long_is_refused(shell: Shell) -> None:
    with (shell.here / "model.bin").open("wb") as file:
        file.truncate(64_000_001)
    done = shell.call("import", "model.bin")
    assert done.returncode == 1
    assert "it is too long" in done.stderr


def test_nothing_that_a_file_holds_reaches_the_terminal_as_a_command(shell: Shell) -> None:
    text = (DATA / "llama-bench.jsonl").read_text().replace("it's", "\\u001b[31mit's\\u202e")
    (shell.here / "x.jsonl").write_text(text + '{"n_prompt": "\\u001b[2J", "n_gen": 1, "avg_ts": 1.0}\n')
    printed = shell.call("import", "x.jsonl").stdout
    assert "\x1b" not in printed
    assert "\\x1b[31mit's\\u202e" in printed


def test_a_terminal_of_80_columns_tears_no_figure(shell: Shell) -> None:
    copied(shell, "guidellm-0.8.json")
    command = shell.command("import", shell.here / "guidellm-0.8.json")
    with Terminal(command, size=(80, 50), environment=shell.environment) as terminal:
        assert terminal.wait_for_exit() == 0
    lines = terminal.raw.decode().splitlines()
    assert any(" ".join(line.split()).startswith("TTFT 2 6.00 0.500 5.50 6.50") for line in lines)


@pytest.mark.shared
def test_all_real_files_are_read_in_one_go(shell: Shell, shared_dir: Path) -> None:
    told = json.loads(shell.call("import", shared_dir / "formats", "--json").stdout)
    tools = {each["tool"] for file in told["files"] for each in file.get("measurements", ())}
    assert tools == {"llama-bench", "ollama bench", "GuideLLM", "AIPerf", "chimeraforge"}
    assert {file["kind"] for file in told["files"]} == {"results", "run", "sweep"}
    unread = {Path(each["where"]).name for each in told["not_read"]}
    assert unread == {
        "README.md",
        "inputs.json",
        "phase_manifest.json",
        "profile_export_console.txt",
        "run_config.json",
        "missing-model.stdout.txt",
        "missing-model.stderr.txt",
        "verbose.stderr.txt",
    }
