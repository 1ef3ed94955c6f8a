"""Widgets that cost nothing while they stand still."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Steady(Widget):
    """Gives Textual the same strips again where nothing changed.

    For every update of the screen, be it of one cell, Textual asks each visible widget for all its lines and walks
    through them: with a dozen widgets that took as long as drawing what had changed. Looks into Textual's cache of
    lines; where that looks different, Textual's own way is taken.
    """

    _kept: tuple[Region, list[Strip]] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        kept = self._kept
        if kept is not None and kept[0] == crop and self._stands_still(crop):
            return kept[1]
        strips = super().render_lines(crop)
        self._kept = (crop, strips)
        return strips

    def _stands_still(self, crop: Region) -> bool:
        """No line is dirty, and none has been forgotten, as all are when size or style change."""
        cache = self._styles_cache
        known = getattr(cache, "_cache", {})
        return not getattr(cache, "_dirty_lines", True) and all(y in known for y in crop.line_range)
