"""One look at folders and files: what is there, never opened, links never followed into folders.

Left out, because nobody keeps benchmark results there: names that begin with a dot (`.git`, `.venv`, editors'
swap files), `node_modules`, `__pycache__`, and the temporary files of our own atomic saves.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import FileKind, kind_of, to_wire
from chimera_tui.services.inventory.roots import Roots

BATCH = 1_000
"""Most entries that travel together: a thousand cost the daemon a few milliseconds."""
TEMPORARY = ".chimera-tmp"
SKIPPED = frozenset({"node_modules", "__pycache__"})
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_new_tuple = tuple.__new__
_UNSETTLED_NS = 50_000_000
"""A folder changed less than this ago may change again without its mtime showing it (kernel ticks)."""


class Row(NamedTuple):
    """One entry that is not a folder, as `lstat` tells it (for a link to a file: as its target is)."""

    size_bytes: int
    mtime_ns: int
    dev: int
    ino: int
    problem: str = ""
    is_link: bool = False
    regular: bool = True


@dataclass(slots=True)
class Listing:
    """One folder's content at one moment."""

    identity: tuple[int, int] = (0, 0)
    """Device and inode."""
    mtime_ns: int = -1
    """-1 when a later change might not move it: list again to be sure."""
    rows: dict[str, Row] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    problem: str = ""


def is_listed(name: str) -> bool:
    """Whether an entry of that name is shown at all."""
    return name[0] != "." and name not in SKIPPED and not name.endswith(TEMPORARY)


def list_folder(path: str, roots: Roots) -> Listing | None:
    """What is in a folder now; None when it is gone or no folder (any more)."""
    listing = Listing()
    try:
        status = os.lstat(path)
        if not stat.S_ISDIR(status.st_mode):
            return None
        listing.identity = (status.st_dev, status.st_ino)
        settled = time.time_ns() - status.st_mtime_ns > _UNSETTLED_NS
        # by descriptor, so that the kernel need not walk the whole path again for every file
        folder = os.open(path, _FOLDER)
        try:
            with os.scandir(folder) as entries:
                _collect(entries, path, listing, roots)
        finally:
            os.close(folder)
        listing.mtime_ns = status.st_mtime_ns if settled else -1
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        listing.problem = f"unreadable folder: {(error.strerror or str(error)).lower()}"
    return listing


def _collect(entries: Iterator[os.DirEntry[str]], path: str, listing: Listing, roots: Roots) -> None:
    rows, skipped, temporary = listing.rows, SKIPPED, TEMPORARY  # locals: this loop sees 100,000 files
    size, dev, ino, end = stat.ST_SIZE, stat.ST_DEV, stat.ST_INO, -len(temporary)
    for entry in entries:
        name = entry.name
        if name[0] == "." or name in skipped or name[end:] == temporary:  # as is_listed
            continue
        try:
            if entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                # Row(...) with its defaults, in a third of the time
                values = (status[size], status.st_mtime_ns, status[dev], status[ino], "", False, True)
                rows[name] = _new_tuple(Row, values)
            elif entry.is_dir(follow_symlinks=False):
                listing.folders.add(name)
            else:
                rows[name] = row_of(f"{path.rstrip('/')}/{name}", entry.stat(follow_symlinks=False), roots)
        except FileNotFoundError:
            continue  # vanished between the listing and the look


def row_of(path: str, status: os.stat_result, roots: Roots) -> Row:
    """The row of something that `lstat` says is not a folder."""
    mode = stat.S_IFMT(status.st_mode)
    if mode == stat.S_IFREG:
        return Row(status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)
    if mode == stat.S_IFLNK:
        return _link_row(path, status, roots)
    return Row(0, status.st_mtime_ns, status.st_dev, status.st_ino, "not a regular file", regular=False)


def _link_row(path: str, link: os.stat_result, roots: Roots) -> Row:
    bad = Row(0, link.st_mtime_ns, link.st_dev, link.st_ino, is_link=True, regular=False)
    try:
        target = Path(path).stat()
        real = os.path.realpath(path, strict=True)
    except OSError:  # nothing there, a circle of links, or a place we may not enter
        return bad._replace(problem="broken link")
    if stat.S_ISDIR(target.st_mode):
        return bad._replace(problem="link to a folder, not followed")
    if not stat.S_ISREG(target.st_mode):
        return bad._replace(problem="not a regular file")
    row = Row(target.st_size, target.st_mtime_ns, link.st_dev, link.st_ino, is_link=True)
    return row if roots.contain(real) else row._replace(problem="link that leads out of the reports, not read")


def entry_of(path: str, row: Row, roots: Roots) -> FileEntry:
    """The row as everyone else knows it."""
    kind = kind_of(path.rpartition("/")[2]) if row.regular else FileKind.OTHER
    own = roots.is_own_output(path)
    return FileEntry(path, kind, row.size_bytes, row.mtime_ns, own, row.problem, row.is_link)


def folder_row(listing: Listing) -> Row:
    """The row that stands for a folder that can not be read."""
    return Row(0, 0, *listing.identity, listing.problem, regular=False)


def walk(path: str, roots: Roots) -> Iterator[tuple[str, Listing]]:
    """Every folder from `path` down with its content, without recursion."""
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        listing = list_folder(folder, roots)
        if listing is None:
            continue
        yield folder, listing
        waiting.extend(f"{folder.rstrip('/')}/{name}" for name in sorted(listing.folders, reverse=True))


def scan(roots: Roots) -> Iterator[list[FileEntry]]:
    """All entries of all roots in batches of at most `BATCH`, the first ones early."""
    batch: list[FileEntry] = []
    for root in roots.paths:
        for folder, listing in walk(root, roots):
            wire = roots.wire(folder) or folder
            if listing.problem:
                batch.append(entry_of(wire, folder_row(listing), roots))
            for name, row in listing.rows.items():
                batch.append(entry_of(f"{wire}/{to_wire(name)}", row, roots))
                if len(batch) >= BATCH:
                    yield batch
                    batch = []
    if batch:
        yield batch
