"""A scrolling view of lines of which only those on screen are painted: the base of the file views."""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip


class LineView(ScrollView, can_focus=True):
    """Subclasses set the extent and give one line at a time; `fixed_lines` of them stay at the top."""

    fixed_lines = 0

    def __init__(self) -> None:
        super().__init__()
        self._looked_up: dict[tuple[str, ...], Style] = {}

    def line(self, index: int) -> Strip:
        """The whole line of that number, of any width."""
        raise NotImplementedError

    @property
    def fill(self) -> Style:
        """How the room beside and below the lines looks."""
        return self.looks()

    def set_extent(self, width: int, height: int) -> None:
        """Cells of the widest line, and number of lines."""
        self.virtual_size = Size(width, height)

    def looks(self, *names: str) -> Style:
        """The style of component classes, one over the other, over the widget's own."""
        found = self._looked_up.get(names)
        if found is None:
            found = self._looked_up[names] = self.get_visual_style(*names).rich_style
        return found

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._looked_up.clear()

    def render_line(self, y: int) -> Strip:
        across, down = self.scroll_offset
        width = self.size.width
        index = y if y < self.fixed_lines else y + down
        if index >= self.virtual_size.height:
            return Strip.blank(width, self.fill)
        return self.line(index).crop_extend(across, across + width, self.fill)
