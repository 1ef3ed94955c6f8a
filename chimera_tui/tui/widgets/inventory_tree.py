"""The live tree of the reports directory: walked by keys and mouse, filtered as you type, calm under churn."""

from __future__ import annotations

import gc
import time
from asyncio import TimerHandle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from chimera_tui.tui.rounds import redraw
from chimera_tui.tui.timing import once
from chimera_tui.tui.widgets.key_bar import Keys
from chimera_tui.tui.widgets.tree_canvas import TreeCanvas
from chimera_tui.tui.widgets.tree_rows import SortKey

if TYPE_CHECKING:
    from textual.widgets import Input

    from chimera_tui.domain.events import FilesChanged

FPS = 10.0
"""Most redraws a second that changes of files cause; keys are answered at once."""
_MANY = 100
"""Changes that wait at most: all that a scan brings in a tenth of a second, folded at once, would be a stall."""
_FADE_CHECK_S = 1.0
_WHEEL_ROWS = 3


class InventoryTree(TreeCanvas, can_focus=True):
    """The tree with its keys. Give it events with `apply`; it posts `FileChosen`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Row above", show=False, id="tree.up"),
        Binding("down", "move(1)", "Row below", show=False, id="tree.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="tree.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="tree.page_down"),
        Binding("home", "go_to(0)", "First row", show=False, id="tree.first"),
        Binding("end", "go_to(-1)", "Last row", show=False, id="tree.last"),
        Binding("left", "collapse", "Close the folder", show=False, id="tree.collapse"),
        Binding("right", "expand", "Open the folder", show=False, id="tree.expand"),
        Binding("space", "toggle_folder", "Open or close", show=False, id="tree.toggle"),
        Binding("enter", "choose", "open", key_display="⏎", id="tree.choose"),
        Binding("S", "sort", "Sort by name, size, time, type", show=False, id="tree.sort"),
        Binding("slash", "filter", "Filter the files", show=False, id="tree.filter"),
        Binding("escape", "clear_filter", "all files", key_display="Esc", id="tree.clear_filter"),
    ]

    @dataclass
    class FileChosen(Message):
        """A file is to be looked at."""

        path: str
        mtime_ns: int

    def __init__(
        self,
        labels: Iterable[str] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        fps: float = FPS,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`labels` are the roots, shown also while empty; `clock` gives seconds and never goes back; `fps` is how
        many redraws a second changes of files may cause."""
        super().__init__(labels, id=id, classes=classes)
        self._clock = clock
        self._pause_s = 1 / fps
        self._pending: list[FilesChanged] = []
        self._waiting = 0
        """How many files these tell of."""
        self._last_redraw = 0.0
        self._is_called = False
        """`_take_in` comes."""
        self._fade_timer: TimerHandle | None = None
        self._filter_input: Input | None = None

    # ---- what the application tells ----------------------------------------------------------------------

    def reset(self, labels: Iterable[str] = ()) -> None:
        """Forget everything: another daemon answers. The screen stays as it is until it has told what it lists,
        most of which is the same."""
        if self.model.totals.everything:
            self._last_redraw = time.monotonic()
        self._pending.clear()
        self._waiting = 0
        self.model.reset(labels, height=self.model.view.height)
        if self._filter_input is not None:
            self._filter_input.display = False
            self._filter_input.value = ""
        self._redraw_soon()

    def apply(self, event: FilesChanged) -> None:
        """Take in a change; shown together with all others of the same tenth of a second."""
        self._pending.append(event)
        self._waiting += len(event.changed) + len(event.removed)
        if self._waiting >= _MANY:
            self._fold_pending()
            gc.freeze()  # they stay: no collection has to walk through them
        self._redraw_soon()

    def apply_problem(self, path: str, text: str) -> None:
        """What is wrong inside a file; an empty text clears it."""
        self.model.apply_problem(path, text)
        self._redraw_soon()

    def sort_by(self, key: SortKey) -> None:
        """Order the files of every folder; the head tells it."""
        self.model.sort_by(key)
        self.repaint()

    def action_sort(self) -> None:
        """By name, size, time, type, and by name again."""
        self.sort_by(self.model.shown.sort_key.after())

    def on_mount(self) -> None:
        self._redraw_soon()

    def _redraw_soon(self) -> None:
        """Once in each pause of the clock, as the panes: what comes together is drawn together."""
        if self._is_called or not self.is_mounted:
            return
        self._is_called = True
        now = time.monotonic()
        was_this_pause = now // self._pause_s == self._last_redraw // self._pause_s
        once(self, self._pause_s - now % self._pause_s if was_this_pause else 0, self._join)

    def _join(self) -> None:
        redraw(self, self._take_in, self._draw)

    def _take_in(self) -> None:
        self._is_called = False
        self._fold_pending()

    def _draw(self) -> None:
        self._last_redraw = time.monotonic()
        self.repaint()
        self._fade_later()

    def _fold_pending(self) -> None:
        pending, self._pending, self._waiting = self._pending, [], 0
        if pending:
            self.model.apply(pending, self._clock())

    def _fade_later(self) -> None:
        """The only timer of a quiet tree, and only while a mark is left."""
        if len(self.model.marks) and self._fade_timer is None:
            self._fade_timer = once(self, _FADE_CHECK_S, self._fade)

    def _fade(self) -> None:
        self._fade_timer = None
        if self.model.marks.fade(self._clock()):
            self.repaint()
        self._fade_later()

    # ---- keys and mouse ----------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        self.model.move(rows)
        self.repaint()

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(1, self.model.view.height - 1))

    def action_go_to(self, index: int) -> None:
        """A row by its number; -1 is the last."""
        self.model.select_index(index if index >= 0 else self.model.shown.row_count + index)
        self.repaint()

    def action_collapse(self) -> None:
        self.model.collapse()
        self.repaint()

    def action_expand(self) -> None:
        self.model.expand()
        self.repaint()

    def action_toggle_folder(self) -> None:
        self.model.toggle()
        self.repaint()

    def action_choose(self) -> None:
        row = self.model.selected_row
        if row is not None and row.entry is not None:
            self.post_message(self.FileChosen(row.entry.path, row.entry.mtime_ns))
        else:
            self.action_toggle_folder()

    def on_click(self, event: events.Click) -> None:
        """One click selects, or opens and closes a folder; two on a file preview it."""
        line = event.y - self.gutter.top - self.header_height
        view = self.model.view
        if event.widget is not self or not 0 <= line < view.height:
            return
        if view.top + line >= self.model.shown.row_count:
            return
        self.model.select_index(view.top + line)
        row = self.model.selected_row
        if row is not None and (row.branch is not None or event.chain == 2):
            self.action_choose()
        self.repaint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(event, _WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(event, -_WHEEL_ROWS)

    def _scroll(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        self.model.view.scroll_to(self.model.shown, self.model.view.top + rows)
        self.repaint()

    # ---- the filter --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is the tree's only while a filter is on."""
        return action != "clear_filter" or self._filtering

    def typing_keys(self) -> Keys:
        """While the filter is typed."""
        typing = self._filter_input is not None and self._filter_input.has_focus
        return [("⏎", "keep the filter"), ("Tab", "next pane"), ("Esc", "all files")] if typing else []

    @property
    def _filtering(self) -> bool:
        return self._filter_input is not None and self._filter_input.display

    def action_filter(self) -> None:
        """Show the line to type a filter in; typing goes there until Enter or Escape."""
        if self._filter_input is None:
            from textual.widgets import Input  # heavy, and most sessions never filter

            self._filter_input = Input(placeholder="words of a path", compact=True, select_on_focus=False)
            self._filter_input.cursor_blink = False
            self.mount(self._filter_input)
        self._filter_input.display = True
        self._filter_input.focus()

    def action_clear_filter(self) -> None:
        """Show all files again, folders open as they were."""
        assert self._filter_input is not None
        self._filter_input.display = False
        self._filter_input.value = ""
        self.model.filter("")
        self.focus()
        self.refresh_bindings()  # the focus may be where it was
        self.repaint()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.model.filter(event.value)
        self.repaint()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter; an empty one goes away."""
        event.stop()
        if event.value.strip():
            self.focus()
        else:
            self.action_clear_filter()
