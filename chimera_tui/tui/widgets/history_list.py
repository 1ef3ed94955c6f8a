"""The runs of a directory, one line each, newest first; only what is near the screen is held, and painted."""

from __future__ import annotations

from asyncio import TimerHandle
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from chimera_tui.domain.runs import RunPage, RunSummary
from chimera_tui.tui.run_window import RunWindow
from chimera_tui.tui.timing import once
from chimera_tui.tui.widgets.history_columns import columns_for, header_line, row_line
from chimera_tui.tui.widgets.lines import Line, LinesWidget, line_width
from chimera_tui.tui.widgets.tree_paint import thumb_rows

_AHEAD = 25
"""Rows above and below the screen that are asked for before they are seen."""
_PATIENCE_S = 0.1
_WHEEL_ROWS = 3
_UNREAD: Line = (("   …", "dim"),)
_ON_CURSOR = "cursor:"
"""Prefix of a style's name on the cursor's line: the same style on the cursor's ground."""


class HistoryList(LinesWidget, can_focus=True):
    """Any number of runs: the cursor goes anywhere at once, and the rows there are read when it does."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"history-list--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Run above", show=False, id="history.up"),
        Binding("down", "move(1)", "Run below", show=False, id="history.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="history.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="history.page_down"),
        Binding("home", "first", "Newest run", show=False, id="history.first"),
        Binding("end", "last", "Oldest run", show=False, id="history.last"),
    ]

    class Moved(Message):
        """Another run is under the cursor, or other runs are marked."""

    class RunsWanted(Message):
        """There are rows on the screen, or near it, whose runs are not held."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.window = RunWindow()
        self._cursor = 0
        self._top = 0
        self._late: TimerHandle | None = None
        """Runs while rows on the screen are being read: mostly they come before it is over, and are drawn once."""

    # ---- the runs ------------------------------------------------------------------------------------

    @property
    def current(self) -> RunSummary | None:
        """The run under the cursor; None while it is being read."""
        return self.window.run(self._cursor)

    @property
    def wanted(self) -> int | None:
        """How many newer runs to skip for the page that is needed most; None when nothing is needed."""
        end = self._top + self._room
        seen = self.window.missing(self._top, end, _AHEAD)
        return self.window.missing(self._top - _AHEAD, end + _AHEAD) if seen is None else seen

    def take(self, page: RunPage, skip: int) -> None:
        """A page that was asked for with `skip`."""
        self._move_down(self.window.take(page, skip))

    def put(self, run: RunSummary) -> None:
        """A run that has begun, or ended; the cursor stays on its run."""
        self._move_down(self.window.put(run))

    def _move_down(self, rows: int) -> None:
        if self._cursor:
            self._cursor, self._top = self._cursor + rows, self._top + rows
        self._cursor = max(0, min(self._cursor, len(self.window) - 1))
        self._changed()

    def toggle_mark(self) -> None:
        """Mark the run under the cursor, or unmark it, and go to the next."""
        if (run := self.current) is None:
            return
        if run.run_id in self.window.marked:
            del self.window.marked[run.run_id]
        else:
            self.window.marked[run.run_id] = None
        self.action_move(1)

    def clear_marks(self) -> None:
        self.window.marked.clear()
        self._changed()

    # ---- keys and mouse ------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        self._go(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        self._go(self._cursor + pages * max(1, self._room - 1))

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(len(self.window) - 1)

    def on_click(self, event: events.Click) -> None:
        if 1 <= event.y <= min(self._room, len(self.window) - self._top):
            self._go(self._top + event.y - 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._go(self._cursor + _WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._go(self._cursor - _WHEEL_ROWS)

    def _go(self, row: int) -> None:
        self._cursor = max(0, min(row, len(self.window) - 1))
        self._changed()
        self._ask()

    def _ask(self) -> None:
        if self.window.total is not None and self.wanted is not None:
            self.post_message(self.RunsWanted())

    # ---- painting ------------------------------------------------------------------------------------

    @property
    def _room(self) -> int:
        """Rows on screen, below the titles."""
        return max(1, self.size.height - 1)

    def on_resize(self) -> None:
        self._changed()
        self._ask()

    def _changed(self) -> None:
        lowest = max(0, len(self.window) - self._room)
        self._top = max(min(self._top, self._cursor, lowest), self._cursor - self._room + 1)
        self.window.trim(self._top, self._top + self._room)
        if self.window.total is None or self.window.missing(self._top, self._top + self._room) is None:
            self._show_rows()
        elif self._late is None:
            self._late = once(self, _PATIENCE_S, self._show_rows)
        self.post_message(self.Moved())

    def _show_rows(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self.show(self._make_lines())

    def _make_lines(self) -> list[Line]:
        width = max(0, self.size.width - 1)
        columns = columns_for(width)
        total = len(self.window)
        if not total:
            unknown = self.window.total is None
            return [header_line(columns), (("  reading …" if unknown else "  no runs yet", "dim"),)]
        thumb = thumb_rows(total, self._top, self._room)
        lines = [header_line(columns)]
        for row in range(self._top, min(self._top + self._room, total)):
            run = self.window.run(row)
            line = _UNREAD if run is None else row_line(run, columns, run.run_id in self.window.marked)
            lines.append(_filled(line, width, row - self._top in thumb, row == self._cursor))
        return lines

    def _style(self, name: str) -> Style:
        """The style of a span; on the cursor's line over the cursor's ground."""
        if not name.startswith(_ON_CURSOR):
            return super()._style(name)
        if name not in self._styles:
            ground = self.get_component_rich_style("history-list--cursor").bgcolor
            over = Style(bgcolor=ground, bold=True)
            self._styles[name] = super()._style(name.removeprefix(_ON_CURSOR)) + over
        return self._styles[name]


def _filled(line: Line, width: int, thumb: bool, cursor: bool) -> Line:
    """The line in exactly so many cells, and the scroll thumb's cell beside it."""
    used = line_width(line)
    spans = [(text, f"{_ON_CURSOR}{style}" if cursor else style) for text, style in line]
    spans.append((" " * (width - used), _ON_CURSOR if cursor else ""))
    return (*spans, ("┃" if thumb else " ", "dim"))
