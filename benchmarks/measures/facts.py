"""Real files turned into facts by the real reader process; the floor is `cat`, which reads and forgets."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from benchmarks.figure import Figure, Reading, Size, Skipped
from benchmarks.measures.scan import child
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.services import pipes
from chimera_tui.services.inventory.once import scan_once
from chimera_tui.services.inventory.reader import question
from chimera_tui.services.inventory.roots import Roots, resolve_roots

FIGURES = (
    Figure("facts_cold", "101 real files → facts, cold", "ms", 60),
    Figure("facts_changed", "101 real files → facts, one changed", "ms", 5),
)
_CHANGES = 9
"""One after the other; their median counts."""
SHARED = Path(os.environ.get("CHIMERA_SHARED", Path(__file__).parents[3] / "shared"))


def measure(size: Size) -> Mapping[str, Reading]:
    if not (SHARED / "corpus").is_dir():
        raise Skipped("the real files are not beside this checkout")
    with tempfile.TemporaryDirectory(prefix="ch-") as folder:
        corpus = Path(shutil.copytree(SHARED / "corpus", Path(folder) / "corpus", copy_function=shutil.copyfile))
        roots = resolve_roots([corpus])
        entries = list(scan_once(roots, read=False)[0].benchmark_files())
        return _read(roots, entries)


def _read(roots: Roots, entries: Sequence[FileEntry]) -> Mapping[str, Reading]:
    paths = [roots.absolute(entry.path) for entry in entries]
    changed = max(range(len(paths)), key=lambda index: entries[index].size_bytes)
    floor_ms, floor_one_ms = _cat(paths), _cat([paths[changed]])
    with child("chimera_tui.services.inventory.reader") as (questions, answers):
        pipes.write_frame(questions, roots.to_frame())
        time.sleep(0.5)  # its imports; it says nothing before it is asked
        cold_ms = _ask(questions, answers, list(zip(entries, paths, strict=True)))
        found = []
        for _ in range(_CHANGES):
            with Path(paths[changed]).open("ab") as file:
                file.write(b"\n")
            found.append(_ask(questions, answers, [(entries[changed], paths[changed])]))
        changed_ms = statistics.median(found)
    return {"facts_cold": Reading(cold_ms, floor_ms), "facts_changed": Reading(changed_ms, floor_one_ms)}


def _ask(questions: BinaryIO, answers: BinaryIO, files: Sequence[tuple[FileEntry, str]]) -> float:
    """From the first question to the last answer, one after the other as the service asks."""
    started_ns = time.monotonic_ns()
    for entry, path in files:
        pipes.write_frame(questions, question(entry, path))
        pipes.read_frame(answers)
    return (time.monotonic_ns() - started_ns) / 1e6


def _cat(paths: Sequence[str]) -> float:
    started_ns = time.monotonic_ns()
    subprocess.run(["cat", *paths], stdout=subprocess.DEVNULL, check=True)
    return (time.monotonic_ns() - started_ns) / 1e6
