"""Every number of one file with its place: what numbers in a report are checked against."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chimera_tui.domain.file_numbers import FileNumbers
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import FileKind
from chimera_tui.services.inventory.facts import read_text, real_path
from chimera_tui.services.inventory.numbers_csv import harvest_csv
from chimera_tui.services.inventory.numbers_found import Harvest
from chimera_tui.services.inventory.numbers_json import harvest_json
from chimera_tui.services.inventory.numbers_markdown import harvest_markdown
from chimera_tui.services.inventory.roots import Roots

_HARVESTERS: Mapping[FileKind, Callable[[str, Harvest], None]] = {
    FileKind.CSV: harvest_csv,
    FileKind.JSON: harvest_json,
    FileKind.MD: harvest_markdown,
}


def read_numbers(entry: FileEntry, raw_path: str, roots: Roots) -> FileNumbers:
    """Read one csv, json or md file; a link is followed as long as it stays in the roots.

    What is wrong with it stands in `problem`; nothing is raised.
    """
    if entry.is_link:
        try:
            raw_path = real_path(raw_path, roots)
        except OSError as error:
            problem = f"link not read: {(error.strerror or str(error)).lower()}"
            return FileNumbers(entry.path, entry.kind, entry.size_bytes, entry.mtime_ns, problem=problem)
    file = read_text(entry, raw_path, roots)
    harvest = Harvest(roots.limits)
    if file.text is not None:
        _HARVESTERS[entry.kind](file.text, harvest)
    return FileNumbers(
        entry.path,
        entry.kind,
        file.size_bytes,
        file.mtime_ns,
        harvest.fields,
        harvest.values,
        harvest.field_of,
        harvest.places,
        harvest.labels_of,
        harvest.labels,
        harvest.stamps(),
        "; ".join([*file.problems, *harvest.problems()]),
    )
