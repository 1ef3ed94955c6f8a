"""The simulated reports: made from the facts, numbers invented on demand, the same for the same seed."""

from __future__ import annotations

import random
import re

import pytest

from chimera_tui.engine.factsheet import build
from chimera_tui.simulator.promptfacts import PromptFacts, Topic, read_facts
from chimera_tui.simulator.tokens import pieces
from chimera_tui.simulator.writer import thoughts, write
from tests.engine.corpora import sweep

FACTS = """=== facts begin ===
Roots: reports
Files: 101 (28 csv, 44 json, 29 md), 429,472 bytes
Latest modified: 2025-11-14 20:11:02 UTC (csv 2025-11-14 20:11:02 UTC; json 2025-11-13 08:00:00 UTC)
Folders (2):
- reports/gemma3: 9 csv, 3 json
- reports/ollama: 2 md
Files that could not be read whole (1):
- reports/ollama/broken.json: not JSON
Numbers in the files (n = how many values):
[reports/gemma3/baseline.csv] 435 bytes, 5 rows
· tokens_s · n=5 min=181.965 mean=182.871 median=183.1 max=184.236 tok/s
· ttft_s · n=5 min=0.0703272 mean=0.548444 median=0.09 max=2.319 s
· num_ctx · n=5 min=512 mean=1024 median=1024 max=2048
[reports/gemma3/summary.json] 300 bytes, 9 rows
· models[].size_vram · n=1 value=4.7 GB
· runs[].load_ms · n=3 min=81.2 mean=90.4 median=88.1 max=101.9 ms
[reports/ollama/failed.csv] 80 bytes, 3 rows
· ttft_s · n=3 min=0 mean=0 median=0 max=0 s
=== facts end ===
"""
COLLECTOR = "You are agent A, the data collector. You take stock of a reports directory."
EXPLAINER = "You are agent B, the insight analyst. You explain what the measurements mean."
ANALYSIS = f"Task: write the analysis\nToday is 2025-11-15 (UTC).\n\n{FACTS}\nList briefly, as bullets."
REPORT = f"Task: write the report\nToday is 2025-11-15 (UTC).\n\n{FACTS}\nYour analysis:\n- x\nWrite 300 words."


def test_the_facts_of_a_prompt_are_read() -> None:
    facts = read_facts(REPORT)
    assert (facts.total, facts.kinds) == ("101", (("csv", "28"), ("json", "44"), ("md", "29")))
    assert facts.folders == ("reports/gemma3", "reports/ollama")
    assert facts.unreadable == ("reports/ollama/broken.json",)
    assert facts.latest[0] == ("csv", "2025-11-14 20:11:02 UTC")
    rate, ttft = facts.figures[:2]
    assert (rate.name, rate.mean, rate.unit, rate.topic) == ("tokens_s", "182.871", "tok/s", Topic.THROUGHPUT)
    assert (ttft.path, ttft.topic, ttft.values) == ("reports/gemma3/baseline.csv", Topic.TTFT, 5)


def test_the_sheet_as_it_is_built_is_read() -> None:
    """Counts and shares in a line or as a table; places in a list of the best are no numbers of a file."""
    for budget in (300, 1_000_000):
        facts = read_facts(build(sweep(2, 2, 3), budget, 2.0).text)
        assert (facts.total, facts.kinds[:2]) == ("4", (("csv", "2"), ("json", "2")))
        assert facts.shares[:2] == (("csv", "50.0"), ("json", "50.0"))
        assert {figure.name for figure in facts.figures} <= {"field_0", "field_1", "field_2"}
    assert facts.latest[0] == ("csv", "2025-11-15 12:00:00 UTC")
    assert (facts.figures[0].mean, facts.figures[0].unit) == ("41.2346", "tok/s")
    assert len(facts.figures) == 12


def test_equal_values_are_read_as_one() -> None:
    (figure,) = read_facts("[r/a.csv] 15 rows\n· ttft_s · n=15 every value=0 s").figures
    assert (figure.name, figure.count, figure.unit, figure.is_zero) == ("ttft_s", "15", "s", True)


def test_facts_are_also_found_in_loose_words() -> None:
    facts = read_facts("I have run_1.csv and run_2.csv.\nthroughput: 41.5 tok/s\nFiles: 2\n")
    assert facts.total == "2"
    assert facts.paths == ("run_1.csv", "run_2.csv")
    assert [(figure.name, figure.mean, figure.unit) for figure in facts.figures] == [
        ("throughput", "41.5", "tok/s")
    ]


@pytest.mark.parametrize("persona", [COLLECTOR, EXPLAINER])
@pytest.mark.parametrize(("prompt", "low", "high"), [(ANALYSIS, 180, 400), (REPORT, 330, 700)])
def test_an_analysis_is_shorter_than_a_report(persona: str, prompt: str, low: int, high: int) -> None:
    lengths = [len(write(persona, prompt, random.Random(seed)).split()) for seed in range(40)]
    assert low < min(lengths) and max(lengths) < high


def test_the_collector_writes_an_inventory() -> None:
    text = write(COLLECTOR, REPORT, random.Random(1))
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == [
        "Directory Coverage", "Files by Type", "Key Findings", "Gaps in Telemetry", "Recommendations",
    ]  # fmt: skip
    assert "reports/gemma3" in text and "failed.csv" in text


def test_the_explainer_recommends_and_tabulates_risks() -> None:
    text = write(EXPLAINER, REPORT, random.Random(1))
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Executive Summary", "Key Findings", "Recommendations", "Risks", "Conclusions"]
    assert len(re.findall(r"^\d\. \*\*", text, re.MULTILINE)) == 3
    risks = text.partition("## Risks")[2].partition("## ")[0].strip().splitlines()
    assert risks[0] == "| Risk | Evidence | Mitigation |"
    assert len(risks) - 2 >= 3


def test_every_table_has_as_many_cells_in_each_row_as_in_its_head() -> None:
    for seed in range(10):
        for persona in (COLLECTOR, EXPLAINER):
            cells = 0
            for line in write(persona, REPORT, random.Random(seed)).splitlines():
                cells = 0 if not line.startswith("|") else cells or line.count("|")
                assert line.count("|") == cells, line


def test_the_same_seed_writes_the_same_and_another_does_not() -> None:
    texts = [write(EXPLAINER, REPORT, random.Random(seed)) for seed in (5, 5, 6)]
    assert texts[0] == texts[1] != texts[2]


def test_without_facts_the_report_says_so() -> None:
    for prompt in ("", "x", "Tell me a story"):
        assert "nothing to analyse" in write("", prompt, random.Random(0))


def test_a_listing_without_numbers_is_still_reported() -> None:
    prompt = "Files: 2 (1 csv, 1 md)\nnotes.md\nWrite the report."
    assert "no finding can be stated" in write(COLLECTOR, prompt, random.Random(0))
    assert "would be a guess" in write(EXPLAINER, prompt, random.Random(0))


def test_thoughts_name_what_was_found() -> None:
    assert "101 files: 28 csv, 44 json, 29 md" in thoughts(COLLECTOR, REPORT, random.Random(0))


def test_pieces_join_to_the_text_and_are_as_long_as_tokens() -> None:
    text = write(EXPLAINER, REPORT, random.Random(2)) + " naïve → 42 ✓ \x85\r\n"
    cut = list(pieces(text))
    assert "".join(piece.text for piece in cut) == text
    assert 2.5 < len(text) / len(cut) < 5


def test_nothing_found_is_false() -> None:
    assert not PromptFacts(None, (), (), (), (), (), ())
