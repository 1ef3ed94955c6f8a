"""What the heat map of a campaign shows, and where each of its cells stands on the screen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.cells import cell_len

from chimera_tui.domain.campaign import Cell
from chimera_tui.tui.campaign_picture import CampaignPicture, MapAxes, Slice
from chimera_tui.tui.campaign_words import Measure, value_words

_LEAST_CELL, _WIDEST_CELL = 8, 16
_NUMBER, _FRAME = 5, 4
"""Cells of a number, and of what stands around it: bracket, mark, space, bracket."""
_WIDEST_LABEL = 20
_TALLEST_CELL = 3


@dataclass(frozen=True, slots=True)
class MapView:
    """What the map shows of a campaign. Rows count on through the parts, if an axis is stacked."""

    picture: CampaignPicture
    measure: Measure
    axes: MapAxes
    place: int
    """Of the cell under the cursor."""

    @property
    def across(self) -> tuple[str, ...]:
        return self.picture.steps[self.axes.across]

    @property
    def down(self) -> tuple[str, ...]:
        return self.picture.steps[self.axes.down]

    @property
    def parts(self) -> tuple[str, ...]:
        """The values of the axis that is stacked; one, empty, without one."""
        return self.picture.steps[self.axes.stacked]

    @property
    def rows(self) -> int:
        return len(self.parts) * len(self.down)

    @property
    def slice(self) -> Slice:
        return self.picture.slice(self.axes, self.place)

    @property
    def here(self) -> tuple[int, int]:
        """(column, row) of the cell under the cursor."""
        across, down, part = self.picture.at(self.axes, self.place)
        row = self.parts.index(part) * len(self.down) + self.down.index(down)
        return self.across.index(across), row

    def cell(self, column: int, row: int) -> Cell | None:
        """None where the campaign has none: it was excluded, or is the same in effect as another."""
        part, down = divmod(row, len(self.down))
        return self.slice.get((self.across[column], self.down[down], self.parts[part]))

    def neighbour(self, columns: int, rows: int) -> Cell | None:
        """The next cell in a direction, over gaps; None at the edge."""
        column, row = self.here
        while True:
            column, row = column + columns, row + rows
            if not (0 <= column < len(self.across) and 0 <= row < self.rows):
                return None
            if (cell := self.cell(column, row)) is not None:
                return cell


@dataclass(frozen=True, slots=True)
class Geometry:
    """Which part of the grid is on the screen and where."""

    top: int
    """Line of the first row, or of the first part's title."""
    label: int
    """Cells before the first column."""
    cell: tuple[int, int]
    """Width and height of one."""
    columns: range
    """Those that can be seen."""
    rows: range
    part: int
    """Rows of each part that has a title; 0 when there are no parts."""

    def at(self, x: int, y: int) -> tuple[int, int] | None:
        """(column, row) of the cell at a place on the screen."""
        wide, tall = self.cell
        column, line = (x - self.label) // wide, y - self.top
        if self.part:
            part, line = divmod(line, 1 + self.part * tall)
            row = part * self.part + (line - 1) // tall if line else -1
        else:
            row = line // tall
        if not (0 <= column < len(self.columns) and 0 <= row < len(self.rows)):
            return None
        return self.columns[column], self.rows[row]


def stacked(view: MapView, height: int) -> MapView:
    """With all values of one more axis below each other, if so many lines hold them: then nothing moves while the
    cursor walks through them."""
    axes = view.axes
    others = [axis for axis in view.picture.axes if axis not in (axes.across, axes.down)]
    if not (others and axes.down):
        return view
    shortest = min(others, key=lambda axis: len(view.picture.steps[axis]))
    wider = replace(view, axes=replace(axes, stacked=shortest))
    needed = len(wider.parts) * (1 + len(wider.down))
    return wider if needed <= height - _top(wider) else view


def geometry(view: MapView, width: int, height: int) -> Geometry:
    """As large as there is room for, around the cell under the cursor; `height` without the legend."""
    labels = [value_words(value) for value in view.down] if view.axes.down else [""]
    named = cell_len(f"{value_words(view.axes.down)} ↓") if view.axes.down else 0
    label = min(_WIDEST_LABEL, max(named, *map(cell_len, labels))) + 2
    column = view.picture.column(view.measure)
    number = max(_NUMBER, *(cell_len(column.scale.text(mean)) for mean in (column.low, column.high)))
    titles = max(cell_len(value_words(value)) for value in view.across)
    least = max(_LEAST_CELL, number + _FRAME, min(titles + 2, _WIDEST_CELL))
    room = max(least, width - label)
    seen = max(1, min(len(view.across), room // least))
    wide = max(least, min(_WIDEST_CELL, room // seen))
    top, here = _top(view), view.here
    lines = max(1, height - top - (len(view.parts) if view.axes.stacked else 0))
    tall = max(1, min(_TALLEST_CELL, lines // view.rows))
    return Geometry(
        top,
        label,
        (wide, tall),
        _around(here[0], seen, len(view.across)),
        _around(here[1], min(view.rows, lines // tall), view.rows),
        len(view.down) if view.axes.stacked else 0,
    )


def _top(view: MapView) -> int:
    """Lines of the title, of what is fixed, and of the names and values across."""
    return 4 if view.picture.fixed(view.axes, view.place) else 3


def _around(here: int, seen: int, of: int) -> range:
    first = max(0, min(here - seen // 2, of - seen))
    return range(first, min(of, first + max(1, seen)))
