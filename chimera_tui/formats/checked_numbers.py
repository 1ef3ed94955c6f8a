"""The section "Checked numbers" of an agent's report, as it is written and as it is read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chimera_tui.domain.formatting import count
from chimera_tui.domain.grounding import CheckedNumber, CheckedText
from chimera_tui.domain.repair import Repair
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.formats.agent_report_values import pipe_table, plain, read_plain, read_tables
from chimera_tui.formats.finding_facts import FindingFacts
from chimera_tui.formats.grounding_text import fact_text, remark_text, source_text, subject_text, tally_text
from chimera_tui.formats.inert import inert_line
from chimera_tui.formats.metrics_grounding import Grounding

TITLE = "Checked numbers"
TITLES = ("Number", "Line", "Verdict", "Subject", "True value or source")
MOST_WRONG = 200
MOST_SUPPORTED = 20
"""More are counted; `metrics.json` has them all."""
NO_FACT = "rests on no checked number"


def checked_numbers(found: Grounding, repair: Repair | None, first_line: int) -> Iterator[str]:
    """The section's lines below its heading; `first_line` is the line of the file on which the text begins."""
    checked = found.checked
    if checked is not None:
        yield from ("", plain(_summary(checked)))
        yield from _wrong(checked.numbers, first_line - 1)
        yield from _supported(checked.numbers, first_line - 1)
        if checked.remarks:
            yield from ("", "### Remarks", "")
            for remark in checked.remarks:
                yield f"- {plain(remark_text(remark, remark.line and remark.line + first_line - 1))}"
    if repair is not None:
        yield from _repaired(found, repair)


def finding_lines(findings: Iterable[FindingFacts]) -> Iterator[str]:
    """Each finding as a bullet; below it the checked numbers that it rests on."""
    for finding in findings:
        yield f"- {inert_line(finding.text)}"
        if finding.numbers is not None:
            yield from (f"  - {plain(fact_text(number))}" for number in finding.numbers[:MOST_SUPPORTED])
            yield from _more(len(finding.numbers), MOST_SUPPORTED, "  ")
            if not finding.numbers:
                yield f"  - {NO_FACT}"


def _summary(checked: CheckedText) -> str:
    files = f"{count(checked.files)} {'file' if checked.files == 1 else 'files'}"
    problem = f" Not checked, or not whole: {checked.problem}." if checked.problem else ""
    return (
        f"{_sentence(tally_text(checked.tally))}; checked against {files}.{problem} Lines are those of this file."
    )


def _wrong(numbers: Sequence[CheckedNumber], lines_before: int) -> Iterator[str]:
    """Accused ones first, then those that nothing settles, each in reading order."""
    accused = [each for each in numbers if each.verdict.accuses]
    wrong = accused + [each for each in numbers if each.verdict is Verdict.UNSUPPORTED]
    if wrong:
        yield ""
        yield from pipe_table(TITLES, [_row(each, lines_before) for each in wrong[:MOST_WRONG]])
    if len(wrong) > MOST_WRONG:
        yield ""
        yield from _more(len(wrong), MOST_WRONG, "")


def _row(number: CheckedNumber, lines_before: int) -> tuple[str, ...]:
    verdict = f"{number.verdict.sign} {number.verdict.value}"
    return (number.text, str(lines_before + number.line), verdict, subject_text(number), source_text(number))


def _supported(numbers: Sequence[CheckedNumber], lines_before: int) -> Iterator[str]:
    supported = [each for each in numbers if each.verdict is Verdict.SUPPORTED]
    if supported:
        yield from ("", f"### Supported: {count(len(supported))}", "")
        for each in supported[:MOST_SUPPORTED]:
            yield f"- {plain(f'{each.text} (line {lines_before + each.line}): {source_text(each)}')}"
        yield from _more(len(supported), MOST_SUPPORTED, "")


def _repaired(found: Grounding, repair: Repair) -> Iterator[str]:
    yield from ("", "### Repair", "")
    kept = f" The first text is kept in {found.unrepaired}." if found.unrepaired else ""
    yield plain(f"{_sentence(repair.why)}.{kept}")
    if found.mended:
        yield from ("", "The model was asked to mend, by the lines of its first text:", "")
        for each in found.mended[:MOST_WRONG]:
            yield f"- {plain(f'line {each.line}: {fact_text(each)}')}"
        yield from _more(len(found.mended), MOST_WRONG, "")


def _more(total: int, shown: int, indent: str) -> Iterator[str]:
    if total > shown:
        yield f"{indent}- and {count(total - shown)} more"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


# ---- read back -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckedSection:
    """The section as it was written; all empty where a report has none."""

    summary: str = ""
    rows: tuple[Mapping[str, str], ...] = ()
    """Of the table, cells by column title."""
    supported: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    repair: str = ""
    mended: tuple[str, ...] = ()


def read_checked_numbers(section: str) -> CheckedSection:
    """`section` begins with its heading."""
    head, *parts = section.split("\n### ")
    by_title = {part.partition("\n")[0].partition(":")[0]: part.partition("\n")[2] for part in parts}
    tables = read_tables(head)
    return CheckedSection(
        summary=_paragraph(head.partition("\n")[2]),
        rows=tuple(tables[0]) if tables else (),
        supported=_bullets(by_title.get("Supported", "")),
        remarks=_bullets(by_title.get("Remarks", "")),
        repair=_paragraph(by_title.get("Repair", "")),
        mended=_bullets(by_title.get("Repair", "")),
    )


def read_finding_facts(section: str) -> tuple[tuple[str, ...], ...]:
    """Of each finding the facts below it."""
    found: list[list[str]] = []
    for line in section.split("\n"):
        if line.startswith("- "):
            found.append([])
        elif line.startswith("  - ") and found:
            found[-1].append(read_plain(line.removeprefix("  - ")))
    return tuple(map(tuple, found))


def _bullets(text: str) -> tuple[str, ...]:
    return tuple(read_plain(line[2:]) for line in text.split("\n") if line.startswith("- "))


def _paragraph(text: str) -> str:
    """The first line that is none of a table or a list."""
    lines = (line for line in text.split("\n") if line and not line.startswith(("|", "- ")))
    return read_plain(next(lines, ""))
