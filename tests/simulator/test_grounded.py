"""What a simulated report says of real files: nothing wrong by default, and what is found when it invents."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from chimera_tui.analysis.grounding.check import TextChecker
from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.analysis.grounding.remarks import remarks
from chimera_tui.domain.grounding import CheckedNumber, CheckedText
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import kind_of
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.engine.plan import Planner
from chimera_tui.engine.ports import Corpus
from chimera_tui.engine.prompts import PromptBook, TokenEstimator
from chimera_tui.engine.repair import contradicted, corrections
from chimera_tui.resources import folder
from chimera_tui.services.inventory.facts import read_facts
from chimera_tui.services.inventory.numbers import read_numbers
from chimera_tui.services.inventory.roots import resolve_roots
from chimera_tui.simulator.writer import write

TODAY = "2026-11-22"
SEEDS = range(8)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, Facts]:
    root = tmp_path_factory.mktemp("reports")
    rows = [
        "model,num_gpu,ttft_s,tokens_s",
        "a:1b,80,0.5213,41.73",
        "a:1b,40,0.7391,38.21",
        "a:1b,20,0.9137,22.46",
    ]
    (root / "sweep.csv").write_text("\n".join(rows) + "\n")
    (root / "other.csv").write_text("load_ms,power_w\n812.5,214.1\n640.25,221.7\n")
    (root / "run.json").write_text(json.dumps({"latency_ms": {"p50": 15.502, "p99": 18.114}, "vram_gib": 7.31}))
    (root / "notes.md").write_text("# Notes\n\nThe sweep was made on one machine.\n")
    entries = tuple(
        FileEntry(f"{root.name}/{path.name}", kind_of(path.name), path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(root.iterdir())
    )
    roots = resolve_roots([root])
    raw = [str(root / entry.name) for entry in entries]
    facts = tuple(read_facts(entry, path) for entry, path in zip(entries, raw, strict=True))
    numbers = [read_numbers(entry, path, roots) for entry, path in zip(entries, raw, strict=True)]
    return Corpus((root.name,), entries, facts), Facts(entries, numbers)


def reported(corpus: Corpus, agent: AgentId, seed: int, invent: float) -> tuple[str, str, str]:
    """(persona, prompt, what was written)"""
    book = PromptBook.load(folder("prompts"))
    planner = Planner(agent, book, TokenEstimator(), corpus, 16_384, None, TODAY)
    prompt = planner.report("- an analysis").prompt
    return book.persona(agent), prompt, write(book.persona(agent), prompt, random.Random(seed), invent)


def checked(facts: Facts, text: str) -> list[CheckedNumber]:
    checker = TextChecker(facts, today=TODAY)
    return [number for line in text.split("\n") for number in checker.feed(line)]


@pytest.mark.parametrize("agent", AgentId)
def test_an_honest_report_is_accused_of_nothing(files: tuple[Corpus, Facts], agent: AgentId) -> None:
    corpus, facts = files
    for seed in SEEDS:
        _, _, text = reported(corpus, agent, seed, 0.0)
        found = checked(facts, text)
        assert [number for number in found if number.verdict.accuses] == []
        assert Counter(number.verdict for number in found)[Verdict.SUPPORTED] >= 8
        assert remarks(text, done_reason="stop", today=TODAY) == ()


@pytest.mark.parametrize("agent", AgentId)
def test_what_is_invented_is_found_and_mended_when_it_is_told_of(
    files: tuple[Corpus, Facts], agent: AgentId
) -> None:
    corpus, facts = files
    book = PromptBook.load(folder("prompts"))
    before = after = 0
    for seed in SEEDS:
        persona, _, text = reported(corpus, agent, seed, 0.06)
        wrong = contradicted(CheckedText(tuple(checked(facts, text))))
        before += len(wrong)
        mended = write(persona, book.repair(text, corrections(text, wrong)), random.Random(seed), 0.06)
        after += len(contradicted(CheckedText(tuple(checked(facts, mended)))))
    assert before >= len(SEEDS) and after * 4 <= before
