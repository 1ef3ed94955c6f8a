"""Cells as bytes: short movements, styles only where they change, blanks erased instead of written."""

from __future__ import annotations

import re

from chimera_tui.tui.changed_output.rows import Cells
from chimera_tui.tui.changed_output.styles import PLAIN, Styles

_BLANKS = re.compile(" {5,}")
_WORTH_ERASING = 10
"""So many blanks cost more than erasing them and moving over them."""


class Encoder:
    """One update: begins and ends in no style, wherever the cursor is."""

    def __init__(self, styles: Styles, width: int, *, erases: bool) -> None:
        self._styles = styles
        self._width = width
        self._erases = erases
        self._key = PLAIN
        self._x = self._y = -1
        """-1 while the cursor's place is not known."""
        self._parts: list[str] = []

    def finish(self) -> str:
        self._parts.append(self._styles.change(self._key, PLAIN))
        return "".join(self._parts)

    def as_it_is(self, x: int, y: int, sequence: str) -> None:
        """A sequence that begins and ends in no style and may leave the cursor anywhere."""
        self._style(PLAIN)
        self._x = -1
        self._move(x, y)
        self._parts.append(sequence)
        self._x = -1

    def cells(self, y: int, row: Cells, start: int, end: int) -> None:
        """Columns `start` to `end` (exclusive) of the row."""
        while start < end:
            key = row.keys[start]
            stop = end - len(row.keys[start:end].lstrip(key))
            self._run(y, start, row.text[start:stop], key, last=stop == end)
            start = stop

    def _run(self, y: int, x: int, text: str, key: str, *, last: bool) -> None:
        """Text in one style; `last` when nothing follows it at once."""
        written = 0
        if self._erases and "     " in text and self._styles.blank_is_erased(key):
            for blanks in _BLANKS.finditer(text):
                at_end = last and blanks.end() == len(text)
                if not at_end and len(blanks[0]) < _WORTH_ERASING:
                    continue
                self._text(y, x + written, text[written : blanks.start()], key)
                self._erase(y, x + blanks.start(), len(blanks[0]), key)
                written = blanks.end()
        self._text(y, x + written, text[written:], key)

    def _text(self, y: int, x: int, text: str, key: str) -> None:
        if text:
            self._move(x, y)
            self._style(key)
            self._parts.append(text)
            self._x = x + len(text)

    def _erase(self, y: int, x: int, count: int, key: str) -> None:
        self._move(x, y)
        self._style(key)
        self._parts.append("\x1b[K" if x + count == self._width else f"\x1b[{count}X")

    def _style(self, key: str) -> None:
        if key != self._key:
            self._parts.append(self._styles.change(self._key, key))
            self._key = key

    def _move(self, x: int, y: int) -> None:
        if y == self._y and 0 <= self._x <= x:
            steps = x - self._x
            if steps:
                self._parts.append(f"\x1b[{steps}C" if steps > 1 else "\x1b[C")
        else:
            self._parts.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        self._x, self._y = x, y
