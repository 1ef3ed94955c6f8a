"""Every number of one file, with where it stands: lean enough for a hundred thousand of them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from chimera_tui.domain.names import FileKind

INDEX_BITS = 21
"""Of one index of a JSON path in a packed place: three indices fit in 63 bits."""


@dataclass(frozen=True, slots=True)
class NumberField:
    """A column, a key or a table column that holds numbers."""

    name: str
    """CSV column; JSON path with its indices folded, `results[].ttft_s`; Markdown `heading › column` or
    `heading › key`."""
    unit: str = ""
    """From the name, a unit row, a sibling key or what stands behind the numbers; in the spelling of
    `services/inventory/units` (`s`, `ms`, `tok/s`, `%`, `B`, …); empty when unknown."""


@dataclass(frozen=True, slots=True)
class FileNumbers:
    """Parallel arrays, one item per number, in the order of the file."""

    path: str
    """Wire form."""
    kind: FileKind
    size_bytes: int
    mtime_ns: int
    fields: tuple[NumberField, ...] = ()
    values: array[float] = field(default_factory=lambda: array("d"))
    """Finite."""
    field_of: array[int] = field(default_factory=lambda: array("I"))
    """Index into `fields`."""
    places: array[int] = field(default_factory=lambda: array("Q"))
    """CSV: data row from 1. Markdown: line from 1. JSON: up to three indices of the path, the first in the lowest
    `INDEX_BITS` bits, each plus one so that 0 means none; an index that does not fit is left 0."""
    labels_of: array[int] = field(default_factory=lambda: array("I"))
    """Index into `labels`: what the record of the number calls itself."""
    labels: tuple[str, ...] = ("",)
    """The short texts of a record (a CSV row, a JSON object with those around it, the first cell of a Markdown
    table's row), in lower case, joined by ` | `: model, test and prompt names."""
    stamps: tuple[str, ...] = ()
    """Times written inside the file, ISO 8601 as far as written, to the second: the earliest and the latest, or
    one, or none."""
    problem: str = ""
    """Why less than all was read, as in `FileFacts`."""

    def place_text(self, index: int) -> tuple[str, int]:
        """(field with its indices, row) of one number, as `FactPlace` wants them."""
        name = self.fields[self.field_of[index]].name
        packed = self.places[index]
        if self.kind is not FileKind.JSON:
            return name, packed
        while packed:
            one, packed = packed & ((1 << INDEX_BITS) - 1), packed >> INDEX_BITS
            name = name.replace("[]", f"[{one - 1}]" if one else "[?]", 1)
        return name, 0
