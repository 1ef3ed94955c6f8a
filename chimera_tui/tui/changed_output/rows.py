"""What a row of the terminal shows, as two strings of one character a cell, and where two rows differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.color import ColorSystem
from textual.strip import Strip

from chimera_tui.tui.changed_output.styles import PLAIN, Styles

UNKNOWN = "\0"
"""Text of a cell of which we do not know what the terminal shows: it differs from every text."""
ODD = "\1"
"""Text of a cell in a part that holds more than single cells; it differs from every text."""
_ONE_CELL = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u024f\u0391-\u03a9\u03b1-\u03c9\u0410-\u044f\u2010-\u2015\u2018-\u2027\u2030-\u203a"
    "\u2070-\u208e\u20ac\u2190-\u2193\u2200-\u22ff\u2500-\u25fc\u2713\u2717\u27f3\u2800-\u28ff]*"
)
"""Letters, punctuation, lines, blocks, Braille: one code point, one cell, in every terminal."""
_CHUNK = 12
_SHORT_GAP = 4
"""So many unchanged cells are as cheap to write again as to skip."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Neighbouring cells; both strings are as long as there are cells."""

    text: str
    keys: str

    def __len__(self) -> int:
        return len(self.text)

    def put(self, x: int, part: Cells) -> Cells:
        """With `part` from column `x` on."""
        end = x + len(part)
        return Cells(self.text[:x] + part.text + self.text[end:], self.keys[:x] + part.keys + self.keys[end:])

    @property
    def odd(self) -> bool:
        return ODD in self.text


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a row as Textual would write it."""

    x: int
    strip: Strip


def filled(mark: str, width: int) -> Cells:
    return Cells(mark * width, PLAIN * width)


def cells_of(strip: Strip, styles: Styles, color_system: ColorSystem) -> Cells | None:
    """The strip's cells; None if it holds anything but characters of one cell in plain styles.

    Wide, combining and joined characters are not the same width everywhere, text that runs from right to left
    may be reordered, a link belongs to its whole text.
    """
    keys = []
    texts = []
    for text, style, control in strip:
        key = styles.key(style, color_system)
        if key is None or control:
            return None
        texts.append(text)
        keys.append(key * len(text))
    whole = "".join(texts)
    if not (whole.isascii() and whole.isprintable()) and _ONE_CELL.fullmatch(whole) is None:
        return None
    return Cells(whole, "".join(keys))


def changed_spans(before: Cells, after: Cells) -> Iterator[tuple[int, int]]:
    """Where the rows differ, from and to; gaps that are not worth a movement are part of a span."""
    if not before.text.strip(UNKNOWN) and UNKNOWN not in after.text:
        yield 0, len(after)
        return
    start = end = -1
    for x in _differing(before, after):
        if start < 0:
            start = x
        elif not (x == end or _is_bridge(after, end, x)):
            yield start, end
            start = x
        end = x + 1
    if start >= 0:
        yield start, end


def _differing(before: Cells, after: Cells) -> Iterator[int]:
    """The columns that differ; most do not, so they are looked at by the dozen first."""
    old_text, old_keys, text, keys = before.text, before.keys, after.text, after.keys
    for x in range(0, len(text), _CHUNK):
        end = x + _CHUNK
        if old_text[x:end] != text[x:end] or old_keys[x:end] != keys[x:end]:
            for column in range(x, min(end, len(text))):
                if old_text[column] != text[column] or old_keys[column] != keys[column]:
                    yield column


def _is_bridge(row: Cells, start: int, end: int) -> bool:
    """Whether the unchanged cells between two changed ones are known, few, and in the style of both."""
    around = row.keys[start - 1 : end + 1]
    return end - start <= _SHORT_GAP and UNKNOWN not in row.text[start:end] and around == around[0] * len(around)


def after_odd(row: Cells, pieces: Sequence[tuple[int, int, Cells | None]], *, moved: bool) -> Cells:
    """What is known of a row once odd pieces, (x, width, cells if plain), were written as they are.

    An odd piece may end elsewhere than Textual thinks, so what is right of it is unknown until it is written
    again; without a movement before each piece (not `moved`) even that is written elsewhere.
    """
    width = len(row)
    seen = False
    for x, size, cells in pieces:
        if cells is None:
            seen = True
            row = row.put(x, filled(ODD, min(size, width - x)))
            row = row.put(min(x + size, width), filled(UNKNOWN, max(0, width - x - size)))
        elif moved or not seen:
            row = row.put(x, cells)
    return row
