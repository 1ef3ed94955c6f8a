"""Rows that others append to a file, plotted as they come, with another column or our own runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import ClassVar, Literal

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import CaughtUp, Event, FilesChanged
from chimera_tui.domain.run_events import RunFinished
from chimera_tui.tui.formatting import count
from chimera_tui.tui.keymap import GROWTH_KEYS
from chimera_tui.tui.ports import Growths
from chimera_tui.tui.widgets.growth_panel import GrowthPanel
from chimera_tui.tui.widgets.growth_state import OWN, GrowthState
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LINE_CLASSES
from chimera_tui.tui.widgets.title_line import TitleLine

PAUSE_S = 0.2
"""Least rest between two questions that changes of the file cause."""
_SHARE = 4
"""It is also so many times what the answer took."""
_RENEW_S = 30.0
"""The daemon forgets a file that nobody asked for in a minute."""
_AGE_S = 5.0
"""How often it is looked whether the file still grows; that is told by the minute."""
_LEAST_POINTS = 400
_OWN_RUNS = 100
"""The newest ones stand beside a column."""


class GrowthScreen(Screen[None]):
    """Asks `source` when it opens; tell it with `apply` what happens meanwhile."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LINE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in GROWTH_KEYS]

    def __init__(self, source: Growths, path: str, *, pause_s: float = 0.0) -> None:
        """`pause_s` is the least time between two redraws."""
        super().__init__()
        self._source = source
        self._path = path
        self._pause_s = max(PAUSE_S, pause_s)
        self.plotted = GrowthState()
        self._points = 0
        """As they were asked for last."""
        self._is_wanted = False
        self._is_asking = False
        self._at_once = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield TitleLine("plot", id="title")
        yield GrowthPanel(self.plotted, id="growth")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self._paint()
        self._want(at_once=True)
        self.set_interval(_RENEW_S, self._want)
        self.set_interval(_AGE_S, self._paint)

    def on_resize(self) -> None:
        if self.plotted.growth is not None and self._points != self._points_wanted():
            self._want()  # a wider plot shows more points

    # ---- the file ----------------------------------------------------------------------------------------

    def apply(self, batch: Sequence[Event]) -> None:
        """Events as they come."""
        if not self.is_mounted:
            return  # the first answer will tell it
        for event in batch:
            match event:
                case FilesChanged():
                    self._take_files(event)
                case RunFinished(summary=summary) if self.plotted.runs is not None:
                    self.plotted.runs.append(summary)
                    self._paint()
                case CaughtUp():  # perhaps another daemon, which follows nothing yet
                    self._want()
                case _:
                    pass

    def _take_files(self, event: FilesChanged) -> None:
        if any(entry.path == self._path for entry in event.changed):
            self.plotted.gone = ""
            self._want()
        elif self._path in event.removed:
            new = next((new for old, new in event.moved if old == self._path), None)
            self.plotted.gone = (
                f"renamed to {new.rpartition('/')[2]}" if new else "deleted: what is drawn was there"
            )
            self._paint()

    def _want(self, *, at_once: bool = False) -> None:
        """Ask, soon or at once; while an answer is awaited, after that."""
        if self.plotted.gone and not at_once:
            return
        self._is_wanted = True
        if at_once:
            self._at_once.set()
        if not self._is_asking and self.is_attached:
            self._ask()

    @work(group="growth")
    async def _ask(self) -> None:
        self._is_asking = True
        try:
            while self._is_wanted:
                self._is_wanted = False
                self._at_once.clear()
                began_s = monotonic()
                await self._ask_once()
                growth = self.plotted.growth
                if growth is not None and growth.is_behind and not self.plotted.error:
                    self._is_wanted = True
                    continue
                rest_s = max(self._pause_s, _SHARE * (monotonic() - began_s))
                try:
                    async with asyncio.timeout(rest_s):
                        await self._at_once.wait()
                except TimeoutError:
                    pass
        finally:
            self._is_asking = False

    def _points_wanted(self) -> int:
        return max(_LEAST_POINTS, 4 * self.size.width)

    async def _ask_once(self) -> None:
        plotted = self.plotted
        self._points = self._points_wanted()
        try:
            growth = await self._source.growth(self._path, plotted.wanted, self._points, plotted.axis)
        except ChimeraError as error:
            plotted.error = str(error)
            self._is_wanted = self._is_wanted or bool(plotted.chosen)
            plotted.chosen = ""  # a file that started over may have other columns: ask which
        else:
            plotted.take(growth, monotonic())
            missing = set(plotted.wanted) - {series.name for series in growth.series}
            self._is_wanted = self._is_wanted or (bool(missing) and bool(growth.series))
        self._paint()

    def _paint(self) -> None:
        if self not in self.app.screen_stack:
            return  # it was closed before its answer came: what it would paint on is gone
        growth = self.plotted.growth
        remark = "" if growth is None else f"{growth.kind} · {count(growth.rows)} rows"
        self.query_one(TitleLine).tell(self._path, remark)
        self.query_one(GrowthPanel).update()

    # ---- our own runs ------------------------------------------------------------------------------------

    @work(exclusive=True, group="runs")
    async def _read_runs(self) -> None:
        try:
            page = await self._source.page(_OWN_RUNS)
        except ChimeraError as error:
            self.plotted.error = str(error)
        else:
            self.plotted.runs = list(page.runs)
        self._paint()

    # ---- actions -----------------------------------------------------------------------------------------

    def action_column(self, direction: Literal[-1, 1]) -> None:
        self.plotted.step_column(direction)
        self._chosen()

    def action_beside(self, direction: Literal[-1, 1]) -> None:
        self.plotted.step_beside(direction)
        if self.plotted.beside_name in OWN and self.plotted.runs is None:
            self._read_runs()
        self._chosen()

    def action_axis(self) -> None:
        self.plotted.step_axis()
        self._chosen()

    def _chosen(self) -> None:
        self._want(at_once=True)
        self._paint()

    def action_help(self) -> None:
        from chimera_tui.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen())

    def action_close(self) -> None:
        self.dismiss()
