"""Both agents side by side."""

from __future__ import annotations

from markdown_it import MarkdownIt

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunState
from chimera_tui.formats.combined_report import write_combined_report
from tests.formats.records import failed, outcome, summary

BODIES = {AgentId.A: "A wrote\n\n```\nleft open", AgentId.B: "B wrote"}
FILES = {AgentId.A: "agent_a_report.md", AgentId.B: "agent_b_report.md"}


def test_the_two_agents_stand_side_by_side_and_below_each_other() -> None:
    text = write_combined_report(summary(), BODIES, FILES)
    assert "|  | Agent A | Agent B |\n| --- | --- | --- |\n" in text
    assert "| Throughput | 60.00 tok/s | 60.00 tok/s |" in text
    assert "[agent A](agent_a_report.md), [agent B](agent_b_report.md)" in text
    assert "**Overlap efficiency:** 88.0%" in text
    tokens = MarkdownIt("commonmark").parse(text)
    headings = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings[1:] == ["Comparison", "Agent A: report", "Agent B: report"]


def test_a_failed_agent_has_its_column_too() -> None:
    text = write_combined_report(summary(outcome(), failed(), state=RunState.FAILED), {AgentId.A: "A"}, FILES)
    assert "| State | done | failed |" in text
    assert "| Tokens Generated | 240 | not reported |" in text
    assert "Nothing was written." in text


def test_simulated_runs_and_notes_are_told() -> None:
    text = write_combined_report(summary(outcome(), simulated=True), BODIES, FILES, note="saved here\nbecause")
    assert "**Simulated:** yes" in text
    assert "**Note:** saved here\\x0abecause" in text
    assert "**Overlap efficiency:** not reported" in text


def test_names_can_not_break_the_table() -> None:
    text = write_combined_report(summary(outcome(model="a|b\nc")), {}, {})
    assert "| Model | a\\|b\\x0ac |" in text
