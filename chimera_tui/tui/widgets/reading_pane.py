"""A live pane that can be read as a page: select and copy, search, jump between headings."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from chimera_tui.domain.names import printable_lines
from chimera_tui.tui.formatting import crop
from chimera_tui.tui.keymap import PANE_KEYS
from chimera_tui.tui.markdown.headings import next_heading
from chimera_tui.tui.markdown.lines import Line
from chimera_tui.tui.markdown.live_text import Change
from chimera_tui.tui.markdown.search import Match
from chimera_tui.tui.markdown.selection import Cell, Selection, amount, marked
from chimera_tui.tui.pace import BETWEEN_SLICES_S
from chimera_tui.tui.timing import once
from chimera_tui.tui.widgets.key_bar import Keys
from chimera_tui.tui.widgets.marked_pane import MarkedPane
from chimera_tui.tui.widgets.pane_search import PaneSearch

if TYPE_CHECKING:
    from textual.widgets import Input

_COUNT_CELLS = 16  # what typing a query leaves to the count, at the right of its line


class ReadingPane(MarkedPane):
    """Select with the mouse, copy with `y`, search with `/`; what is marked stays while text comes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"live-pane--{name}" for name in ("selection", "match", "match-current", "search")
    }
    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in PANE_KEYS]

    class Said(Message):
        """A word about what a key did, such as what was copied and how much."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    def __init__(self, placeholder: str = "", *, fps: float = 10.0, id: str | None = None) -> None:
        super().__init__(placeholder, fps=fps, id=id)
        self._selection: Selection | None = None
        self._is_dragging = False
        self._search: PaneSearch | None = None
        self._search_input: Input | None = None
        self._is_looking = False
        """The next slice of a search is due."""
        self._came_from = (0, True)
        """The line on top and whether the tail was followed when the search was begun."""

    def reset(self) -> None:
        self._selection = None
        if self._search is not None:
            self._search.restart((0, 0))
        super().reset()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of a search are the pane's only while there is one."""
        match action:
            case "step_match":
                return self._search is not None and not self._is_typing
            case "end_search":
                return self._search is not None or bool(self._selection)
            case "search" | "jump" | "copy":
                return bool(self._text) and not self._is_typing
        return super().check_action(action, parameters)

    def typing_keys(self) -> Keys:
        return [("⏎", "keep the search"), ("Tab", "next pane"), ("Esc", "end it")] if self._is_typing else []

    @property
    def _is_typing(self) -> bool:
        """Whether the query is being typed."""
        return self._search_input is not None and self._search_input.display

    # ---- rows ----------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        if self._search is not None and y == self.size.height - 1:
            return self._search_row(self._search)
        return super().render_line(y)

    def _line(self, index: int) -> Line:
        line = super()._line(index)
        if self._search is not None and self._search.found is not None:
            for match in self._search.found.touching(index, index + 1):
                start = match.start[1] if match.start[0] == index else 0
                end = match.end[1] if match.end[0] == index else len(line.text)
                line = marked(line, start, end, "match_current" if match == self._search.current else "match")
        if self._selection:
            line = marked(line, *self._selection.on(index, line.text), "selection")
        return line

    def _search_row(self, search: PaneSearch) -> Strip:
        """`/` and what is searched at the left, the count at the right; the input lies over it."""
        width = self.size.width
        words = f" {search.words} "
        left = crop(f"/{search.query}", max(1, width - len(words)))
        look = self._style("search")
        strip = Strip([Segment(left, look)]).extend_cell_length(width - len(words), look)
        return Strip([*strip, Segment(words, look)]).crop(0, width)

    def _paint(self) -> Change:
        before = self._matches_in_view()
        words = self._search.words if self._search else ""
        change = super()._paint()
        if change.whole:
            self._selection = None  # other lines: its cells hold other text
        if self._search is None:
            return change
        if change.whole:
            self._search.restart((self._viewport.top, 0))
        if not self._is_looking:
            self._look_on(self._search)
        self._refresh_lines({line for match in before ^ self._matches_in_view() for line in match.lines})
        if words != self._search.words:
            self._refresh_rows({self.size.height - 1})
        return change

    def _matches_in_view(self) -> set[Match]:
        if self._search is None or self._search.found is None:
            return set()
        return set(self._search.found.touching(self._viewport.top, self._viewport.top + self._viewport.height))

    def _refresh_lines(self, lines: set[int]) -> None:
        view = self._viewport
        self._refresh_rows({line - view.top for line in lines if 0 <= line - view.top < view.height})

    # ---- headings ------------------------------------------------------------------------------------

    def action_jump(self, direction: int) -> None:
        """Put the next heading or section on top, or the one before with -1."""
        line = next_heading(self._text.line, self.line_count, self._viewport.top, direction)
        if line is not None:
            self._go_to(line)

    def _go_to(self, top: int) -> None:
        was_following = self.following
        self._viewport.go_to(top)
        self._tell(was_following)
        self.refresh()

    # ---- selection and copy --------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1 and self._text and self._row(event) < self._viewport.height:
            cell = self._cell(event)
            self._select(Selection(cell, cell))
            self._is_dragging = True
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select up to the cell under the mouse; beyond the edge the text scrolls."""
        if not self._is_dragging or self._selection is None:
            return
        if self.following:
            self._go_to(self._viewport.top)  # what is being selected must not move away
        row = self._row(event)
        if not 0 <= row < self._viewport.height:
            self.action_move(-1 if row < 0 else 1)
        self._select(Selection(self._selection.anchor, self._cell(event)))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._is_dragging:
            self._is_dragging = False
            self.release_mouse()
            if not self._selection:
                self._select(None)

    def _cell(self, event: events.MouseEvent) -> Cell:
        row = max(0, min(self._row(event), self._viewport.height - 1))
        column = event.screen_x - self.content_region.x
        return self._viewport.top + row, max(0, min(column, self.size.width - 1))

    def _row(self, event: events.MouseEvent) -> int:
        """By the screen: an event that comes by way of the search line counts from there."""
        return event.screen_y - self.content_region.y

    def _select(self, selection: Selection | None) -> None:
        both = [each for each in (self._selection, selection) if each is not None]
        self._selection = selection
        self._refresh_lines({line for each in both for line in each.lines})
        self.refresh_bindings()

    @property
    def selected_text(self) -> str:
        """What is selected, as it stands on the pane."""
        if not self._selection:
            return ""
        return self._selection.text(lambda index: self._text.line(index).text, self.line_count)

    def action_copy(self) -> None:
        """Copy the selection, or without one the Markdown of the whole answer."""
        text = self.selected_text
        what = "copied" if text else "copied the whole answer as Markdown:"
        text = text or printable_lines(self.source)  # a terminal may take what is pasted for keys
        if not text:
            self.post_message(self.Said("nothing to copy yet"))
            return
        self.app.copy_to_clipboard(text)
        self.post_message(self.Said(f"{what} {amount(text)}"))

    # ---- search --------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Open the line to type a query in; typing goes there until Enter or Escape."""
        if self._search is None:
            self._came_from = self._viewport.top, self.following
            self._search = PaneSearch((self._viewport.top, 0))
            self._go_to(self._viewport.top)
        if self._search_input is None:
            from textual.widgets import Input  # heavy, and most sessions never search

            self._search_input = Input(placeholder="search", compact=True, select_on_focus=True)
            self._search_input.cursor_blink = False
            self.mount(self._search_input)
        self._set_foot(1)
        self._search_input.display = True
        self._search_input.focus()
        self.refresh_bindings()

    def _set_foot(self, rows: int) -> None:
        super()._set_foot(rows)
        if self._search_input is not None:
            self._search_input.styles.width = max(1, self.size.width - _COUNT_CELLS - 1)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._search is not None and event.value != self._search.query:
            self._search.ask(event.value)
            if not self._is_looking:
                self._search_on()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the matches; a blank query ends the search."""
        event.stop()
        if not event.value.strip():
            self.action_end_search()
        elif self._search_input is not None:
            self._search_input.display = False
            self.focus()
            self.refresh()
            self.refresh_bindings()

    def _search_on(self) -> None:
        """Look through a slice more; go to the current match as soon as it is known."""
        self._is_looking = False
        if self._search is None:
            return
        known = self._search.current
        self._look_on(self._search)
        if self._search.current != known and known is None:
            self._go_to_match()
        self.refresh()

    def _look_on(self, search: PaneSearch) -> None:
        self._is_looking = not search.follow(self._text)
        if self._is_looking:
            once(self, BETWEEN_SLICES_S, self._search_on)

    def action_step_match(self, direction: int) -> None:
        if self._search is not None and self._search.step(direction) is not None:
            self._go_to_match()
            self.refresh()

    def _go_to_match(self) -> None:
        """Scroll only when the match is not seen; then to a third of the page."""
        if self._search is None or self._search.current is None:
            return
        line, view = self._search.current.start[0], self._viewport
        if not view.top <= line < view.top + view.height:
            self._go_to(max(0, line - view.height // 3))

    def action_end_search(self) -> None:
        """End the search, and go back to where it was begun unless it was kept; without one, select nothing."""
        if self._search is None:
            self._select(None)
            return
        is_typing = self._is_typing
        self._search = None
        if self._search_input is not None:
            self._search_input.display = False
            self._search_input.value = ""
        self._set_foot(0)
        self.focus()
        if is_typing:
            top, was_following = self._came_from
            self.action_follow() if was_following else self._go_to(top)
        self.refresh_bindings()
