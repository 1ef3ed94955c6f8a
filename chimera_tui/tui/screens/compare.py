"""Two runs, or groups of runs, beside each other: what the daemon found, and how sure it is."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.names import printable
from chimera_tui.tui.comparison_lines import comparison_lines
from chimera_tui.tui.groups import Sides
from chimera_tui.tui.keymap import COMPARE_KEYS
from chimera_tui.tui.ports import History
from chimera_tui.tui.widgets.key_bar import KeyBar
from chimera_tui.tui.widgets.lines import LINE_CLASSES
from chimera_tui.tui.widgets.lines_scroll import LinesScroll, wrapped
from chimera_tui.tui.widgets.title_line import TitleLine


class CompareScreen(Screen[None]):
    """Asks for the comparison when it opens; disturbed runs count only when asked for."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LINE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in COMPARE_KEYS]

    def __init__(self, history: History, sides: Sides) -> None:
        super().__init__()
        self._history = history
        self._sides = sides
        self._flagged = False

    def compose(self) -> ComposeResult:
        yield TitleLine("compare", id="title")
        yield LinesScroll(lambda width: [(("  comparing …", "dim"),)])
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self._tell_title()
        self.query_one(LinesScroll).focus()
        self._load()

    def _tell_title(self) -> None:
        flagged = "disturbed runs count too" if self._flagged else "disturbed runs are left out"
        self.query_one(TitleLine).tell(self._sides.why, flagged)

    @work(exclusive=True, group="comparison")
    async def _load(self) -> None:
        body, sides = self.query_one(LinesScroll), self._sides
        try:
            view = await self._history.compare(list(sides.a), list(sides.b), self._flagged)
        except ChimeraError as error:
            sentence = printable(f"✗ {error}")
            body.tell(lambda width: wrapped(sentence, width, "bad"))
            return
        body.tell(lambda width: comparison_lines(view, width, sides.a_named, sides.b_named))

    def action_toggle_flagged(self) -> None:
        self._flagged = not self._flagged
        self._tell_title()
        self._load()

    def action_close(self) -> None:
        self.dismiss()
