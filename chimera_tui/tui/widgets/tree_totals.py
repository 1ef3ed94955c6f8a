"""How many files of each kind lie below a folder, how large they are and which is the latest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chimera_tui.domain.names import FileKind

if TYPE_CHECKING:
    from chimera_tui.domain.inventory import FileEntry

_CSV, _JSON, _MD = FileKind.CSV, FileKind.JSON, FileKind.MD
"""An enum's attribute costs a descriptor call each time in Python 3.11."""


class FolderTotals:
    """Sums over the files at or below one folder, kept by deltas.

    Counted as the inventory counts: own output and broken entries stand apart and add to no kind.
    """

    __slots__ = ("csv", "json", "latest_ns", "latest_stale", "md", "other", "own", "problems", "size_bytes")

    def __init__(self, entries: Iterable[FileEntry] = ()) -> None:
        self.csv = self.json = self.md = self.other = self.own = self.problems = 0
        self.size_bytes = 0
        """Of the benchmark files."""
        self.latest_ns: int | None = None
        """Of the benchmark files. No file is later; when `latest_stale`, perhaps none is as late."""
        self.latest_stale = False
        self._count(entries)

    @property
    def files(self) -> int:
        """Benchmark files: csv + json + md."""
        return self.csv + self.json + self.md

    @property
    def everything(self) -> int:
        return self.files + self.other + self.own + self.problems

    def figures(self) -> tuple[int, ...]:
        """All that is counted, to tell whether it is the same as before."""
        return self.csv, self.json, self.md, self.other, self.own, self.problems, self.size_bytes

    @property
    def only_own_output(self) -> bool:
        return self.own > 0 and self.own == self.everything

    def _count(self, entries: Iterable[FileEntry]) -> None:
        csv = json = md = other = own = problems = size_bytes = 0  # locals: this loop sees 100,000 files at once
        latest: int | None = None
        for entry in entries:
            if entry.own_output:
                own += 1
                continue
            if entry.problem:
                problems += 1
                continue
            kind = entry.kind
            if kind is _CSV:
                csv += 1
            elif kind is _JSON:
                json += 1
            elif kind is _MD:
                md += 1
            else:
                other += 1
                continue
            size_bytes += entry.size_bytes
            if latest is None or entry.mtime_ns > latest:
                latest = entry.mtime_ns
        self.csv, self.json, self.md, self.other, self.own, self.problems = csv, json, md, other, own, problems
        self.size_bytes, self.latest_ns = size_bytes, latest

    def change(self, added: FolderTotals, removed: FolderTotals) -> None:
        """Account for files that came and went, in O(1)."""
        self.csv += added.csv - removed.csv
        self.json += added.json - removed.json
        self.md += added.md - removed.md
        self.other += added.other - removed.other
        self.own += added.own - removed.own
        self.problems += added.problems - removed.problems
        self.size_bytes += added.size_bytes - removed.size_bytes
        new, gone = added.latest_ns, removed.latest_ns
        if new is not None and (self.latest_ns is None or new >= self.latest_ns):
            self.latest_ns, self.latest_stale = new, False
        elif gone is not None and self.latest_ns is not None and gone >= self.latest_ns:
            self.latest_stale = True
