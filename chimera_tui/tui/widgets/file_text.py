"""Text of a file as it is, with line numbers: control characters spelled out, only the lines in view painted."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from chimera_tui.domain.names import printable
from chimera_tui.tui.widgets.line_view import LineView

LONGEST_LINE = 2_000
"""Characters of a line that are shown."""


def printable_lines(text: str) -> list[str]:
    """Lines split at line feeds only, tabs expanded, what is unshowable spelled out, long ones cut with a note."""
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[-1] == "":
        lines.pop()
    return [_printable_line(line) for line in lines]


def _printable_line(line: str) -> str:
    line = line.removesuffix("\r")
    rest = len(line) - LONGEST_LINE
    if rest > 0:
        line = line[:LONGEST_LINE]
    shown = printable(line.expandtabs(4))
    return f"{shown}… ({rest:,} more characters)" if rest > 0 else shown


class FileText(LineView):
    """Numbered lines; one of them may be marked with what is wrong there."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"file-text--number", "file-text--marked"}

    def __init__(self, text: str, *, marked: int | None = None, why: str = "") -> None:
        """`marked` is a line number counted from 1; `why` is put after that line."""
        super().__init__()
        self._text_lines = printable_lines(text)
        self._marked = marked
        if marked is not None and 1 <= marked <= len(self._text_lines):
            self._text_lines[marked - 1] += f"   ◀ {printable(why)}"
        self._digits = len(str(len(self._text_lines)))
        widest = max(map(cell_len, self._text_lines), default=0)
        self.set_extent(widest + self._digits + 2, len(self._text_lines))

    def on_mount(self) -> None:
        """Bring the marked line into view."""
        if self._marked is not None:
            self.call_after_refresh(self.scroll_to, y=self._marked - 3, animate=False)

    def line(self, index: int) -> Strip:
        marked = index + 1 == self._marked
        style = self.looks("file-text--marked") if marked else self.fill
        number = Segment(f"{index + 1:>{self._digits}}  ", self.looks("file-text--number"))
        return Strip([number, Segment(self._text_lines[index], style)])
