"""Checked numbers and file entries as they travel between the daemon and the checking process.

To it: `(paths, labels)` of the roots first; then
    ("corpus", id, changed, removed, whole)   entries since the corpus before; `whole` with the last part
    ("open", text, corpus id, today)          a text begins
    ("text", text, str)                       what was written next
    ("finish", text) · ("drop", text)         it is whole · nobody wants it any more
From it:
    ("ready", corpus id)                      all numbers of the files are at hand
    ("checked", text, lines, claims)          so many lines from the first are checked; the claims of the new ones
    ("finished", text, files, problem)
"""

from __future__ import annotations

import os
from typing import Any

from chimera_tui.domain.grounding import CheckedNumber, FactPlace
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.services.pipes import Frame


def entry_frame(entry: FileEntry, raw_path: str) -> Frame:
    """An entry with its name in the file system, as bytes, whatever it is."""
    raw = os.fsencode(raw_path)
    return (entry.path, entry.kind.value, entry.size_bytes, entry.mtime_ns, entry.is_link, raw)


def entry_of(frame: Frame) -> tuple[FileEntry, str]:
    path, kind, size, mtime, is_link, raw = frame
    return FileEntry(path, FileKind(kind), size, mtime, is_link=is_link), os.fsdecode(raw)


def number_frame(number: CheckedNumber) -> Frame:
    place = number.place
    where = None if place is None else (place.path, place.field, place.row, place.statistic)
    return (
        number.line,
        number.start,
        number.end,
        number.text,
        number.verdict.value,
        number.subject,
        number.truth,
        where,
        number.why,
    )


def number_of(frame: tuple[Any, ...]) -> CheckedNumber:
    line, start, end, text, verdict, subject, truth, where, why = frame
    place = None if where is None else FactPlace(*where)
    return CheckedNumber(line, start, end, text, Verdict(verdict), subject, truth, place, why)
