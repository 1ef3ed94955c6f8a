"""The runs of the directory, newest first: looked through, marked, compared; read where the reader is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from chimera_tui.domain.comparison_text import runs_text
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import Event
from chimera_tui.domain.names import printable
from chimera_tui.domain.run_events import RunFinished, RunStarted
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui.groups import series_of, sides
from chimera_tui.tui.keymap import HISTORY_KEYS
from chimera_tui.tui.ports import History
from chimera_tui.tui.run_reach import RunReach
from chimera_tui.tui.run_window import PAGE
from chimera_tui.tui.screens.compare import CompareScreen
from chimera_tui.tui.screens.run_details import RunDetailsScreen, SeriesScreen
from chimera_tui.tui.widgets.history_list import HistoryList
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LINE_CLASSES
from chimera_tui.tui.widgets.run_line import RunLine
from chimera_tui.tui.widgets.title_line import TitleLine


class HistoryScreen(Screen[None]):
    """Loads from `history`; tell it with `apply` what happens meanwhile."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LINE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in HISTORY_KEYS]

    def __init__(self, history: History, labels: Iterable[str] = ()) -> None:
        """`labels` name the reports directories."""
        super().__init__()
        self._history = history
        self._where = ", ".join(labels)
        self._loading = False

    def compose(self) -> ComposeResult:
        yield TitleLine("history", id="title")
        yield HistoryList(id="runs")
        yield RunLine(id="about")
        yield KeyBar(id="keys")

    @property
    def list(self) -> HistoryList:
        return self.query_one(HistoryList)

    def on_mount(self) -> None:
        self.list.focus()
        self._load()

    # ---- the runs ------------------------------------------------------------------------------------

    def on_history_list_runs_wanted(self) -> None:
        if not self._loading:
            self._load()

    @work(exclusive=True, group="pages")
    async def _load(self) -> None:
        """Pages until there is a run for every row on the screen and near it."""
        self._loading = True
        runs = self.list
        asked: int | None = None
        try:
            while (skip := runs.wanted) is not None and skip != asked:
                runs.take(await self._history.page(PAGE, skip), skip)
                asked = skip
        except ChimeraError as error:
            self._say("bad", f"✗ {error}")
        finally:
            self._loading = False

    def apply(self, batch: Iterable[Event]) -> None:
        """Runs that begin and end while the history is open."""
        if not self.is_mounted:
            return  # the first page will hold them
        for event in batch:
            match event:
                case RunStarted():
                    self.list.put(event.begun)
                case RunFinished(summary=summary):
                    self.list.put(summary)
                case _:
                    pass

    def on_row_list_moved(self) -> None:
        runs = self.list
        self.query_one(RunLine).tell(runs.current)
        marks = len(runs.window.marked)
        marked = f"{marks} marked · " if marks else ""
        known = "" if runs.window.total is None else runs_text(runs.window.total)
        self.query_one(TitleLine).tell(self._where, f"{marked}{known}")

    def _say(self, style: str, text: str) -> None:
        self.query_one(RunLine).say(style, printable(text))

    # ---- actions -------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        if self._run_here() is not None:
            self.list.toggle_mark()

    def _run_here(self) -> RunSummary | None:
        """The run under the cursor; says so when it is still being read."""
        run = self.list.current
        if run is None and len(self.list.window):
            self._say("dim", "reading …")
        return run

    def action_details(self) -> None:
        if (run := self._run_here()) is not None:
            self.app.push_screen(RunDetailsScreen(self._history, run))

    @work(exclusive=True, group="question")
    async def action_compare(self) -> None:
        if (current := self._run_here()) is None:
            return
        reach, marked = RunReach(self._history, self.list.window), list(self.list.window.marked)
        alone = not marked and current.state is not RunState.RUNNING
        try:
            for run_id in (current.run_id, *marked):
                await reach.read_series(run_id)
            if alone:
                await reach.read_older(current.run_id)
        except ChimeraError as error:
            self._say("bad", f"✗ {error}")
            return
        found = sides(current, marked, reach.runs)
        if isinstance(found, str):
            self._say("warn", f"! {found}")
        else:
            self.app.push_screen(CompareScreen(self._history, found))

    @work(exclusive=True, group="question")
    async def action_series(self) -> None:
        if (run := self._run_here()) is None:
            return
        if run.series is None:
            self._say("warn", "! this run belongs to no series: type a count before r to repeat a run")
            return
        reach = RunReach(self._history, self.list.window)
        try:
            await reach.read_series(run.run_id)
        except ChimeraError as error:
            self._say("bad", f"✗ {error}")
            return
        self.app.push_screen(SeriesScreen(self._history, run.series.series_id, series_of(run, reach.runs)))

    def action_help(self) -> None:
        from chimera_tui.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen())

    def action_close(self) -> None:
        if self.list.window.marked:
            self.list.clear_marks()
        else:
            self.dismiss()
