"""How far a series of repeated runs has come, and how long it may still take."""

from __future__ import annotations

from dataclasses import dataclass, field

from chimera_tui.domain.runs import RunSummary, SeriesPlace


@dataclass(slots=True)
class SeriesProgress:
    """Tell it which runs begin and end."""

    place: SeriesPlace | None = None
    """Of the run that was begun last; None when it belongs to no series."""
    _walls_ns: list[int] = field(default_factory=list)
    """Of the finished runs of this series."""

    def begin(self, place: SeriesPlace | None) -> None:
        if place is None or self.place is None or place.series_id != self.place.series_id:
            self._walls_ns = []
        self.place = place

    def finish(self, summary: RunSummary) -> None:
        place = summary.series
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
