"""Entries and large trees for the tests of the inventory tree."""

from __future__ import annotations

from chimera_tui.domain.events import FilesChanged
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import kind_of
from chimera_tui.tui.widgets.tree_model import TreeModel

LARGE = 100_000


def entry(path: str, size_bytes: int = 100, mtime_ns: int = 10**18, problem: str = "") -> FileEntry:
    own = "/chimera_runs/" in path
    return FileEntry(path, kind_of(path), size_bytes, mtime_ns, own_output=own, problem=problem)


def put(*paths: str, initial: bool = False) -> FilesChanged:
    return FilesChanged(changed=tuple(map(entry, paths)), initial=initial)


def keys(model: TreeModel) -> list[str]:
    """Every row, on screen or not."""
    return [model.shown.row_at(index).key for index in range(model.shown.row_count)]


def large_inventory() -> tuple[FileEntry, ...]:
    """100,000 files in 1,250 folders, four levels deep."""
    names = ("csv", "json", "md", "log")
    return tuple(
        entry(
            f"reports/model{n % 5}/sweep_{n % 25:02d}/run_{n % 1250}/"
            f"bench_{n:06d}_ctx{512 << n % 4}.{names[n // 7 % 4]}",
            n % 9973,
            10**18 + n * 7919 % 10**9,
        )
        for n in range(LARGE)
    )
