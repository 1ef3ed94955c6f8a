"""The section "Checked numbers": what it lists, in which order, and that it is read back."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt

from chimera_tui.domain.grounding import CheckedNumber, CheckedText
from chimera_tui.domain.runs import AgentOutcome
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.formats.agent_report import write_agent_report
from chimera_tui.formats.agent_report_read import AgentReport, read_agent_report, report_document
from chimera_tui.formats.checked_numbers import MOST_SUPPORTED, MOST_WRONG, NO_FACT
from chimera_tui.formats.combined_report import write_combined_report
from chimera_tui.formats.grounding_text import source_text, subject_text, tally_text
from chimera_tui.formats.metrics_grounding import Grounding
from tests.formats.records import CHECKED, GROUNDED, grounded, outcome, summary
from tests.formats.strategies import of_type

MENDED = Grounding(CHECKED, CHECKED.numbers[1:2], "agent_a_unrepaired.md")


def written(found: Grounding = MENDED, agent: AgentOutcome | None = None, body: str = GROUNDED) -> str:
    agent = agent or grounded()
    return write_agent_report(
        summary(agent), agent, report=body, analysis="", persona="P", data_summary="D", grounding=found
    )


def read(found: Grounding = MENDED, agent: AgentOutcome | None = None) -> AgentReport:
    return read_agent_report(written(found, agent))


def test_accused_numbers_come_first_each_with_its_line_in_the_file_and_the_true_value() -> None:
    text = written()
    section = read_agent_report(text).checked
    assert section.summary.startswith(
        "1 of 4 numbers supported (25.0 %), 1 contradicted, 1 misattributed, 1 unsupported; checked against 101"
    )
    rows = [tuple(row.values()) for row in section.rows]
    line = text.split("\n").index("- All 44 JSON files were read, 67 CSV files.") + 1
    assert rows == [
        ("67", str(line), "✗ contradicted", "csv files", "28 (inventory: csv files)"),
        (
            "0.5",
            str(line + 3),
            "≠ misattributed",
            "latency",
            "ttft_s of a|b (reports/a.csv:ttft_s[row 2] (mean))",
        ),
        ("9", str(line + 3), "? unsupported", "<b>time</b>", ""),
    ]
    assert section.supported == (f"44 (line {line}): inventory: json files",)
    assert section.remarks == (
        f"line {line - 3}: wrong date: dated 2023, written 2026",
        "cut: ends within a word",
    )


def test_each_key_finding_tells_the_facts_it_rests_on_or_that_there_is_none() -> None:
    report = read()
    assert report.findings == ("All 44 JSON files were read, 67 CSV files.", "It is fast.")
    assert report.finding_facts == (
        ("✓ 44: inventory: json files", "✗ 67: true value 28 (inventory: csv files)"),
        (NO_FACT,),
    )
    document = report_document(report)
    assert document["findings"] == list(report.findings)
    assert document["finding_facts"] == [list(facts) for facts in report.finding_facts]


def test_a_repaired_report_says_which_numbers_and_where_the_first_text_is() -> None:
    section = read().checked
    assert section.repair.endswith("was mended. The first text is kept in agent_a_unrepaired.md.")
    assert section.mended == ("line 4: ✗ 67: true value 28 (inventory: csv files)",)


def test_a_report_that_was_not_checked_has_no_such_section() -> None:
    text = written(Grounding(), outcome())
    report = read_agent_report(text)
    assert "Checked numbers" not in text
    assert report.checked.summary == ""
    assert report.finding_facts == ((), ())


def test_long_lists_are_cut_and_the_rest_is_counted() -> None:
    right, wrong = CHECKED.numbers[:2]
    many = CheckedText((right,) * (MOST_SUPPORTED + 3) + (wrong,) * (MOST_WRONG + 1_004))
    section = read(Grounding(many), outcome()).checked
    assert len(section.rows) == MOST_WRONG
    assert section.supported[-1] == "and 3 more"
    assert "\n- and 1,004 more\n" in written(Grounding(many), outcome())


def test_a_check_that_failed_says_why() -> None:
    section = read(Grounding(CheckedText(problem="the checker <ended>")), outcome()).checked
    assert "Not checked, or not whole: the checker <ended>." in section.summary


def test_the_combined_report_has_the_counts_beside_the_other_figures() -> None:
    lines = write_combined_report(summary(grounded(), outcome()), {}, {}).split("\n")
    assert f"| Checked numbers | {tally_text(CHECKED.tally)} | not reported |" in lines
    assert any(line.startswith("| Repair | 1 of 1 contradicted") for line in lines)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(checked=of_type(CheckedText), agent=of_type(AgentOutcome))
def test_whatever_was_checked_is_written_as_text_and_read_back(checked: CheckedText, agent: AgentOutcome) -> None:
    found = Grounding(checked, checked.numbers, "first.md")
    text = written(found, agent)
    report = read_agent_report(text)
    wrong = [n for n in checked.numbers if n.verdict.accuses or n.verdict is Verdict.UNSUPPORTED]
    order = sorted(wrong, key=lambda number: not number.verdict.accuses)
    assert [row["Subject"] for row in report.checked.rows] == [subject_text(n).strip() for n in order]
    assert len(report.checked.remarks) == len(checked.remarks)
    assert report.body == GROUNDED
    assert bool(report.checked.repair) == (agent.repair is not None)
    section = text.partition("<!-- chimera:section checked -->")[2].partition("<!-- chimera")[0]
    kinds = {token.type for token in MarkdownIt("commonmark").enable("table").parse(section)}
    assert not kinds & {"html_block", "fence", "code_block"}


def test_what_a_number_is_compared_with_is_its_truth_its_place_or_the_judgement() -> None:
    number = CheckedNumber(1, 0, 1, "1", Verdict.UNSUPPORTED, why="no file names it")
    assert source_text(number) == "no file names it"
    assert source_text(replace(number, truth="2 s", verdict=Verdict.CONTRADICTED)) == "2 s"
    assert source_text(CHECKED.numbers[0]) == "inventory: json files"


def test_a_long_subject_is_told_by_its_end() -> None:
    long = replace(
        CHECKED.numbers[0], subject="In this report, with the majority of files modified last, between ("
    )
    assert subject_text(long) == "…the majority of files modified last, between"
    assert subject_text(replace(long, subject="JSON (:")) == "JSON"
    assert len(subject_text(replace(long, subject="x" * 10_000))) <= 49
