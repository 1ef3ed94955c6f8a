"""Checks of the scripted reports: which of their numbers had which verdict."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.domain.events import Event
from chimera_tui.domain.grounding import CheckedNumber, FactPlace, Remark, tally
from chimera_tui.domain.metrics import Step
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import NumbersChecked, TextChecked
from chimera_tui.domain.verdicts import Verdict
from tests.tui.scripted import RUN

CYRILLIC = Remark("other script", 1, "begins in Cyrillic: «шрифта в отчете», the rest is Latin")

Judged = tuple[str, str, Verdict, str, FactPlace | None]
"""(what stands before it, as written, verdict, truth, place)."""


def checked(text: str, judged: Sequence[Judged]) -> tuple[CheckedNumber, ...]:
    """Numbers of a text, in its order."""
    numbers: list[CheckedNumber] = []
    at = 0
    for before, written, verdict, truth, place in judged:
        at = text.index(before + written, at) + len(before)
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at) - 1
        why = "nothing in the files settles it" if verdict is Verdict.UNSUPPORTED else ""
        numbers.append(CheckedNumber(line, column, column + len(written), written, verdict, "", truth, place, why))
        at += len(written)
    return tuple(numbers)


def checks(
    agent: AgentId, step: Step, text: str, judged: Sequence[Judged], remarks: tuple[Remark, ...] = ()
) -> list[Event]:
    """What is told of a text's numbers."""
    numbers = checked(text, judged)
    return [
        NumbersChecked(RUN, agent, step, text.count("\n"), numbers),
        TextChecked(RUN, agent, step, tally(numbers), remarks),
    ]


GEMMA = "reports/gemma3/baseline.csv"
JUDGED_A: tuple[Judged, ...] = (
    ("gemma3`: ", "2", Verdict.SUPPORTED, "", FactPlace("", "csv files below reports/gemma3")),
    ("json, ", "1", Verdict.CONTRADICTED, "2 md files", FactPlace("", "md files below reports/gemma3")),
    ("csv | ", "3", Verdict.SUPPORTED, "", FactPlace("", "csv files")),
    ("json | ", "2", Verdict.CONTRADICTED, "4 json files", FactPlace("", "json files")),
    ("| ", "2025-11-14 18:53:36", Verdict.MISATTRIBUTED, "the latest change of csv files", FactPlace("")),
    ("md | ", "2", Verdict.SUPPORTED, "", FactPlace("", "md files")),
)
JUDGED_B: tuple[Judged, ...] = (
    ("steady at ", "102.3", Verdict.SUPPORTED, "", FactPlace(GEMMA, "tok/s", 3)),
    ("mean of **", "0.118", Verdict.MISATTRIBUTED, "load_s of gemma3", FactPlace(GEMMA, "load_s", 3)),
    ("all ", "35", Verdict.UNSUPPORTED, "", None),
)
