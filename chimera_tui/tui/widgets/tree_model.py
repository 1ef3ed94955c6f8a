"""The inventory as a tree that a person walks: files by delta, marks, problems, filter, selection. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from chimera_tui.tui.widgets.tree_marks import Mark, Marks
from chimera_tui.tui.widgets.tree_rows import Row, RowTree, SortKey
from chimera_tui.tui.widgets.tree_search import Query, search
from chimera_tui.tui.widgets.tree_totals import FolderTotals
from chimera_tui.tui.widgets.tree_view import TreeView

if TYPE_CHECKING:
    from chimera_tui.domain.events import FilesChanged
    from chimera_tui.domain.inventory import FileEntry


class TreeModel:
    """All that the tree widget knows. `now` is seconds of one clock that does not go back."""

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self.reset(labels)

    def reset(self, labels: Iterable[str] = (), height: int = 1) -> None:
        """Forget everything; `labels` are the roots, shown in that order even while they are empty; there is room
        for `height` rows."""
        self.whole = RowTree(labels=labels)
        self.found: RowTree | None = None
        """The matches, while a filter is on."""
        self.query = Query("")
        self.marks = Marks()
        self.view = TreeView(height=height)
        self._before_filter = TreeView()
        self._picked = ""
        """What the filter selected by itself."""
        self._problems: dict[str, str] = {}
        self.view.select(self.shown, 0)

    # ---- what there is -----------------------------------------------------------------------------------

    @property
    def shown(self) -> RowTree:
        """The tree on screen: the matches while a filter is on, else all."""
        return self.whole if self.found is None else self.found

    @property
    def totals(self) -> FolderTotals:
        """Of all files, filter or not."""
        return self.whole.top.totals

    @property
    def problem_count(self) -> int:
        return self.totals.problems + len(self._problems)

    @property
    def selected_row(self) -> Row | None:
        return self.shown.row_at(self.view.index(self.shown)) if self.shown.row_count else None

    def problem(self, entry: FileEntry) -> str:
        """What is wrong with a file as an entry or inside; empty when nothing is."""
        return entry.problem or self._problems.get(entry.path, "")

    # ---- what happens ------------------------------------------------------------------------------------

    def apply(self, events: Iterable[FilesChanged], now: float) -> None:
        """Fold changes in, oldest first; the reader's selection, open folders and position stay."""
        events = tuple(events)
        anchor = self.view.anchor(self.shown, may_lose=any(event.removed for event in events))
        for event in events:
            if not event.initial:
                self._mark(event, now)
            self._fold(event)
        self.view.settle(self.shown, anchor)

    def apply_problem(self, path: str, text: str) -> None:
        """What is wrong inside a file, e.g. half-written JSON; an empty text clears it."""
        entry = self.whole.entry(path)
        if text and not (entry is not None and entry.problem):
            self._problems[path] = text
        else:
            self._problems.pop(path, None)

    def _fold(self, event: FilesChanged) -> None:
        for path in event.removed:
            self.marks.drop(path)
        self.whole.remove(event.removed)
        self.whole.put(event.changed)
        if self.found is not None:
            self.found.remove(event.removed)
            self.found.put(entry for entry in event.changed if self.query.matches(entry.path))
        if self._problems:
            moved = dict(event.moved)
            for path in event.removed:
                problem = self._problems.pop(path, "")
                if problem and path in moved:
                    self._problems[moved[path]] = problem
            for entry in event.changed:
                if entry.problem:
                    self._problems.pop(entry.path, None)
        for old, new in event.moved:
            self._follow(old, new)

    def _mark(self, event: FilesChanged, now: float) -> None:
        """Marks for the files of an event that is not folded in yet, and for the folders it touched."""
        arrivals = {new for _, new in event.moved}
        folders = {path.rpartition("/")[0] for path in event.removed}
        for entry in event.changed:
            known = self.whole.entry(entry.path)
            if known == entry:
                continue
            mark = Mark.CHANGED if known is not None else Mark.NEW
            self.marks.put(entry.path, Mark.MOVED if entry.path in arrivals else mark, now)
            folders.add(entry.folder)
        above = set()
        for folder in folders:
            while folder and folder not in above:
                above.add(folder)
                folder = folder.rpartition("/")[0]
        for folder in above:
            self.marks.put(f"{folder}/", Mark.CHANGED, now)

    def _follow(self, old: str, new: str) -> None:
        """Let the selection go along with a moved file, and open folders with the folder they moved in."""
        if self.view.selected == old:
            self.view.selected = new
            self.shown.reveal(new)
        source, target = old.rpartition("/")[0], new.rpartition("/")[0]
        while source and target and source != target and source not in self.whole.branches:
            for tree in filter(None, (self.whole, self.found)):
                if source in tree.choices and target not in tree.choices:
                    tree.open(target, tree.choices[source])
            if self.view.selected == f"{source}/":
                self.view.selected = f"{target}/"
                self.shown.reveal(self.view.selected)
            (source, _, name), (target, _, other) = source.rpartition("/"), target.rpartition("/")
            if name != other:
                break

    # ---- what the reader does ----------------------------------------------------------------------------

    def filter(self, text: str) -> None:
        """Show only files whose path holds every word of the text; an empty text shows all as it was before."""
        query = Query(text)
        if not query:
            self._end_filter()
            return
        if self.found is None:
            self._before_filter = replace(self.view)
            tree, choices = self.whole, {}
        else:
            tree, choices = self.found if query.narrows(self.query) else self.whole, self.found.choices
        before, self.found = self.found, search(tree, query, choices)
        if before is not None:
            before.dissolve()
        self.query = query
        self._select_match(self.found)

    def _select_match(self, found: RowTree) -> None:
        """Keep what is selected, else what was before the filter, else take the first file."""
        self.view.top = 0
        for key in (self.view.selected, self._before_filter.selected):
            index = found.index_of(key)
            if index is not None:
                self.view.select(found, index)
                return
        index = 0
        while index < found.row_count and found.row_at(index).entry is None:
            index += 1
        self.view.select(found, index)
        self._picked = self.view.selected

    def _end_filter(self) -> None:
        if self.found is None:
            return
        self.found.dissolve()
        chosen = self.view.selected
        height = self.view.height
        self.view = replace(self._before_filter, height=height)
        if chosen != self._picked and self.whole.has(chosen):
            self.view.selected = chosen
        self.found, self.query, self._picked = None, Query(""), ""
        self.view.select(self.whole, self.view.index(self.whole))

    def move(self, rows: int) -> None:
        """Select the row so many below (or above)."""
        self.view.select(self.shown, self.view.index(self.shown) + rows)

    def select_index(self, index: int) -> None:
        """Select a row by its number; beyond the ends, the first or the last."""
        self.view.select(self.shown, index)

    def toggle(self) -> None:
        """Open the selected folder, or close it."""
        row = self.selected_row
        if row is not None and row.branch is not None:
            self._open(row.branch.path, not row.branch.is_open)

    def collapse(self) -> None:
        """Close the selected folder; on what is closed, or a file, go to the folder above."""
        row = self.selected_row
        if row is None:
            return
        if row.branch is not None and row.branch.is_open:
            self._open(row.branch.path, False)
            return
        above = self.shown.index_of(f"{row.key.rstrip('/').rpartition('/')[0]}/")
        if above is not None:
            self.select_index(above)

    def expand(self) -> None:
        """Open the selected folder; in an open one go to its first row."""
        row = self.selected_row
        if row is None or row.branch is None:
            return
        if row.branch.is_open:
            self.move(1)
        else:
            self._open(row.branch.path, True)

    def sort_by(self, key: SortKey) -> None:
        """Order the files of every folder anew; the selected row stays selected, and on its line if in sight."""
        line = self.view.index(self.shown) - self.view.top
        for tree in filter(None, (self.whole, self.found)):
            tree.sort_by(key)
        if 0 <= line < self.view.height:
            self.view.top = self.view.index(self.shown) - line
        self.view.scroll_to(self.shown, self.view.top)

    def _open(self, path: str, is_open: bool) -> None:
        self.shown.open(path, is_open)
        self.view.select(self.shown, self.view.index(self.shown))
