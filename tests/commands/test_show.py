"""`chimera show FILE`: a report read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_tui.engine.ports import AgentText
from chimera_tui.services.report_store import FolderReportStore
from tests.commands.conftest import Shell
from tests.formats.records import CHECKED, GROUNDED, equipped, grounded, summary

REPORT = """# Chimera Agent A

**Date:** 2025-11-15
**Agent Type:** Chimera Agent A
**Model:** gemma3:latest
**Configuration:** num_gpu=80, num_ctx=512, temp=1, top_p=default, top_k=default, repeat_penalty=default

---

The text.

---

## Workflow Summary

- Files analyzed: 101
- Execution time: 23.96s (ingest 0.03s | analysis 10.85s | report 13.07s)

## Metrics

- Throughput: 108.84 tok/s
- TTFT: 571.73 ms

## Key Findings

- One \x1b[31mfinding.

## Recommendations

- One recommendation.
"""


@pytest.fixture
def report(shell: Shell) -> Path:
    path = shell.here / "agent_a_report.md"
    path.write_text(REPORT)
    return path


def test_a_saved_report_is_read_back_with_its_numbers(shell: Shell, report: Path) -> None:
    document = json.loads(shell.run("show", report, "--json").stdout)
    assert document["metrics"]["Throughput"] == {"value": 108.84, "unit": "tok/s"}
    assert document["files_analysed"] == 101
    assert document["configuration"]["num_gpu"] == 80


def test_people_get_metrics_findings_and_no_control_characters(shell: Shell, report: Path) -> None:
    printed = shell.call("show", report).stdout
    assert "108.84 tok/s" in printed
    assert "- One \\x1b[31mfinding." in printed
    assert "\x1b" not in printed


def test_a_file_in_the_working_directory_needs_no_slash(shell: Shell, report: Path) -> None:
    assert shell.run("show", report.name).stdout.startswith("Chimera Agent A")


def test_a_file_that_is_no_report_says_what_is_missing(shell: Shell) -> None:
    (shell.here / "notes.md").write_text("# Notes\n")
    done = shell.run("show", "notes.md")
    assert done.returncode == 1
    assert "this is no agent report" in done.stderr
    assert "Workflow Summary" in done.stderr


def test_a_file_that_is_not_there_is_bad_use(shell: Shell) -> None:
    done = shell.call("show", "./missing.md")
    assert done.returncode == 2
    assert "there is no file missing.md" in done.stderr


def test_a_folder_is_no_report(shell: Shell) -> None:
    done = shell.call("show", "./")
    assert done.returncode == 1
    assert "Is a directory" in done.stderr


@pytest.mark.shared
@pytest.mark.parametrize("name", ["seed_000_gemma3_chimera_b.md", "seed_001_gemma3_chimera_a.md"])
def test_the_seed_reports_are_read_with_every_metric(shell: Shell, shared_dir: Path, name: str) -> None:
    document = json.loads(shell.call("show", shared_dir / "grounding" / "reports" / name, "--json").stdout)
    assert len(document["metrics"]) == 7
    assert all(metric["value"] is not None for metric in document["metrics"].values())


@pytest.fixture
def flagged(shell: Shell) -> tuple[Path, Path]:
    """(metrics.json, agent B's report) of a flagged run with hardware and environment."""
    texts = [AgentText("", "It is so.", "You are.", "Two files.")] * 2
    folder = Path(
        FolderReportStore(shell.here / "chimera_runs", shell.here / "state").save(equipped(), texts).folder
    )
    return folder / "metrics.json", folder / "agent_b_report.md"


def test_a_run_of_a_metrics_file_is_told_with_flags_waits_hardware_and_environment(
    shell: Shell, flagged: tuple[Path, Path]
) -> None:
    printed = shell.run("show", flagged[0]).stdout
    assert printed.startswith("run k3v9qa: done")
    assert "measured run 2 of 5 of series q7w2e9\n⚑2 •1: left out of comparisons unless asked for\n" in printed
    assert "⚑ agent B, analysis: queued behind the other agent: waited 24.5 s behind A\n" in printed
    assert "• agent A, report: cached prompt: 890 of 900 tokens\n" in printed
    assert "overlap efficiency 88.0 %\n" in printed
    rows = [" ".join(line.split()) for line in printed.splitlines() if line.startswith("A      analysis")]
    assert rows == ["A analysis 620 ms 100 ms 200 ms 300 ms 20.0 ms 0 s 0 s – 620 ms"]
    assert "35 of 35 layers, 100 % in VRAM, context in effect 4,096" in printed
    assert "NVIDIA H200, 150 GB" in printed
    assert "Energy per token" in printed
    assert "\nA: Model digest" in printed


def test_the_metrics_file_of_a_run_is_given_as_it_is(shell: Shell, flagged: tuple[Path, Path]) -> None:
    done = shell.call("show", flagged[0], "--json")
    assert json.loads(done.stdout) == json.loads(flagged[0].read_text())


def test_a_report_with_waits_hardware_and_environment_is_shown_with_them(
    shell: Shell, flagged: tuple[Path, Path]
) -> None:
    printed = shell.call("show", flagged[1]).stdout
    assert "⚑ analysis: queued behind the other agent: waited 24.5 s behind A\n" in printed
    assert "First decode step" in printed
    assert "GPU 0 throttled by" in printed
    assert "Prompt digest" in printed
    document = json.loads(shell.call("show", flagged[1], "--json").stdout)
    assert document["waits"][0]["Queue"] == "100.00 ms"
    assert document["environment"]["GPU driver"] == "570.86, CUDA 12.8"


def test_a_hostile_metrics_file_sends_no_control_characters(shell: Shell, flagged: tuple[Path, Path]) -> None:
    hostile = flagged[0].read_text()
    for word in ("k3v9qa", "q7w2e9", "gemma3:latest", "waited", "EPYC", "NVIDIA", "train.py", "0.33.3"):
        hostile = hostile.replace(word, "\\u001b[31m\\u202e")
    (shell.here / "hostile.json").write_text(hostile)
    done = shell.call("show", "hostile.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\\x1b[31m") > 10
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_json_that_is_no_run_is_refused(shell: Shell) -> None:
    (shell.here / "other.json").write_text('{"tokens_per_s": 3}')
    done = shell.call("show", "other.json")
    assert done.returncode == 1
    assert "this is no chimera.run document" in done.stderr


def test_checked_numbers_are_shown_of_a_report_and_of_a_run(shell: Shell) -> None:
    texts = [AgentText("", GROUNDED, "You are.", "Two files.", CHECKED)]
    store = FolderReportStore(shell.here / "chimera_runs", shell.here / "state")
    folder = Path(store.save(summary(grounded()), texts).folder)
    printed = shell.call("show", folder / "agent_a_report.md").stdout
    assert "Checked numbers\n1 of 4 numbers supported (25.0 %), 1 contradicted" in printed
    assert "✗ contradicted" in printed
    assert "- It is fast.\n    rests on no checked number\n" in printed
    printed = shell.call("show", folder / "metrics.json").stdout
    assert "\nA: 1 of 4 numbers supported (25.0 %), 1 contradicted" in printed
    assert "A: line 1: wrong date: dated 2023" in printed
