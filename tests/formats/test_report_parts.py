"""What a model wrote of a report, and what the generated part tells of the files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_tui.domain.names import FileKind
from chimera_tui.domain.options import AgentId
from chimera_tui.formats.agent_report import write_agent_report
from chimera_tui.formats.combined_report import write_combined_report
from chimera_tui.formats.inert import read_inert
from chimera_tui.formats.report_parts import report_parts, told_inventory
from tests.formats.records import outcome, summary

DATA = """Total files analyzed: 101

CSV Files (28)
  - reports/CSV Files (3)
  ... and 27 more
  Latest modified: 2025-11-14 18:53:30 UTC

MARKDOWN Files (29)
  Latest modified: at an impossible time"""
ONE_RUN = f"""# Chimera Agent B

**Date:** 2025-11-15
**Agent Type:** Chimera Agent B

---

Here it is.

---

# Report: 67 files

## Workflow Summary

An early one of the model's.

## Workflow Summary

- Files analyzed: 101
- Data summary:
```
{DATA}
```

## Metrics
- Throughput: 40.88 tok/s

## Key Findings
- 44 files.

## Recommendations
- None captured

## Persona Prompt
```
Total files analyzed: 7
```
"""
SEVERAL_RUNS = f"""# Baseline Agent Report

**Timestamp:** 2025-11-27 00:29:00 UTC

## Workflow Summary

### Data Summary
```
{DATA}
```

### Key Findings
- None captured

## Technical Report (LLM Generated)

**Date:** 2025-11-27

---

The 101 files.

---

More.

## LLM Call Metrics

| Phase |
"""


def written_by_the_model(text: str) -> list[str]:
    lines = text.split("\n")
    return [lines[number - 1] for number in report_parts(text).model_lines]


@pytest.mark.parametrize(
    "body",
    [
        "# Title\n\n44 files.\n",
        "one line",
        "```\nleft open",
        "<!-- chimera:end -->\n\n<!-- chimera:section workflow -->\nstill the model's",
        "\n\n---\n\n# Chimera run: combined report",
        "",
    ],
)
def test_of_our_own_report_it_is_what_stands_between_the_marks(body: str) -> None:
    text = write_agent_report(summary(), outcome(), report=body, analysis="", persona="P 7", data_summary=DATA)
    assert report_parts(text).form == "chimera"
    assert read_inert("\n".join(written_by_the_model(text))) == body
    told = told_inventory(text)
    assert told is not None
    assert (told.total, told.counts) == (101, {FileKind.CSV: 28, FileKind.MD: 29})
    assert told.latest == {FileKind.CSV: "2025-11-14 18:53:30"}
    assert told.written == "2026-11-21 19:33:42"


def test_of_our_combined_report_it_is_what_each_agent_wrote() -> None:
    bodies = {AgentId.A: "# A's\n\n---\n\n3 files.\n", AgentId.B: "B's 4."}
    text = write_combined_report(summary(), bodies, {AgentId.A: "agent_a_report.md"})
    assert report_parts(text).form == "combined"
    assert [line for line in written_by_the_model(text) if line] == ["# A's", "---", "3 files.", "B's 4."]
    assert "Wall time" not in "".join(written_by_the_model(text))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_of_a_report_of_one_run_it_is_the_text_and_the_bullets(end: str) -> None:
    text = ONE_RUN.replace("\n", end)
    lines = [line.rstrip("\r") for line in written_by_the_model(text) if line.strip()]
    assert lines[0] == "Here it is."
    assert lines[-3:] == ["An early one of the model's.", "- 44 files.", "- None captured"]
    assert len(lines) == 7
    told = told_inventory(text)
    assert told is not None
    assert (told.total, told.counts[FileKind.CSV], told.written) == (101, 28, "2025-11-15")


def test_of_a_report_of_several_runs_it_is_the_text_below_the_generated_header() -> None:
    assert report_parts(SEVERAL_RUNS).form == "several runs"
    assert [line for line in written_by_the_model(SEVERAL_RUNS) if line] == ["The 101 files.", "---", "More."]
    told = told_inventory(SEVERAL_RUNS)
    assert told is not None
    assert (told.total, told.written) == (101, "2025-11-27 00:29:00")


@pytest.mark.parametrize(
    "text", ["", "\n", "# Any\n\n---\n\n## Workflow Summary\n\n7 files", "---\r\nx", "a\x00b"]
)
def test_of_any_other_text_it_is_all_of_it(text: str) -> None:
    parts = report_parts(text)
    assert (parts.form, parts.told) == ("other", None)
    assert "\n".join(written_by_the_model(text)) == text


@pytest.mark.shared
def test_every_labelled_line_of_the_sample_reports_is_the_models(shared_dir: Path) -> None:
    labels = (shared_dir / "grounding" / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    wanted = {(label["report"], label["line"]) for label in map(json.loads, labels)}
    found = set()
    for path in (shared_dir / "grounding" / "reports").glob("*.md"):
        parts = report_parts(path.read_text(encoding="utf-8"))
        found |= {(path.stem, line) for line in parts.model_lines}
        assert parts.told is not None
        assert (parts.told.total, sum(parts.told.counts.values())) == (101, 101)
    assert wanted <= found
