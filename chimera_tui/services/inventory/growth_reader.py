"""The process that follows files which grow: questions in, what their rows tell out, until its input closes.

First frame in: the roots as a frame. Then, each with one answer:
`("ask", kept, path, kind, raw_path, columns, points, axis, resolution_ns)` → `("growth", json)`,
`("error", text)` or `("column", name, names)`; `("look", kept, path)` → `("looked", is_behind)`. `kept` are the
paths that are followed; others are forgotten.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from typing import Any

from chimera_tui.domain.rows import RowsKind
from chimera_tui.services import pipes
from chimera_tui.services.inventory.facts import real_path, why_not_read
from chimera_tui.services.inventory.growth_follow import Follower, NoSuchColumn
from chimera_tui.services.inventory.growth_tail import NoRows
from chimera_tui.services.inventory.roots import Roots

_AT_ONCE_S = 0.4
"""Of a long file so much is read before an answer; the next one tells more."""
_MOST_NAMES = 20
"""Told of a file that has no column of the name that was asked for."""


class GrowthReader:
    """Answers one frame after the other."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._followed: dict[str, tuple[Follower, str]] = {}
        """By wire path, with the name in the file system."""

    def answer(self, frame: pipes.Frame) -> pipes.Frame:
        match frame:
            case ("look", kept, path):
                self._keep(kept)
                is_there = path in self._followed and self._look(path) is None
                return ("looked", is_there and self._followed[path][0].is_behind)
            case ("ask", kept, path, kind, raw, columns, points, axis, resolution_ns):
                self._keep(kept)
                self._follow(path, kind, os.fsdecode(raw))
                return self._look(path) or self._tell(path, columns, points, axis, resolution_ns)
        raise ValueError(f"no such question: {frame[0]}")

    def _keep(self, kept: tuple[str, ...]) -> None:
        for path in self._followed.keys() - set(kept):
            del self._followed[path]

    def _follow(self, path: str, kind: RowsKind, raw_path: str) -> None:
        known = self._followed.get(path)
        follower = Follower(path, kind, self._roots.limits) if known is None else known[0]
        self._followed[path] = (follower, raw_path)

    def _look(self, path: str) -> pipes.Frame | None:
        """None when all went well. A file that is gone for a moment is followed on."""
        follower, raw_path = self._followed[path]
        try:
            follower.look(real_path(raw_path, self._roots), _AT_ONCE_S)
        except OSError as error:
            return ("error", why_not_read(error))
        except NoRows as error:
            del self._followed[path]
            return ("error", str(error))
        return None

    def _tell(self, path: str, columns: Any, points: int, axis: Any, resolution_ns: int) -> pipes.Frame:
        follower = self._followed[path][0]
        try:
            growth = follower.tell(columns, points, axis, resolution_ns)
        except NoSuchColumn as error:
            names = [column.name for column in follower.tell((), 0, None, 0).columns]
            return ("column", str(error), names[:_MOST_NAMES])
        text = json.dumps(growth, default=_as_object, separators=(",", ":"), ensure_ascii=False)
        return ("growth", text.encode("utf-8", "replace"))  # a key of JSON may hold half a surrogate pair


def _as_object(record: Any) -> dict[str, Any]:
    return {each.name: getattr(record, each.name) for each in dataclasses.fields(record)}


def main() -> None:
    """The process: questions in, answers out."""
    pipes.be_a_child()
    questions, out = sys.stdin.buffer, sys.stdout.buffer
    start = pipes.read_frame(questions)
    if start is None:
        return
    reader = GrowthReader(Roots.from_frame(*start))
    try:
        while (frame := pipes.read_frame(questions)) is not None:
            pipes.write_frame(out, reader.answer(frame))
    except BrokenPipeError:
        # whoever asked is gone, and Python would complain while it flushes at the end
        os._exit(0)


if __name__ == "__main__":
    main()
