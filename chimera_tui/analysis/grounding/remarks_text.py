"""A report's lines as the remarks look at them: which are code, and what of them is the writer's own prose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chimera_tui.domain.names import printable

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_SPAN = re.compile(r"`[^`]*`")
_QUOTED = re.compile(r"\"[^\"]{0,200}\"|“[^”]{0,200}”|«[^»]{0,200}»|„[^“”]{0,200}[“”]|「[^」]{0,200}」")
_ASIDE = re.compile(r"\([^()]{0,60}\)|\[[^\[\]]{0,200}\](?:\([^()]{0,400}\))?|（[^（）]{0,60}）")
_ADDRESS = re.compile(r"https?://\S+")
_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One line, counted from 1."""

    number: int
    text: str
    code: bool = False
    """Inside a fence, the fence's own lines included."""
    fence: int = 0
    """Where that fence was opened."""
    closes: bool = False
    """Ends the fence."""

    @property
    def prose(self) -> str:
        """Without code and addresses; a blank keeps what stood beside them apart."""
        if self.code:
            return ""
        text = _SPAN.sub(" ", self.text) if "`" in self.text else self.text
        return _ADDRESS.sub(" ", text) if "://" in text else text

    @property
    def own_words(self) -> str:
        """The prose without quotations and short asides, where foreign words are at home."""
        text = self.prose
        return "" if not text else _ASIDE.sub(" ", _QUOTED.sub(" ", text))


def lines_of(text: str) -> list[Line]:
    """Lines by `\\n`; a fence that is never closed reaches to the end."""
    lines: list[Line] = []
    mark, opened = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        found = _FENCE.match(line)
        if not mark:
            if found:
                mark, opened = found[1], number
            lines.append(Line(number, line, bool(found), opened if found else 0))
            continue
        ends = found is not None and found[1].startswith(mark) and not line[found.end() :].strip(" `~")
        lines.append(Line(number, line, True, opened, ends))
        if ends:
            mark, opened = "", 0
    return lines


def excerpt(text: str, *, end: bool = False) -> str:
    """A few words of an untrusted line in guillemets: its beginning, or its end."""
    piece = " ".join((text[-4 * _EXCERPT :] if end else text[: 4 * _EXCERPT]).split())
    if len(piece) > _EXCERPT or len(text) > 4 * _EXCERPT:
        piece = f"…{piece[-_EXCERPT:]}" if end else f"{piece[:_EXCERPT]}…"
    return f"«{printable(piece)}»"
