"""What Markdown becomes: lines of styled spans, in style names that a theme gives colours to."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len

from chimera_tui.domain.names import printable

Span = tuple[str, str]
"""(text, style): `style` is names out of `STYLES` with spaces between, outermost first; empty is plain text."""

STYLES = (
    "h1", "h2", "h3", "h4", "h5", "h6",
    "strong", "em", "code", "strike", "link", "url", "image", "html",
    "bullet", "task_done", "quote", "rule", "table", "th", "section", "thinking",
    "code_block", "code_kw", "code_str", "code_num", "code_com", "code_name", "code_op",
)  # fmt: skip
"""Every name a span can carry."""


class Line(NamedTuple):
    """One line of the pane; it holds no control character and is never wider than what it was made for."""

    spans: tuple[Span, ...]
    fill: str = ""
    """Style of the rest of the row, right of the text."""

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.spans)

    @property
    def cells(self) -> int:
        """Width in terminal cells."""
        return sum(cell_len(text) for text, _ in self.spans)


EMPTY = Line(())


def styled(base: str, name: str) -> str:
    """`name` inside `base`; a name that is already there is not repeated."""
    if not base:
        return name
    return base if name in base.split() else f"{base} {name}"


def clean(text: str) -> str:
    """Untrusted text on one line: tabs and line ends are spaces, controls and bidi controls are spelled out."""
    if text.isprintable():
        return text
    return printable(text.replace("\t", " ").replace("\n", " "))


def prefixed(span: Span, line: Line) -> Line:
    return Line((span, *line.spans), line.fill)
