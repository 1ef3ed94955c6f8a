"""Files as the inventory knows them, their totals, and the numbers found inside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chimera_tui.domain.names import FileKind

OWN_OUTPUT = "chimera_runs"
"""Folder below the first root that holds our own reports: shown, never fed to the agents."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One directory entry that is not a folder, or a folder that can not be read."""

    path: str
    """Wire form, `/`-separated, beginning with the root's label, e.g. `reports/gemma3/a.csv`."""
    kind: FileKind
    size_bytes: int
    mtime_ns: int
    """UTC since the epoch."""
    own_output: bool = False
    """Lies below `chimera_runs/`: never fed to the agents and not counted."""
    problem: str = ""
    """What is wrong with it as an entry: `broken symlink`, `unreadable folder`, … Empty when nothing is."""
    is_link: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def counts(self) -> bool:
        """Whether it is a benchmark file of the user's: csv, json or md, readable, not our own output."""
        return self.kind.is_benchmark and not self.own_output and not self.problem


@dataclass(frozen=True, slots=True)
class KindTotal:
    count: int = 0
    size_bytes: int = 0
    latest_mtime_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Per kind and in all; `benchmark` is csv + json + md, the number that reports call "files"."""

    by_kind: dict[FileKind, KindTotal]
    benchmark: KindTotal
    own_output: int = 0
    problems: int = 0


def _add(totals: Iterable[FileEntry]) -> KindTotal:
    count = size = 0
    latest: int | None = None
    for entry in totals:
        count += 1
        size += entry.size_bytes
        latest = entry.mtime_ns if latest is None or entry.mtime_ns > latest else latest
    return KindTotal(count, size, latest)


def totals_of(entries: Iterable[FileEntry]) -> Totals:
    """Count from scratch; `InventoryState` keeps the same numbers as deltas arrive."""
    rows = list(entries)
    by_kind = {
        kind: _add(e for e in rows if e.kind is kind and not e.own_output and not e.problem) for kind in FileKind
    }
    return Totals(
        by_kind=by_kind,
        benchmark=_add(e for e in rows if e.counts),
        own_output=sum(e.own_output for e in rows),
        problems=sum(bool(e.problem) for e in rows),
    )


@dataclass(slots=True)
class InventoryState:
    """The fold of inventory events: every entry by path, with totals that change by delta."""

    entries: dict[str, FileEntry] = field(default_factory=dict)
    _counts: dict[FileKind, list[int]] = field(default_factory=lambda: {kind: [0, 0] for kind in FileKind})
    _latest: dict[FileKind, int | None] = field(default_factory=dict)
    """None (or a missing key) means "recompute when asked": the latest file was removed."""
    _own: int = 0
    _problems: int = 0

    def put(self, entry: FileEntry) -> None:
        self.remove(entry.path)
        self.entries[entry.path] = entry
        self._account(entry, 1)

    def remove(self, path: str) -> FileEntry | None:
        entry = self.entries.pop(path, None)
        if entry is not None:
            self._account(entry, -1)
        return entry

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]  # back to the empty fold

    def _account(self, entry: FileEntry, sign: int) -> None:
        self._own += sign * entry.own_output
        self._problems += sign * bool(entry.problem)
        if entry.own_output or entry.problem:
            return
        counts = self._counts[entry.kind]
        counts[0] += sign
        counts[1] += sign * entry.size_bytes
        latest = self._latest.get(entry.kind)
        if sign > 0:
            if counts[0] == 1 or (latest is not None and entry.mtime_ns > latest):
                self._latest[entry.kind] = entry.mtime_ns
        elif latest is not None and entry.mtime_ns >= latest:
            self._latest[entry.kind] = None

    def totals(self) -> Totals:
        for kind, (count, _) in self._counts.items():
            if count and self._latest.get(kind) is None:
                self._latest[kind] = max(
                    e.mtime_ns
                    for e in self.entries.values()
                    if e.kind is kind and not e.own_output and not e.problem
                )
        by_kind = {
            kind: KindTotal(count, size, self._latest.get(kind) if count else None)
            for kind, (count, size) in self._counts.items()
        }
        parts = [total for kind, total in by_kind.items() if kind.is_benchmark]
        latest = [part.latest_mtime_ns for part in parts if part.latest_mtime_ns is not None]
        benchmark = KindTotal(
            sum(part.count for part in parts),
            sum(part.size_bytes for part in parts),
            max(latest, default=None),
        )
        return Totals(by_kind, benchmark, self._own, self._problems)

    def benchmark_files(self) -> Iterator[FileEntry]:
        """The user's csv, json and md files in path order: what the agents are told about."""
        return (self.entries[path] for path in sorted(self.entries) if self.entries[path].counts)


@dataclass(frozen=True, slots=True)
class FieldFact:
    """What one numeric column or key of one file says."""

    field: str
    """Column name, or JSON path such as `latency_percentiles.p99` or `runs[].ttft_s`."""
    count: int
    min: float
    mean: float
    median: float
    max: float
    unit: str = ""
    """From the name's suffix (`_ms`, `_s`, `tok/s`, `%`, …); empty when unknown."""


@dataclass(frozen=True, slots=True)
class RowFact:
    """The row of a CSV with the highest rate or the lowest TTFT, and what was set there."""

    field: str
    """Column."""
    value: float
    unit: str
    row: int
    """Data row, counted from 1."""
    settings: tuple[tuple[str, str], ...] = ()
    """Column and cell, as written: model, num_gpu, temperature, …"""


@dataclass(frozen=True, slots=True)
class GroupFact:
    """The mean of one column over the rows of one model."""

    model: str
    """As the file writes it."""
    field: str
    count: int
    mean: float
    unit: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was read out of one file; `problem` says why less than all was."""

    path: str
    kind: FileKind
    size_bytes: int
    mtime_ns: int
    rows: int = 0
    """Data rows of a CSV, top-level items of JSON, lines of Markdown."""
    names: tuple[str, ...] = ()
    """Columns, keys or headings, in order of appearance."""
    fields: tuple[FieldFact, ...] = ()
    numbers: int = 0
    """How many numbers the file holds."""
    problem: str = ""
    """E.g. `half-written JSON: line 4, column 17` or `vanished while it was read`."""
    best: tuple[RowFact, ...] = ()
    """Of a CSV: for a rate its highest row, for a TTFT its lowest."""
    groups: tuple[GroupFact, ...] = ()
    """Of a CSV with several models in a column."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """The beginning of a file, for a preview."""

    path: str
    kind: FileKind
    text: str
    """Decoded as UTF-8; bytes that are not are replaced by U+FFFD."""
    size_bytes: int
    truncated: bool = False
    """`text` stops before the file does."""
    problem: str = ""
