"""A search in a pane: the query, which match is the current one, and the words that tell it."""

from __future__ import annotations

from chimera_tui.tui.markdown.search import Lines, LineSearch, Match, Point


class PaneSearch:
    """Begun at `origin`: the first match from there on becomes the current one as soon as it is found."""

    def __init__(self, origin: Point) -> None:
        self.query = ""
        self.current: Match | None = None
        self.found: LineSearch | None = None
        """None while the query is blank."""
        self._origin = origin
        self._is_complete = True

    def ask(self, query: str) -> None:
        """Look for something else, from where the search was begun."""
        self.query = query
        self.restart(self._origin)

    def restart(self, origin: Point) -> None:
        """The lines are others now: look through all; the current match is the next from `origin`."""
        self._origin = origin
        self.current = None
        self.found = LineSearch(self.query) if self.query.strip() else None
        self._is_complete = self.found is None

    def follow(self, lines: Lines) -> bool:
        """Look through one slice more; True when nothing is left."""
        if self.found is None:
            return True
        self._is_complete = self.found.follow(lines)
        wanted = self.current.start if self.current else self._origin
        index = self.found.first_from(wanted)
        if index < len(self.found):
            self.current = self.found[index]
        elif self._is_complete:
            self.current = self.found[0] if self.found else None
        return self._is_complete

    def step(self, direction: int) -> Match | None:
        """Make the next match the current one, or the one before with -1; round at the ends."""
        if self.found and self.current is not None:
            index = self.found.first_from(self.current.start)
            self.current = self.found[(index + direction) % len(self.found)]
        return self.current

    @property
    def words(self) -> str:
        """`3 of 17`; with `…` while there is more to look through."""
        if self.found is None:
            return ""
        more = "" if self._is_complete else "…"
        if not self.found or self.current is None:
            return more or "not found"
        return f"{self.found.first_from(self.current.start) + 1} of {len(self.found)}{more}"
