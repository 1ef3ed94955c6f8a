"""Greedy wrapping of styled spans by terminal cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len, split_graphemes

from chimera_tui.tui.markdown.lines import Span

BREAK: Span = ("\n", "")
"""A hard line break inside a run of spans."""

_PIECES = re.compile(r"\n| +|[^ \n]+")
_STAYS_BEHIND = frozenset("、。，．・：；？！）］｝〕〉》」』】〙〗ー…")
"""Wide characters that may not begin a line."""


def chop(text: str, first: int, width: int) -> Iterator[tuple[str, int]]:
    """Cut text into (piece, cells): room for `first` cells in the first piece, for `width` in the others.

    With no room at all the first piece is empty.

    A character wider than `width` is replaced by `?`, so that no piece is ever too wide.
    """
    room = first
    if text.isascii():
        start = 0
        while start < len(text):
            yield text[start : start + room], min(room, len(text) - start)
            start, room = start + room, width
        return
    piece_start = used = 0
    shown = text
    graphemes, _ = split_graphemes(text)
    if any(cells > width for _, _, cells in graphemes):
        shown = "".join("?" if cells > width else text[start:end] for start, end, cells in graphemes)
        graphemes, _ = split_graphemes(shown)
    for start, _end, cells in graphemes:
        if used + cells > room:
            yield shown[piece_start:start], used
            piece_start, used, room = start, 0, width
        used += cells
    yield shown[piece_start:], used


def wrap(spans: Iterable[Span], width: int) -> list[tuple[Span, ...]]:
    """Lines of at most `width` cells; runs of spaces at a break vanish, words that are too long are cut."""
    wrapper = _Wrapper(max(1, width))
    for text, style in spans:
        wrapper.add(text, style)
    return wrapper.finish()


def fold(spans: Iterable[Span], width: int) -> list[tuple[Span, ...]]:
    """Lines filled to the last cell, spaces kept: for code."""
    wrapper = _Wrapper(max(1, width))
    for span in spans:
        wrapper.put_chopped(*span)
    return wrapper.finish()


class _Wrapper:
    """The line being filled and the word that may still grow across spans."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[tuple[Span, ...]] = []
        self._line: list[Span] = []
        self._used = 0
        self._word: list[tuple[str, str, int]] = []
        self._word_cells = 0
        self._space: Span | None = None
        self._may_break = False
        """The word ends in a wide character, after which a break is allowed."""

    def add(self, text: str, style: str) -> None:
        for piece in _PIECES.findall(text):
            if piece[0] == " ":
                self._end_word()
                self._space = (piece, style)
            elif piece == "\n":
                self._end_word()
                self._new_line()
            elif piece.isascii() or cell_len(piece) == len(piece):
                self._grow(piece, style, len(piece))
            else:
                self._add_wide(piece, style)

    def finish(self) -> list[tuple[Span, ...]]:
        self._end_word()
        if self._line:
            self._new_line()
        return self._lines

    def put_chopped(self, text: str, style: str) -> None:
        for index, (piece, cells) in enumerate(chop(text, self._width - self._used, self._width)):
            if index:
                self._new_line()
            if piece:
                self._put(piece, style, cells)

    def _add_wide(self, piece: str, style: str) -> None:
        graphemes, _ = split_graphemes(piece)
        narrow_from = 0
        for start, end, cells in graphemes:
            if cells < 2:
                continue
            if narrow_from < start:
                self._grow_after_wide(piece[narrow_from:start], style)
            if self._word and piece[start] not in _STAYS_BEHIND:
                self._end_word()
            self._grow(piece[start:end], style, cells)
            self._may_break, narrow_from = True, end
        if narrow_from < len(piece):
            self._grow_after_wide(piece[narrow_from:], style)

    def _grow_after_wide(self, text: str, style: str) -> None:
        self._grow(text, style, cell_len(text))

    def _grow(self, text: str, style: str, cells: int) -> None:
        if self._may_break and text[0] not in _STAYS_BEHIND:
            self._end_word()
        self._word.append((text, style, cells))
        self._word_cells += cells

    def _end_word(self) -> None:
        self._may_break = False
        if not self._word:
            return
        gap = len(self._space[0]) if self._space is not None and self._line else 0
        if self._line and self._used + gap + self._word_cells > self._width:
            self._new_line()
        elif gap and self._space is not None:
            self._put(*self._space, gap)
        fits = self._word_cells <= self._width
        for text, style, cells in self._word:
            if fits:
                self._put(text, style, cells)
            else:
                self.put_chopped(text, style)
        self._space = None
        self._word.clear()
        self._word_cells = 0

    def _put(self, text: str, style: str, cells: int) -> None:
        if self._line and self._line[-1][1] == style:
            self._line[-1] = (self._line[-1][0] + text, style)
        else:
            self._line.append((text, style))
        self._used += cells

    def _new_line(self) -> None:
        self._lines.append(tuple(self._line))
        self._line.clear()
        self._used = 0
        self._space = None
