"""The beginning of one file, for a person who wants to see it."""

from __future__ import annotations

import codecs
import os

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.inventory import FileContent, FileEntry
from chimera_tui.domain.names import printable
from chimera_tui.services.inventory.facts import open_regular, real_path
from chimera_tui.services.inventory.roots import Roots


def read_preview(entry: FileEntry, roots: Roots, limit_bytes: int) -> FileContent:
    """At most `limit_bytes` of a file as text. Raises FileNotReadable; blocks, so call it in a thread."""
    shown = printable(entry.path)
    if entry.problem:
        raise FileNotReadable(
            f"{shown} can not be shown: {entry.problem}", where=shown, next_="Choose another file."
        )
    raw = roots.absolute(entry.path)
    try:
        descriptor, status = open_regular(real_path(raw, roots) if entry.is_link else raw, roots)
        try:
            data = os.read(descriptor, limit_bytes)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise FileNotReadable(
            f"{shown} can not be read: {(error.strerror or str(error)).lower()}",
            where=shown,
            next_="Check that it is still there and that you may read it.",
        ) from error
    truncated = status.st_size > len(data)
    return FileContent(entry.path, entry.kind, _text(data, truncated), status.st_size, truncated)


def _text(data: bytes, truncated: bool) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    # the incremental decoder leaves out a character that the limit has cut in two
    return codecs.getincrementaldecoder("utf-8-sig")("replace").decode(data, final=not truncated)
