"""Which numbers of a line state something about the data, and what the words around them say that they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chimera_tui.analysis.grounding import patterns
from chimera_tui.analysis.grounding.page import Cell, Line
from chimera_tui.analysis.grounding.scan import Token, scan
from chimera_tui.analysis.grounding.units import unit_named

_FEW_LETTERS = 24


@dataclass(frozen=True, slots=True)
class Claim:
    """A number with the words it can be understood by."""

    token: Token
    line: Line
    what: str
    """The words that most directly name it: a key, a row's head, a column's head, or the clause before it."""
    keyed: bool
    """It is the value of `key: value`, and `what` is the key."""
    row: str
    """First cell of the table row; empty outside tables."""
    column: str
    """Head of its column; empty outside tables."""
    before: str
    """Its clause up to the number (of a cell: the cell up to it)."""
    after: str
    """Its clause behind the number and its unit."""
    names: tuple[str, ...]
    """Names in code or quotes: in the clause before it, of its row and of the bullets around it, nearest first."""
    unit: str
    bound: str
    """`about`, `more` or `less` where the number is not meant exactly; else empty."""
    illustrative: bool
    """The text itself calls the values here examples."""
    advises: bool
    """Stands in advice: what should be, not what is."""

    @property
    def subject(self) -> str:
        """For people: what the text says that it is."""
        parts = [self.row, self.column] if self.column else [self.what]
        return " · ".join(part for part in parts if part)[:160]


@dataclass(frozen=True, slots=True)
class NoClaim:
    """A number that states nothing about the data."""

    token: Token
    why: str


def claims_of(line: Line) -> list[Claim | NoClaim]:
    """Every number of the line, in reading order."""
    if line.kind in ("blank", "rule"):
        return []
    found: list[Claim | NoClaim] = []
    for token in scan(line.raw, code=line.code):
        why = _why_not(line, token)
        if not why and token.range_end == "high" and found and isinstance(found[-1], NoClaim):
            why = found[-1].why  # `Week 1-2`
        found.append(NoClaim(token, why) if why else _claim(line, token))
    return found


def _why_not(line: Line, token: Token) -> str:
    """Why a number is no claim; empty when it is one."""
    plain = line.plain
    before, after = plain[: token.start], plain[token.unit_end :]
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
    index = line.cell_at(token.start) if line.kind == "row" else None
    if index is not None and index < len(line.header) and patterns.LABEL_COLUMN.match(line.header[index]):
        return "row number"
    if index is not None:
        before = before[line.cells[index].start :]
    if (
        whole
        and not patterns.COUNTED.match(after)
        and patterns.LABEL.search(before)
        and not re.search(r"[:=]\s*$", before)
    ):
        return "label"
    if whole and patterns.TOP.search(before) and not patterns.COUNTED.match(after):
        return "count of what is named"
    if token.value == 1 and token.unit in ("s", "min", "h", "d") and patterns.WINDOW.search(before):
        return "time window"
    if re.search(r"(?:\bper|cost of)\s*$", before, re.IGNORECASE):
        return "reference amount"
    if whole and before.endswith("[") and after.startswith("]"):
        return "reference"
    if (re.match(r"/7\b", line.plain[token.end : token.end + 3]) and token.value == 24) or before.endswith("24/"):
        return "idiom"
    if patterns.TARGET.search(_clause(line, token)[0][-60:]):
        return "target"
    if token.value == 1 and token.unit in ("s", "min", "h") and re.search(r"window", before, re.IGNORECASE):
        return "time window"
    if re.match(r"\s*(?:to|-|–)?\s*\d*\s*(?:st|nd|rd|th)?\s*percentile", after, re.IGNORECASE):
        return "name of a percentile"
    if patterns.ASSUMED.search(_clause(line, token)[0]):
        return "assumed"
    return ""


def _is_counting_word(token: Token, after: str) -> bool:
    if token.text.lower() in ("single", "one"):
        return re.match(r"\s*(?:directory|folder)\b", after, re.IGNORECASE) is not None
    return patterns.COUNTED.match(after) is not None


def _why_no_date(line: Line, before: str) -> str:
    key = line.key.text if line.key else ""
    early = line.sections_begun <= 2
    if line.kind == "heading" and not re.search(r"modif|updat", line.plain, re.IGNORECASE):
        return "date of the report"
    if early and (patterns.DATE_LINE.match(key) or patterns.DATE_LINE.match(before)):
        return "date of the report"
    return ""


def _claim(line: Line, token: Token) -> Claim:
    before, after = _clause(line, token)
    row = column = ""
    keyed = False
    unit = token.unit
    if line.kind == "row" and (index := line.cell_at(token.start)) is not None:
        row = next((cell.text for cell in line.cells[:index] if any(c.isalpha() for c in cell.text)), "")
        column = line.header[index] if index < len(line.header) else ""
        unit = unit or _unit_of_row(line, index)
        what = " ".join(part for part in (row, column) if part)
    elif line.key is not None and _says_directly(line, line.key, token):
        keyed = True
        what = line.key.text
        unit = unit or _bracket_unit(what)
    else:
        what = before
    near = line.plain[max(0, token.start - 24) : token.start].rstrip("( \\$€£")
    return Claim(
        token,
        line,
        what,
        keyed,
        row,
        column,
        before,
        after,
        _names_near(line, token, row),
        unit,
        _bound(near),
        _is_illustrative(line),
        _is_advice(line, token, before, after),
    )


def _says_directly(line: Line, key: Cell, token: Token) -> bool:
    """Whether the number is the value of the key, rather than one of a sentence behind it."""
    between = line.plain[key.end : token.start]
    return key.end <= token.start and len(between) < 60 and sum(c.isalpha() for c in between) <= _FEW_LETTERS


def _bound(near: str) -> str:
    if patterns.ABOUT.search(near):
        return "about"
    if patterns.MORE.search(near):
        return "more"
    return "less" if patterns.LESS.search(near) else ""


def _clause(line: Line, token: Token) -> tuple[str, str]:
    """The clause (or the table cell) before the number and behind it."""
    start, end = 0, len(line.plain)
    if line.kind == "row" and (index := line.cell_at(token.start)) is not None:
        start, end = line.cells[index].start, line.cells[index].end
    for stop in patterns.SENTENCE_END.finditer(line.plain, start, end):
        if stop.end() <= token.start:
            start = stop.end()
        elif stop.start() >= token.unit_end:
            end = stop.start()
            break
    return line.plain[start : token.start].strip(), line.plain[token.unit_end : end].strip()


def _names_near(line: Line, token: Token, row: str) -> tuple[str, ...]:
    names = [
        next(filter(None, match.groups()))
        for match in patterns.QUOTED.finditer(line.raw)
        if match.end() <= token.start + 1
    ]
    names.reverse()
    if row:
        names.append(row)
    for parent in reversed(line.parents[:-1] if line.kind == "bullet" else line.parents):
        names.append(parent)
    return tuple(dict.fromkeys(name.strip("` ") for name in names))[:6]


def _unit_of_row(line: Line, index: int) -> str:
    for head, cell in zip(line.header, line.cells, strict=False):
        if patterns.UNIT_COLUMN.match(head) and (unit := unit_named(cell.text)):
            return unit
    head = line.header[index] if index < len(line.header) else ""
    return _bracket_unit(head) or _bracket_unit(line.cells[0].text)


def _bracket_unit(text: str) -> str:
    return next((unit for match in patterns.BRACKETS.finditer(text) if (unit := unit_named(match[1]))), "")


def _is_illustrative(line: Line) -> bool:
    around = " ".join((*line.sections[-2:], line.caption, line.key.text if line.key else ""))
    return patterns.ILLUSTRATIVE.search(around) is not None


def _is_advice(line: Line, token: Token, before: str, after: str) -> bool:
    if not any(patterns.ADVICE_SECTION.search(section) for section in line.sections):
        return False
    heads = " ".join((*line.header, line.cells[0].text)) if line.cells else ""
    imperative = line.kind in ("bullet", "row") and line.key is not None
    return imperative or patterns.ADVICE.search(f"{before} {after} {heads}") is not None
