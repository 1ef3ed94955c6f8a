"""The lines a pane shows of a growing text: what changed since they were last shown, a new width in slices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chimera_tui.tui.markdown.lines import EMPTY, Line
from chimera_tui.tui.markdown.pieces import Mark, Piece
from chimera_tui.tui.markdown.sources import Sources
from chimera_tui.tui.markdown.transcript import Kind, Record, Transcript
from chimera_tui.tui.markdown.tree import Parser

SLICE_CHARS, LARGE_SLICE_CHARS = 1_024, 2_048
"""Text that becomes lines in one go; the event loop is served between two slices. Large ones are for text that
streams in faster than it can be read; several are taken then, and `has_to_stop` is asked between them."""
_LARGE_SLICES = 2
_FLOOD_CHARS = 16_384
"""More than that waits only when a whole text is taken in at once; the reader may scroll meanwhile."""


@dataclass(frozen=True, slots=True)
class Change:
    """What `LiveText.show` did: every line when `whole`, else those in `lines`."""

    whole: bool
    top: int
    """Where the line that was on top is now."""
    lines: tuple[int, ...] = ()


class LiveText:
    """A record, laid out for one width. What is shown changes in `show` only, however much has been taken in."""

    def __init__(self) -> None:
        self._record = Record()
        self._parser = Parser()
        self._view: Transcript | None = None
        self._next: Transcript | None = None
        """For a new width; it takes the place of `_view` once it has caught up."""
        self._settled = 0
        self._tail: list[Line] = []
        self._tail_mark = Mark(0, 0)
        self._shown_chars = 0
        """So much of the record is shown."""
        self._is_after_return = False
        self.has_unshown = False

    def __bool__(self) -> bool:
        return bool(self._record)

    @property
    def answer(self) -> str:
        return self._record.answer

    @property
    def line_count(self) -> int:
        return self._settled + len(self._tail)

    @property
    def settled_count(self) -> int:
        """Lines from the first on that never change at this width."""
        return self._settled

    @property
    def is_laid_out(self) -> bool:
        """Whether a width is known."""
        return self._view is not None

    def warm_up(self) -> None:
        """Have the parser ready before text comes."""
        self._parser.warm_up()

    @property
    def sources(self) -> Sources:
        """The texts in the record."""
        return self._record.sources

    def add(self, kind: Kind, text: str) -> None:
        """Lines end with a line feed from here on, so that an offset means one place in record, text and lines."""
        if "\r" in text or self._is_after_return:
            was_return, self._is_after_return = self._is_after_return, text.endswith("\r")
            text = text.removeprefix("\n") if was_return else text
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if text:
            self._record.add(kind, text)

    def line(self, index: int) -> Line:
        """A line as it was last shown; an empty one past the end."""
        if self._view is not None and 0 <= index < self._settled:
            return self._view.lines[index]
        return _line_at(self._tail, index - self._settled)

    def piece_with(self, line: int) -> Piece | None:
        """The piece of Markdown that a shown line was made of, or stands behind."""
        if self._view is None or not 0 <= line < self.line_count:
            return None
        return self._tail_piece if line >= self._settled else self._view.settled_piece(line)

    def piece_at(self, offset: int) -> Piece | None:
        """The piece in which an offset of the record lies, once that is shown."""
        if self._view is None or offset >= self._shown_chars:
            return None
        return self._tail_piece if offset >= self._tail_mark.offset else self._view.settled_piece_at(offset)

    @property
    def _tail_piece(self) -> Piece:
        mark = self._tail_mark
        return Piece(mark.line, self.line_count, mark.offset, self._shown_chars, mark.lead)

    def source_of(self, piece: Piece) -> str:
        """Its Markdown, and before it what may be shown on its first line."""
        return self._record.text(piece.start - piece.lead, piece.stop)

    def set_width(self, width: int) -> None:
        """Lay out anew unless the lines are for this width; the old lines stay until the new ones are complete."""
        current = self._next or self._view
        if current is not None and current.width == width:
            return
        view = Transcript(width, self._parser)
        if self._view is None:
            self._view = view
        else:
            self._next = view
            self.has_unshown = False

    def take_slice(self, has_to_stop: Callable[[], bool] = lambda: False) -> bool:
        """Bring the lines nearer to the record; True when nothing is left to do. `has_to_stop` is asked before
        each slice, also before the first."""
        target = self._next or self._view
        if target is None:
            return True
        waiting = self._record.chars - target.taken_chars
        large = SLICE_CHARS < waiting <= _FLOOD_CHARS and self._next is None
        caught_up = False
        for _ in range(_LARGE_SLICES if large else 1):
            if caught_up or has_to_stop():
                break
            caught_up = target.follow(self._record, LARGE_SLICE_CHARS if large else SLICE_CHARS)
        if caught_up or self._next is None:
            self.has_unshown = True
        return caught_up

    def show(self, top: int, height: int) -> Change:
        """Show what has been taken in; `top` and `height` say which lines are on the screen."""
        self.has_unshown = False
        if self._view is None:
            return Change(False, top)
        if self._next is not None:
            top = self._next.line_of(self._view.anchor(top))
            self._view, self._next = self._next, None
            self._take_lines(self._view)
            return Change(True, top)
        first, before = self._settled, self._tail
        self._take_lines(self._view)
        end = min(max(first + len(before), self.line_count), top + height)
        lines = range(max(first, top), end)
        return Change(False, top, tuple(i for i in lines if _line_at(before, i - first) != self.line(i)))

    def _take_lines(self, view: Transcript) -> None:
        self._settled, self._tail = len(view.lines), view.open_lines()
        self._tail_mark, self._shown_chars = view.open_mark, view.taken_chars


def _line_at(lines: list[Line], index: int) -> Line:
    return lines[index] if 0 <= index < len(lines) else EMPTY
