"""Files that were named on the command line, read whole."""

from __future__ import annotations

import sys
from pathlib import Path

from chimera_tui.domain.errors import BadUse, FileNotReadable

MOST_BYTES = 64_000_000
"""No result file is as long; this guards against a model's weights given by mistake."""


def is_file(path: Path) -> bool:
    """False as well for what can be no path at all, e.g. a name that is too long."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def text_of(path: Path) -> str:
    """The file's text, bytes that are none replaced. BadUse when there is no such file, else FileNotReadable."""
    try:
        with path.open("rb") as file:
            read = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise BadUse(f"there is no file {path}", next_="Check the path.") from error
    except OSError as error:
        raise FileNotReadable(
            f"can not read it: {error.strerror}", where=str(path), next_="Check the path and its permissions."
        ) from error
    if len(read) > MOST_BYTES:
        raise FileNotReadable("this is no result file: it is too long", where=str(path))
    return read.decode(errors="replace")


def text_of_input() -> str:
    """All of standard input, as a file's text. FileNotReadable when it is too long."""
    read = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(read) > MOST_BYTES:
        raise FileNotReadable("this is too long to be a report", where="standard input")
    return read.decode(errors="replace")
