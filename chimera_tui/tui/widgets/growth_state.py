"""What a plot of growing rows shows: the chosen column, what stands beside it, and our own runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chimera_tui.domain.run_state import RunState
from chimera_tui.tui.widgets.growth_plot import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chimera_tui.domain.rows import Axis, Growth, GrowthColumn, GrowthSeries
    from chimera_tui.domain.runs import RunSummary

OWN_RATE, OWN_TTFT = "our decode rate", "our TTFT"
OWN = (OWN_RATE, OWN_TTFT)
"""What our own runs can put beside a column."""
_PER_SECOND = {"s": 1e9, "ms": 1e6, "µs": 1e3, "ns": 1.0}
"""ns of a unit."""
_GROWS_NS = 60_000_000_000
"""A file grows that grew so short a time ago, or within three of its usual pauses."""
_GROWS_AT_MOST_NS = 600_000_000_000


@dataclass(frozen=True, slots=True)
class OwnRuns:
    """A figure of our own runs as letters over their begins."""

    name: str
    unit: str
    marks: tuple[Mark, ...]
    """At ns since the epoch."""
    simulated: bool
    """Some of them were made with the simulator."""


@dataclass(slots=True)
class GrowthState:
    """Tell it what comes and which keys are pressed; read what is to be drawn."""

    growth: Growth | None = None
    chosen: str = ""
    """Column; empty for the one that the daemon chooses."""
    beside: int = -1
    """Place among `besides`; -1 is nothing."""
    axis: Axis | None = None
    """As somebody chose it."""
    gone: str = ""
    """Where the file went, in words; empty while it is there."""
    error: str = ""
    runs: list[RunSummary] | None = None
    """None before they were read."""
    told_s: float = 0.0
    """When the growth was told, by the viewer's clock."""

    # ---- what is asked for -------------------------------------------------------------------------------

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns to ask for."""
        name = self.beside_name
        other = (name,) if name and name not in OWN and name != self.chosen else ()
        return (self.chosen, *other) if self.chosen else ()

    @property
    def beside_name(self) -> str:
        names = self.besides
        return names[self.beside] if 0 <= self.beside < len(names) else ""

    @property
    def besides(self) -> tuple[str, ...]:
        """All that can stand beside the chosen column."""
        names = tuple(column.name for column in self.columns if column.name != self.chosen)
        return (*names, *OWN)

    @property
    def columns(self) -> Sequence[GrowthColumn]:
        return self.growth.columns if self.growth is not None else ()

    def take(self, growth: Growth, now_s: float) -> None:
        """An answer came. A column that is not there any more is not held to."""
        name = self.beside_name
        self.growth, self.told_s, self.error = growth, now_s, ""
        if not any(column.name == self.chosen for column in growth.columns):
            self.chosen = growth.series[0].name if growth.series else ""
        self.beside = self.besides.index(name) if name in self.besides else -1

    def step_column(self, direction: int) -> None:
        names = [column.name for column in self.columns]
        if not names:
            return
        here = names.index(self.chosen) if self.chosen in names else 0
        name = self.beside_name
        self.chosen = names[(here + direction) % len(names)]
        self.beside = self.besides.index(name) if name in self.besides else -1

    def step_beside(self, direction: int) -> None:
        """Through all of them and nothing."""
        count = len(self.besides) + 1
        self.beside = (self.beside + 1 + direction) % count - 1

    def step_axis(self) -> None:
        if self.growth is not None and self.growth.axes:
            axes = sorted(self.growth.axes)
            here = axes.index(self.growth.axis) if self.growth.axis in axes else 0
            self.axis = axes[(here + 1) % len(axes)]

    # ---- what is drawn -----------------------------------------------------------------------------------

    def place(self, name: str) -> int:
        """Of a column among all, from 1."""
        names = [column.name for column in self.columns]
        return names.index(name) + 1 if name in names else 0

    def series(self, name: str) -> GrowthSeries | None:
        told = self.growth.series if self.growth is not None else ()
        return next((each for each in told if each.name == name), None)

    @property
    def own(self) -> OwnRuns | None:
        """Our own runs, when they are to stand beside the column; empty until they were read."""
        name = self.beside_name
        if name not in OWN:
            return None
        main = self.series(self.chosen)
        unit = main.unit if name == OWN_TTFT and main is not None and main.unit in _PER_SECOND else "ms"
        done = [run for run in self.runs or () if run.state is RunState.DONE]
        marks: list[Mark] = []
        for run in done:
            at_ns = int(run.started_utc.timestamp()) * 1_000_000_000
            for outcome in run.agents:
                totals = outcome.totals
                if name == OWN_RATE:
                    value = totals.decode_rate
                else:
                    ttft = totals.mean_ttft_ns
                    value = None if ttft is None else ttft / _PER_SECOND[unit]
                if value is not None:
                    marks.append((at_ns, value, outcome.agent.value.upper()))
        marks.sort()
        simulated = any(run.simulated for run in done)
        return OwnRuns(name, "tok/s" if name == OWN_RATE else unit, tuple(marks), simulated)

    def stands_ns(self, now_s: float) -> int | None:
        """How long no row has come; None while the file grows, or has none."""
        growth = self.growth
        if growth is None or not growth.grown_ns:
            return None
        since_ns = growth.told_ns + round((now_s - self.told_s) * 1e9) - growth.grown_ns
        limit_ns = _GROWS_NS
        if growth.rows_per_minute:
            limit_ns = max(limit_ns, min(_GROWS_AT_MOST_NS, round(180e9 / growth.rows_per_minute)))
        return since_ns if since_ns >= limit_ns else None
