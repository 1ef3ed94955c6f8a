"""A run, or a series of them, told in full; what has to be computed comes from the daemon when it is ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from chimera_tui.domain.comparison_text import runs_text
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.statistics import StatisticsView
from chimera_tui.tui.keymap import DETAILS_KEYS, SERIES_KEYS
from chimera_tui.tui.ports import History
from chimera_tui.tui.run_details import run_lines, series_lines
from chimera_tui.tui.statistics_lines import Told
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LINE_CLASSES, Line
from chimera_tui.tui.widgets.lines_scroll import LinesScroll
from chimera_tui.tui.widgets.title_line import TitleLine


class RunDetailsScreen(Screen[None]):
    """One run; Esc, q or Enter closes it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LINE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in DETAILS_KEYS]

    def __init__(self, history: History, run: RunSummary) -> None:
        super().__init__()
        self._history = history
        self._run = run
        self._told: Told = None

    def compose(self) -> ComposeResult:
        yield TitleLine("history", id="title")
        yield LinesScroll(self.lines)
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self._tell_title()
        self.query_one(LinesScroll).focus()
        self._load()

    @work(exclusive=True, group="statistics")
    async def _load(self) -> None:
        try:
            self._told = await self.ask()
        except ChimeraError as error:
            self._told = str(error)
        self.query_one(LinesScroll).lay_out()

    def _tell_title(self) -> None:
        self.query_one(TitleLine).tell(*self.title_words())

    def title_words(self) -> tuple[str, str]:
        """(what is shown, remark)."""
        return f"run {self._run.run_id}", ""

    async def ask(self) -> StatisticsView:
        return await self._history.run_statistics(self._run.run_id)

    def lines(self, width: int) -> Sequence[Line]:
        return run_lines(self._run, width, self._told)

    def action_close(self) -> None:
        self.dismiss()


class SeriesScreen(RunDetailsScreen):
    """The runs of a series: what they come to, beside each other, each in full."""

    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in SERIES_KEYS]

    def __init__(self, history: History, series_id: str, runs: Sequence[RunSummary]) -> None:
        """`runs` are those that are known here, newest first; the daemon's figures are over all of them."""
        super().__init__(history, runs[0])
        self._series_id = series_id
        self._runs = list(runs)
        self._flagged = False

    def title_words(self) -> tuple[str, str]:
        flagged = "disturbed runs count too" if self._flagged else "disturbed runs do not count"
        return f"series {self._series_id}, {runs_text(len(self._runs))}", flagged

    async def ask(self) -> StatisticsView:
        return await self._history.series_statistics(self._series_id, self._flagged)

    def lines(self, width: int) -> Sequence[Line]:
        return series_lines(self._runs, width, self._told)

    def action_toggle_flagged(self) -> None:
        self._flagged = not self._flagged
        self._tell_title()
        self._load()
