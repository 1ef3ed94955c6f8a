"""One folder of the tree: its files, its folders, and how many rows it takes."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from chimera_tui.tui.widgets.tree_sums import RowSums
from chimera_tui.tui.widgets.tree_totals import FolderTotals

if TYPE_CHECKING:
    from chimera_tui.domain.inventory import FileEntry

OrderItem = tuple[int, str, str]
"""Place of a file among its neighbours: (number, natural name, path)."""

_DIGITS = re.compile("[0-9]+")


def natural(name: str) -> str:
    """A string that sorts as people do: letter case aside, `run2` before `run10`."""
    return _DIGITS.sub(_by_length, name.casefold())


def _by_length(match: re.Match[str]) -> str:
    digits = match.group().lstrip("0")
    return f"{chr(ord('0') + min(len(digits), 0x10000))}{digits}"


class Branch:
    """A folder; every sum in it is kept by deltas, every order is made when somebody looks."""

    __slots__ = ("_folded", "_sums", "below", "dirs", "dirs_order", "files", "files_order", "is_open", "name",
                 "parent", "path", "rank", "stirred", "totals")  # fmt: skip

    def __init__(self, path: str, parent: Branch | None) -> None:
        self.path = path
        self.name = path.rpartition("/")[2]
        self.parent = parent
        self.is_open = False
        self.rank = ""
        """Comes before the name when folders are sorted; of the roots, the order in which they were given."""
        self.dirs: dict[str, Branch] = {}
        self.files: dict[str, FileEntry] = {}
        """By full path."""
        self.dirs_order: list[tuple[str, str]] | None = None
        """(natural name, path), sorted; None until somebody looks."""
        self.files_order: list[OrderItem] | None = None
        self.below = 0
        """Visible rows below this one; 0 while closed."""
        self.stirred = 0
        """How often a row below came, went or was replaced while it could be seen from here; sums apart."""
        self.totals = FolderTotals()
        self._sums: RowSums | None = None
        self._folded: str | None = None

    def folded_names(self) -> str:
        """Its files' names without letter case, in their order, a slash between: what a filter looks through."""
        if self._folded is None:
            start = len(self.path) + 1 if self.path else 0
            self._folded = "/".join([path[start:] for path in self.files]).casefold()
        return self._folded

    def files_changed(self) -> None:
        self._folded = None

    def take_names(self, other: Branch) -> None:
        """The files are the same as the other's, in the same order."""
        self._folded = other._folded

    def rows_when_open(self) -> int:
        return len(self.files) + sum(1 + child.below for child in self.dirs.values())

    def grow(self, rows: int) -> None:
        """Take in that so many rows below came, went or (0) were replaced, as far up as it can be seen."""
        branch: Branch | None = self
        while branch is not None and branch.is_open:
            branch.stirred += 1
            branch.below += rows
            parent = branch.parent
            if rows and parent is not None and parent._sums is not None:
                parent._sums.add(parent.place_of(branch), rows)
            branch = parent

    def account(self, added: FolderTotals, removed: FolderTotals) -> None:
        """Take in the sums of files that came and went directly below, and tell every folder above."""
        branch: Branch | None = self
        while branch is not None:
            branch.totals.change(added, removed)
            branch = branch.parent

    def set_open(self, is_open: bool) -> None:
        if is_open == self.is_open:
            return
        rows = self.rows_when_open() if is_open else -self.below
        self.is_open = True
        self.grow(rows)
        self.is_open = is_open
        if not is_open:
            self.below = 0

    def sums(self) -> RowSums:
        """The rows of each folder in order, itself and what is below it; the files come after them."""
        if self._sums is None:
            self._sums = RowSums([1 + self.dirs[path].below for _, path in self.sorted_dirs()])
        return self._sums

    def place_of(self, child: Branch) -> int:
        """Its number among this folder's folders."""
        return bisect_left(self.sorted_dirs(), self.dir_item(child))

    def sorted_dirs(self) -> list[tuple[str, str]]:
        if self.dirs_order is None:
            self.dirs_order = sorted(map(self.dir_item, self.dirs.values()))
        return self.dirs_order

    def dir_item(self, child: Branch) -> tuple[str, str]:
        """Its place among this folder's folders."""
        return child.rank + natural(child.name), child.path

    def add_dir(self, child: Branch) -> None:
        self.dirs[child.path] = child
        if self.dirs_order is not None:
            insort(self.dirs_order, self.dir_item(child))
        if self._sums is not None and self.sorted_dirs()[-1][1] == child.path:
            self._sums.append(1)  # a scan finds thousands in their order
        else:
            self._sums = None
        self.grow(1)

    def drop_dir(self, child: Branch) -> None:
        """Take out a folder that is empty."""
        del self.dirs[child.path]
        self._sums = None
        if self.dirs_order is not None:
            del self.dirs_order[bisect_left(self.dirs_order, self.dir_item(child))]
        self.grow(-1)

    def latest_ns(self) -> int | None:
        """Latest change of a benchmark file at or below; recomputed only when the latest one went."""
        stale = [self] if self.totals.latest_stale else []
        for branch in stale:  # grows while it is walked, so that folders come before what they hold
            stale.extend(child for child in branch.dirs.values() if child.totals.latest_stale)
        for branch in reversed(stale):
            times = [entry.mtime_ns for entry in branch.files.values() if entry.counts]
            times += [ns for child in branch.dirs.values() if (ns := child.totals.latest_ns) is not None]
            branch.totals.latest_ns = max(times, default=None)
            branch.totals.latest_stale = False
        return self.totals.latest_ns
