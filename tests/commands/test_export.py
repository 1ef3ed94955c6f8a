"""`chimera export`: runs of the journal and saved ones in other tools' formats."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chimera_tui.domain.flags import Cause
from tests.analysis.series import group, run
from tests.commands.conftest import Shell
from tests.commands.test_compare import FAST, SLOW, save
from tests.simulators import SimulatorHandle


@pytest.mark.parametrize("form", ["llama-bench", "benchstat", "jsonl", "csv"])
def test_what_is_exported_is_imported_again(shell: Shell, form: str) -> None:
    save(shell, "slow", group("a", SLOW))
    done = shell.call("export", form, "slow", "--out", "out")
    assert done.returncode == 0
    assert "wrote 24 requests of 6 runs to out" in done.stderr
    assert done.stdout == ""
    (file,) = json.loads(shell.call("import", "out", "--json").stdout)["files"]
    rates = [each for each in file["measurements"] if each["figure"] == "decode rate"]
    assert [each["n"] for each in rates] == [6, 6, 6, 6]
    assert rates[0]["mean"] == pytest.approx(sum(SLOW) / 6)
    assert not (shell.folder / "state").exists()  # no daemon was needed


def test_markdown_goes_to_standard_output(shell: Shell) -> None:
    save(shell, "slow", [run(0, name="x", rate=40.0)])
    done = shell.run("export", "md", "slow/chimera_runs/x0/metrics.json")
    assert done.returncode == 0
    assert done.stdout.startswith("# Requests\n")
    assert "| x0 | A | analysis | gemma3:latest |" in done.stdout


def test_disturbed_runs_are_no_samples_unless_asked_for(shell: Shell) -> None:
    save(shell, "mixed", [*group("a", SLOW[:2]), *group("b", FAST[:1], causes=[Cause.THROTTLED])])
    done = shell.call("export", "benchstat", "mixed")
    assert "left out: b0" in done.stderr
    assert done.stdout.count("/agent=a/request=report/step=generate 1 ") == 2
    done = shell.call("export", "benchstat", "mixed", "--include-flagged")
    assert done.stdout.count("/agent=a/request=report/step=generate 1 ") == 3
    assert len(shell.call("export", "jsonl", "mixed").stdout.splitlines()) == 3 * 4


def test_when_nothing_counts_nothing_is_written(shell: Shell) -> None:
    save(shell, "bad", group("b", FAST[:2], causes=[Cause.THROTTLED]))
    done = shell.call("export", "llama-bench", "bad", "--out", "out.jsonl")
    assert done.returncode == 1
    assert "nothing was written" in done.stderr
    assert not (shell.here / "out.jsonl").exists()


def test_a_file_that_is_there_is_replaced_only_when_told(shell: Shell) -> None:
    save(shell, "slow", group("a", SLOW[:1]))
    (shell.here / "out.csv").write_text("mine")
    done = shell.call("export", "csv", "slow", "--out", "out.csv")
    assert done.returncode == 2
    assert "--overwrite" in done.stderr
    assert (shell.here / "out.csv").read_text() == "mine"
    assert shell.call("export", "csv", "slow", "--out", "out.csv", "--overwrite").returncode == 0
    assert (shell.here / "out.csv").read_text().startswith("run_id,")
    assert [path.name for path in shell.here.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_can_not_be_written_is_an_error_in_words(shell: Shell) -> None:
    save(shell, "slow", group("a", SLOW[:1]))
    done = shell.call("export", "csv", "slow", "--out", "missing/out.csv")
    assert done.returncode == 1
    assert "can not write it" in done.stderr
    assert "missing/out.csv" in done.stderr


@pytest.mark.parametrize("words", [[], ["xml"], ["csv", "./missing.json"], ["csv", "--dir", "missing"]])
def test_bad_use_is_a_line_and_exits_2(shell: Shell, words: list[str]) -> None:
    done = shell.call("export", *words)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_series_of_the_journal_is_found_with_its_warm_ups(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    server = {"OLLAMA_HOST": ollama.url}
    words = ("run", reports, "--agent", "a", "--repeat", "2", "--warmup", "1", "--json")
    told = json.loads(shell.call(*words, environment=server).stdout)
    records = [
        json.loads(line)
        for line in shell.call("export", "jsonl", told["series_id"], "--dir", reports).stdout.splitlines()
    ]
    assert [record["role"] for record in records] == ["warmup"] * 2 + ["measured"] * 4
    assert {record["series_id"] for record in records} == {told["series_id"]}
    last = shell.call("export", "jsonl", "--dir", reports).stdout.splitlines()
    assert {json.loads(line)["run_id"] for line in last} == {records[-1]["run_id"]}
    done = shell.call("export", "llama-bench", told["series_id"], "--dir", reports, "--include-flagged")
    assert "left out: " in done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(row["chimera"]["simulated"] for row in rows)
    assert sum(len(row["samples_ns"]) for row in rows if row["n_gen"]) == 4
    done = shell.call("export", "csv", "zzzzzz", "--dir", reports)
    assert done.returncode == 1
    assert "there is no run or series 'zzzzzz'" in done.stderr


def test_runs_are_written_oldest_first_and_once(shell: Shell) -> None:
    later, earlier = run(5, name="x"), replace(run(1, name="y"), series=None)
    save(shell, "all", [later, earlier])
    names = ("all/chimera_runs/x5", "all/chimera_runs/y1", "all/chimera_runs/x5")
    records = [json.loads(line) for line in shell.call("export", "jsonl", *names).stdout.splitlines()]
    assert [record["run_id"] for record in records] == ["y1"] * 4 + ["x5"] * 4
