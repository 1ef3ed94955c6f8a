"""Both agents side by side."""

from __future__ import annotations

from markdown_it import MarkdownIt

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunState
from chimera_tui.formats.combined_report import NO_SPEEDUP, write_combined_report
from tests.formats.records import equipped, failed, outcome, summary

BODIES = {AgentId.A: "A wrote\n\n```\nleft open", AgentId.B: "B wrote"}
FILES = {AgentId.A: "agent_a_report.md", AgentId.B: "agent_b_report.md"}


def test_the_two_agents_stand_side_by_side_and_below_each_other() -> None:
    text = write_combined_report(summary(), BODIES, FILES)
    assert "|  | Agent A | Agent B |\n| --- | --- | --- |\n" in text
    assert "| Throughput | 60.00 tok/s | 60.00 tok/s |" in text
    assert "[agent A](agent_a_report.md), [agent B](agent_b_report.md)" in text
    assert "**Overlap efficiency:** 88.0 %" in text
    tokens = MarkdownIt("commonmark").parse(text)
    headings = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings[1:] == ["Comparison", "Agent A: report", "Agent B: report"]


def test_a_clean_and_a_flagged_run_say_so_at_the_top() -> None:
    clean = write_combined_report(summary(), BODIES, FILES)
    assert "**Measurement:** clean: nothing is known to have disturbed it  \n" in clean
    flagged = write_combined_report(equipped(), BODIES, FILES)
    top = flagged.partition("## Comparison")[0]
    assert "**Measurement:** ⚑2 •1: left out of comparisons unless asked for  \n" in top
    assert "- ⚑ agent B, analysis: queued behind the other agent: waited 24.5 s behind A\n" in top
    assert "- ⚑ other GPU processes: train.py had memory of GPU 0\n" in top
    assert "- • agent A, report: cached prompt: 890 of 900 tokens\n" in top
    assert "**Series:** measured run 2 of 5 of series q7w2e9  \n" in top


def test_overlap_efficiency_is_told_apart_from_a_speedup() -> None:
    assert f"**Overlap efficiency:** 88.0 %\n\n{NO_SPEEDUP}\n" in write_combined_report(summary(), BODIES, FILES)
    assert "speedup" not in write_combined_report(summary(outcome()), BODIES, FILES)


def test_offload_in_effect_stands_beside_what_was_asked_for() -> None:
    text = write_combined_report(equipped(), BODIES, FILES)
    row = "| Offload | num_gpu 80, 35 of 35 layers, 100 % in VRAM | not reported |"
    assert row in text


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
    assert "| Model | a\\|b\\\\x0ac |" in text
