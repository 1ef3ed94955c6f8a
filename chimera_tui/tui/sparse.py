"""Composes of the screen only what an update needs, and tells every widget its size.

For every update, be it of one cell, Textual asks every visible widget for all its lines and cuts them all. While
agents write that is a third of what the viewer does. Here only widgets under the cells that are drawn are asked,
and only for those rows. It overrides a part of Textual without a public face, so it is off for untested versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TypeAlias

from textual._compositor import ChopsUpdate, Compositor, ReflowResult
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from chimera_tui.tui.textual_version import TESTED_VERSIONS

Chops: TypeAlias = list[dict[int, Strip | None]]
"""For each row the strips by the column where they begin, as Textual has them; None where nothing is drawn."""


def sparse_compositor(textual_version: str) -> Compositor:
    """The compositor for a screen on which much changes: Textual's own for versions that are not known."""
    return SparseCompositor() if textual_version in TESTED_VERSIONS else Compositor()


class SparseCompositor(Compositor):
    """Textual's compositor; partial updates hold the same cells for less work."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[Widget, Size] = {}
        """The widgets of the last layout with their sizes."""

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """As Textual's, which forgets a widget whose place was asked for between its mounting and the layout: it
        is never told its size, and a pane that was not told its size stays empty."""
        hidden, _, _ = super().reflow(parent, size)
        before = self._told
        self._told = {widget: geometry.region.size for widget, geometry in self._full_map.items()}
        shown = self._told.keys() - before.keys()
        resized = {widget for widget, now in self._told.items() if before.get(widget, now) != now}
        return ReflowResult(hidden, shown, resized)

    def render_partial_update(self) -> ChopsUpdate | None:
        regions = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not regions:
            return None
        spans = list(self._regions_to_spans(regions))
        return ChopsUpdate(self._chops_of(spans), spans, [cuts[1:] for cuts in self.cuts])

    def _chops_of(self, spans: Iterable[tuple[int, int, int]]) -> Chops:
        """The strips of these (row, first column, column behind the last); what lies in front hides the rest."""
        cuts = self.cuts
        chops: Chops = [{} for _ in cuts]
        wanted: dict[int, set[int]] = {}
        for y, start, end in spans:
            row = cuts[y]
            chops[y] = chops[y] or dict.fromkeys(row[:-1])
            open_cuts = wanted.setdefault(y, set())
            open_cuts.update(cut for cut, behind in pairwise(row) if cut < end and behind > start)
        for widget, (region, clip) in self.visible_widgets.items():
            if not wanted:
                break
            seen = region.intersection(clip)
            rows = _rows_under(seen, wanted)
            if not rows:
                continue
            first, last = rows[0], rows[-1]
            crop = Region(seen.x - region.x, first - region.y, seen.width, last - first + 1)
            strips = widget.render_lines(crop)
            for y in rows:
                _put(chops[y], strips[y - first], seen, cuts[y])
                wanted[y].difference_update([cut for cut in wanted[y] if chops[y][cut] is not None])
                if not wanted[y]:
                    del wanted[y]
        return chops


def _rows_under(seen: Region, wanted: Mapping[int, set[int]]) -> list[int]:
    """The rows, from the top, in which the widget may show something that is still wanted."""
    start, end = seen.column_span
    top, bottom = seen.line_span
    return sorted(y for y, cuts in wanted.items() if top <= y < bottom and any(start <= cut < end for cut in cuts))


def _put(chops: dict[int, Strip | None], strip: Strip, seen: Region, row: list[int]) -> None:
    """Cut the strip where the row is cut; what lies in front is there already and stays."""
    start, end = seen.column_span
    cuts = [cut for cut in row if start <= cut <= end]
    whole = len(cuts) == 2 and strip.cell_length == cuts[1] - start
    parts = [strip] if whole else strip.divide([cut - start for cut in cuts[1:]])
    for cut, part in zip(cuts, parts, strict=False):
        if chops[cut] is None:
            chops[cut] = part
