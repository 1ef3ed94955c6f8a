"""Plain text on standard output and standard error, for people and for programs."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence

from chimera_tui.commands.tables import table_lines
from chimera_tui.domain.names import harmless_json, printable

_LEAST_WIDTH = 40
"""A terminal that is narrower, or that does not know its size, is written to as if it had so many columns."""


def screen_width() -> int | None:
    """Columns of the terminal that is written to; None for a file or a pipe, whose lines may have any length."""
    return max(_LEAST_WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None


def print_json(document: object) -> None:
    """One document, keys as they come, text unescaped where the output can carry it and no terminal obeys it."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    print(harmless_json(json.dumps(document, indent=2, ensure_ascii=encoding != "utf8")))


def print_table(rows: Iterable[Sequence[str]], *, right: Sequence[int] = (), keys: int | None = None) -> None:
    """Columns side by side, as `table_lines` sets them for this terminal. Cells are made printable."""
    cells = [[printable(cell) for cell in row] for row in rows]
    for line in table_lines(cells, right=right, keys=keys, width=screen_width()):
        print(line)


def tell(text: str, *, indent: int = 2) -> None:
    """A sentence, made printable; folded at its words where the terminal is narrower, then with an `indent`."""
    line, width = printable(text), screen_width()
    if width is None or len(line) <= width:
        print(line)
    else:
        folder = textwrap.TextWrapper(width, subsequent_indent=" " * indent)
        folder.break_long_words = folder.break_on_hyphens = False  # a path can still be copied
        print(folder.fill(line))


def say(text: str) -> None:
    """A line for a person, beside the output proper."""
    print(printable(text), file=sys.stderr)
