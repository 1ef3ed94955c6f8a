"""Which files a typed filter lets through, and the tree of those."""

from __future__ import annotations

from collections.abc import Mapping

from chimera_tui.domain.inventory import FileEntry
from chimera_tui.tui.widgets.tree_rows import RowTree


class Query:
    """Words that must all occur in a full path, in any order, letter case aside."""

    def __init__(self, text: str) -> None:
        self.words = tuple(dict.fromkeys(text.casefold().split()))

    def __bool__(self) -> bool:
        return bool(self.words)

    def narrows(self, other: Query) -> bool:
        """Whether whatever this lets through, the other does too."""
        return all(any(old in word for word in self.words) for old in other.words)

    def matches(self, path: str) -> bool:
        path = path.casefold()
        return all(word in path for word in self.words)

    def select(self, folder: str, files: Mapping[str, FileEntry]) -> Mapping[str, FileEntry]:
        """Of one folder's files, by path, those that match."""
        above = f"{folder}/".casefold()
        words = [word for word in self.words if word not in above]
        if not words:
            return files
        first, *others = words
        found = {path: entry for path, entry in files.items() if first in path.casefold()}
        for word in others:
            found = {path: entry for path, entry in found.items() if word in path.casefold()}
        return found


def search(tree: RowTree, query: Query, choices: Mapping[str, bool]) -> RowTree:
    """A tree of the matches, open but for the `choices` of the reader, in the order of the other tree.

    Costs one string search per file and word.
    """
    found = RowTree(opens=lambda depth: True)
    found.choices.update(choices)
    found.sort_key = tree.sort_key
    for path, branch in tree.branches.items():
        if branch.files and (matches := query.select(path, branch.files)):
            found.adopt(branch, matches)
    for path, root in tree.top.dirs.items():
        if path in found.branches:
            found.branches[path].rank = root.rank
    return found
