"""Reports of this field, read back: the two seeds exactly, the aggregates as far as they go."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.formats.agent_report_read import AgentReport, read_agent_report, report_document


def read(shared_dir: Path, name: str) -> AgentReport:
    path = shared_dir / "grounding" / "reports" / f"{name}.md"
    return read_agent_report(path.read_text(encoding="utf-8"), str(path))


SEEDS = {
    "seed_000_gemma3_chimera_b": {
        "Throughput": ("40.88", "tok/s"),
        "TTFT": ("830.79", "ms"),
        "Total Duration": ("57560.87", "ms"),
        "Tokens Generated": ("2240", ""),
        "Prompt Eval": ("806.07", "ms"),
        "Eval Duration": ("54835.66", "ms"),
        "Load Duration": ("515.89", "ms"),
    },
    "seed_001_gemma3_chimera_a": {
        "Throughput": ("108.84", "tok/s"),
        "TTFT": ("571.73", "ms"),
        "Total Duration": ("23931.23", "ms"),
        "Tokens Generated": ("2315", ""),
        "Prompt Eval": ("309.62", "ms"),
        "Eval Duration": ("21289.41", "ms"),
        "Load Duration": ("495.62", "ms"),
    },
}


@pytest.mark.parametrize("name", SEEDS)
def test_every_metric_of_a_seed_report_is_read_exactly(shared_dir: Path, name: str) -> None:
    report = read(shared_dir, name)
    assert {key: (str(metric.value), metric.unit) for key, metric in report.metrics.items()} == SEEDS[name]


def test_the_other_parts_of_a_seed_report_are_read(shared_dir: Path) -> None:
    report = read(shared_dir, "seed_000_gemma3_chimera_b")
    assert (report.title, report.date, report.model) == ("Chimera Agent B", "2025-11-15", "gemma3:latest")
    assert report.configuration == {
        "num_gpu": 100,
        "num_ctx": 1024,
        "temperature": 1.0,
        "top_p": None,
        "top_k": None,
        "repeat_penalty": None,
    }
    times = report.execution_s
    assert [times.total, times.ingest, times.analysis, times.report] == [
        Decimal("57.63"),
        Decimal("0.06"),
        Decimal("27.21"),
        Decimal("30.35"),
    ]
    assert report.files_analysed == 101
    assert report.body.startswith("Okay, here's a technical report")
    assert report.body.endswith("benchmark datasets used.")
    assert len(report.findings) == 4
    assert len(report.recommendations) == 8
    assert report.findings[0] == "Key Performance Findings**"
    assert report.persona.startswith("You are InsightAgent")
    assert report.persona.endswith("bolded metric callouts.")
    assert report.data_summary.startswith("Total files analyzed: 101\n")
    assert not report.simulated


def test_the_reports_over_several_runs_are_read_as_far_as_they_go(shared_dir: Path) -> None:
    paths = sorted((shared_dir / "grounding" / "reports").glob("*_ctx*.md"))
    assert len(paths) == 10
    for path in paths:
        report = read(shared_dir, path.stem)
        assert report.files_analysed == 101, path.name
        assert len(report.calls) == 10, path.name
        assert report.metrics["Average Throughput"].unit == "tok/s"
        assert report.metrics["Average Throughput"].spread is not None
        assert report.body and report.model and report.date.startswith("2025-11-2")


def test_an_aggregate_keeps_numbers_spreads_and_calls_as_written(shared_dir: Path) -> None:
    report = read(shared_dir, "qwen25_gpu60_ctx512_chimera")
    throughput = report.metrics["Average Throughput"]
    assert (throughput.value, throughput.spread) == (Decimal("80.28"), Decimal("0.40"))
    assert report.metrics["Load Duration (sum)"].value == Decimal("6440.98")
    assert report.calls[0] == {
        "Run": "1",
        "Stage": "analysis",
        "TTFT (ms)": "4674.85",
        "Throughput (tok/s)": "80.39",
        "Tokens": "1181",
        "Duration (ms)": "19889.78",
    }
    assert report.configuration["temperature"] == 0.8
    assert report.findings == report.recommendations == ()


def test_a_seed_with_windows_line_ends_is_the_same_report(shared_dir: Path) -> None:
    path = shared_dir / "grounding" / "reports" / "seed_000_gemma3_chimera_b.md"
    text = path.read_text(encoding="utf-8")
    assert read_agent_report(text.replace("\n", "\r\n")) == read_agent_report(text)


def test_the_document_is_json_with_the_digits_of_the_file(shared_dir: Path) -> None:
    document = report_document(read(shared_dir, "seed_001_gemma3_chimera_a"))
    again = json.loads(json.dumps(document, allow_nan=False))
    assert again["metrics"]["Total Duration"] == {"value": 23931.23, "unit": "ms"}
    assert again["metrics"]["Tokens Generated"] == {"value": 2315, "unit": None}
    assert again["execution_s"] == {"total": 23.96, "ingest": 0.03, "analysis": 10.85, "report": 13.08}


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", "## Metrics"),
        ("# Notes\n\nNothing.\n", "## Workflow Summary"),
        ("# A\n\n---\n\nx\n\n## Workflow Summary\n- Files analyzed: 1\n", "## Metrics"),
        ("# A\n\n<!-- chimera:report 1 -->\n\n---\n\n<!-- chimera:section report -->\n\nx", "'workflow'"),
    ],
)
def test_a_file_that_is_no_report_is_refused_with_what_is_missing(text: str, missing: str) -> None:
    with pytest.raises(FileNotReadable) as caught:
        read_agent_report(text, "notes.md")
    assert missing in caught.value.info.what
    assert caught.value.info.where == "notes.md"
    assert caught.value.info.next
