"""New folders as they travel from the watcher: by columns, which costs a third of a tuple for every file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import kind_of, to_wire
from chimera_tui.services.inventory.roots import Roots
from chimera_tui.services.inventory.scan import BATCH, Row

Columns = tuple[str, Sequence[str], Sequence[int], Sequence[int]]
"""Wire path of a folder; of plain files in it: names in wire form, sizes in bytes, mtimes in ns."""


def to_columns(folder: str, rows: Mapping[str, Row]) -> tuple[list[Columns], dict[str, Row]]:
    """The plain files in pieces of at most `BATCH`; by wire path the rest: links, what is no file, problems."""
    if not rows:
        return [], {}
    odd: dict[str, Row] = {}
    sizes, mtimes, _, _, problems, links, regular = zip(*rows.values(), strict=True)
    if any(problems) or any(links) or not all(regular):
        plain = {name: row for name, row in rows.items() if row.regular and not row.is_link and not row.problem}
        odd = {f"{folder}/{to_wire(name)}": row for name, row in rows.items() if name not in plain}
        return to_columns(folder, plain)[0], odd
    names = list(rows) if "".join(rows).isascii() else [to_wire(name) for name in rows]
    pieces = [slice(at, at + BATCH) for at in range(0, len(names), BATCH)]
    return [(folder, names[piece], sizes[piece], mtimes[piece]) for piece in pieces], odd


def from_columns(columns: Columns, roots: Roots) -> Iterator[FileEntry]:
    """The files as everyone else knows them."""
    folder, names, sizes, mtimes = columns
    own = roots.is_own_output(f"{folder}/")
    for name, size_bytes, mtime_ns in zip(names, sizes, mtimes, strict=True):
        path = f"{folder}/{name}"
        yield FileEntry(path, kind_of(name), size_bytes, mtime_ns, own or path == roots.own_output)
