"""Small inventories for tests of what the agents are told."""

from __future__ import annotations

from chimera_tui.domain.inventory import FieldFact, FileEntry, FileFacts
from chimera_tui.domain.names import kind_of
from chimera_tui.engine.factsheet import FactSheet, build
from chimera_tui.engine.ports import Corpus

NOON = 1_763_208_000 * 1_000_000_000
"""2025-11-15 12:00:00 UTC."""
CHARS_PER_TOKEN = 2.0


def entry(path: str, size: int = 100, at_ns: int = NOON) -> FileEntry:
    return FileEntry(path, kind_of(path), size, at_ns)


def facts(path: str, *fields: FieldFact, problem: str = "", rows: int = 12) -> FileFacts:
    return FileFacts(path, kind_of(path), 100, NOON, rows=rows, fields=fields, problem=problem)


def rate(name: str = "tokens_s", count: int = 12, unit: str = "tok/s") -> FieldFact:
    return FieldFact(name, count, 39.9, 41.234567, 41.0, 42.5, unit)


def corpus(*pairs: tuple[FileEntry, FileFacts | None]) -> Corpus:
    files = tuple(sorted((pair[0] for pair in pairs), key=lambda item: item.path))
    return Corpus(("/data/reports",), files, tuple(pair[1] for pair in pairs if pair[1] is not None))


def sweep(folders: int = 6, files: int = 8, fields: int = 10) -> Corpus:
    """`folders` × `files`, half csv and half json, each with `fields` numeric fields."""
    pairs = []
    for folder in range(folders):
        for index in range(files):
            path = f"reports/f{folder}/run_{index:02}.{'csv' if index % 2 else 'json'}"
            pairs.append((entry(path), facts(path, *(rate(f"field_{n}") for n in range(fields)))))
    return corpus(*pairs)


def whole(corpus: Corpus) -> FactSheet:
    return build(corpus, 1_000_000, CHARS_PER_TOKEN)
