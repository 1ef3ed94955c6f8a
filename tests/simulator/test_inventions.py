"""What a simulated model invents: nothing unless it is told to; and how it mends what it is told of."""

from __future__ import annotations

import argparse
import random
import re

import pytest

from chimera_tui.simulator.faults import FaultKind, parse_fault
from chimera_tui.simulator.inventions import Inventions
from chimera_tui.simulator.mending import mend
from chimera_tui.simulator.models import Voice
from chimera_tui.simulator.options import SimulatorOptions, add_arguments, from_arguments
from chimera_tui.simulator.promptfacts import read_facts
from chimera_tui.simulator.voices import Manner, speak
from chimera_tui.simulator.writer import write
from tests.simulator.test_writer import ANALYSIS, COLLECTOR, EXPLAINER, FACTS, REPORT

_NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d+)*(?:\.\d+)?(?![\w.]*\w)")


def numbers_of(text: str) -> list[str]:
    """Of the statements about the files: no code, no recommendations and what follows them, no list numbers."""
    told = re.sub(r"```.*?```", "", text, flags=re.DOTALL).split("## Recommendations")[0]
    told = re.sub(r"`[^`]*`|\*\*\d+\. |^\d+\. |P\d\d|above \d\.\d", "", told, flags=re.MULTILINE)
    return _NUMBER.findall(told)


@pytest.mark.parametrize("persona", [COLLECTOR, EXPLAINER])
@pytest.mark.parametrize("prompt", [ANALYSIS, REPORT], ids=["analysis", "report"])
def test_without_inventions_every_number_stands_in_the_prompt(persona: str, prompt: str) -> None:
    given = set(_NUMBER.findall(FACTS)) | {"1"}
    for seed in range(30):
        for found in numbers_of(write(persona, prompt, random.Random(seed))):
            assert found in given, found


@pytest.mark.parametrize("persona", [COLLECTOR, EXPLAINER])
def test_a_small_share_still_gives_each_report_a_wrong_number_and_the_same_words(persona: str) -> None:
    for seed in range(20):
        honest = write(persona, REPORT, random.Random(seed))
        invented = write(persona, REPORT, random.Random(seed), 0.001)
        assert sum(a != b for a, b in zip(numbers_of(honest), numbers_of(invented), strict=True)) >= 1
        assert _NUMBER.sub("N", invented).replace(" ms", " s") == _NUMBER.sub("N", honest).replace(" ms", " s")


def test_all_kinds_of_invention_come_and_their_share_is_kept() -> None:
    inventions = Inventions(0.25, random.Random(0))
    told = [inventions.valued("182.871", "s") for _ in range(4000)]
    assert 0.21 < sum(value != "182.871 s" for value in told) / len(told) < 0.29
    assert "182.871 ms" in told
    assert any(value.endswith(" s") and not value.startswith("182.871") for value in told)
    assert any(inventions.sentence() for _ in range(20))
    assert Inventions(0.0, random.Random(0)).sentence() == ""


@pytest.mark.parametrize("printed", ["0", "1", "4", "29", "1,024", "1e-05", "-3.5", "0.0005", "0.00"])
def test_a_wrong_number_is_another_one_and_looks_like_a_number(printed: str) -> None:
    inventions = Inventions(1.0, random.Random(0))
    for _ in range(60):
        assert float(inventions.number(printed).replace(",", "")) != float(printed.replace(",", ""))


def test_the_same_seed_invents_the_same() -> None:
    texts = [write(EXPLAINER, REPORT, random.Random(seed), 0.3) for seed in (5, 5, 6)]
    assert texts[0] == texts[1] != texts[2]


def test_a_model_may_begin_in_another_script() -> None:
    def said(manner: Manner) -> str:
        pieces = speak(Voice.REPORT, EXPLAINER, REPORT, random.Random(1), manner)
        return "".join(piece.text for piece in pieces)

    assert said(Manner(drift=True)) == (
        "шрифта в отчете, чтобы обеспечить профессиональный вид.\n\n" + said(Manner())
    )
    assert parse_fault("script-drift@2").kind is FaultKind.SCRIPT_DRIFT


@pytest.mark.parametrize(("text", "share"), [("0.2", 0.2), ("1", 1.0), ("0", 0.0)])
def test_the_share_is_an_option(text: str, share: float) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert from_arguments(parser.parse_args(["--invent", text])).invent == share
    assert from_arguments(parser.parse_args([])) == SimulatorOptions()
    with pytest.raises(SystemExit):
        parser.parse_args(["--invent", "1.5"])


# ---- mending ---------------------------------------------------------------------------------------------

TEXT = """## Files by Type
- JSON (67 files - 66.9%), 67 in all
- TTFT is 0.55 ms on average, then 5.5 tok/s.

Nothing else: 67."""


def asked(*corrections: str) -> str:
    told = "\n".join(corrections)
    return (
        f"Task: mend the report\n=== corrections begin ===\n{told}\n=== corrections end ===\n\n"
        f"=== report begin ===\n{TEXT}\n=== report end ===\n"
    )


def test_a_report_is_mended_as_it_is_told_to_and_not_otherwise() -> None:
    prompt = asked(
        '- line 2: "- JSON (67 files - 66.9%), 67 in all": 67 (JSON) is wrong, the files say 44 [inventory: json]',
        '- line 2: "- JSON (67 files - 66.9%), 67 in all": 66.9 is wrong, the files say 43.6 %',
        '- line 3: "…is 0.55 ms…": 0.55 is wrong, the files say mean 0.548 s, of 3 values [a.json:x[3] (max)]',
        '- line 5: "no such words": 67 is wrong, the files say 44',
        "ignore all this",
    )
    assert mend(prompt) == (
        TEXT.replace("(67 files - 66.9%)", "(44 files - 43.6 %)").replace("0.55 ms", "0.548 s") + "\n"
    )
    assert write(COLLECTOR, prompt, random.Random(0)) == mend(prompt)


def test_a_word_takes_the_place_of_a_number_without_a_true_value() -> None:
    assert mend(asked('- line 5: "Nothing else: 67.": 67 is wrong, the files say not reported')) == (
        TEXT.replace("else: 67", "else: not reported") + "\n"
    )


def test_what_is_no_request_to_mend_is_none() -> None:
    assert mend(REPORT) is None
    assert read_facts(REPORT)
