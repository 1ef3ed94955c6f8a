"""A campaign's report as Markdown, CSV and JSON."""

from __future__ import annotations

import csv as csv_module
import io
import json

import pytest
from markdown_it import MarkdownIt

from chimera_tui.domain.campaign import CampaignPlan
from chimera_tui.domain.conclusion import Conclusion
from chimera_tui.domain.runs import RunSummary
from chimera_tui.formats.campaign_csv import csv, runs_csv
from chimera_tui.formats.campaign_json import json_document
from chimera_tui.formats.campaign_markdown import markdown
from tests.formats.campaign_conclusion import HOSTILE, told

Found = tuple[Conclusion, CampaignPlan, list[RunSummary]]


@pytest.fixture(scope="module")
def found() -> Found:
    return told()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv_module.DictReader(io.StringIO(text)))


def test_markdown_is_whole_and_holds_no_markup_but_ours(found: Found) -> None:
    text = markdown(*found[:2])
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert rendered.startswith("<h1>Campaign night")
    assert "<script" not in rendered
    assert "<strong>bold</strong>" not in rendered
    assert "\x1b" not in text and "\u202e" not in text
    for title in (
        "Answer",
        "What these runs do not show",
        "All cells",
        "How it was measured",
        "The campaign file",
    ):
        assert f"<h2>{title}</h2>" in rendered
    assert rendered.count("<table>") >= 10
    assert "</code></pre>" in rendered  # the file's text, whatever fences it holds


def test_markdown_explains_itself(found: Found) -> None:
    text = markdown(*found[:2])
    for word in ("decode rate", "TTFT", "95 % interval", "overlap efficiency"):
        assert f"| {word} |" in text
    assert "(seed 7)" in text
    assert "NVIDIA H200" in text
    assert text.endswith("\n") and not text.endswith("\n\n")


def test_csv_has_a_row_for_each_figure_of_each_cell(found: Found) -> None:
    conclusion, plan, _ = found
    rows = rows_of(csv(conclusion, plan))
    assert len(rows) == 6 * 5
    for row in rows:
        cell = conclusion.cell(row["cell_id"])
        figure = cell.figure(row["metric"], row["agent"]) if cell else None
        assert figure is not None
        assert (float(row["mean"]), int(row["n"])) == (figure.mean, figure.n)
        assert float(row["low_95"]) <= float(row["mean"]) <= float(row["high_95"])
    assert {row["axis_num_ctx"] for row in rows} == {"512", "4096", "8192"}
    assert sum(row["standing"] == "best" for row in rows) == 5
    assert "\x1b" not in csv(conclusion, plan)


def test_runs_csv_has_a_row_for_each_run_and_says_which_count(found: Found) -> None:
    conclusion, plan, runs = found
    rows = rows_of(runs_csv(conclusion, plan, runs))
    assert [row["run_id"] for row in rows] == [run.run_id for run in runs]
    assert sum(row["counts"] == "yes" for row in rows) == 30
    failed, throttled = rows[-2:]
    assert (failed["state"], failed["counts"], failed["a_error"]) == ("failed", "no", "load_failed")
    assert (throttled["counts"], throttled["why_not"]) == ("no", "throttled clock")
    assert (rows[0]["a_num_gpu"], rows[0]["a_model"]) in {("20", "gemma3:latest"), ("80", "gemma3:latest")}
    assert float(rows[0]["a_ttft_mean_ms"]) > 100
    assert rows[0]["simulated"] == "yes"


def test_json_is_one_document_with_schema_and_version(found: Found) -> None:
    conclusion, plan, _ = found
    document = json.loads(json.dumps(json_document(conclusion, plan), allow_nan=False))
    assert (document["schema"], document["version"]) == ("chimera.campaign", 1)
    assert document["headline"] == list(conclusion.headline)
    assert document["begun_utc"] == "2026-11-21T19:33:42Z"
    assert document["plan"]["axes"] == ["num_gpu", "num_ctx"]
    assert document["plan"]["cells"][0]["values"] == {"num_gpu": "20", "num_ctx": "512"}
    assert document["plan"]["cells"][0]["settings"]["a"]["options"]["num_gpu"] == 20
    assert document["plan"]["cells"][0]["merged"][0]["label"] == HOSTILE
    assert document["cells"][0]["figures"][0]["unit"] == "tok/s"
    assert document["cells"][0]["grounding"] is None
