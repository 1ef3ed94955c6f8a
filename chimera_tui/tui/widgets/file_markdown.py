"""A finished Markdown file, rendered to lines once per width."""

from __future__ import annotations

import asyncio
import re
from typing import ClassVar

from rich.segment import Segment
from textual import work
from textual.strip import Strip

from chimera_tui.tui.markdown.aligned import Aligned
from chimera_tui.tui.markdown.blocks import Document
from chimera_tui.tui.markdown.lines import STYLES, Line
from chimera_tui.tui.markdown.pieces import Mark, Marks
from chimera_tui.tui.markdown.tree import Parser
from chimera_tui.tui.widgets.line_view import LineView

_WIDEST = 120
"""Cells of a line of prose; more is hard to read."""
_SLICE = 2_048
"""Characters rendered before the event loop gets its turn."""


class FileMarkdown(LineView):
    """Links show their address; nothing can be followed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"file-markdown--{name}" for name in (*STYLES, "fact")}

    def __init__(self, text: str, marked: int | None = None) -> None:
        """`marked` is a line of the source, counted from 1, that is to be seen."""
        super().__init__()
        self._source = text.replace("\r\n", "\n").replace("\r", "\n")
        self._marked = marked
        self._marked_lines: frozenset[int] = frozenset()
        self._made_for = 0
        self._markdown_lines: list[Line] = []

    def on_resize(self) -> None:
        width = min(self.size.width, _WIDEST)
        if width != self._made_for:
            self._made_for = width
            self._render_all(width)

    @work(exclusive=True, group="markdown")
    async def _render_all(self, width: int) -> None:
        """Make the lines slice by slice, so that the first screen comes at once and no key waits."""
        lines = self._markdown_lines = []
        document = Document(width, lines, Parser())
        for start in range(0, len(self._source), _SLICE):
            document.feed(self._source[start : start + _SLICE])
            self.set_extent(width, len(lines))
            self.refresh()
            await asyncio.sleep(0)
        document.finish()
        self.set_extent(width, len(lines))
        if self._marked is not None:
            self._go_to(self._marked, document.marks)
        self.refresh()

    def _go_to(self, row: int, marks: Marks) -> None:
        """Mark the lines that show a line of the source."""
        starts = [0, *(match.end() for match in re.finditer("\n", self._source)), len(self._source) + 1]
        if not 1 <= row < len(starts):
            return
        start, end = starts[row - 1], starts[row] - 1
        index = max(0, marks.index_of_offset(start))
        piece, behind = marks[index], Mark(len(self._markdown_lines), len(self._source))
        behind = next((mark for mark in marks.behind(index) if mark.line > piece.line), behind)
        texts = [line.text for line in self._markdown_lines[piece.line : behind.line]]
        found = Aligned(self._source[piece.offset : behind.offset], texts).find(
            start - piece.offset, end - piece.offset
        )
        self._marked_lines = frozenset(piece.line + each.line for each in found)
        if found:
            top = max(0, min(self._marked_lines) - self.size.height // 3)
            self.scroll_to(y=top, animate=False)
            # on a busy machine the bar, and with it how far there is to scroll, comes with the next layout
            self.call_after_refresh(self.scroll_to, y=top, animate=False)

    def line(self, index: int) -> Strip:
        line = self._markdown_lines[index]
        over = " fact" if index in self._marked_lines else ""
        strip = Strip([Segment(text, self.looks(*_classes(style + over))) for text, style in line.spans])
        return strip.extend_cell_length(self._made_for, self.looks(*_classes(line.fill + over)))


def _classes(style: str) -> tuple[str, ...]:
    return tuple(f"file-markdown--{name}" for name in style.split())
