"""Textual's own `Tree`, open: `python -m benchmarks.apps.tree FOLDERS FILES`; the key n adds a file at its top."""

from __future__ import annotations

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Tree


class Files(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [("n", "new", ""), ("q", "quit", "")]

    def __init__(self, folders: int, files: int) -> None:
        super().__init__()
        self._folders = folders
        self._files = files
        self._made = 0

    def compose(self) -> ComposeResult:
        yield Tree("reports")

    def on_mount(self) -> None:
        tree = self.query_one(Tree)
        tree.root.add_leaf("all of it")
        for folder in range(self._folders):
            node = tree.root.add(f"run_{folder:04d}", expand=True)
            for file in range(self._files):
                node.add_leaf(f"part_{file:06d}.log")
        tree.root.expand()

    def action_new(self) -> None:
        self.query_one(Tree).root.add_leaf(f"new_{self._made}.log", before=0)
        self._made += 1


def main() -> int:
    Files(int(sys.argv[1]), int(sys.argv[2])).run()
    return 0


if __name__ == "__main__":
    main()
