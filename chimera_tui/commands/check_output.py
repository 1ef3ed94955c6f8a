"""What `chimera check` says: a JSON document, or a table of what is wrong and the counts."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Sequence

from chimera_tui.commands.check_report import CheckedReport
from chimera_tui.commands.console import screen_width, tell
from chimera_tui.commands.tables import GAP
from chimera_tui.domain.formatting import count
from chimera_tui.domain.grounding import CheckedNumber
from chimera_tui.domain.names import printable
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.formats.grounding_text import remark_text, subject_text, tally_text
from chimera_tui.formats.metrics_grounding import counts_document, number_document, remark_document

SCHEMA = "chimera.check"
VERSION = 1
TITLES = ("line", "number", "verdict", "what the files say")
_LONGEST = 18
"""Characters of a number; ten thousand digits are no cell of a table."""
_BELOW = 6
_COLOURS = {
    Verdict.CONTRADICTED: "31",
    Verdict.MISATTRIBUTED: "33",
    Verdict.UNSUPPORTED: "2",
    Verdict.SUPPORTED: "32",
}


def report_document(name: str, found: CheckedReport) -> dict[str, object]:
    """Every number, what is no claim as well; what is not known is null."""
    told = found.parts.told
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "report": name,
        "form": found.parts.form,
        "written": (told.written or None) if told else None,
        "checked_lines": [list(span) for span in found.parts.model],
        "files": found.files,
        "counts": counts_document(found.tally),
        "score": found.tally.score,
        "numbers": [number_document(number) for number in found.numbers],
        "remarks": [remark_document(remark) for remark in found.remarks],
    }


def print_check(name: str, found: CheckedReport, *, with_supported: bool) -> None:
    """What is wrong in reading order, remarks, then the counts."""
    tell(f"{name}: {_checked_lines(found)} against {_several(found.files, 'file')}", indent=2)
    quiet = {Verdict.NOT_A_CLAIM} if with_supported else {Verdict.NOT_A_CLAIM, Verdict.SUPPORTED}
    listed = [number for number in found.numbers if number.verdict not in quiet]
    if listed:
        print()
        _print_numbers(listed)
    if found.remarks:
        print()
        for remark in found.remarks:
            tell(remark_text(remark, remark.line))
    print()
    tell(tally_text(found.tally))


def _print_numbers(numbers: Sequence[CheckedNumber]) -> None:
    heads = [TITLES[:3], *(_head(number) for number in numbers)]
    widths = [max(map(len, column)) for column in zip(*heads, strict=True)]
    texts = [[TITLES[3]], *(_said(number) for number in numbers)]
    colours = _colours()
    for (line, number, verdict), parts in zip(heads, texts, strict=True):
        padded = f"{verdict:<{widths[2]}}"
        coloured = padded.replace(verdict, colours.get(verdict, verdict))
        first = f"{line:>{widths[0]}}{GAP}{number:<{widths[1]}}{GAP}{coloured}{GAP}"
        _print_row(first, sum(widths) + 3 * len(GAP), parts, screen_width())


def _print_row(first: str, indent: int, parts: Sequence[str], width: int | None) -> None:
    """What fits stands beside `first`, the rest below, folded at its words; a path stays whole."""
    if width is None:
        print(f"{first}{'; '.join(parts)}".rstrip())
        return
    beside, *rest = parts if len(parts[0]) <= width - indent else ["", *parts]
    print(f"{first}{beside}".rstrip())
    margin = " " * _BELOW
    folder = textwrap.TextWrapper(width, initial_indent=margin, subsequent_indent=margin)
    folder.break_long_words = folder.break_on_hyphens = False
    for line in folder.wrap("; ".join(rest)):
        print(line)


def _head(number: CheckedNumber) -> tuple[str, str, str]:
    return str(number.line), printable(_short(number.text)), f"{number.verdict.sign} {number.verdict.value}"


def _said(number: CheckedNumber) -> list[str]:
    """The true value or the judgement, the place, the subject; what is not known is left out."""
    is_other = number.verdict is Verdict.MISATTRIBUTED and number.truth
    value = f"this is {number.truth}" if is_other else number.truth or ("" if number.place else number.why)
    place = "" if number.place is None else str(number.place)
    subject = subject_text(number)
    parts = (value, place, f"said of: {subject}" if subject else "")
    return [printable(part) for part in parts if part] or [""]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _colours() -> dict[str, str]:
    """A verdict's words in their colour; none unless a person's terminal is written to."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return {}
    words = {f"{verdict.sign} {verdict.value}": code for verdict, code in _COLOURS.items()}
    return {each: f"\x1b[{code}m{each}\x1b[0m" for each, code in words.items()}


def _checked_lines(found: CheckedReport) -> str:
    """`checked 80 lines`, or which of them are the model's."""
    if found.parts.form == "other":
        return f"checked {_several(found.lines, 'line')}"
    spans = ", ".join(f"{first}–{last}" for first, last in found.parts.model)
    return f"checked lines {spans} of {count(found.lines)}, which a model wrote," if spans else "checked nothing"


def _several(number: int, word: str) -> str:
    return f"{count(number)} {word}{'' if number == 1 else 's'}"
