"""The runs of a directory, one line each, newest first; only what is on screen is painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui.widgets.history_columns import columns_for, header_line, row_line
from chimera_tui.tui.widgets.lines import Line, LinesWidget, line_width
from chimera_tui.tui.widgets.tree_paint import thumb_rows

NEAR_END = 40
"""Rows below the screen under which more runs are asked for."""
_WHEEL_ROWS = 3
_ON_CURSOR = "cursor:"
"""Prefix of a style's name on the cursor's line: the same style on the cursor's ground."""


class HistoryList(LinesWidget, can_focus=True):
    """Holds the runs that were loaded so far, the cursor, and the runs that were marked."""

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
        """The screen nears the end of what is loaded."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.runs: list[RunSummary] = []
        self.marked: dict[str, None] = {}
        """Ids in the order in which they were marked."""
        self.complete = False
        """Whether there are no runs but these."""
        self._cursor = 0
        self._top = 0
        self._to_the_end = False
        """The oldest run was asked for: pages come until it is there."""

    # ---- the runs ------------------------------------------------------------------------------------

    @property
    def current(self) -> RunSummary | None:
        return self.runs[self._cursor] if self.runs else None

    @property
    def marked_runs(self) -> list[RunSummary]:
        """Newest first."""
        return [run for run in self.runs if run.run_id in self.marked]

    @property
    def wants_more(self) -> bool:
        lowest = max(self._cursor, self._top + self._room)
        return not self.complete and (self._to_the_end or lowest >= len(self.runs) - NEAR_END)

    def extend(self, older: Sequence[RunSummary], *, complete: bool) -> None:
        """A further page, and whether it was the last."""
        known = {run.run_id for run in self.runs}
        self.runs += [run for run in older if run.run_id not in known]
        self.complete = complete
        if self._to_the_end:
            self._cursor = max(0, len(self.runs) - 1)
            self._to_the_end = not complete
        self._changed()

    def put(self, run: RunSummary) -> None:
        """A run that has begun, or ended; the cursor stays on its run."""
        for place, known in enumerate(self.runs):
            if known.run_id == run.run_id:
                self.runs[place] = run
                break
        else:
            self.runs.insert(0, run)
            if self._cursor:
                self._cursor, self._top = self._cursor + 1, self._top + 1
        self._changed()

    def toggle_mark(self) -> None:
        """Mark the run under the cursor, or unmark it, and go to the next."""
        if (run := self.current) is None:
            return
        if run.run_id in self.marked:
            del self.marked[run.run_id]
        else:
            self.marked[run.run_id] = None
        self.action_move(1)

    def clear_marks(self) -> None:
        self.marked.clear()
        self._changed()

    # ---- keys and mouse ------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        self._go(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        self._go(self._cursor + pages * max(1, self._room - 1))

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(len(self.runs) - 1)
        self._to_the_end = not self.complete

    def on_click(self, event: events.Click) -> None:
        if 1 <= event.y <= min(self._room, len(self.runs) - self._top):
            self._go(self._top + event.y - 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._go(self._cursor + _WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._go(self._cursor - _WHEEL_ROWS)

    def _go(self, row: int) -> None:
        self._to_the_end = False
        self._cursor = max(0, min(row, len(self.runs) - 1))
        self._changed()
        if self.wants_more:
            self.post_message(self.RunsWanted())

    # ---- painting ------------------------------------------------------------------------------------

    @property
    def _room(self) -> int:
        """Rows on screen, below the titles."""
        return max(1, self.size.height - 1)

    def on_resize(self) -> None:
        self._changed()
        if self.runs and self.wants_more:
            self.post_message(self.RunsWanted())

    def _changed(self) -> None:
        lowest = max(0, len(self.runs) - self._room)
        self._top = max(min(self._top, self._cursor, lowest), self._cursor - self._room + 1)
        self.show(self._make_lines())
        self.post_message(self.Moved())

    def _make_lines(self) -> list[Line]:
        width = max(0, self.size.width - 1)
        columns = columns_for(width)
        if not self.runs:
            return [header_line(columns), (("  no runs yet" if self.complete else "  reading …", "dim"),)]
        thumb = thumb_rows(len(self.runs), self._top, self._room)
        lines = [header_line(columns)]
        for y, run in enumerate(self.runs[self._top : self._top + self._room]):
            line = row_line(run, columns, run.run_id in self.marked)
            lines.append(_filled(line, width, y in thumb, self._top + y == self._cursor))
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
