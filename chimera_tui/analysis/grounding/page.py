"""The structure of a Markdown text as its lines come: what section, table, list or code a line stands in."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from chimera_tui.analysis.grounding.entities import files_in

LineKind = Literal["blank", "heading", "head row", "rule", "row", "bullet", "text", "code", "json"]

LONGEST_LINE = 200_000
"""Characters of a line that are looked at."""
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+")
_BOLD_LINE = re.compile(r"\s*(\*\*|__)(?P<text>(?:(?!\1).)+?)\1\s*:?\s*$")
_MARKER = re.compile(r"(?P<indent>\s*)(?P<mark>[-*+•]|\d{1,9}[.)]|\(\d{1,3}\)|[a-z][.)])\s+")
_NUMBERED = re.compile(
    r"[\s#>*_]{0,40}(?P<number>(?:section|part|chapter|step|phase)?\s{0,4}\d{1,3}(?:\.\d{1,3})*[.):]?|[ivx]{1,5}\.)"
    r"\s+(?=\D|\d+[A-Za-z])",
    re.IGNORECASE,
)
_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*([\w+-]*)")
_CELL_END = re.compile(r"(?<!\\)\|")
_CODE_SPAN = re.compile(r"(`{1,3})[^`\n]{1,300}\1")
_JSON_KEY = re.compile(r'\s{0,200}[{\[]?\s{0,200}"((?:[^"\\]|\\.)*)"\s*:')
_BARE_KEY = re.compile(r"\s{0,200}(?:- )?([A-Za-z][\w.-]{0,80})\s{0,8}[:=]")
_BARE_LANGUAGES = frozenset({"yaml", "yml", "toml"})
_SETEXT = re.compile(r"\s*(=+|-{3,})\s*$")
_JSON_LANGUAGES = frozenset({"json", "jsonc", "json5", "yaml", "yml", "toml"})
_TEXT_LANGUAGES = frozenset({"", "text", "txt", "plaintext", "markdown", "md", "output", "console"})
_MARKS = re.compile(r"\*\*|__|[*`“”‘’\"]")
_KEY = re.compile(r"([^:]{1,100}?)\s{0,8}(?::(?=\s|$)|\s[–—]\s)")
_SENTENCE_END = re.compile(r"[.;!?](?=\s|$)|:(?=\s)|\s[–—]\s|\s→\s|[。；！？：](?!$)")
_QUOTED = re.compile(r"`([^`]{2,120})`|[\"“]([^\"”“]{2,120})[\"”]|[‘']([\w.:/-]{3,120})[’']")
_MOST_FILES = 20
_DEEPEST_LIST = 12
WINDOW = 240
"""Characters around a number that are looked at: every one costs the same, however long its line."""
HEADS = 16
"""Cells at the beginning of a row, and of the head of its table, that are looked at for names and units."""
_LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Cell:
    start: int
    end: int
    text: str
    """Without marks and blanks around it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line and all that was said before that it can be read by."""

    number: int
    raw: str
    plain: str
    """`raw` with its marks blanked out: the same length, so that places agree."""
    kind: LineKind
    marker_end: int
    """Where the list or section number ends; 0 without one."""
    code: list[tuple[int, int]]
    """Spans of inline code and of JSON keys."""
    sections: tuple[str, ...]
    """Headings above it, the outermost first; for a heading itself those above it."""
    parents: tuple[str, ...]
    """The bullets that enclose it, the outermost first, each up to its colon."""
    key: Cell | None
    """What stands before the colon of `key: value`; of a JSON line its key."""
    cells: tuple[Cell, ...] = ()
    header: tuple[str, ...] = ()
    """Of the table that a row belongs to."""
    caption: str = ""
    """The last line of text before the table or list."""
    sections_begun: int = 0
    """How many headings there were so far."""

    quoted: tuple[tuple[int, str], ...] = ()
    """Where each name in code or quotes ends, and the name."""
    files: tuple[str, ...] = ()
    """Names of files on it, with as much of their paths as is written, in lower case."""

    def cell_at(self, position: int) -> int | None:
        """Index of the cell that a character lies in."""
        index = bisect_right(self.cells, position, key=lambda cell: cell.start) - 1
        return index if index >= 0 and position < self.cells[index].end else None

    def quoted_before(self, position: int, most: int = 6) -> list[str]:
        """Names in code or quotes that end at or before a character, nearest first."""
        last = bisect_right(self.quoted, position, key=lambda each: each[0])
        return [name for _, name in reversed(self.quoted[max(0, last - most) : last])]

    def quoted_after(self, position: int, within: int) -> list[str]:
        """Names in code or quotes that end within so many characters behind a character."""
        first = bisect_right(self.quoted, position, key=lambda each: each[0])
        last = bisect_right(self.quoted, position + within, key=lambda each: each[0])
        return [name for _, name in self.quoted[first:last]]

    def clause(self, start: int, end: int) -> tuple[str, str]:
        """The clause (or table cell) before the characters `start` to `end` and behind them, `WINDOW` at most."""
        first, last = max(0, start - WINDOW), min(len(self.plain), end + WINDOW)
        if self.kind == "row" and (index := self.cell_at(start)) is not None:
            first, last = max(first, self.cells[index].start), min(last, self.cells[index].end)
        for stop in _SENTENCE_END.finditer(self.plain, first, last):
            if stop.end() <= start:
                first = stop.end()
            elif stop.start() >= end:
                last = stop.start()
                break
        return self.plain[first:start].strip(), self.plain[end:last].strip()


@dataclass(slots=True)
class Page:
    """Fed line by line; knows nothing of what comes."""

    _number: int = 0
    _fence: str = ""
    _language: str = ""
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _bullets: list[tuple[int, str]] = field(default_factory=list)
    _header: tuple[str, ...] = ()
    _in_table: bool = False
    _caption: str = ""
    _begun: int = 0

    def feed(self, raw: str) -> Line:
        """What one line is. Only its first `LONGEST_LINE` characters are looked at."""
        self._number += 1
        raw = raw[:LONGEST_LINE]
        fence = _FENCE.match(raw)
        if self._fence:
            if fence and raw.strip().startswith(self._fence) and not fence[2]:
                self._fence = self._language = ""
                return self._line(raw, "code")
            return self._inside_fence(raw)
        if fence:
            self._fence, self._language = fence[1], fence[2].lower()
            return self._line(raw, "code")
        if not raw.strip():
            self._in_table = False
            self._header = ()
            return self._line(raw, "blank")
        if "|" in raw and (raw.lstrip().startswith("|") or self._in_table or raw.count("|") > 1):
            return self._row(raw)
        self._in_table = False
        return self._heading(raw) or self._bullet(raw) or self._text(raw)

    # ---- the kinds of line -----------------------------------------------------------------------------

    def _inside_fence(self, raw: str) -> Line:
        key = _JSON_KEY.match(raw) or (_BARE_KEY.match(raw) if self._language in _BARE_LANGUAGES else None)
        if key and self._language in ("", *_JSON_LANGUAGES):
            return self._line(
                raw, "json", key=Cell(key.start(1), key.end(1), key[1]), spans=[(key.start(), key.end(1) + 1)]
            )
        if self._language in _TEXT_LANGUAGES and ":" in raw and not re.search(r"[=;{}()]", raw):
            return self._line(raw, "text", key=_key_of(_plain(raw), 0))
        return self._line(raw, "code")

    def _row(self, raw: str) -> Line:
        if "-" in raw and not raw.strip("|:- \t"):
            self._in_table = True
            columns = raw.strip().strip("|").count("|") + 1
            self._header = self._header[-columns:]  # text that ran into the head of a table is none of it
            return self._line(raw, "rule")
        cells = _cells(raw)
        if not self._in_table:
            self._in_table, self._header = True, tuple(cell.text for cell in cells)
            return self._line(raw, "head row", cells=cells)
        return self._line(raw, "row", cells=cells)

    def _heading(self, raw: str) -> Line | None:
        match = _HEADING.match(raw)
        level, text = (len(match[1]), raw[match.end() :].rstrip("# \t")) if match else (7, "")
        if match is None:
            bold = _BOLD_LINE.match(raw)
            if bold is None or _MARKER.match(raw) or re.search(r":\s*\S", bold["text"]):
                return None
            text = bold["text"]
        self._headings = [(depth, title) for depth, title in self._headings if depth < level]
        self._bullets.clear()
        self._begun += 1
        number = _NUMBERED.match(raw)
        line = self._line(raw, "heading", marker_end=number.end("number") if number else 0)
        self._headings.append((level, _without_marks(text)))
        self._caption = ""
        return line

    def _bullet(self, raw: str) -> Line | None:
        marker = _MARKER.match(raw)
        if marker is None:
            return None
        indent = len(marker["indent"].expandtabs(4))
        self._bullets = [(depth, text) for depth, text in self._bullets if depth < indent][:_DEEPEST_LIST]
        key = _key_of(_plain(raw), marker.end())
        numbered = _NUMBERED.match(raw, marker.end())
        line = self._line(raw, "bullet", marker_end=numbered.end("number") if numbered else marker.end(), key=key)
        own = key.text if key else _without_marks(raw[marker.end() :])[:120]
        self._bullets.append((indent, own))
        return line

    def _text(self, raw: str) -> Line:
        if _SETEXT.match(raw):
            if self._caption and "=" in raw:
                self._headings = [(1, self._caption)]
            return self._line(raw, "blank")
        number = _NUMBERED.match(raw)
        if not raw.startswith((" ", "\t")):
            self._bullets.clear()
        key = _key_of(_plain(raw), 0)
        line = self._line(raw, "text", marker_end=number.end("number") if number else 0, key=key)
        self._caption = _without_marks(raw)[:300]
        return line

    def _line(
        self,
        raw: str,
        kind: LineKind,
        *,
        marker_end: int = 0,
        key: Cell | None = None,
        cells: tuple[Cell, ...] = (),
        spans: list[tuple[int, int]] | None = None,
    ) -> Line:
        code = spans if spans is not None else [m.span() for m in _CODE_SPAN.finditer(raw)] if "`" in raw else []
        return Line(
            self._number,
            raw,
            _plain(raw),
            kind,
            marker_end,
            code,
            tuple(title for _, title in self._headings),
            tuple(text for _, text in self._bullets),
            key,
            cells,
            self._header,
            self._caption,
            self._begun,
            _quoted(raw),
            files_in((raw,))[:_MOST_FILES],
        )


def _quoted(raw: str) -> tuple[tuple[int, str], ...]:
    found = ((match.end(), next(filter(None, match.groups()))) for match in _QUOTED.finditer(raw))
    return tuple(found)


def _plain(raw: str) -> str:
    return _MARKS.sub(lambda match: " " * len(match.group()), raw)


def _without_marks(text: str) -> str:
    return " ".join(_plain(text).split())


def _cells(raw: str) -> tuple[Cell, ...]:
    """The cells between the bars; a bar at either end opens no cell of its own."""
    bars = [match.start() for match in _CELL_END.finditer(raw)]
    edges = [-1, *bars, len(raw)]
    cells = [
        Cell(left + 1, right, _without_marks(raw[left + 1 : min(right, left + 1 + _LONGEST_TEXT)]))
        for left, right in pairwise(edges)
    ]
    if bars and not raw[: bars[0]].strip():
        cells = cells[1:]
    if bars and not raw[bars[-1] + 1 :].strip() and cells:
        cells = cells[:-1]
    return tuple(cells)


def _key_of(plain: str, start: int) -> Cell | None:
    """The words before the first colon (or dash) of `key: value`, when they are few."""
    begin = start + len(plain[start : start + WINDOW]) - len(plain[start : start + WINDOW].lstrip())
    match = _KEY.match(plain[begin : begin + WINDOW])
    if match is None:
        return None
    return Cell(begin, begin + match.end(1), " ".join(match[1].split()))
