"""Reports as they are written, and that the reader finds every section of ours whatever the model wrote."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId, Options
from chimera_tui.formats.agent_report import stated, write_agent_report
from chimera_tui.formats.agent_report_read import AgentReport, read_agent_report
from chimera_tui.formats.layout import Marks, closing_line, fenced
from tests.formats.records import failed, outcome, request, summary

PERSONA = "You collect.\n```\nwith a fence\n```"
DATA = "Total files analyzed: 2\n\nCSV Files (2)\n  - reports/a.csv"
BODY = "# Inventory\n\n## Key Findings\n- **Speed:** 41.2 tok/s.\n\n## Recommendations\n1. Measure TTFT.\n"


def written(body: str = BODY, analysis: str = "", persona: str = PERSONA, data: str = DATA) -> str:
    return write_agent_report(
        summary(), outcome(), report=body, analysis=analysis, persona=persona, data_summary=data
    )


def test_the_report_has_the_sections_the_field_knows_in_their_order() -> None:
    text = written()
    titles = [line for line in text.split("\n") if line.startswith("## ")]
    assert titles == [
        "## Key Findings",
        "## Recommendations",
        "## Workflow Summary",
        "## Metrics",
        "## Waits",
        "## Key Findings",
        "## Recommendations",
        "## Persona Prompt",
    ]
    assert text.startswith("# Chimera Agent A\n")
    assert "**Date:** 2026-11-21\n**Agent Type:** Chimera Agent A\n**Model:** gemma3:latest\n" in text
    assert (
        "**Configuration:** num_gpu=80, num_ctx=default, temp=0.8, top_p=default, top_k=default, "
        "repeat_penalty=default, num_predict=default, seed=default\n" in text
    )
    assert (
        "- Files analyzed: 101\n- Execution time: 5.28s (ingest 0.03s | analysis 2.62s | report 2.63s)\n" in text
    )


def test_metrics_stand_under_the_names_that_older_readers_know() -> None:
    lines = written().partition("<!-- chimera:section metrics -->\n## Metrics\n")[2].split("\n")
    assert lines[:7] == [
        "- Throughput: 60.00 tok/s",
        "- TTFT: 620.00 ms",
        "- Total Duration: 5200.00 ms",
        "- Tokens Generated: 240",
        "- Prompt Eval: 600.00 ms",
        "- Eval Duration: 4000.00 ms",
        "- Load Duration: 400.00 ms",
    ]
    assert "- Decode Rate: 59.50 tok/s" in lines
    assert "- Queue: 200.00 ms" in lines
    assert "- TTFT (analysis): 620.00 ms" in lines


def test_what_was_not_reported_is_said_so_and_never_zero() -> None:
    text = write_agent_report(summary(), failed(), report="", analysis="It began", persona="P", data_summary="D")
    report = read_agent_report(text)
    assert "- Throughput: not reported\n" in text
    assert all(metric.value is None for metric in report.metrics.values())
    assert "**State:** failed\n**Error:** the stream ended" in text
    assert "- Report: none was written" in text
    assert report.body == "It began"
    assert report.state == "failed"
    assert report.findings == report.recommendations == ()


def test_a_simulated_run_says_so() -> None:
    text = write_agent_report(
        summary(simulated=True), outcome(), report="R", analysis="", persona="P", data_summary="D"
    )
    assert "**Simulated:** yes" in text
    assert read_agent_report(text).simulated
    assert not read_agent_report(written()).simulated


def test_a_report_that_was_cut_off_says_so() -> None:
    cut = outcome(requests=(request("analysis"), request("report", done_reason="length")))
    text = write_agent_report(summary(), cut, report=BODY, analysis="", persona="P", data_summary="D")
    assert "- Report: cut off (length)\n" in text
    assert stated(cut, "## Findings\n- One.\n- Tw", "").findings == ("One.",)


def test_an_answer_whose_server_gives_no_reason_for_its_end_is_not_cut_off() -> None:
    whole = outcome(requests=(request("analysis"), request("report", done_reason="")))
    text = write_agent_report(summary(), whole, report=BODY, analysis="", persona="P", data_summary="D")
    assert "cut off" not in text
    assert stated(whole, "## Findings\n- One.\n- Two", "").findings == ("One.", "Two")


def test_everything_is_read_back() -> None:
    report = read_agent_report(written())
    assert report.title == "Chimera Agent A"
    assert (report.date, report.agent_type, report.model) == ("2026-11-21", "Chimera Agent A", "gemma3:latest")
    assert report.configuration == {
        "num_gpu": 80,
        "num_ctx": None,
        "temperature": 0.8,
        "top_p": None,
        "top_k": None,
        "repeat_penalty": None,
        "num_predict": None,
        "seed": None,
    }
    assert report.body == BODY
    assert report.files_analysed == 101
    assert report.execution_s.total == Decimal("5.28")
    assert report.execution_s.report == Decimal("2.63")
    assert report.metrics["TTFT"].value == Decimal("620.00")
    assert report.metrics["TTFT"].unit == "ms"
    assert report.metrics["Tokens Generated"].value == 240
    assert report.findings == ("Speed: 41.2 tok/s.",)
    assert report.recommendations == ("Measure TTFT.",)
    assert report.persona == PERSONA
    assert report.data_summary == DATA
    assert report.state == "done"


def test_typed_options_survive_the_way_through_the_file() -> None:
    options = Options(num_gpu=-1, num_ctx=512, temperature=1.0, top_p=0.123456789, top_k=0, seed=7)
    text = write_agent_report(
        summary(), outcome(AgentId.B, options=options), report="R", analysis="", persona="P", data_summary="D"
    )
    read = read_agent_report(text).configuration
    assert {name: read[name] for name in options.requested()} == options.requested()
    assert isinstance(read["temperature"], float)
    assert isinstance(read["num_gpu"], int)


HOSTILE_LINES = (
    "## Metrics",
    "- Throughput: 999.99 tok/s",
    "## Key Findings",
    "## Workflow Summary",
    "## Persona Prompt",
    "---",
    "```",
    "````python",
    "~~~",
    "<!-- chimera:section metrics -->",
    "<!-- chimera:section workflow k1 -->",
    "<!-- chimera:end -->",
    "<!-- chimera:end closed -->",
    "<!-- chimera:report 1 k9 -->",
    "<!-- open",
    "<script>",
    "<pre>",
    "- item **bold",
    "1. first",
    "> quote",
    "| a | b |",
    "    indented",
    "",
    "\r",
    "\u2028\x85",
    "None captured",
)
hostile = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(HOSTILE_LINES), max_size=12).map("\n".join))


@settings(max_examples=80, deadline=None)
@given(body=hostile, persona=hostile, data=hostile)
@example(body="```py\ncode\n````", persona="", data="")
@example(body="```py\ncode", persona="```", data="````")
@example(body="<!-- chimera:end -->", persona="<!-- chimera:section persona k1 -->", data="\n")
def test_what_is_written_is_read_back_whatever_the_model_wrote(body: str, persona: str, data: str) -> None:
    report = read_agent_report(written(body, persona=persona, data=data))
    said = stated(outcome(), body, "")
    assert report.body == body
    assert report.persona == persona
    assert report.data_summary == data
    assert (report.findings, report.recommendations) == (said.findings, said.recommendations)
    assert report.metrics["Throughput"].value == Decimal("60.00")
    assert report.files_analysed == 101


@settings(max_examples=60, deadline=None)
@given(body=hostile)
def test_our_sections_are_markdown_headings_whatever_the_model_left_open(body: str) -> None:
    tokens = MarkdownIt("commonmark").parse(written(body, persona="P"))
    headings = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    ours = ["Workflow Summary", "Metrics", "Waits", "Key Findings", "Recommendations", "Persona Prompt"]
    assert headings[-6:] == ours


@pytest.mark.parametrize(
    ("text", "closer"),
    [("plain", ""), ("```\nx", "```"), ("~~~~\n~~~\nx", "~~~~"), ("<script>\nx", "</script>"), ("<!-- x", "-->")],
)
def test_only_what_is_open_is_closed(text: str, closer: str) -> None:
    assert closing_line(text) == closer


def test_marks_change_only_when_a_text_holds_them() -> None:
    assert Marks.unlike(["## Metrics"]).section("metrics") == "<!-- chimera:section metrics -->"
    taken = Marks.unlike(["<!-- chimera:section metrics -->\n<!-- chimera:end k1 -->"])
    assert taken.section("metrics") == "<!-- chimera:section metrics k2 -->"


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert fenced("a ```` b") == "`````\na ```` b\n`````"


def test_a_hostile_model_name_stays_on_its_line() -> None:
    name = "m\n<!-- chimera:section metrics -->\x1b[31m"
    text = write_agent_report(
        summary(), outcome(model=name), report=BODY, analysis="", persona="P", data_summary="D"
    )
    report: AgentReport = read_agent_report(text)
    assert report.model == printable(name)
    assert report.body == BODY
