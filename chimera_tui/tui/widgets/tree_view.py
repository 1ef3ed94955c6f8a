"""Where the reader is in the tree: the selected row and the part on screen, kept still while files come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chimera_tui.tui.widgets.tree_rows import Row, RowTree


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was on screen before a change."""

    rows: Sequence[Row]
    """On screen, top to bottom."""
    selected_index: int
    stirred: int
    """Of the tree's top."""


@dataclass(slots=True)
class TreeView:
    """Selection by key and scroll position by row number."""

    selected: str = ""
    top: int = 0
    height: int = 1
    """Rows on screen, at least 1."""

    def index(self, tree: RowTree) -> int:
        """Number of the selected row; 0 when there is none."""
        return tree.nearest_index(self.selected) or 0

    def rows(self, tree: RowTree) -> list[Row]:
        """The rows on screen."""
        return tree.rows(self.top, self.height)

    def select(self, tree: RowTree, index: int) -> None:
        """Select the nearest existing row and scroll as little as shows it."""
        if tree.row_count:
            index = min(max(index, 0), tree.row_count - 1)
            self.selected = tree.row_at(index).key
            self._show(index)
        self.scroll_to(tree, self.top)

    def scroll_to(self, tree: RowTree, top: int) -> None:
        self.top = max(0, min(top, tree.row_count - self.height))

    def resize(self, tree: RowTree, height: int) -> None:
        """A new height keeps the selected row on screen when it was."""
        seen = self._sees(self.index(tree))
        self.height = max(1, height)
        if seen:
            self._show(self.index(tree))
        self.scroll_to(tree, self.top)

    def anchor(self, tree: RowTree, may_lose: bool = True) -> Anchor:
        """Remember what is on screen, to `settle` on it after the tree has changed; `may_lose` rows."""
        rows = self.rows(tree) if may_lose or self.top else ()
        return Anchor(rows, self.index(tree), tree.top.stirred)

    def settle(self, tree: RowTree, anchor: Anchor) -> None:
        """Put the same rows on screen again, as far as they still exist, and keep the selection in sight."""
        if tree.top.stirred == anchor.stirred:
            return  # only what can not be seen has changed
        seen = self._sees(anchor.selected_index)
        if self.top > 0:
            for offset, row in enumerate(anchor.rows):
                index = tree.index_of(row.key)
                if index is not None:
                    self.top = index - offset
                    break
        self.scroll_to(tree, self.top)
        if not tree.row_count:
            return
        if tree.index_of(self.selected) is None:
            self.selected = tree.row_at(self._successor(tree, anchor)).key
        if seen:
            self._show(self.index(tree))
            self.scroll_to(tree, self.top)

    def _successor(self, tree: RowTree, anchor: Anchor) -> int:
        """The row that takes over from a selected one that is gone: the next that was on screen, else before."""
        keys = [row.key for row in anchor.rows]
        if self.selected in keys:
            place = keys.index(self.selected)
            for key in (*keys[place + 1 :], *reversed(keys[:place])):
                index = tree.index_of(key)
                if index is not None:
                    return index
        index = tree.nearest_index(self.selected)
        return min(anchor.selected_index, tree.row_count - 1) if index is None else index

    def _sees(self, index: int) -> bool:
        return self.top <= index < self.top + self.height

    def _show(self, index: int) -> None:
        if index < self.top:
            self.top = index
        elif index >= self.top + self.height:
            self.top = index - self.height + 1
