"""Text in the cells of a terminal; numbers as every other output writes them."""

from __future__ import annotations

from rich.cells import cell_len, get_character_cell_size

from chimera_tui.domain.formatting import MISSING, age, count, duration, percent, rate, sig3, size, utc

__all__ = ["MISSING", "age", "count", "crop", "duration", "percent", "rate", "sig3", "size", "utc"]

_CHARACTERS_PER_CELL = 8
"""Beyond this many a text is combining marks without end: it is cut even though it would fit."""


def crop(text: str, width: int) -> str:
    """The text in at most `width` terminal cells, ending in `…` when something had to go."""
    if len(text) <= width and text.isascii():
        return text
    if width <= 0:
        return ""
    if text.isascii():
        return text[: width - 1] + "…"
    if len(text) <= 2 * width and cell_len(text) <= width:
        return text
    used = 0
    most = _CHARACTERS_PER_CELL * width
    for index, character in enumerate(text[:most]):
        used += get_character_cell_size(character)
        if used > width - 1:
            return text[:index] + "…"
    return text if len(text) <= most else text[:most] + "…"
