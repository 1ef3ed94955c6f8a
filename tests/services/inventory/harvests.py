"""Numbers of small files, as a test reads them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from chimera_tui.domain.file_numbers import FileNumbers
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import kind_of
from chimera_tui.services.inventory.numbers import read_numbers
from chimera_tui.services.inventory.roots import resolve_roots


class Found(NamedTuple):
    """One number of a file."""

    field: str
    row: int
    value: float
    unit: str
    label: str


def numbers_of(folder: Path, name: str, text: str) -> FileNumbers:
    """The numbers of a file that is written first."""
    path = folder / name
    path.write_text(text)
    return read_numbers(
        FileEntry(f"reports/{name}", kind_of(name), 0, 0), os.fspath(path), resolve_roots([folder])
    )


def found_in(numbers: FileNumbers) -> list[Found]:
    """All of them, in the order of the file."""
    return [
        Found(
            *numbers.place_text(index),
            value,
            numbers.fields[numbers.field_of[index]].unit,
            numbers.labels[numbers.labels_of[index]],
        )
        for index, value in enumerate(numbers.values)
    ]
