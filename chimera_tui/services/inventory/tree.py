"""What the watcher knows: every folder with its entries, and what has changed since it last told."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chimera_tui.domain.names import to_wire
from chimera_tui.services.inventory.delta import Delta
from chimera_tui.services.inventory.roots import Roots
from chimera_tui.services.inventory.scan import Listing, Row, folder_row, is_listed, list_folder, row_of


@dataclass(slots=True)
class _Folder:
    wire: str
    listing: Listing


class Tree:
    """Folders by file-system path. Every method that looks puts what differs into `delta`."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._folders: dict[str, _Folder] = {}
        self._links: set[tuple[str, str]] = set()
        self.delta = Delta()
        self.fresh: set[str] = set()
        """Folders that nobody watches yet: new, or another folder under an old name."""

    def __len__(self) -> int:
        return len(self._folders)

    @property
    def file_count(self) -> int:
        return sum(len(folder.listing.rows) for folder in self._folders.values())

    def folders(self) -> list[str]:
        return list(self._folders)

    def watchable_folders(self) -> tuple[list[str], list[str]]:
        """Those that watchfiles can watch, and those it can not: itself or an entry named in other than UTF-8."""
        can: list[str] = []
        can_not: list[str] = []
        for path, folder in self._folders.items():
            listing = folder.listing
            if not listing.problem:
                names = (path, *listing.folders, *listing.rows)
                (can if _is_utf8("".join(names)) else can_not).append(path)
        return can, can_not

    def take_delta(self) -> Delta:
        delta, self.delta = self.delta, Delta()
        return delta

    # ---- looking ---------------------------------------------------------------------------------------

    def scan(self, path: str) -> Iterator[None]:
        """Look at a folder and everything below it; yields after each folder so that the caller can tell."""
        waiting = [path]
        while waiting:
            folder = waiting.pop()
            waiting.extend(self._list(folder))
            yield

    def relist(self, path: str) -> bool:
        """Look at one folder again, and at all below it that is new. Whether anything differed."""
        before = self.delta.touched
        for _ in self.scan(path):
            pass
        return self.delta.touched != before

    def relist_all(self) -> int:
        """Stat everything once. How many folders differed."""
        return sum(self.relist(path) for path in self.folders() if path in self._folders)

    def look(self, paths: Iterable[str]) -> None:
        """Take hints: something may have happened at these paths, known or not."""
        folders: set[str] = set()
        for path in paths:
            folder, _, name = path.rpartition("/")
            if path in self._folders:
                folders.add(path)
            elif folder not in self._folders:
                folders.update(self._nearest_known(folder))
            elif is_listed(name):
                self._look_at(folder, name)
        for path in folders:
            if path in self._folders:
                self.relist(path)

    def stale(self, paths: Iterable[str]) -> list[str]:
        """Of these folders those whose mtime differs from when they were listed (all that were busy then)."""
        found = []
        for path in paths:
            folder = self._folders.get(path)
            if folder is None:
                continue
            try:
                status = os.lstat(path)
            except OSError:
                found.append(path)
                continue
            if status.st_mtime_ns != folder.listing.mtime_ns:
                found.append(path)
        return found

    def look_at_links(self) -> None:
        """A link's target may have changed where no watch is."""
        for folder, name in tuple(self._links):
            if folder in self._folders:
                self._look_at(folder, name)

    def replaced(self, path: str) -> bool:
        """Whether a root is gone, back, or another folder than the one that was listed."""
        folder = self._folders.get(path)
        try:
            status = os.lstat(path)
        except OSError:
            return folder is not None
        if not stat.S_ISDIR(status.st_mode):
            return folder is not None
        return folder is None or folder.listing.identity != (status.st_dev, status.st_ino)

    def knows(self, path: str) -> bool:
        return path in self._folders

    # ---- the parts -------------------------------------------------------------------------------------

    def _list(self, path: str) -> list[str]:
        """Compare a folder with what is known of it; the subfolders that must be looked at next."""
        listing = list_folder(path, self._roots)
        if listing is None:
            self._drop(path)
            return []
        folder = self._folders.get(path)
        if folder is None:
            folder = _Folder(self._roots.wire(path) or to_wire(path), Listing())
            self._folders[path] = folder
        old, folder.listing = folder.listing, listing
        if old.identity != listing.identity or (old.problem and not listing.problem):
            self.fresh.add(path)
        self._compare_rows(path, folder.wire, old, listing)
        for name in old.folders - listing.folders:
            self._drop(f"{path.rstrip('/')}/{name}")
        return [f"{path.rstrip('/')}/{name}" for name in sorted(listing.folders - old.folders, reverse=True)]

    def _compare_rows(self, path: str, wire: str, old: Listing, new: Listing) -> None:
        if new.problem:
            if old.problem != new.problem:
                self.delta.put(wire, folder_row(new))
        elif old.problem:
            self.delta.remove(wire, folder_row(old))
        for name, row in old.rows.items():
            if name not in new.rows:
                self._forget(path, wire, name, row)
        known = old.rows
        if not known:
            self.delta.put_new(wire, new.rows)
            self._links.update([(path, name) for name, row in new.rows.items() if row.is_link])
            return
        for name, row in new.rows.items():
            if known.get(name) != row:
                self._remember(path, wire, name, row)

    def _remember(self, path: str, wire: str, name: str, row: Row) -> None:
        self.delta.put(f"{wire}/{to_wire(name)}", row)
        if row.is_link:
            self._links.add((path, name))

    def _forget(self, path: str, wire: str, name: str, row: Row) -> None:
        self.delta.remove(f"{wire}/{to_wire(name)}", row)
        self._links.discard((path, name))

    def _look_at(self, path: str, name: str) -> None:
        """One entry of a known folder: `lstat` decides what became of it."""
        folder = self._folders[path]
        rows = folder.listing.rows
        full = f"{path.rstrip('/')}/{name}"
        old = rows.get(name)
        try:
            status = os.lstat(full)
        except OSError:
            if old is not None:
                del rows[name]
                self._forget(path, folder.wire, name, old)
            return
        if stat.S_ISDIR(status.st_mode):
            self.relist(path)
            return
        row = row_of(full, status, self._roots)
        if row != old:
            rows[name] = row
            self._remember(path, folder.wire, name, row)

    def _drop(self, path: str) -> None:
        above, _, name = path.rpartition("/")
        if above in self._folders:
            self._folders[above].listing.folders.discard(name)  # or it would be no news when it comes back
        waiting = [path]
        while waiting:
            gone = waiting.pop()
            folder = self._folders.pop(gone, None)
            if folder is None:
                continue
            self.fresh.discard(gone)
            waiting.extend(f"{gone.rstrip('/')}/{name}" for name in folder.listing.folders)
            for name, row in folder.listing.rows.items():
                self._forget(gone, folder.wire, name, row)
            if folder.listing.problem:
                self.delta.remove(folder.wire, folder_row(folder.listing))

    def _nearest_known(self, path: str) -> list[str]:
        """The folder whose listing will lead to a path that is not known; none when a hidden folder is between."""
        while path not in self._folders:
            path, _, name = path.rpartition("/")
            if not path or not is_listed(name):
                return []
        return [path]


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
