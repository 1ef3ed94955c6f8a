"""Every bound that a person may move, in one place; docs/limits.md tells what happens when one is reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`[limits]`: how much of everything is taken, so that no file, server or viewer can cost without end."""

    file_mib: int = 32
    """Of a csv, json or md file so many MiB from its beginning are read for facts and for checking numbers.
    Default 32. `CHIMERA_FILE_MIB`, `--file-mib`."""
    json_depth: int = 64
    """Levels of a JSON document whose keys are read.
    Default 64. `CHIMERA_JSON_DEPTH`, `--json-depth`."""
    csv_width: int = 20_000
    """Cells of a CSV row that are read.
    Default 20,000. `CHIMERA_CSV_WIDTH`, `--csv-width`."""
    columns: int = 5_000
    """Columns, or keys of JSON, that are kept of a file, with numbers or without.
    Default 5,000. `CHIMERA_COLUMNS`, `--columns`."""
    changes_per_second: int = 20_000
    """Changes of files that are told a second, over a while; more of them are told later, joined.
    Default 20,000. `CHIMERA_CHANGES_PER_SECOND`, `--changes-per-second`."""
    viewers: int = 16
    """Screens and followers that may be attached to a daemon at a time.
    Default 16. `CHIMERA_VIEWERS`, `--viewers`."""
    journal_gib: int = 20
    """Size of the journal from which no new run or campaign begins; what goes on is kept to its end.
    Default 20. `CHIMERA_JOURNAL_GIB`, `--journal-gib`."""

    @property
    def file_bytes(self) -> int:
        return self.file_mib << 20

    @property
    def journal_bytes(self) -> int:
        return self.journal_gib << 30


DEFAULTS = Limits()
MOST_BODY_BYTES = 8 << 20
"""Of a request to the daemon: a campaign file is some kB."""
EVENTS_PER_S = 30
"""Most writes a second to one viewer; what happens in between leaves together."""
