"""What became of a report's numbers, as the run's document has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.grounding import CheckedText
from chimera_tui.domain.options import AgentId
from chimera_tui.formats.finding_facts import finding_facts
from chimera_tui.formats.markdown_structure import statements
from chimera_tui.formats.metrics_grounding import Grounding
from chimera_tui.formats.metrics_json import read_run_document, run_document, to_json
from tests.formats.records import CHECKED, GROUNDED, grounded, outcome, summary


def test_checked_numbers_are_told_with_truth_and_place_and_each_finding_with_what_it_rests_on() -> None:
    run = summary(grounded(), outcome(AgentId.B))
    mended = Grounding(CHECKED, CHECKED.numbers[1:2], "agent_a_unrepaired.md")
    said, found = {AgentId.A: statements(GROUNDED)}, {AgentId.A: mended}
    first, second = run_document(run, said, grounding=found)["agents"]
    grounding = first["grounding"]
    assert (grounding["score"], grounding["files"], grounding["problem"]) == (0.25, 101, None)
    assert grounding["counts"] == {"supported": 1, "contradicted": 1, "misattributed": 1, "unsupported": 1}
    wrong = grounding["numbers"][1]
    assert (wrong["number"], wrong["line"], wrong["verdict"], wrong["truth"]) == ("67", 4, "contradicted", "28")
    assert grounding["numbers"][2]["place"] == {
        "text": "reports/a.csv:ttft_s[row 2] (mean)",
        "path": "reports/a.csv",
        "field": "ttft_s",
        "row": 2,
        "statistic": "mean",
    }
    assert [each["kind"] for each in grounding["remarks"]] == ["wrong date", "cut"]
    findings = [(each["text"], [n["number"] for n in each["numbers"]]) for each in first["key_findings"]]
    assert findings == [("All 44 JSON files were read, 67 CSV files.", ["44", "67"]), ("It is fast.", [])]
    repair = first["repair"]
    assert (repair["taken"], repair["unrepaired"], repair["before"]["supported"]) == (
        True,
        "agent_a_unrepaired.md",
        0,
    )
    assert [each["number"] for each in repair["numbers"]] == ["67"]
    assert repair["request"]["step"] == "repair"
    assert (second["grounding"], second["key_findings"], second["repair"]) == (None, None, None)
    assert read_run_document(to_json(run_document(run, said, grounding=found))) == run


def test_of_an_unchecked_report_nobody_says_that_its_findings_rest_on_nothing() -> None:
    (agent,) = run_document(summary(outcome()), {AgentId.A: statements(GROUNDED)})["agents"]
    assert [each["numbers"] for each in agent["key_findings"]] == [None, None]


def test_of_sentences_in_one_paragraph_each_has_the_numbers_that_stand_in_it() -> None:
    said = statements("## Findings\n\nThe 44 files are JSON. The other 4 are Markdown, at 0.44 s.\n")
    one, two = CHECKED.numbers[0], replace(CHECKED.numbers[1], text="4")
    checked = CheckedText(tuple(replace(each, line=3) for each in (one, two)))
    found = finding_facts(said, checked)
    assert [[n.text for n in each.numbers or ()] for each in found] == [["44"], ["4"]]


@pytest.mark.parametrize("part", ["x", [1], {"counts": {"supported": "many"}, "remarks": []}, {"counts": None}])
def test_a_damaged_part_is_refused(part: object) -> None:
    document = run_document(summary(grounded()))
    document["agents"][0]["grounding"] = part
    with pytest.raises(FileNotReadable):
        read_run_document(to_json(document))
