"""One agent's text while it is written: Markdown line by line, at a cost that does not grow with what is there."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from chimera_tui.tui.driver import is_answering
from chimera_tui.tui.markdown.lines import EMPTY, STYLES, Line, clean
from chimera_tui.tui.markdown.live_text import Change, LiveText
from chimera_tui.tui.markdown.transcript import Kind
from chimera_tui.tui.markdown.viewport import Viewport
from chimera_tui.tui.markdown.wrap import wrap
from chimera_tui.tui.output import output_is_behind, regions
from chimera_tui.tui.pace import Pace
from chimera_tui.tui.timing import once
from chimera_tui.tui.widgets.bare import BareWidget

_WARM_UP_S = 0.3
"""After the first frame, before anyone can have started a run."""
_WHEEL_LINES = 3
_THUMB = "▐"
_CLASS = "live-pane--"


class LivePane(BareWidget, can_focus=True):
    """Follows the tail until the reader scrolls up; End follows again. Redraws at most `fps` times a second."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"{_CLASS}{name.replace('_', '-')}" for name in (*STYLES, "placeholder", "more", "thumb")
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Line up", id="pane.up", show=False),
        Binding("down,j", "move(1)", "Line down", id="pane.down", show=False),
        Binding("pageup", "move_pages(-1)", "Page up", id="pane.page_up", show=False),
        Binding("pagedown", "move_pages(1)", "Page down", id="pane.page_down", show=False),
        Binding("ctrl+u", "move_pages(-0.5)", "Half a page up", id="pane.half_up", show=False),
        Binding("ctrl+d", "move_pages(0.5)", "Half a page down", id="pane.half_down", show=False),
        Binding("home,ctrl+home", "top", "Beginning", id="pane.top", show=False),
        Binding("end,ctrl+end", "follow", "Follow the text", id="pane.follow", show=False),
    ]

    placeholder: reactive[str] = reactive("")
    """Shown while nothing was fed."""

    class FollowChanged(Message):
        """The reader left the tail of the text, or came back to it."""

        def __init__(self, pane: LivePane, following: bool) -> None:
            super().__init__()
            self.pane = pane
            self.following = following

        @property
        def control(self) -> LivePane:
            return self.pane

    def __init__(
        self, placeholder: str = "", *, fps: float = 10.0, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(LivePane.placeholder, placeholder)
        self._text = LiveText()
        self._viewport = Viewport()
        self._has_news = False  # text has arrived since the reader left the tail
        self._pace = Pace(self, self._make_ready, self._draw, fps=fps)
        self._is_whole = True  # all that has come is laid out
        self._chars_undrawn = 0
        self._styles_by_name: dict[str, Style] = {}
        self._width = 0
        self._foot = 0  # rows at the bottom that show no text
        self._has_new_marks = False

    # ---- what others use -----------------------------------------------------------------------------

    def feed(self, text: str) -> None:
        """Take a piece of the answer's Markdown; it is seen with the next redraw."""
        self._add("answer", text)

    def feed_thinking(self, text: str) -> None:
        """Take a piece of what the model thinks: dim, in a block of its own."""
        self._add("thinking", text)

    def begin_section(self, title: str) -> None:
        """Close what is open and put a rule with a label."""
        self._add("section", title or " ")

    def finish(self) -> None:
        """Nothing more belongs to the open block; a later text begins a new one."""
        if self._text:
            self._add("end", "\n")
            self._pace.hurry()
            self._viewport.full_page = True

    def reset(self) -> None:
        """Forget everything and follow again."""
        if not self._text:
            return
        was_following = self.following
        self._text, self._viewport = LiveText(), Viewport()
        self._tell(was_following)
        self._lay_out()

    @property
    def source(self) -> str:
        """The Markdown of all answers, without thinking and section titles."""
        return self._text.answer

    @property
    def line_count(self) -> int:
        """Lines as of the last redraw."""
        return self._text.line_count

    @property
    def following(self) -> bool:
        return self._viewport.following

    # ---- redraws -------------------------------------------------------------------------------------

    def _add(self, kind: Kind, text: str) -> None:
        if not text:
            return
        if not self._text:
            self.refresh()
        self._text.add(kind, text)
        self._chars_undrawn += len(text)
        self._viewport.full_page = False
        self._has_news = not self.following
        if self._text.is_laid_out:
            self._pace.ask()

    def _make_ready(self) -> None:
        """Lay out a slice, unless a key waits for its answer."""
        self._is_whole = self._text.take_slice(lambda: is_answering(self.app._driver))

    def _draw(self) -> None:
        """Paint when it is time and the terminal keeps up; go on while there is more to do."""
        if self._pace.begin(chars=self._chars_undrawn, width=self._width, is_whole=self._is_whole):
            self._chars_undrawn = 0
            if not output_is_behind(self.app._driver):
                if self._text.has_unshown:
                    self._paint()
                self._paint_marks()
        if not self._is_whole:
            self._pace.call_again()
        elif self._text.has_unshown or self._has_new_marks:
            self._pace.ask()

    def _paint_marks(self) -> None:
        """Refresh the rows that got marks since they were drawn."""

    def _paint(self) -> Change:
        """Refresh the rows whose lines have changed; all of them when the text has moved."""
        view = self._viewport
        top, thumb, more = view.top, view.thumb, self._more()
        change = self._text.show(top, view.height)
        view.top = change.top
        view.resize(self.size.height - self._foot, self.line_count)
        if change.whole or view.top != top:
            self.refresh()
            return change
        rows = {index - top for index in change.lines}
        if thumb != view.thumb:
            rows.update(row for row in (thumb, view.thumb) if row is not None)
        if more != self._more():
            rows.add(view.height - 1)
        if rows:
            self.refresh(*regions(sorted(rows), self._width))
        return change

    def _lay_out(self) -> None:
        """Fit to the widget's size. A short text is laid out at once, a long one in slices."""
        self._width = self.size.width
        if not self.size:
            return
        self._text.set_width(max(1, self._width - 1))
        if not self._text.take_slice():
            self._pace.call_again()
        if self._text.has_unshown:
            self._paint()
        self._set_foot(self._foot)

    def _set_foot(self, rows: int) -> None:
        self._foot = rows
        self._viewport.resize(self.size.height - rows, self.line_count)
        self.refresh()

    def on_mount(self) -> None:
        once(self, _WARM_UP_S, self._text.warm_up)

    def on_resize(self) -> None:
        self._lay_out()

    def watch_placeholder(self) -> None:
        if not self._text:
            self.refresh()

    # ---- rows ----------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One strip a row, made whole: Textual gives each strip seven caches, which cost more than the row."""
        width = self._width
        if not self._text:
            return Strip(self._segments(self._placeholder_line(y, width), width), width)
        segments = self._segments(self._line(self._viewport.top + y), width - 1)
        more = self._more() if y == self._viewport.height - 1 else ""
        if more:
            row = Strip(segments, width - 1).crop(0, width - 1 - len(more))
            segments = [*row, Segment(more, self._style("more"))]
        segments.append(self._edge(y))
        return Strip(segments, width)

    def _edge(self, y: int) -> Segment:
        """The last cell of a row."""
        at_thumb = y == self._viewport.thumb
        return Segment(_THUMB, self._style("thumb")) if at_thumb else Segment(" ", self._style(""))

    def _line(self, index: int) -> Line:
        return self._text.line(index)

    def _placeholder_line(self, y: int, width: int) -> Line:
        rows = wrap([(clean(self.placeholder), "placeholder")], width)
        row = y - (self.size.height - len(rows)) // 2
        if not 0 <= row < len(rows):
            return EMPTY
        line = Line(rows[row])
        return Line(((" " * ((width - line.cells) // 2), ""), *line.spans))

    def _more(self) -> str:
        """How much the reader does not see below, in words, once text has arrived there."""
        below = self._viewport.below
        if self.following or not self._has_news or not below:
            return ""
        texts = (f" ▼ {below} line{'s' if below != 1 else ''} ", f"▼ {below}", "▼")
        return next((text for text in texts if len(text) < self._width), "")

    def _segments(self, line: Line, width: int) -> list[Segment]:
        """The line, filled or cut to the width."""
        segments = [Segment(text, self._style(style)) for text, style in line.spans]
        cells = line.cells
        if cells < width:
            segments.append(Segment(" " * (width - cells), self._style(line.fill)))
        return list(Strip(segments, cells).crop(0, width)) if cells > width else segments

    def _style(self, names: str) -> Style:
        """The look of a span in this theme."""
        style = self._styles_by_name.get(names)
        if style is None:
            style = self.rich_style
            for name in names.split():
                style += self.get_component_rich_style(_CLASS + name.replace("_", "-"), partial=True)
            self._styles_by_name[names] = style
        return style

    def notify_style_update(self) -> None:
        self._styles_by_name.clear()
        super().notify_style_update()

    # ---- the reader ----------------------------------------------------------------------------------

    def action_move(self, lines: int) -> None:
        """Scroll; upwards ends following."""
        was_following = self.following
        if self._viewport.move(lines):
            self._tell(was_following)
            self.refresh()

    def action_move_pages(self, pages: float) -> None:
        self.action_move(round(pages * max(1, self.size.height - 1)))

    def action_top(self) -> None:
        self.action_move(-self.line_count)

    def action_follow(self) -> None:
        """To the end of the text, and along with it."""
        was_following = self.following
        self._viewport.follow()
        self._tell(was_following)
        self.refresh()

    def _tell(self, was_following: bool) -> None:
        if self.following != was_following:
            self._has_news = False
            self.post_message(self.FollowChanged(self, self.following))

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-_WHEEL_LINES)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(_WHEEL_LINES)
