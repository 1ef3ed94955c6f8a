"""A tree of files in which only the rows looked at exist: any row by its number, any number by its row."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from chimera_tui.tui.widgets.tree_branch import Branch, OrderItem, natural
from chimera_tui.tui.widgets.tree_totals import FolderTotals

if TYPE_CHECKING:
    from chimera_tui.domain.inventory import FileEntry

_NOTHING = FolderTotals()
_RESORT_SHARE = 8
"""A change of more than one file in so many is cheaper sorted anew than inserted one by one."""


class SortKey(StrEnum):
    """Order of the files of a folder; folders are always by name."""

    NAME = "name"
    SIZE = "size"
    """Largest first."""
    TIME = "time"
    """Latest first."""
    TYPE = "type"
    """csv, json, md, others; by name within."""

    def after(self) -> SortKey:
        """The next one, round at the end."""
        keys = list(SortKey)
        return keys[(keys.index(self) + 1) % len(keys)]


class Row(NamedTuple):
    """One visible row: a file or a folder."""

    key: str
    """The path; a folder's ends in `/`, so that a file of the same path is another row."""
    depth: int
    """0 for the roots."""
    entry: FileEntry | None
    branch: Branch | None


class RowTree:
    """Folders and files under a nameless top whose folders are the roots.

    Putting, removing and finding cost O(depth + log n) comparisons; painting costs the rows asked for.
    """

    def __init__(
        self, *, labels: Iterable[str] = (), opens: Callable[[int], bool] = lambda depth: depth == 0
    ) -> None:
        """`labels` are roots that stay when they are empty, in that order; `opens` says by depth what is open."""
        self.sort_key = SortKey.NAME
        self.choices: dict[str, bool] = {}
        """Folders that were opened or closed by hand; outlives the folders, which may come back."""
        self._opens = opens
        self.top = Branch("", None)
        self.top.is_open = True
        self.branches: dict[str, Branch] = {"": self.top}
        self._asked = (-1, 0, 0)
        self._rows: list[Row] = []
        self._pinned: frozenset[str] = frozenset()
        for number, label in enumerate(labels):
            self._branch(label).rank = f"\x00{number:06d}"
            self._pinned |= {label}

    @property
    def row_count(self) -> int:
        return self.top.below

    def entry(self, path: str) -> FileEntry | None:
        branch = self.branches.get(_folder_of(path))
        return None if branch is None else branch.files.get(path)

    def has(self, key: str) -> bool:
        return key[:-1] in self.branches if key.endswith("/") else self.entry(key) is not None

    def put(self, entries: Iterable[FileEntry]) -> None:
        """Add files or replace them; of the same path the last one counts."""
        groups: defaultdict[str, dict[str, FileEntry]] = defaultdict(dict)
        for entry in entries:
            path = entry.path
            groups[path[: path.rfind("/")] if "/" in path else ""][path] = entry
        for folder, group in groups.items():
            self._change(self._branch(folder), group, ())

    def adopt(self, source: Branch, files: dict[str, FileEntry]) -> None:
        """Take some or all files of one folder of another tree; this tree must not know the folder's files yet."""
        branch = self._branch(source.path)
        branch.files = files
        branch.grow(len(files))
        if len(files) == len(source.files) and not source.dirs:
            branch.take_names(source)
            source.latest_ns()  # the other's sums are taken over, so they must be exact
            branch.account(source.totals, _NOTHING)
        else:
            branch.account(FolderTotals(files.values()), _NOTHING)

    def dissolve(self) -> None:
        """The end of this tree: folders point up and down, and a collection that finds them so costs 30 ms."""
        for branch in self.branches.values():
            branch.parent = None
            branch.dirs.clear()

    def remove(self, paths: Iterable[str]) -> None:
        """Drop files; folders that became empty go with them. Unknown paths are passed over."""
        groups: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for path in paths:
            groups[_folder_of(path)][path] = None
        for folder, group in groups.items():
            branch = self.branches.get(folder)
            if branch is not None:
                self._change(branch, {}, group)
                self._prune(branch)

    def open(self, path: str, is_open: bool) -> None:
        """Open or close a folder, now and whenever it comes back."""
        self.choices[path] = is_open
        branch = self.branches.get(path)
        if branch is not None:
            branch.set_open(is_open)

    def reveal(self, key: str) -> None:
        """Open every folder above a row."""
        folder = _folder_of(key.rstrip("/"))
        while folder:
            if folder in self.branches and not self.branches[folder].is_open:
                self.open(folder, True)
            folder = _folder_of(folder)

    def sort_by(self, key: SortKey) -> None:
        self.sort_key = key
        self.top.stirred += 1
        for branch in self.branches.values():
            branch.files_order = None

    def row_at(self, index: int) -> Row:
        """The visible row of that number, counted from 0; IndexError when there is none."""
        if not 0 <= index < self.row_count:
            raise IndexError(index)
        branch, depth = self.top, 0
        while True:
            sums = branch.sums()
            if index >= sums.total:
                path = self._sorted_files(branch)[index - sums.total][2]
                return Row(path, depth, branch.files[path], None)
            place, start = sums.find(index)
            branch = branch.dirs[branch.sorted_dirs()[place][1]]
            if index == start:
                return Row(f"{branch.path}/", depth, None, branch)
            index -= start + 1
            depth += 1

    def rows(self, first: int, count: int) -> list[Row]:
        """So many visible rows from that one on, fewer at the end; found anew only when visible rows change."""
        asked = self.top.stirred, first, count
        if asked != self._asked:
            end = min(first + count, self.row_count)
            self._asked, self._rows = asked, [self.row_at(index) for index in range(first, end)]
        return self._rows

    def index_of(self, key: str) -> int | None:
        """The number of a row, or None when it is not there or a folder above it is closed."""
        if key.endswith("/"):
            branch = self.branches.get(key[:-1])
            return None if branch is None else self._folder_index(branch)
        branch = self.branches.get(_folder_of(key))
        if branch is None or key not in branch.files or not branch.is_open:
            return None
        above = self._folder_index(branch)
        if above is None:
            return None
        place = bisect_left(self._sorted_files(branch), self._item(branch, branch.files[key]))
        return above + 1 + branch.sums().total + place

    def nearest_index(self, key: str) -> int | None:
        """The number of a row, or else of the nearest folder above it that can be seen."""
        while key:
            index = self.index_of(key)
            if index is not None:
                return index
            folder = _folder_of(key.rstrip("/"))
            key = f"{folder}/" if folder else ""
        return None

    def _folder_index(self, branch: Branch) -> int | None:
        """Of the top it is -1: its first row is row 0."""
        index = -1
        while branch.parent is not None:
            parent = branch.parent
            if not parent.is_open:
                return None
            index += parent.sums().before(parent.place_of(branch)) + 1
            branch = parent
        return index

    def _branch(self, path: str) -> Branch:
        """The folder of that path, made with all above it when it is new."""
        missing = []
        while (branch := self.branches.get(path)) is None:
            missing.append(path)
            path = _folder_of(path)
        for path in reversed(missing):
            child = self.branches[path] = Branch(path, branch)
            child.is_open = self.choices.get(path, self._opens(path.count("/")))
            branch.add_dir(child)
            branch = child
        return branch

    def _prune(self, branch: Branch) -> None:
        parent = branch.parent
        while parent is not None and not branch.files and not branch.dirs and branch.path not in self._pinned:
            parent.drop_dir(branch)
            del self.branches[branch.path]
            branch, parent = parent, parent.parent

    def _change(self, branch: Branch, put: Mapping[str, FileEntry], gone: Iterable[str]) -> None:
        """Replace and remove files of one folder, and tell every folder above."""
        files = branch.files
        old = [entry for path in (*put, *gone) if (entry := files.get(path)) is not None] if files else []
        for entry in old:
            del files[entry.path]
        files.update(put)
        branch.files_changed()
        self._reorder(branch, put.values(), old)
        branch.grow(len(put) - len(old))
        branch.account(FolderTotals(put.values()), FolderTotals(old))

    def _reorder(self, branch: Branch, put: Iterable[FileEntry], old: list[FileEntry]) -> None:
        order = branch.files_order
        if order is None:
            return
        new = list(put)
        if len(new) + len(old) > 8 + len(order) // _RESORT_SHARE:
            branch.files_order = None
            return
        for entry in old:
            del order[bisect_left(order, self._item(branch, entry))]
        for entry in new:
            insort(order, self._item(branch, entry))

    def _sorted_files(self, branch: Branch) -> list[OrderItem]:
        if branch.files_order is None:
            branch.files_order = sorted(self._item(branch, entry) for entry in branch.files.values())
        return branch.files_order

    def _item(self, branch: Branch, entry: FileEntry) -> OrderItem:
        path = entry.path
        name = natural(path[len(branch.path) + 1 :] if branch.path else path)
        match self.sort_key:
            case SortKey.SIZE:
                return -entry.size_bytes, name, path
            case SortKey.TIME:
                return -entry.mtime_ns, name, path
            case SortKey.TYPE:
                return ord(entry.kind.value[0]), name, path  # csv, json, md, other
            case _:
                return 0, name, path


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]
