"""What has changed since the watcher last told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chimera_tui.domain.names import to_wire
from chimera_tui.services.inventory.scan import Row


@dataclass(slots=True)
class Delta:
    """Rows that are new or different, rows that are gone; by wire path."""

    changed: dict[str, Row] = field(default_factory=dict)
    removed: dict[str, Row] = field(default_factory=dict)
    folders: dict[str, Mapping[str, Row]] = field(default_factory=dict)
    """Folders that were not known, with their rows by name; what `changed` and `removed` say came after."""
    touched: int = 0
    """How often something differed, also when it did so twice."""
    _in_folders: int = 0

    def __len__(self) -> int:
        return len(self.changed) + len(self.removed) + self._in_folders

    def put(self, path: str, row: Row) -> None:
        self.touched += 1
        self.changed[path] = row
        self.removed.pop(path, None)

    def put_new(self, folder: str, rows: Mapping[str, Row]) -> None:
        """All rows of a folder that was not known. The first scan finds 100k files so, and touches none."""
        self.touched += len(rows)
        if rows and not self.removed and folder not in self.folders:
            self.folders[folder] = rows
            self._in_folders += len(rows)
            return
        for name, row in rows.items():
            self.put(f"{folder}/{to_wire(name)}", row)

    def remove(self, path: str, row: Row) -> None:
        self.touched += 1
        self.changed.pop(path, None)
        self.removed[path] = row

    def all_changed(self) -> dict[str, Row]:
        """What is new or different, that in new folders as well."""
        rows = {
            f"{folder}/{to_wire(name)}": row
            for folder, group in self.folders.items()
            for name, row in group.items()
        }
        return {path: row for path, row in rows.items() if path not in self.removed} | self.changed

    def moved(self) -> dict[str, str]:
        """New path → old path of what was only renamed.

        A freed inode is used again at once, so size and mtime must agree as well; a rename keeps both.
        """
        if not self.removed:
            return {}
        # two names of one inode leave together: whichever is met first is as true as the other
        gone = {(row.dev, row.ino, row.size_bytes, row.mtime_ns): path for path, row in self.removed.items()}
        pairs: dict[str, str] = {}
        for path, row in self.all_changed().items():
            old = gone.pop((row.dev, row.ino, row.size_bytes, row.mtime_ns), None) if row.regular else None
            if old is not None:
                pairs[path] = old
        return pairs
