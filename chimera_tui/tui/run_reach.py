"""Runs beyond those that the history holds, read for one question: a whole series, a run to compare with."""

from __future__ import annotations

from collections.abc import Callable

from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui.groups import FARTHEST, alike
from chimera_tui.tui.ports import History
from chimera_tui.tui.run_window import PAGE, RunWindow


class RunReach:
    """Begins with what the window holds; what it reads besides is its own: scrolling takes nothing away."""

    def __init__(self, history: History, window: RunWindow) -> None:
        self._history = history
        self._total = len(window)
        self._seen = {
            self._total - 1 - row: run for run in window.held if (row := window.row(run.run_id)) is not None
        }
        self._numbers = {run.run_id: number for number, run in self._seen.items()}

    @property
    def runs(self) -> list[RunSummary]:
        """All that are known by now, newest first."""
        return [self._seen[number] for number in sorted(self._seen, reverse=True)]

    async def read_series(self, run_id: str) -> None:
        """Know every run of its series: they stand together. May raise a ChimeraError."""
        run = self._seen[self._numbers[run_id]]
        if run.series is None:
            return
        series_id = run.series.series_id
        for step in (-1, 1):
            await self._walk(
                self._numbers[run_id],
                step,
                self._total,
                lambda other: other.series is None or other.series.series_id != series_id,
            )

    async def read_older(self, run_id: str) -> None:
        """Know the nearest run before it that it can be compared with, its series, and all between. May raise a
        ChimeraError."""
        run = self._seen[self._numbers[run_id]]
        series = None if run.series is None else run.series.series_id

        def fits(other: RunSummary) -> bool:
            own = other.series is not None and other.series.series_id == series
            return not own and alike(other, run)

        found = await self._walk(self._numbers[run_id], -1, FARTHEST, fits)
        if found is not None:
            await self.read_series(found.run_id)

    async def _walk(
        self, number: int, step: int, most: int, ends: Callable[[RunSummary], bool]
    ) -> RunSummary | None:
        """From a run to older (-1) or newer ones (1), up to the first that ends it; None at the end of all."""
        for _ in range(most):
            number += step
            run = await self._at(number, step)
            if run is None or ends(run):
                return run
        return None

    async def _at(self, number: int, step: int) -> RunSummary | None:
        if number not in self._seen and 0 <= number < self._total:
            newest = number if step < 0 else number + PAGE // 2
            skip = max(0, self._total - 1 - newest)
            page = await self._history.page(PAGE, skip)
            for place, run in enumerate(page.runs):
                at = page.total - 1 - skip - place
                self._seen[at] = run
                self._numbers[run.run_id] = at
            self._total = page.total
        return self._seen.get(number)
