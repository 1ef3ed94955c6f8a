"""A list of any length with a cursor, titles above it and a thumb beside it; only rows on the screen are made."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from chimera_tui.tui.widgets.lines import Line, LinesWidget, cropped, line_width
from chimera_tui.tui.widgets.tree_paint import thumb_rows

_WHEEL_ROWS = 3
_ON_CURSOR = "cursor:"
"""Prefix of a style's name on the cursor's line: the same style on the cursor's ground."""


class RowList(LinesWidget, can_focus=True):
    """Subclasses say how many rows there are and what stands in each; they call `refill` when that has changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Row above", show=False, id="list.up"),
        Binding("down", "move(1)", "Row below", show=False, id="list.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page_down"),
        Binding("home", "first", "First row", show=False, id="list.first"),
        Binding("end", "last", "Last row", show=False, id="list.last"),
    ]

    class Moved(Message):
        """Another row is under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._cursor = 0
        self._top = 0

    # ---- what subclasses tell ------------------------------------------------------------------------

    @property
    def count(self) -> int:
        raise NotImplementedError

    def titles(self, width: int) -> Line:
        raise NotImplementedError

    def row(self, number: int, width: int) -> Line:
        """The row of that number, from 0, in at most so many cells."""
        raise NotImplementedError

    @property
    def empty_words(self) -> str:
        """What stands in place of the rows while there are none."""
        raise NotImplementedError

    # ---- the cursor ----------------------------------------------------------------------------------

    @property
    def cursor(self) -> int:
        return self._cursor

    def go(self, row: int) -> None:
        """Put the cursor on a row, the nearest there is."""
        before, self._cursor = self._cursor, max(0, min(row, self.count - 1))
        self.refill()
        if before != self._cursor:
            self.post_message(self.Moved())

    def action_move(self, rows: int) -> None:
        self.go(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        self.go(self._cursor + pages * max(1, self._room - 1))

    def action_first(self) -> None:
        self.go(0)

    def action_last(self) -> None:
        self.go(self.count - 1)

    def on_click(self, event: events.Click) -> None:
        if 1 <= event.y <= min(self._room, self.count - self._top):
            self.go(self._top + event.y - 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.go(self._cursor + _WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.go(self._cursor - _WHEEL_ROWS)

    # ---- painting ------------------------------------------------------------------------------------

    @property
    def _room(self) -> int:
        """Rows on screen, below the titles."""
        return max(1, self.size.height - 1)

    def on_resize(self) -> None:
        self.refill()

    def _paint(self) -> None:
        self.refill()

    def refill(self) -> None:
        """Make the rows on the screen anew; those that are as they were are not drawn again."""
        self._keep_in_sight()
        self.show(self._make_lines())

    def _keep_in_sight(self) -> None:
        self._cursor = max(0, min(self._cursor, self.count - 1))
        lowest = max(0, self.count - self._room)
        self._top = max(min(self._top, self._cursor, lowest), self._cursor - self._room + 1)

    def _make_lines(self) -> list[Line]:
        width, total = max(0, self.size.width - 1), self.count
        titles = cropped(self.titles(width), width)
        if not total:
            return [titles, *(((f"  {words}", "dim"),) for words in self.empty_words.splitlines())]
        thumb = thumb_rows(total, self._top, self._room)
        rows = range(self._top, min(self._top + self._room, total))
        return [
            titles,
            *(
                _filled(cropped(self.row(row, width), width), width, row - self._top in thumb, row == self._cursor)
                for row in rows
            ),
        ]

    def _style(self, name: str) -> Style:
        """The style of a span; on the cursor's line over the cursor's ground."""
        if not name.startswith(_ON_CURSOR):
            return super()._style(name)
        if name not in self._styles:
            ground = self.get_component_rich_style("row-list--cursor").bgcolor
            over = Style(bgcolor=ground, bold=True)
            self._styles[name] = super()._style(name.removeprefix(_ON_CURSOR)) + over
        return self._styles[name]


def _filled(line: Line, width: int, thumb: bool, cursor: bool) -> Line:
    """The line in exactly so many cells, and the scroll thumb's cell beside it."""
    spans = [(text, f"{_ON_CURSOR}{style}" if cursor else style) for text, style in line]
    spans.append((" " * (width - line_width(line)), _ON_CURSOR if cursor else ""))
    return (*spans, ("┃" if thumb else " ", "dim"))
