"""Which files a typed filter lets through, and the tree of those."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress
from typing import TYPE_CHECKING

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

    def select(self, folder: str, files: Mapping[str, FileEntry]) -> dict[str, FileEntry]:
        """Of one folder's files, by path, those that match; a new dict."""
        above = f"{folder}/".casefold()
        words = [word for word in self.words if word not in above]
        if not words:
            return dict(files)
        texts = _folded(files)
        found = list(files.items())
        for word in words:
            hits = [word in text for text in texts]
            if not any(hits):
                return {}
            if not all(hits):
                found, texts = list(compress(found, hits)), list(compress(texts, hits))
        return dict(found)


def _folded(paths: Mapping[str, FileEntry]) -> list[str]:
    """Each path without letter case; at once, which is three times as fast as one by one."""
    folded = "\0".join(paths).casefold().split("\0")
    return folded if len(folded) == len(paths) else [path.casefold() for path in paths]


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
