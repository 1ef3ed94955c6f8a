"""A finished Markdown file, rendered to lines once per width."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.segment import Segment
from textual import work
from textual.strip import Strip

from chimera_tui.tui.markdown.blocks import Document
from chimera_tui.tui.markdown.lines import STYLES, Line
from chimera_tui.tui.markdown.tree import Parser
from chimera_tui.tui.widgets.line_view import LineView

_WIDEST = 120
"""Cells of a line of prose; more is hard to read."""
_SLICE = 2_048
"""Characters rendered before the event loop gets its turn."""


class FileMarkdown(LineView):
    """Links show their address; nothing can be followed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"file-markdown--{name}" for name in STYLES}

    def __init__(self, text: str) -> None:
        super().__init__()
        self._source = text
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
        self.refresh()

    def line(self, index: int) -> Strip:
        line = self._markdown_lines[index]
        strip = Strip([Segment(text, self.looks(*_classes(style))) for text, style in line.spans])
        return strip.extend_cell_length(self._made_for, self.looks(*_classes(line.fill)))


def _classes(style: str) -> tuple[str, ...]:
    return tuple(f"file-markdown--{name}" for name in style.split())
