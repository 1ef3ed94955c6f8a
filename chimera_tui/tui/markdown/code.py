"""Fenced code: coloured by Pygments where the language is known, folded to the width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera_tui.domain.names import printable
from chimera_tui.tui.markdown.lines import Span

if TYPE_CHECKING:
    from pygments.lexer import Lexer  # type: ignore[import-untyped]

BLOCK = "code_block"
LONG_LINE = 2_000
"""Code with a line of more characters than this stays plain: colouring it would cost more than it tells."""
_TAB = 4

_STYLE_OF = {
    ("Keyword",): "code_kw",
    ("Name", "Builtin"): "code_name",
    ("Name", "Class"): "code_name",
    ("Name", "Decorator"): "code_name",
    ("Name", "Function"): "code_name",
    ("Name", "Tag"): "code_kw",
    ("Name", "Attribute"): "code_name",
    ("Literal", "String"): "code_str",
    ("Literal", "Number"): "code_num",
    ("Comment",): "code_com",
    ("Operator", "Word"): "code_kw",
    ("Operator",): "code_op",
    ("Generic", "Deleted"): "code_num",
    ("Generic", "Inserted"): "code_str",
    ("Generic", "Heading"): "code_kw",
}


def code_lines(text: str) -> list[str]:
    """Source lines with tabs expanded and every control spelled out."""
    lines = text.split("\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    return [line if line.isprintable() else printable(line.expandtabs(_TAB)) for line in lines]


class Highlighter:
    """Finds a lexer per language once and colours code with it."""

    def __init__(self) -> None:
        self._lexers: dict[str, Lexer | None] = {}

    def spans(self, lines: list[str], info: str) -> list[list[Span]]:
        """The spans of each line; plain for an unknown language, one without a name, or a very long line."""
        language = info.split(maxsplit=1)[0] if info.strip() else ""
        lexer = self._lexer(language) if any(lines) else None
        if lexer is None or any(len(line) > LONG_LINE for line in lines):
            return [[(line, BLOCK)] if line else [] for line in lines]
        return _coloured("\n".join(lines), lexer)

    def _lexer(self, language: str) -> Lexer | None:
        if not language:
            return None
        if language not in self._lexers:
            self._lexers[language] = _find_lexer(language)
        return self._lexers[language]


def _find_lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        return get_lexer_by_name(language.strip("{}.,").lower())
    except ClassNotFound:
        return None


def _coloured(text: str, lexer: Lexer) -> list[list[Span]]:
    lines: list[list[Span]] = [[]]
    for _, kind, value in lexer.get_tokens_unprocessed(text):
        name = _STYLE_OF.get(tuple(kind[:2])) or _STYLE_OF.get(tuple(kind[:1]))
        style = f"{BLOCK} {name}" if name else BLOCK
        first, *others = value.split("\n")
        if first:
            lines[-1].append((first, style))
        for part in others:
            lines.append([(part, style)] if part else [])
    return lines
