"""How far a series of repeated runs has come, how long it may still take, what it waits for and how it ended."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chimera_tui.domain.run_state import RunState

if TYPE_CHECKING:
    from chimera_tui.domain.runs import RunSummary, SeriesPlace
    from chimera_tui.domain.series import SeriesEnded, SeriesWaits


@dataclass(slots=True)
class SeriesProgress:
    """Tell it which runs begin and end."""

    place: SeriesPlace | None = None
    """Of the run that was begun last; None when it belongs to no series."""
    waits: SeriesWaits | None = None
    """While a run of the series has failed and is to be made again."""
    ended: SeriesEnded | None = None
    """Once the series of the run that was begun last is over."""
    _walls_ns: list[int] = field(default_factory=list)
    """Of the runs of this series that are done."""

    def begin(self, place: SeriesPlace | None) -> None:
        if place is None or self.place is None or place.series_id != self.place.series_id:
            self._walls_ns = []
        self.place, self.waits, self.ended = place, None, None

    def wait(self, event: SeriesWaits) -> None:
        self.waits = event

    def end(self, event: SeriesEnded) -> None:
        self.waits, self.ended = None, event

    def finish(self, summary: RunSummary) -> None:
        place = summary.series
        if summary.state is not RunState.DONE:
            return  # it will be made again, and one that failed at once says nothing of how long that takes
        if place is not None and self.place is not None and place.series_id == self.place.series_id:
            self._walls_ns.append(summary.wall_ns)

    def left_ns(self, elapsed_ns: int) -> float | None:
        """Mean time of the finished runs for each that is left in this role, less what the present one has had.

        None when nothing has ended yet, or when the series is known to be no longer than one run.
        """
        if self.place is None or self.place.of < 2 or not self._walls_ns:
            return None
        mean = sum(self._walls_ns) / len(self._walls_ns)
        after = max(0, self.place.of - self.place.index)
        return mean * after + max(0.0, mean - elapsed_ns)


def wait_words(waits: SeriesWaits, now_ns: int) -> str:
    """What can be done now comes first: what went wrong may be long."""
    left_s = max(0, math.ceil((waits.until_ns - now_ns) / 1e9))
    when = f"next try in {left_s} s" if left_s else "trying again"
    return f"{when}: r now, x stop · failure {waits.failures} of {waits.most} · {waits.error.sentence()}"


def end_words(ended: SeriesEnded) -> str:
    """Empty for a series that is done or was cancelled: the run and the person know."""
    return ended.account() if ended.state == "incomplete" else ""
