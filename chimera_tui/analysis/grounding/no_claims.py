"""Numbers that state nothing about the data, and why: section numbers, names, targets, the report's own date."""

from __future__ import annotations

from chimera_tui.analysis.grounding import patterns
from chimera_tui.analysis.grounding.page import WINDOW, Line
from chimera_tui.analysis.grounding.scan import Token

_JUST_BEFORE = 32
"""Characters: a label, `Table 3`, stands next to its number."""


def why_no_claim(line: Line, token: Token) -> str:
    """Why a number is no claim; empty when it is one."""
    plain = line.plain
    before, after = (
        plain[max(0, token.start - WINDOW) : token.start],
        plain[token.unit_end : token.unit_end + WINDOW],
    )
    if token.start < line.marker_end and token.end <= line.marker_end + 1:
        return "section or list number"
    if token.look == "name":
        return "name"
    if line.kind == "code":
        return "code"
    if line.kind == "head row":
        return "head of a table"
    if token.look == "word" and not _is_counting_word(token, after):
        return "number word"
    if token.look == "date":
        return _why_no_date(line, before)
    if token.value is None and token.look == "number":
        return "beyond every measure"
    if line.kind == "heading" and not patterns.COUNTED.match(after) and not before.rstrip().endswith("("):
        return "heading"
    if line.kind == "json":
        return ""
    return _why_named(line, token, before, after)


def _why_named(line: Line, token: Token, before: str, after: str) -> str:
    whole = token.decimals == 0 and not token.unit
    clause = line.clause(token.start, token.unit_end)[0]
    index = line.cell_at(token.start) if line.kind == "row" else None
    if index is not None and index < len(line.header) and patterns.LABEL_COLUMN.match(line.header[index]):
        return "row number"
    if index is not None:
        before = line.plain[max(line.cells[index].start, token.start - WINDOW) : token.start]
    just_before = before[-_JUST_BEFORE:]
    if (
        whole
        and not patterns.COUNTED.match(after)
        and patterns.LABEL.search(just_before)
        and before.rstrip()[-1:] not in (":", "=")
    ):
        return "label"
    if whole and patterns.TOP.search(just_before) and not patterns.COUNTED.match(after):
        return "count of what is named"
    if token.value == 1 and token.unit in ("s", "min", "h", "d") and patterns.WINDOW.search(just_before):
        return "time window"
    if patterns.PER.search(just_before):
        return "reference amount"
    if whole and before.endswith("[") and after.startswith("]"):
        return "reference"
    if (line.plain.startswith("/7", token.end) and token.value == 24) or before.endswith("24/"):
        return "idiom"
    if patterns.TARGET.search(clause[-60:]):
        return "target"
    if token.value == 1 and token.unit in ("s", "min", "h") and "window" in before.lower():
        return "time window"
    if patterns.PERCENTILE.match(after):
        return "name of a percentile"
    if patterns.ASSUMED.search(clause):
        return "assumed"
    return ""


def _is_counting_word(token: Token, after: str) -> bool:
    if token.text.lower() in ("single", "one"):
        return patterns.FOLDER.match(after) is not None
    return patterns.COUNTED.match(after) is not None


def _why_no_date(line: Line, before: str) -> str:
    key = line.key.text if line.key else ""
    early = line.sections_begun <= 2
    if line.kind == "heading" and not patterns.MODIFIED.search(line.plain):
        return "date of the report"
    if patterns.OF_THE_DOCUMENT.match(key):
        return "date of the report"
    if early and (patterns.DATE_LINE.match(key) or patterns.DATE_LINE.match(before)):
        return "date of the report"
    return ""
