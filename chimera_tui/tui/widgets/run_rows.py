"""A few runs, one line each as in the history."""

from __future__ import annotations

from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui.widgets.history_columns import columns_for, header_line, row_line
from chimera_tui.tui.widgets.lines import Line
from chimera_tui.tui.widgets.row_list import RowList


class RunRows(RowList):
    """Give it runs with `put`; those that began later stand higher."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._runs: list[RunSummary] = []

    def put(self, run: RunSummary) -> None:
        """A run, or what has become of one; the cursor stays on its run, but for the first row."""
        here = self.current.run_id if self.current is not None and self._cursor else None
        self._runs = [each for each in self._runs if each.run_id != run.run_id]
        self._runs.append(run)
        self._runs.sort(key=lambda each: each.started_utc, reverse=True)
        ids = [each.run_id for each in self._runs]
        self._cursor = ids.index(here) if here is not None else 0
        self.refill()
        self.post_message(self.Moved())

    @property
    def current(self) -> RunSummary | None:
        return self._runs[self._cursor] if self._runs else None

    @property
    def count(self) -> int:
        return len(self._runs)

    @property
    def empty_words(self) -> str:
        return "reading …"

    def titles(self, width: int) -> Line:
        return header_line(columns_for(width))

    def row(self, number: int, width: int) -> Line:
        return row_line(self._runs[number], columns_for(width), marked=False)
