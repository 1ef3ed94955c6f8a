"""Widgets that are nothing but rows, and containers of which nothing but one row is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

_NO_RULES = ("tint", "hatch", "outline_top", "outline_bottom", "text_opacity", "opacity")


class BareWidget(Widget):
    """Asks `render_line` for the rows that are wanted and gives them as they are.

    Textual puts borders, padding, tints and opacity around each row, and keeps it: for a row that holds none of
    these and is drawn once that is three times the work of the row itself. With any of them it does so here, too.
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        if self.gutter != (0, 0, 0, 0) or any(self.styles.has_rule(rule) for rule in _NO_RULES):
            return super().render_lines(crop)
        rows = [self.render_line(y) for y in crop.line_range]
        if filters := self.get_line_filters():
            _, background = self.background_colors
            for line_filter in filters:
                rows = [Strip(line_filter.apply(list(row), background), row.cell_length) for row in rows]
        start, end = crop.column_span
        return rows if (start, end) == (0, self.size.width) else [row.crop(start, end) for row in rows]


if TYPE_CHECKING:
    _Mixin = Widget
else:
    _Mixin = object  # of several bases that are widgets Textual takes the rules of the first only


class EvenRows(_Mixin):
    """A container with nothing of its own but its ground and a border at a side: one row is made, for all of them.

    Textual makes each, though children cover it: half of the rows of the cockpit's first frame.
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        return super().render_lines(Region(crop.x, crop.y, crop.width, 1)) * crop.height


class EvenHorizontal(EvenRows, Horizontal):
    """Children beside each other."""
