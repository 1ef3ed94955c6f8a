"""What a report's own generated summary says of the files as they were when it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chimera_tui.domain.names import FileKind


@dataclass(frozen=True, slots=True)
class ToldInventory:
    """The inventory as a program, not a model, wrote it into a report.

    Files are often copied after a report was written. Their modification times then say nothing of it, and this is
    the only witness of what they were.
    """

    total: int | None = None
    """`Total files analyzed: 101`; None where it is not told."""
    counts: Mapping[FileKind, int] = field(default_factory=dict)
    """`CSV Files (28)`; a kind that is not told is missing."""
    latest: Mapping[FileKind, str] = field(default_factory=dict)
    """`Latest modified: 2025-11-14 18:53:30 UTC` of each kind as `YYYY-MM-DD HH:MM:SS`, UTC."""
    written: str = ""
    """When the report was written, from its generated header: ISO 8601 as far as told (`2025-11-27 00:29:00`,
    `2025-11-15`); else empty."""
