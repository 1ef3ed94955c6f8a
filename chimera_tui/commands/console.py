"""Plain text on standard output and standard error, for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from chimera_tui.domain.inventory import printable


def print_json(document: object) -> None:
    """One document, keys as they come, text unescaped where the output can carry it."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    print(json.dumps(document, indent=2, ensure_ascii=encoding != "utf8"))


def print_table(rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Columns side by side; those in `right` are set to the right. Cells are made printable."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        parts = [
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(parts).rstrip())


def say(text: str) -> None:
    """A line for a person, beside the output proper."""
    print(printable(text), file=sys.stderr)
