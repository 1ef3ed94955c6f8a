"""The cells of a campaign, one line each: how far each is, what it came to, which is the best."""

from __future__ import annotations

from chimera_tui.domain.campaign import Cell
from chimera_tui.tui.campaign_picture import CampaignPicture
from chimera_tui.tui.campaign_words import Measure
from chimera_tui.tui.widgets.campaign_columns import Layout, cell_line, layout_for, titles_line
from chimera_tui.tui.widgets.lines import Line
from chimera_tui.tui.widgets.row_list import RowList


class CampaignCells(RowList):
    """Give it the campaign with `tell`; the cursor stays on its cell."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._picture: CampaignPicture | None = None
        self._measure = Measure("decode rate", "")
        self._layout: tuple[int, Layout] | None = None
        """With the width that it was made for."""

    def tell(self, picture: CampaignPicture, measure: Measure) -> None:
        here = self.current
        if picture is not self._picture:
            self._picture, self._layout = picture, None
        self._measure = measure
        place = picture.place(here.cell_id) if here is not None else None
        self._cursor = self._cursor if place is None else place
        self.refill()

    @property
    def current(self) -> Cell | None:
        """The cell under the cursor; None while none is known."""
        if self._picture is None or not 0 <= self._cursor < len(self._picture.cells):
            return None
        return self._picture.cells[self._cursor]

    @property
    def count(self) -> int:
        return 0 if self._picture is None else len(self._picture.cells)

    @property
    def empty_words(self) -> str:
        return "reading …"

    def titles(self, width: int) -> Line:
        if self._picture is None:
            return ()
        return titles_line(self._layout_for(width), self._picture.column(self._measure), self._measure)

    def row(self, number: int, width: int) -> Line:
        assert self._picture is not None
        return cell_line(self._picture, number, self._layout_for(width), self._measure)

    def _layout_for(self, width: int) -> Layout:
        assert self._picture is not None
        if self._layout is None or self._layout[0] != width:
            self._layout = (width, layout_for(self._picture, width))
        return self._layout[1]
