"""A whole report, checked line by line against the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chimera_tui.analysis.grounding.check import TextChecker
from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.analysis.grounding.remarks import remarks
from chimera_tui.domain.file_numbers import FileNumbers
from chimera_tui.domain.grounding import CheckedNumber, Remark, tally
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.verdicts import Tally
from chimera_tui.formats.inert import read_inert
from chimera_tui.formats.report_parts import ReportParts, Span, report_parts


@dataclass(frozen=True, slots=True)
class CheckedReport:
    """What checking a file came to; lines are those of the file."""

    parts: ReportParts
    lines: int
    files: int
    numbers: tuple[CheckedNumber, ...]
    """In reading order, those that are no claim as well."""
    remarks: tuple[Remark, ...]

    @property
    def tally(self) -> Tally:
        return tally(self.numbers)


def check_report(text: str, files: Sequence[FileEntry], numbers: Sequence[FileNumbers]) -> CheckedReport:
    """Check what a model wrote of this text, or all of it where it is of no known form. Raises nothing."""
    parts = report_parts(text)
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if parts.form in ("chimera", "combined"):
        lines = list(map(read_inert, lines))
    facts = Facts(files, numbers, parts.told)
    today = parts.told.written[:10] if parts.told else ""
    checked = [number for span in parts.model for number in _checked(lines, span, TextChecker(facts, today=today))]
    remarked = [remark for span in parts.texts for remark in _remarked(lines, span, today)]
    return CheckedReport(parts, len(lines), len(files), tuple(checked), tuple(remarked))


def _checked(lines: Sequence[str], span: Span, checker: TextChecker) -> list[CheckedNumber]:
    first, last = span
    found = [number for line in lines[first - 1 : last] for number in checker.feed(line)]
    return [replace(number, line=number.line + first - 1) for number in found]


def _remarked(lines: Sequence[str], span: Span, today: str) -> list[Remark]:
    first, last = span
    found = remarks("\n".join(lines[first - 1 : last]), today=today)
    return [replace(remark, line=remark.line and remark.line + first - 1) for remark in found]
