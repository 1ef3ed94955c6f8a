"""Grounding: what became of the numbers in a report when they were checked against the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from chimera_tui.domain.verdicts import Tally, Verdict


@dataclass(frozen=True, slots=True)
class FactPlace:
    """Where a fact stands."""

    path: str
    """Wire form as in the inventory; empty for the inventory itself, that is counts, sizes and stamps."""
    field: str = ""
    """A CSV column, a JSON path with its indices (`results[3].ttft_s`), or `heading › column` of Markdown."""
    row: int = 0
    """Data row of a CSV or line of a Markdown file, counted from 1; 0 where there is none."""
    statistic: str = ""
    """`mean`, `min`, … when it is no single value but made of all values of the field; else empty."""

    def __str__(self) -> str:
        if not self.path:
            return f"inventory: {self.field}" if self.field else "inventory"
        row = f"[row {self.row}]" if self.row else ""
        over = f" ({self.statistic})" if self.statistic else ""
        return f"{self.path}:{self.field}{row}{over}" if self.field else f"{self.path}{row}{over}"


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """One number of a text, with what the files say of it."""

    line: int
    """Of the checked text, counted from 1."""
    start: int
    end: int
    """Characters of that line as the model wrote it, Markdown included: `line[start:end] == text`."""
    text: str
    """As written, without its unit."""
    verdict: Verdict
    subject: str = ""
    """What the text says that it is, as far as that was understood."""
    truth: str = ""
    """Contradicted: the true value with its unit. Misattributed: what the number really is. Else empty."""
    place: FactPlace | None = None
    """Where the fact stands that supports it or speaks against it."""
    why: str = ""
    """The judgement in a few words."""


def tally(numbers: Iterable[CheckedNumber]) -> Tally:
    """Count verdicts; what is no claim is not counted."""
    counts = Counter(number.verdict for number in numbers)
    return Tally(
        counts[Verdict.SUPPORTED],
        counts[Verdict.CONTRADICTED],
        counts[Verdict.MISATTRIBUTED],
        counts[Verdict.UNSUPPORTED],
    )


RemarkKind = Literal["empty", "cut", "other script", "gibberish", "repeats", "wrong date"]


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a text besides its numbers."""

    kind: RemarkKind
    line: int
    """Counted from 1; 0 for the text as a whole."""
    text: str
    """A sentence with what was seen, e.g. `begins in Cyrillic: «шрифта в отчете», the rest is Latin`."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an agent's texts rest on: whoever has it, and the files, can check and save them later."""

    today: str
    """The date that the agent was told, UTC."""
    files: str
    """Digest of every file's path, size and time of change."""
    summary: str
    """The inventory as the agent was told it."""


@dataclass(frozen=True, slots=True)
class CheckedText:
    """All that checking one text came to."""

    numbers: tuple[CheckedNumber, ...] = ()
    """The claims in reading order; what is no claim is left out."""
    remarks: tuple[Remark, ...] = ()
    lines: int = 0
    """How many lines were checked."""
    files: int = 0
    """Against how many files."""
    problem: str = ""
    """Why it was not checked, or not whole; else empty."""

    @property
    def tally(self) -> Tally:
        return tally(self.numbers)
