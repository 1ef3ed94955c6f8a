"""What the inventory itself says: counts, shares, sizes and stamps, per kind, per name and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property

from chimera_tui.domain.grounding_told import ToldInventory
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import FileKind

KINDS = (FileKind.CSV, FileKind.JSON, FileKind.MD)


class InventoryFacts:
    """Of the benchmark files alone; what a report's own summary told of stamps goes before the copy at hand."""

    def __init__(self, files: Sequence[FileEntry], told: ToldInventory | None = None) -> None:
        self.files = tuple(entry for entry in files if entry.counts)
        self._told = told

    @cached_property
    def _counts(self) -> Counter[FileKind]:
        return Counter(entry.kind for entry in self.files)

    @cached_property
    def _lower_paths(self) -> tuple[str, ...]:
        return tuple(entry.path.lower() for entry in self.files)

    @cached_property
    def folders(self) -> int:
        """How many folders hold benchmark files."""
        return len({entry.folder for entry in self.files})

    @cached_property
    def roots(self) -> int:
        """How many directories these folders are in."""
        return len({entry.path.partition("/")[0] for entry in self.files})

    def sizes_of(self, name: str) -> tuple[int, ...]:
        """Bytes of the files of that name, or whose path ends so."""
        name = name.lower()
        return tuple(
            entry.size_bytes
            for path, entry in zip(self._lower_paths, self.files, strict=True)
            if path == name or path.endswith("/" + name)
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """File names in lower case."""
        return frozenset(path.rpartition("/")[2] for path in self._lower_paths)

    @property
    def kinds(self) -> int:
        """How many kinds of benchmark file there are."""
        return sum(1 for kind in KINDS if self._counts[kind])

    def count(self, kinds: frozenset[FileKind] = frozenset()) -> int:
        """Files of these kinds together; of none named, all."""
        return sum(self._counts[kind] for kind in kinds) if kinds else len(self.files)

    def told_count(self, kinds: frozenset[FileKind] = frozenset()) -> int | None:
        """The same as the report's own summary has it; None where it does not tell."""
        told = self._told
        if told is None:
            return None
        if not kinds:
            return told.total
        counts = [told.counts.get(kind) for kind in kinds]
        return None if None in counts else sum(count for count in counts if count is not None)

    def size_bytes(self, kinds: frozenset[FileKind] = frozenset()) -> int:
        return sum(entry.size_bytes for entry in self.files if not kinds or entry.kind in kinds)

    def counts_with(self, part: str, kinds: frozenset[FileKind] = frozenset()) -> set[int]:
        """How many files have `part` in their name, and how many in their path; of the kinds, and of all."""
        part = part.lower()
        found: set[int] = set()
        for of in {kinds, frozenset[FileKind]()}:
            chosen = [
                path
                for path, entry in zip(self._lower_paths, self.files, strict=True)
                if part in path and (not of or entry.kind in of)
            ]
            found |= {len(chosen), sum(part in path.rpartition("/")[2] for path in chosen)}
        return found

    def holds(self, name: str) -> bool:
        """Whether a file of that name, or a path that ends so, is in the inventory."""
        name = name.lower()
        return name in self.names or any(path == name or path.endswith("/" + name) for path in self._lower_paths)

    @property
    def copied_later(self) -> bool:
        """Whether some file was changed after the report was written: sizes are then not those it was about."""
        written = self._told.written if self._told else ""
        return bool(written) and any(_stamp(entry.mtime_ns) > written.ljust(19, "~") for entry in self.files)

    def latest(self, kinds: frozenset[FileKind] = frozenset()) -> dict[FileKind, str]:
        """Latest modification per kind, `YYYY-MM-DD HH:MM:SS` in UTC."""
        wanted = kinds or frozenset(KINDS)
        if self._told is not None and self._told.latest:
            return {kind: stamp for kind, stamp in self._told.latest.items() if kind in wanted}
        newest: dict[FileKind, int] = {}
        for entry in self.files:
            if entry.kind in wanted:
                newest[entry.kind] = max(newest.get(entry.kind, entry.mtime_ns), entry.mtime_ns)
        return {kind: _stamp(at) for kind, at in newest.items()}


def _stamp(mtime_ns: int) -> str:
    try:
        return f"{datetime.fromtimestamp(mtime_ns // 1_000_000_000, UTC):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return ""
