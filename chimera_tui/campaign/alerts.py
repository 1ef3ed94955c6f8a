"""Cells that have become worse than their baseline: looked for after each run, told once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chimera_tui.analysis.campaign_alerts import alerts_of
from chimera_tui.domain.campaign import AlertRule, Cell
from chimera_tui.domain.campaign_view import Alert
from chimera_tui.domain.runs import RunSummary


class AlertWatch:
    """What is worse now; an alert that further runs take back is taken back here as well."""

    def __init__(
        self,
        rule: AlertRule | None,
        baseline: Mapping[str, Sequence[RunSummary]],
        raised: Callable[[Alert], object],
    ) -> None:
        """`baseline` holds the runs of each cell that has some; `raised` is called once for each new alert."""
        self._rule = rule
        self._baseline = baseline
        self._raised = raised
        self._by_cell: dict[str, tuple[Alert, ...]] = {}
        self._told: set[tuple[str, str, str]] = set()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        return tuple(alert for alerts in self._by_cell.values() for alert in alerts)

    def look(self, cell: Cell, runs: Sequence[RunSummary]) -> None:
        """Test a cell's measured runs; heavy, so in a worker thread."""
        before = self._baseline.get(cell.cell_id)
        if self._rule is not None and before:
            self._by_cell[cell.cell_id] = alerts_of(cell, self._rule, runs, before)

    def tell(self) -> None:
        """Raise what was not raised yet; on the event loop."""
        for alert in self.alerts:
            key = alert.cell_id, alert.metric, alert.agent
            if key not in self._told:
                self._told.add(key)
                self._raised(alert)
