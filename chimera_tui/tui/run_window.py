"""The runs that a history holds of all there are: those around the reader, the newest, and the marked ones."""

from __future__ import annotations

from chimera_tui.domain.runs import RunPage, RunSummary

PAGE = 100
"""Runs that are asked for at once: reading a page of JSON holds up the screen for some six milliseconds."""
KEPT = 300
"""Rows above and below the screen that stay when others are let go."""


class RunWindow:
    """Rows count from the newest run, 0; any of them may be missing.

    Inside, runs are numbered from the oldest, 0: that number stays with a run while newer ones come.
    """

    def __init__(self) -> None:
        self.total: int | None = None
        """None until the first page has come."""
        self.marked: dict[str, None] = {}
        """Ids in the order in which they were marked."""
        self._runs: dict[int, RunSummary] = {}
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return self.total or 0

    @property
    def held(self) -> list[RunSummary]:
        """Newest first; there may be others between two of them."""
        return [self._runs[number] for number in sorted(self._runs, reverse=True)]

    def run(self, row: int) -> RunSummary | None:
        return self._runs.get(len(self) - 1 - row)

    def row(self, run_id: str) -> int | None:
        number = self._numbers.get(run_id)
        return None if number is None else len(self) - 1 - number

    def missing(self, first: int, end: int, ahead: int = 0) -> int | None:
        """How many newer runs to skip for a page with the first missing one of these rows; None without any.

        The page begins `ahead` rows above them, or ends where held rows, or all, do.
        """
        if self.total is None:
            return 0
        row = next((row for row in range(max(0, first), min(end, self.total)) if self.run(row) is None), None)
        if row is None:
            return None
        start = row
        while start > max(0, first - ahead) and self.run(start - 1) is None:
            start -= 1
        stop = start + PAGE
        below = next(
            (held for held in range(row, min(stop, self.total)) if self.run(held) is not None), self.total
        )
        return max(0, below - PAGE) if below < stop else start

    def take(self, page: RunPage, skip: int) -> int:
        """A page that was asked for with `skip`; how many rows all others move down."""
        before = self.total
        self.total = page.total
        for number in [number for number in self._runs if number >= page.total]:
            self._forget(number)
        for place, run in enumerate(page.runs):
            self._hold(page.total - 1 - skip - place, run)
        return 0 if before is None else max(0, page.total - before)

    def put(self, run: RunSummary) -> int:
        """A run that has begun, or ended; how many rows all others move down."""
        number = self._numbers.get(run.run_id)
        if number is None and self.total and len(self) - 1 not in self._runs:
            number = len(self) - 1  # a page has told that it is there, and not what it is
        if number is not None:
            self._hold(number, run)
            return 0
        self.total = len(self) + 1
        self._hold(len(self) - 1, run)
        return 1

    def trim(self, first: int, end: int) -> None:
        """Let go what is far from these rows; the newest page stays, and so does what is marked."""
        low, high = len(self) - end - KEPT, len(self) - 1 - first + KEPT
        newest = len(self) - PAGE
        far = [number for number in self._runs if not low <= number <= high and number < newest]
        for number in far:
            if self._runs[number].run_id not in self.marked:
                self._forget(number)

    def _hold(self, number: int, run: RunSummary) -> None:
        self._forget(number)
        elsewhere = self._numbers.get(run.run_id)
        if elsewhere is not None:
            self._forget(elsewhere)
        self._runs[number] = run
        self._numbers[run.run_id] = number

    def _forget(self, number: int) -> None:
        run = self._runs.pop(number, None)
        if run is not None:
            del self._numbers[run.run_id]
