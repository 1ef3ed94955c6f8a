"""A single look in this process: what `chimera inventory` prints, and what a report is checked against."""

from __future__ import annotations

from chimera_tui.domain.file_numbers import FileNumbers
from chimera_tui.domain.inventory import FileFacts, InventoryState
from chimera_tui.services.inventory.numbers import read_numbers
from chimera_tui.services.inventory.reader import read_one
from chimera_tui.services.inventory.roots import Roots
from chimera_tui.services.inventory.scan import scan


def scan_once(roots: Roots, *, read: bool = True) -> tuple[InventoryState, list[FileFacts]]:
    """Everything that is there now, and the facts of the benchmark files in path order (none without `read`)."""
    state = InventoryState()
    for batch in scan(roots):
        for entry in batch:
            state.put(entry)
    if not read:
        return state, []
    return state, [read_one(entry, roots.absolute(entry.path), roots) for entry in state.benchmark_files()]


def read_corpus_numbers(state: InventoryState, roots: Roots) -> list[FileNumbers]:
    """Every number of the benchmark files, in path order; nothing is raised."""
    return [read_numbers(entry, roots.absolute(entry.path), roots) for entry in state.benchmark_files()]
