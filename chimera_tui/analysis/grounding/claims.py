"""Which numbers of a line state something about the data, and what the words around them say that they are."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.analysis.grounding import patterns
from chimera_tui.analysis.grounding.no_claims import why_no_claim
from chimera_tui.analysis.grounding.page import HEADS, Cell, Line
from chimera_tui.analysis.grounding.scan import Token, scan
from chimera_tui.analysis.grounding.units import unit_named

_FEW_LETTERS = 24
_NAMES = 6
_DERIVED_BEFORE, _DERIVED_BEHIND = 60, 24


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
    derived: bool
    """A change or a comparison, such as `20 % faster`: made of values, and not one of them."""
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


@dataclass(frozen=True, slots=True)
class NotRead:
    """A number behind so many others that the words around it are not looked at."""

    token: Token


MOST_READ = 200
"""Claims of one line; no line that a person reads has so many."""


def claims_of(line: Line) -> list[Claim | NoClaim | NotRead]:
    """Every number of the line, in reading order."""
    if line.kind in ("blank", "rule"):
        return []
    found: list[Claim | NoClaim | NotRead] = []
    claims = 0
    for token in scan(line.raw, code=line.code):
        if claims >= MOST_READ:
            found.append(NotRead(token) if token.look == "number" else NoClaim(token, token.look))
            continue
        why = why_no_claim(line, token)
        if not why and token.range_end == "high" and found and isinstance(found[-1], NoClaim):
            why = found[-1].why  # `Week 1-2`
        claims += not why
        found.append(NoClaim(token, why) if why else _claim(line, token))
    return found


def _claim(line: Line, token: Token) -> Claim:
    before, after = line.clause(token.start, token.unit_end)
    row = column = ""
    keyed = False
    unit = token.unit
    if line.kind == "row" and (index := line.cell_at(token.start)) is not None:
        row = next(
            (cell.text for cell in line.cells[: min(index, HEADS)] if any(c.isalpha() for c in cell.text)), ""
        )
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
        patterns.DERIVED.search(f"{before[-_DERIVED_BEFORE:]} {after[:_DERIVED_BEHIND]}") is not None,
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


def _names_near(line: Line, token: Token, row: str) -> tuple[str, ...]:
    names = line.quoted_before(token.start + 1)
    if row:
        names.append(row)
    names += reversed(line.parents)
    return tuple(dict.fromkeys(name.strip("` ") for name in names))[:_NAMES]


def _unit_of_row(line: Line, index: int) -> str:
    for head, cell in zip(line.header[:HEADS], line.cells, strict=False):
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
    """What should be: in a section of advice, a sentence that asks for something, or a column of what to do."""
    index = line.cell_at(token.start) if line.kind == "row" else None
    if index is not None and index < len(line.header) and patterns.ADVICE_SECTION.search(line.header[index]):
        return True
    if not any(patterns.ADVICE_SECTION.search(section) for section in line.sections):
        return False
    heads = " ".join((*line.header[:HEADS], line.cells[0].text)) if line.cells else ""
    imperative = line.kind in ("bullet", "row") and line.key is not None
    if imperative or patterns.ADVICE.search(f"{before} {after} {heads}"):
        return True
    return token.unit in ("%", "×") and _bound(before[-24:]) in ("more", "less")
