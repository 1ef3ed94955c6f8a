"""Who and what is let in: viewers up to their number, runs up to the journal's size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from chimera_tui.domain.errors import LimitReached
from chimera_tui.domain.limits import Limits

_NEARLY = 0.9


class Bounds:
    """Asked before anything is let in; what is in stays."""

    def __init__(self, limits: Limits, viewers: Callable[[], int], journal: Path | None) -> None:
        """`viewers` are attached now; without a journal's file runs are kept in memory only."""
        self._limits = limits
        self._viewers = viewers
        self._journal = journal

    def admit_viewer(self) -> None:
        """Raises LimitReached."""
        most = self._limits.viewers
        if self._viewers() >= most:
            raise LimitReached(
                f"as many viewers are attached to this daemon as may be: {most}",
                next_="Detach one (d), or raise limits.viewers and start the daemon again.",
            )

    def admit_run(self) -> None:
        """Raises LimitReached."""
        size_bytes = self._journal_bytes()
        if size_bytes >= self._limits.journal_bytes:
            raise LimitReached(
                f"the journal holds {self._told(size_bytes)}, and no new run begins",
                where=str(self._journal),
                next_="Raise limits.journal_gib, or stop the daemon and move that file away; then start it again.",
            )

    def cautions(self) -> Iterator[str]:
        """A sentence while the journal is nearly full, or is."""
        size_bytes = self._journal_bytes()
        if size_bytes >= _NEARLY * self._limits.journal_bytes:
            yield f"The journal holds {self._told(size_bytes)}; then no new run begins (limits.journal_gib)."

    def _told(self, size_bytes: int) -> str:
        return f"{size_bytes / (1 << 30):,.1f} of {self._limits.journal_gib:,} GiB"

    def _journal_bytes(self) -> int:
        if self._journal is None:
            return 0
        return sum(_size(self._journal.with_name(self._journal.name + end)) for end in ("", "-wal"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
