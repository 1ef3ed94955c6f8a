"""Where the headings and sections of laid out text begin."""

from __future__ import annotations

from collections.abc import Callable

from chimera_tui.tui.markdown.lines import EMPTY, Line

_LEVELS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "section"))


def level_of(line: Line) -> str:
    """The style name of the heading or section that the line belongs to; empty when it belongs to none."""
    return next((name for _, style in line.spans for name in style.split() if name in _LEVELS), "")


def next_heading(line_at: Callable[[int], Line], line_count: int, start: int, direction: int) -> int | None:
    """The nearest line after `start` (before it, with direction -1) with which a heading or section begins."""
    index = start + direction
    while 0 <= index < line_count:
        level = level_of(line_at(index))
        if level and level != level_of(line_at(index - 1) if index else EMPTY):
            return index
        index += direction
    return None
