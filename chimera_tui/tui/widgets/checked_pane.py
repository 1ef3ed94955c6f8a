"""A reading pane whose checked numbers can be walked, told of, and followed to the fact they are measured by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from chimera_tui.domain.grounding import CheckedNumber, FactPlace
from chimera_tui.tui.checked_numbers import Placed
from chimera_tui.tui.finding_lines import finding_lines, no_fact
from chimera_tui.tui.keymap import FINDING_KEYS, PANE_KEYS
from chimera_tui.tui.markdown.live_text import Change
from chimera_tui.tui.markdown.selection import characters
from chimera_tui.tui.widgets.reading_pane import ReadingPane

_FOOT = 2
"""Rows that tell of the chosen number."""


class CheckedPane(ReadingPane):
    """`n` and `N` walk the findings unless a search is open, whose keys they are then; what is chosen stays chosen
    while text comes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "live-pane--told",
        *(f"live-pane--told-{name}" for name in ("supported", "contradicted", "misattributed", "unsupported")),
    }
    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in (*FINDING_KEYS, *PANE_KEYS)]

    class FactWanted(Message):
        """Somebody asks for the file in which a fact stands."""

        def __init__(self, place: FactPlace) -> None:
            super().__init__()
            self.place = place

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are off."""
        match action:
            case "step_finding":
                return self._search is None and bool(self._numbers.findings)
            case "tell_finding":
                return self._search is None and (self._chosen is not None or bool(self._numbers))
            case "open_fact":
                return self._search is None and self._chosen is not None
            case "close_finding":
                return self._chosen is not None and not super().check_action("end_search", ())
        return super().check_action(action, parameters)

    def mark_numbers(self, name: str, numbers: Iterable[CheckedNumber]) -> None:
        known = bool(self._numbers), bool(self._numbers.findings)
        super().mark_numbers(name, numbers)
        if known != (bool(self._numbers), bool(self._numbers.findings)):
            self.refresh_bindings()  # they have something to do now

    # ---- the chosen number ---------------------------------------------------------------------------

    def action_step_finding(self, direction: int) -> None:
        """From the chosen number, else from the page that is seen."""
        here = self._chosen.spot if self._chosen else None
        if here is None and (seen := self._seen()):
            self._choose(next((each for each in seen if self._numbers.place_of(each)), None))
            if self._chosen is not None:
                return
        if (found := self._numbers.step(here, direction)) is not None:
            self._choose(found)

    def action_tell_finding(self) -> None:
        """Tell of the page's first finding, else of its first number, else of the first finding; or no more."""
        if self._chosen is not None:
            self._choose(None)
            return
        seen = self._seen()
        finding = next((each for each in seen if self._numbers.place_of(each)), None)
        self._choose(finding or next(iter(seen), None) or self._numbers.step(None, 1))

    def action_open_fact(self) -> None:
        if self._chosen is None:
            return
        number = self._chosen.number
        if why := no_fact(number):
            self.post_message(self.Said(why))
        elif number.place is not None:
            self.post_message(self.FactWanted(number.place))

    def action_close_finding(self) -> None:
        self._choose(None)

    def action_search(self) -> None:
        self._choose(None)
        super().action_search()

    def _seen(self) -> list[Placed]:
        """The checked numbers on the page."""
        view = self._viewport
        end = min(view.top + view.height, self.line_count)
        return [shown.placed for line in range(view.top, end) for shown in self.shown_on(line)]

    def _choose(self, placed: Placed | None) -> None:
        """Mark it, tell of it below the text, and scroll to it where it is not seen."""
        self._chosen = placed
        self._set_foot(_FOOT if placed is not None else 0)
        if placed is not None and (line := self.line_of(placed)) is not None:
            view = self._viewport
            if not view.top <= line < view.top + view.height:
                self._go_to(max(0, line - view.height // 3))
            elif self.following:
                self._go_to(view.top)  # what is read must not move away
        self.refresh_bindings()

    def reset(self) -> None:
        if self._chosen is not None:
            self._choose(None)
        super().reset()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """A click that selects nothing chooses the number under it."""
        super().on_mouse_up(event)
        event.prevent_default()
        if self._selection is not None or self._search is not None or self._row(event) >= self._viewport.height:
            return
        line, cell = self._cell(event)
        at, _ = characters(self._text.line(line).text, cell, cell)
        hit = (shown.placed for shown in self.shown_on(line) if shown.start <= at < shown.end)
        if (placed := next(hit, None)) is not None:
            self._choose(placed)

    # ---- rows ----------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        row = y - (self.size.height - self._foot)
        if self._chosen is None or self._search is not None or not 0 <= row < _FOOT:
            return super().render_line(y)
        width = self.size.width
        lines = finding_lines(self._chosen.number, self._numbers.place_of(self._chosen), width)
        return Strip(self._segments(lines[row], width), width)

    def _paint(self) -> Change:
        change = super()._paint()
        if self._chosen is not None:
            self._refresh_foot()
        return change

    def _paint_marks(self) -> None:
        if self._has_new_marks and self._chosen is not None:
            self._refresh_foot()
        super()._paint_marks()

    def _refresh_foot(self) -> None:
        height = self.size.height
        self._refresh_rows(range(height - self._foot, height))
