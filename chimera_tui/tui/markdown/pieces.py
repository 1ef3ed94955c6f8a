"""Which part of the source became which lines, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chimera_tui.tui.markdown.lines import Span

_MARKUP = 32
"""Characters that a line may have in the source beside twice those that are shown."""


class Mark(NamedTuple):
    """Where a piece begins."""

    line: int
    offset: int
    """In the source."""
    lead: int = 0
    """So many characters before it may be shown on its first line: the one before ended within a line."""


class Piece(NamedTuple):
    """Lines, and the part of the record that they were made of."""

    first: int
    end: int
    """Line behind the last one."""
    start: int
    """Offset in the record."""
    stop: int
    lead: int = 0
    """As in `Mark`."""


def lead_of(piece: str, unfinished: Iterable[Span]) -> int:
    """How much of a piece's source its unfinished last line may be made of."""
    shown = sum(len(text) for text, _ in unfinished)
    return min(len(piece), 2 * shown + _MARKUP) if shown else 0
