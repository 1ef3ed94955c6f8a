"""The runs of a directory, one line each, newest first; only what is near the screen is held, and painted."""

from __future__ import annotations

from asyncio import TimerHandle

from textual.message import Message

from chimera_tui.domain.runs import RunPage, RunSummary
from chimera_tui.tui.run_window import RunWindow
from chimera_tui.tui.timing import once
from chimera_tui.tui.widgets.history_columns import columns_for, header_line, row_line
from chimera_tui.tui.widgets.lines import Line
from chimera_tui.tui.widgets.row_list import RowList

_AHEAD = 25
"""Rows above and below the screen that are asked for before they are seen."""
_PATIENCE_S = 0.1
_UNREAD: Line = (("   …", "dim"),)


class HistoryList(RowList):
    """Any number of runs: the cursor goes anywhere at once, and the rows there are read when it does.

    It has moved, too, when other runs are known or marked.
    """

    class RunsWanted(Message):
        """There are rows on the screen, or near it, whose runs are not held."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.window = RunWindow()
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
        self._changed()

    def toggle_mark(self) -> None:
        """Mark the run under the cursor, or unmark it, and go to the next."""
        if (run := self.current) is None:
            return
        if run.run_id in self.window.marked:
            del self.window.marked[run.run_id]
        else:
            self.window.marked[run.run_id] = None
        self._cursor += 1
        self._changed()
        self._ask()

    def clear_marks(self) -> None:
        self.window.marked.clear()
        self._changed()

    def _changed(self) -> None:
        self.refill()
        self.post_message(self.Moved())

    # ---- the cursor ----------------------------------------------------------------------------------

    def go(self, row: int) -> None:
        super().go(row)
        self._ask()

    def on_resize(self) -> None:
        self.refill()
        self._ask()

    def _ask(self) -> None:
        if self.window.total is not None and self.wanted is not None:
            self.post_message(self.RunsWanted())

    # ---- painting ------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        return len(self.window)

    @property
    def empty_words(self) -> str:
        return "reading …" if self.window.total is None else "no runs yet"

    def titles(self, width: int) -> Line:
        return header_line(columns_for(width))

    def row(self, number: int, width: int) -> Line:
        run = self.window.run(number)
        return _UNREAD if run is None else row_line(run, columns_for(width), run.run_id in self.window.marked)

    def refill(self) -> None:
        """Rows that are being read are waited for, for a moment."""
        self._keep_in_sight()
        self.window.trim(self._top, self._top + self._room)
        if self.window.total is None or self.window.missing(self._top, self._top + self._room) is None:
            self._show_rows()
        elif self._late is None:
            self._late = once(self, _PATIENCE_S, self._show_rows)

    def _show_rows(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self.show(self._make_lines())
