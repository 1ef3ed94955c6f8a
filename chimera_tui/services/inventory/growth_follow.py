"""One file that is followed: what its rows tell now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from time import monotonic, time_ns

from chimera_tui.domain.limits import DEFAULTS, Limits
from chimera_tui.domain.rows import MOST_COLUMNS, Axis, Growth, GrowthColumn, RowsKind, preferred
from chimera_tui.services.inventory.growth_document import DocumentRows
from chimera_tui.services.inventory.growth_json import NotOneDocument
from chimera_tui.services.inventory.growth_lines import LineRows
from chimera_tui.services.inventory.growth_store import GrowthStore
from chimera_tui.services.inventory.growth_tail import REPLACED

_TICK_NS = 20_000_000
"""A file's stamp is that of the kernel's last tick: up to so long before it was written."""


class NoSuchColumn(Exception):
    """Its text is the name."""


class Follower:
    """`look` at the file whenever it may have changed; then `tell`."""

    def __init__(self, path: str, kind: RowsKind, limits: Limits = DEFAULTS) -> None:
        self._path = path
        self._kind = kind
        self._store = GrowthStore()
        self._rows: DocumentRows | LineRows = (
            DocumentRows(self._start_over, limits.file_mib) if kind == "json" else LineRows(kind, self._start_over)
        )
        self._looked_ns = 0
        self.is_behind = False
        """The last look stopped before the file's end."""
        self._is_past = True
        """What comes now was there before somebody looked."""
        self._grown_ns = 0
        self._restarts = 0
        self._why = ""

    def look(self, raw_path: str, at_most_s: float = math.inf) -> None:
        """At what is new; when that takes longer, at the rest of it the next time.

        Raises OSError and NoRows; follow it with another object then.
        """
        now_ns = time_ns()
        try:
            self.is_behind = self._take_new(raw_path, now_ns, at_most_s)
        except NotOneDocument:
            self._kind, self._store = "jsonl", GrowthStore()
            self._rows = LineRows("jsonl", self._start_over)
            self.is_behind = self._take_new(raw_path, now_ns, at_most_s)
        if not self.is_behind:
            self._looked_ns = now_ns
            self._is_past = False

    def _take_new(self, raw_path: str, now_ns: int, at_most_s: float) -> bool:
        """Whether there is more to take."""
        until_s = monotonic() + at_most_s
        for batch in self._rows.read(raw_path):
            written_ns = self._rows.mtime_ns
            # the file's own stamp is when the last row was written; a copied file brings an older one
            appeared_ns = written_ns if self._looked_ns - _TICK_NS < written_ns <= now_ns else now_ns
            known = not self._is_past or self._rows.tells_versions
            self._store.add(batch, appeared_ns if known else 0)
            self._grown_ns = written_ns
            if self._rows.goes_on_later and monotonic() >= until_s:
                return True
        return False

    def _start_over(self, why: str) -> None:
        self._store = GrowthStore()
        self._restarts += 1
        self._why = why
        self._is_past = why == REPLACED

    def tell(self, columns: Sequence[str], points: int, axis: Axis | None, resolution_ns: int) -> Growth:
        """The named columns, else the best one, over an axis, else the best one. Raises NoSuchColumn."""
        store = self._store
        found = store.columns()
        missing = set(columns) - {column.name for column in found}
        if missing:
            raise NoSuchColumn(min(missing))
        axes = store.axes()
        over = axis if axis in axes else axes[0]
        wanted = columns or [name for name in (preferred(found),) if name]
        return Growth(
            self._path,
            self._kind,
            store.rows,
            tuple(found),
            tuple(store.series(name, over, points) for name in wanted),
            over,
            tuple(axes),
            store.time_column,
            resolution_ns,
            store.rows_per_minute(),
            self._grown_ns,
            time_ns(),
            self.is_behind,
            tuple(self._notes(found)),
        )

    def _notes(self, found: Sequence[GrowthColumn]) -> list[str]:
        notes = []
        if self._restarts:
            times = "" if self._restarts == 1 else f", {self._restarts:,} times so far"
            notes.append(f"started over: {self._why}{times}")
        if self._rows.tells_versions:
            notes.append("each time the file is written is a row")
        notes += self._rows.notes()
        if self._rows.columns_left_out:
            all_ = MOST_COLUMNS + self._rows.columns_left_out
            notes.append(f"{MOST_COLUMNS} of {all_:,} columns of numbers are kept")
        if self._store.thinned_by > 1:
            notes.append(f"of the older rows every {self._store.thinned_by:,}th is kept")
        if self._store.rows and not found:
            notes.append("no column of numbers")
        return notes
