"""What the inventory itself says: counts, shares, sizes and stamps, per kind, per name and in all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from chimera_tui.domain.formatting import utc_second
from chimera_tui.domain.grounding_told import ToldInventory
from chimera_tui.domain.inventory import FileEntry, KindTotal, totals_of
from chimera_tui.domain.names import FileKind

_COUNTED_KEPT = 1_000
KINDS = (FileKind.CSV, FileKind.JSON, FileKind.MD)


class InventoryFacts:
    """Of the benchmark files alone; what a report's own summary told of stamps goes before the copy at hand."""

    def __init__(self, files: Sequence[FileEntry], told: ToldInventory | None = None) -> None:
        self.files = tuple(entry for entry in files if entry.counts)
        self._told = told
        self._counted: dict[tuple[str, frozenset[FileKind]], frozenset[int]] = {}

    @cached_property
    def _by_kind(self) -> dict[FileKind, KindTotal]:
        return totals_of(self.files).by_kind

    @cached_property
    def _lower_paths(self) -> tuple[str, ...]:
        return tuple(entry.path.lower() for entry in self.files)

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[str, FileEntry]]]:
        """Paths in lower case with their entries, by file name in lower case."""
        found: dict[str, list[tuple[str, FileEntry]]] = {}
        for path, entry in zip(self._lower_paths, self.files, strict=True):
            found.setdefault(path.rpartition("/")[2], []).append((path, entry))
        return found

    @cached_property
    def folders(self) -> int:
        """How many folders hold benchmark files."""
        return len({entry.folder for entry in self.files})

    @cached_property
    def roots(self) -> int:
        """How many directories these folders are in."""
        return len({entry.path.partition("/")[0] for entry in self.files})

    def sizes_of(self, name: str) -> tuple[int, ...]:
        """Bytes of the files of that name, or whose path ends so; none where there is none."""
        name = name.lower()
        alike = self._by_name.get(name.rpartition("/")[2], ())
        return tuple(entry.size_bytes for path, entry in alike if path == name or path.endswith("/" + name))

    @property
    def kinds(self) -> int:
        """How many kinds of benchmark file there are."""
        return sum(1 for kind in KINDS if self._by_kind[kind].count)

    def count(self, kinds: frozenset[FileKind] = frozenset()) -> int:
        """Files of these kinds together; of none named, all."""
        return sum(self._by_kind[kind].count for kind in kinds or KINDS)

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
        return sum(self._by_kind[kind].size_bytes for kind in kinds or KINDS)

    def counts_with(self, part: str, kinds: frozenset[FileKind] = frozenset()) -> frozenset[int]:
        """How many files have `part` in their name, and how many in their path; of the kinds, and of all."""
        key = part.lower(), kinds
        if key not in self._counted:
            if len(self._counted) >= _COUNTED_KEPT:
                self._counted.clear()
            self._counted[key] = frozenset(self._count_with(*key))
        return self._counted[key]

    def _count_with(self, part: str, kinds: frozenset[FileKind]) -> Iterator[int]:
        holding = [at for at, path in enumerate(self._lower_paths) if part in path]
        for of in {kinds, frozenset[FileKind]()}:
            chosen = [self._lower_paths[at] for at in holding if not of or self.files[at].kind in of]
            yield len(chosen)
            yield sum(part in path.rpartition("/")[2] for path in chosen)

    @cached_property
    def copied_later(self) -> bool:
        """Whether some file was changed after the report was written: sizes are then not those it was about."""
        written = self._told.written if self._told else ""
        return bool(written) and max(self._stamps.values(), default="") > written.ljust(19, "~")

    @cached_property
    def _stamps(self) -> dict[FileKind, str]:
        newest = {kind: self._by_kind[kind].latest_mtime_ns for kind in KINDS}
        return {kind: utc_second(at) for kind, at in newest.items() if at is not None}

    def latest(self, kinds: frozenset[FileKind] = frozenset()) -> dict[FileKind, str]:
        """Latest modification per kind, `YYYY-MM-DD HH:MM:SS` in UTC."""
        known = self._told.latest if self._told is not None and self._told.latest else self._stamps
        return {kind: at for kind, at in known.items() if not kinds or kind in kinds}
