"""Which files a typed filter lets through, and the tree of those."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress
from typing import TYPE_CHECKING

from chimera_tui.tui.widgets.tree_branch import Branch
from chimera_tui.tui.widgets.tree_rows import RowTree

if TYPE_CHECKING:
    from chimera_tui.domain.inventory import FileEntry


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

    def select(self, branch: Branch) -> dict[str, FileEntry]:
        """Of one folder's files, by path, those that match; a new dict."""
        files = branch.files
        above = f"{branch.path}/".casefold()
        words = [word for word in self.words if word not in above]
        if not words:
            return dict(files)
        if any("/" in word for word in words):  # it may begin in a folder's name and end in a file's
            return {path: entry for path, entry in files.items() if self.matches(path)}
        names = branch.folded_names()
        if any(word not in names for word in words):
            return {}
        first, *others = words
        texts = names.split("/")
        hits = [first in text for text in texts]
        for word in others:
            hits = [hit and word in text for hit, text in zip(hits, texts, strict=True)]
        return dict(compress(files.items(), hits)) if False in hits else dict(files)


def search(tree: RowTree, query: Query, choices: Mapping[str, bool]) -> RowTree:
    """A tree of the matches, open but for the `choices` of the reader, in the order of the other tree.

    Costs one string search per file and word.
    """
    found = RowTree(opens=lambda depth: True)
    found.choices.update(choices)
    found.sort_key = tree.sort_key
    for branch in tree.branches.values():
        if branch.files and (matches := query.select(branch)):
            found.adopt(branch, matches)
    for path, root in tree.top.dirs.items():
        if path in found.branches:
            found.branches[path].rank = root.rank
    return found
