"""Key findings with the facts that each rests on: the checked numbers of its lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chimera_tui.domain.grounding import CheckedNumber, CheckedText
from chimera_tui.formats.markdown_structure import Lines, Statements


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """One key finding."""

    text: str
    """One line, as in `Statements`."""
    numbers: tuple[CheckedNumber, ...] | None
    """In reading order; empty when it rests on no checked number, None when the text was not checked."""


def finding_facts(said: Statements, checked: CheckedText | None) -> tuple[FindingFacts, ...]:
    """Each finding of a text with the checked numbers of the same text."""
    if checked is None or len(said.finding_lines) != len(said.findings):
        return tuple(FindingFacts(text, None) for text in said.findings)
    pairs = zip(said.findings, said.finding_lines, strict=True)
    return tuple(
        FindingFacts(text, tuple(each for each in checked.numbers if _holds(lines, text, each)))
        for text, lines in pairs
    )


def _holds(lines: Lines, text: str, number: CheckedNumber) -> bool:
    """Whether the number stands in the finding: of lines that hold more than it, its text decides."""
    if not lines.first <= number.line <= lines.last:
        return False
    return lines.is_whole or re.search(rf"(?<![\w.]){re.escape(number.text)}(?!\w)", text) is not None
