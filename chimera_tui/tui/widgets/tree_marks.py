"""What happened to a row a moment ago: a sign beside it that fades."""

from __future__ import annotations

from enum import StrEnum

FADE_S = 10.0
MOST = 8_192
"""So many rows have a mark at a time: of a hundred thousand files that come at once, none is told apart by one."""


class Mark(StrEnum):
    NEW = "+"
    CHANGED = "~"
    MOVED = "→"


class Marks:
    """Marks by row key, oldest first. Times are seconds of any one clock that does not go back."""

    def __init__(self) -> None:
        self._marks: dict[str, tuple[Mark, float]] = {}

    def __len__(self) -> int:
        return len(self._marks)

    def get(self, key: str) -> Mark | None:
        found = self._marks.get(key)
        return None if found is None else found[0]

    def put(self, key: str, mark: Mark, now: float) -> None:
        """Mark a row; what is still marked as new or moved stays so when it changes again. With MOST marks only
        folders get another."""
        before = self._marks.pop(key, None)
        if before is None and len(self._marks) >= MOST and not key.endswith("/"):
            return
        if before is not None and mark is Mark.CHANGED:
            mark = before[0]
        self._marks[key] = (mark, now)

    def drop(self, key: str) -> None:
        self._marks.pop(key, None)

    def clear(self) -> None:
        self._marks.clear()

    def fade(self, now: float) -> bool:
        """Drop what is due; whether anything was."""
        due = []
        for key, (_, since) in self._marks.items():
            if since + FADE_S > now:
                break
            due.append(key)
        for key in due:
            del self._marks[key]
        return bool(due)
