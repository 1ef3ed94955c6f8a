"""The rows of a file of lines, CSV or JSON, as they are appended."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chimera_tui.domain.rows import RowsKind
from chimera_tui.services.inventory.growth_columns import Batch
from chimera_tui.services.inventory.growth_csv import CsvRows
from chimera_tui.services.inventory.growth_json import JsonLines
from chimera_tui.services.inventory.growth_tail import LONGEST_LINE, TAIL_BYTES, Tail


class LineRows:
    """Iterate over `read`; `restarted` is called with the reason before rows start over."""

    tells_versions = False
    goes_on_later = True
    """Whoever stops reading before the end gets the rest the next time."""

    def __init__(self, kind: RowsKind, restarted: Callable[[str], None]) -> None:
        self._kind = kind
        self._restarted = restarted
        self._tail = Tail(self._start_over)
        self._rows = self._parser()

    def _parser(self) -> CsvRows | JsonLines:
        return CsvRows() if self._kind == "csv" else JsonLines()

    def _start_over(self, why: str) -> None:
        self._rows = self._parser()
        self._restarted(why)

    @property
    def mtime_ns(self) -> int:
        return self._tail.mtime_ns

    @property
    def columns_left_out(self) -> int:
        return self._rows.columns_left_out

    def read(self, raw_path: str) -> Iterator[Batch]:
        """Rows that are new. Raises OSError and NoRows."""
        for text in self._tail.read(raw_path):
            if isinstance(self._rows, CsvRows) and self._tail.head:
                self._rows.begin(self._tail.head.decode("utf-8-sig", "replace"))
                self._tail.head = b""
            if (batch := self._rows.feed(text)) is not None:
                yield batch
        if self._is_whole_all_the_same() and (batch := self._rows.feed(self._tail.take_held_back())) is not None:
            yield batch

    def _is_whole_all_the_same(self) -> bool:
        if not (line := self._tail.held_back):
            return False
        if isinstance(self._rows, JsonLines):
            return self._rows.is_whole(line)
        return self._tail.is_still and not self._rows.is_open

    def notes(self) -> list[str]:
        tail, rows = self._tail, self._rows
        notes = []
        if tail.offset < tail.size_bytes:
            notes.append(f"{tail.offset >> 20:,} of {tail.size_bytes >> 20:,} MiB are read so far")
        if tail.start:
            notes.append(f"only the last {TAIL_BYTES >> 20} MiB are read")
        if tail.held_back:
            notes.append("the last line has no end yet and is held back")
        if tail.long_lines:
            notes.append(f"lines of more than {LONGEST_LINE >> 20} MiB left out: {tail.long_lines:,}")
        if tail.nul_bytes:
            notes.append(f"NUL bytes left out: {tail.nul_bytes:,}")
        if isinstance(rows, JsonLines):
            return [*notes, f"lines that are no JSON: {rows.broken:,}"] if rows.broken else notes
        if rows.is_open:
            notes.append("a quote is open: the row is held back until it is closed")
        if rows.stray_quotes:
            notes.append(f"lines left out because a quote was never closed: {rows.stray_quotes:,}")
        if rows.ragged:
            notes.append(f"rows with more or fewer cells than the header: {rows.ragged:,}")
        if rows.repeated_headers:
            notes.append(f"repeated headers: {rows.repeated_headers:,}")
        return notes
