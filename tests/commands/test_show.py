"""`chimera show FILE`: a report read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Shell

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
    printed = shell.run("show", report).stdout
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
    done = shell.run("show", "./missing.md")
    assert done.returncode == 2
    assert "there is no file missing.md" in done.stderr


def test_a_folder_is_no_report(shell: Shell) -> None:
    done = shell.run("show", "./")
    assert done.returncode == 1
    assert "Is a directory" in done.stderr


@pytest.mark.shared
@pytest.mark.parametrize("name", ["seed_000_gemma3_chimera_b.md", "seed_001_gemma3_chimera_a.md"])
def test_the_seed_reports_are_read_with_every_metric(shell: Shell, shared_dir: Path, name: str) -> None:
    document = json.loads(shell.run("show", shared_dir / "grounding" / "reports" / name, "--json").stdout)
    assert len(document["metrics"]) == 7
    assert all(metric["value"] is not None for metric in document["metrics"].values())
