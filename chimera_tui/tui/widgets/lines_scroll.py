"""A text of styled lines that is longer than the screen: made anew for each width, scrolled by keys."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from chimera_tui.tui.widgets.line_view import LineView
from chimera_tui.tui.widgets.lines import Line, line_width

Make = Callable[[int], Sequence[Line]]
"""Gives the lines for a width in cells."""


def wrapped(text: str, width: int, style: str, indent: int = 2) -> list[Line]:
    """A sentence over as many lines as it needs."""
    broken = textwrap.wrap(text, max(20, width - indent), break_long_words=True)
    return [((" " * indent + line, style),) for line in broken]


class LinesScroll(LineView):
    """Its screen declares `LINE_CLASSES` among its component classes."""

    def __init__(self, make: Make) -> None:
        super().__init__()
        self._make = make
        self._lines: list[Line] = []

    def tell(self, make: Make) -> None:
        """Another text; the reader is at its beginning."""
        self._make = make
        self.scroll_home(animate=False)
        self.lay_out()

    def lay_out(self) -> None:
        """Make the lines anew, since what they are made of has changed; the reader stays where he is."""
        self._lines = list(self._make(max(20, self.size.width - 1)))
        self.set_extent(max(map(line_width, self._lines), default=0), len(self._lines))
        self.refresh()

    @property
    def text(self) -> str:
        """What can be read, without styles: for tests and for copying."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def on_resize(self) -> None:
        self.lay_out()

    def line(self, index: int) -> Strip:
        segments = [Segment(text, self._line_style(name)) for text, name in self._lines[index] if text]
        return Strip(segments, sum(cell_len(segment.text) for segment in segments))

    def _line_style(self, name: str) -> Style:
        key = (f"lines--{name}",)
        found = self._looked_up.get(key)
        if found is None:
            found = self.looks()
            if name:
                found += self.screen.get_component_rich_style(*key, partial=True)
            self._looked_up[key] = found
        return found
