"""Findings and recommendations as a report's own Markdown states them."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chimera_tui.formats.agent_report_read import read_agent_report
from chimera_tui.formats.markdown_structure import MOST, statements

REPORT = """# Technical Report: Summary of the sweep

Preamble that is no finding.

## 1. Executive Summary

Only a summary. It has two sentences.

## 2. Key Findings

Some introduction before the list.

- **Throughput:** `num_gpu=80` gives **41.2 tok/s**,
  see [the runs](a.csv).
- Two files lack TTFT

### Details

* A third finding under a sub-heading.

## 3. Recommendations

1.  **Automate:** Implement reports. This should include:
    *   summaries;
    *   alerts.
2.  Keep `num_ctx` at 1024.
    - a note that is not announced
3.  Key points:

## Risks

- Not a recommendation.
"""


def test_list_items_of_the_announcing_sections_are_taken_whole() -> None:
    said = statements(REPORT)
    assert said.findings == (
        "Throughput: num_gpu=80 gives 41.2 tok/s, see the runs.",
        "Two files lack TTFT",
        "A third finding under a sub-heading.",
    )


def test_an_inner_list_is_folded_in_only_where_the_item_announces_it() -> None:
    assert statements(REPORT).recommendations == (
        "Automate: Implement reports. This should include: summaries; alerts.",
        "Keep num_ctx at 1024.",
    )


def test_a_summary_is_used_only_without_findings() -> None:
    said = statements("## Executive Summary\n\nAll files were read. The rest is short.\n\n## Data\n\nNo.\n")
    assert said.findings == ("All files were read.", "The rest is short.")
    assert said.recommendations == ()


def test_nothing_is_invented_where_nothing_is_stated() -> None:
    said = statements("# Report\n\nThroughput was 41.2 tok/s. We recommend more runs.\n\n- a list\n")
    assert (said.findings, said.recommendations) == ((), ())


def test_bold_lines_and_short_lines_with_a_colon_stand_for_headings() -> None:
    text = "**Key Findings**\n\n* One holds.\n\n**Other**\n\n* Nothing.\n\nRecommendations:\n- Do it.\n"
    said = statements(text)
    assert said.findings == ("One holds.",)
    assert said.recommendations == ("Do it.",)


def test_the_first_topic_of_a_heading_decides() -> None:
    said = statements("## Gaps and next steps\n- A gap.\n## Actions from these insights\n- An action.\n")
    assert said.findings == ("A gap.",)
    assert said.recommendations == ("An action.",)


def test_without_a_list_only_complete_statements_count() -> None:
    text = (
        "## Next steps\n\nRaise num_ctx, e.g. to 4096, cf. Table 2. Measure TTFT again! Ready now.\n\n"
        "Would you like me to go on?\n\nand then the text breaks"
    )
    assert statements(text).recommendations == (
        "Raise num_ctx, e.g. to 4096, cf. Table 2.",
        "Measure TTFT again!",
    )


def test_stray_asterisks_html_and_code_blocks_leave_no_trace() -> None:
    text = "## Findings\n- Key Performance** holds, 2*3 too.\n- <b>x</b> is text.\n- Code:\n  ```\n  rm\n  ```\n"
    assert statements(text).findings == ("Key Performance holds, 2*3 too.", "<b>x</b> is text.")


def test_an_item_in_which_the_text_broke_off_is_left_out() -> None:
    text = "## Findings\n- Throughput is 41.2 tok/s.\n- The 99th perc"
    assert len(statements(text).findings) == 2
    assert statements(text, cut_off=True).findings == ("Throughput is 41.2 tok/s.",)


def test_repeated_items_are_kept_once_and_there_are_not_too_many() -> None:
    items = "\n".join(f"- Item {index // 2}." for index in range(40))
    findings = statements(f"## Findings\n{items}\n").findings
    assert findings == tuple(f"Item {index}." for index in range(MOST))


def test_control_sequences_are_spelled_out() -> None:
    assert statements("## Findings\n- Red \x1b[31m text.\n").findings == ("Red \\x1b[31m text.",)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "## Findings",
                "- a **b",
                "  - c:",
                "```",
                "1. x",
                "> q",
                "",
                "Text. More",
                "**y**",
                "<!--",
                "|a|",
                "|-|",
            ]
        )
    )
)
def test_every_statement_is_one_line_without_double_asterisks(lines: list[str]) -> None:
    said = statements("\n".join(lines))
    for text in (*said.findings, *said.recommendations):
        assert text == text.strip() != ""
        assert "\n" not in text and "**" not in text


def test_real_reports_give_clean_complete_statements(shared_dir: Path) -> None:
    seen = 0
    for path in sorted((shared_dir / "grounding" / "reports").glob("*.md")):
        said = statements(read_agent_report(path.read_text(encoding="utf-8")).body)
        for text in (*said.findings, *said.recommendations):
            seen += 1
            assert not re.search(r"\*\*|^#|:$", text), (path.name, text)
    assert seen > 60


def test_the_seed_report_states_what_it_says(shared_dir: Path) -> None:
    path = shared_dir / "grounding" / "reports" / "seed_000_gemma3_chimera_b.md"
    said = statements(read_agent_report(path.read_text(encoding="utf-8")).body)
    assert [text.partition(":")[0] for text in said.findings] == [
        "High Repetition",
        "Parameter Tuning Impact",
        "Latency Sensitivity",
        "Baseline Significance",
    ]
    assert len(said.recommendations) == 5
    assert said.recommendations[0].endswith("Alerts for significant deviations from baseline performance.")


def test_each_finding_knows_its_lines_and_whether_it_has_them_alone() -> None:
    text = "# R\n\n## Findings\n- a 44\n  goes on 3.\n- b:\n  - c 5\n  - d 6\n"
    assert [(each.first, each.last, each.is_whole) for each in statements(text).finding_lines] == [
        (4, 5, True),
        (6, 8, True),
    ]
    said = statements("## Findings\n\nOne is 44 here.\nTwo is 45 there.\n\nThree is 7 too.\n")
    assert [(each.first, each.last, each.is_whole) for each in said.finding_lines] == [
        (3, 4, False),
        (3, 4, False),
        (6, 6, False),
    ]
