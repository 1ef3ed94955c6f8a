"""A text that comes in pieces, cut into lines."""

from __future__ import annotations

import re

LONGEST_LINE = 20_000
"""Characters of a line that are checked."""
_HALF_WORD = re.compile(r"\S{1,80}\Z")


class LineCutter:
    """Keeps no more of an unfinished line than is checked of it."""

    def __init__(self) -> None:
        self.cut: int = 0
        """How many lines were longer."""
        self._parts: list[str] = []
        self._length = 0

    def add(self, text: str) -> list[str]:
        """The lines that this completes, without their ends."""
        first, *others = text.split("\n")
        self._keep(first)
        lines: list[str] = []
        for other in others:
            lines.append(self._whole())
            self._keep(other)
        return lines

    def finish(self) -> list[str]:
        """The last line, if it has no end."""
        return [self._whole()] if self._length else []

    def _keep(self, part: str) -> None:
        room = LONGEST_LINE + 1 - self._length
        if part and room > 0:
            self._parts.append(part[:room])
            self._length += len(self._parts[-1])

    def _whole(self) -> str:
        line = "".join(self._parts)
        self._parts.clear()
        self._length = 0
        if len(line) <= LONGEST_LINE:
            return line.removesuffix("\r")
        self.cut += 1
        # half a number would be another one
        return _HALF_WORD.sub("", line)
