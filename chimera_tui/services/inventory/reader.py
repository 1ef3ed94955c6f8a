"""The reader process: file names in, facts out, until its standard input closes.

First frame in: the roots as a frame. Then `(path, kind, size, mtime, is_link, raw_path)` per file; the
answers are the facts as plain tuples, in the order of the questions.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import Any

from chimera_tui.domain.inventory import FieldFact, FileEntry, FileFacts, GroupFact, RowFact
from chimera_tui.domain.names import FileKind
from chimera_tui.services import pipes
from chimera_tui.services.inventory.facts import read_facts, real_path
from chimera_tui.services.inventory.roots import Roots


def question(entry: FileEntry, raw_path: str) -> pipes.Frame:
    # as bytes, whatever the name
    raw = os.fsencode(raw_path)
    return (entry.path, entry.kind.value, entry.size_bytes, entry.mtime_ns, entry.is_link, raw)


def answer(facts: FileFacts) -> pipes.Frame:
    fields = [
        (fact.field, fact.count, fact.min, fact.mean, fact.median, fact.max, fact.unit) for fact in facts.fields
    ]
    return (
        facts.path,
        facts.kind.value,
        facts.size_bytes,
        facts.mtime_ns,
        facts.rows,
        facts.names,
        fields,
        facts.numbers,
        facts.problem,
        [(fact.field, fact.value, fact.unit, fact.row, fact.settings) for fact in facts.best],
        [(fact.model, fact.field, fact.count, fact.mean, fact.unit) for fact in facts.groups],
    )


def facts_of(frame: pipes.Frame) -> FileFacts:
    path, kind, size, mtime, rows, names, fields, numbers, problem, best, groups = frame
    return FileFacts(
        path,
        FileKind(kind),
        size,
        mtime,
        rows,
        tuple(names),
        tuple(FieldFact(*fact) for fact in fields),
        numbers,
        problem,
        tuple(RowFact(*fact) for fact in best),
        tuple(GroupFact(*fact) for fact in groups),
    )


def read_one(entry: FileEntry, raw_path: str, roots: Roots) -> FileFacts:
    """Facts of an entry; a link is followed as long as it stays in the roots."""
    if entry.is_link:
        try:
            raw_path = real_path(raw_path, roots)
        except OSError as error:
            facts = FileFacts(entry.path, entry.kind, entry.size_bytes, entry.mtime_ns)
            return dataclasses.replace(facts, problem=f"link not read: {(error.strerror or str(error)).lower()}")
    return read_facts(entry, raw_path, roots)


def main() -> None:
    """The process: questions in, answers out."""
    pipes.be_a_child()
    questions, out = sys.stdin.buffer, sys.stdout.buffer
    start = pipes.read_frame(questions)
    if start is None:
        return
    roots = Roots.from_frame(*start)
    try:
        while (frame := pipes.read_frame(questions)) is not None:
            pipes.write_frame(out, _answer_to(frame, roots))
    except BrokenPipeError:
        # whoever asked is gone, and Python would complain while it flushes at the end
        os._exit(0)


def _answer_to(frame: tuple[Any, ...], roots: Roots) -> pipes.Frame:
    path, kind, size, mtime, is_link, raw = frame
    entry = FileEntry(path, FileKind(kind), size, mtime, is_link=is_link)
    return answer(read_one(entry, os.fsdecode(raw), roots))


if __name__ == "__main__":
    main()
