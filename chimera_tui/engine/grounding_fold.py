"""The fold of what was checked of one agent's texts: the tally that is shown, and what is kept of the report."""

from __future__ import annotations

from typing import get_args

from chimera_tui.domain.grounding import Remark, tally
from chimera_tui.domain.metrics import RequestMetrics, Step
from chimera_tui.domain.repair import Repair
from chimera_tui.domain.run_events import NumbersChecked, RepairJudged, TextChecked
from chimera_tui.domain.verdicts import Tally

_STEPS: tuple[Step, ...] = get_args(Step)


class GroundingFold:
    """Feed it the three kinds of event; a text that was never checked to its end counts as far as it was."""

    def __init__(self) -> None:
        self._tallies: dict[Step, Tally] = {}
        self._remarks: dict[Step, tuple[Remark, ...]] = {}
        self._problems: dict[Step, str] = {}
        self._judged: RepairJudged | None = None

    def apply(self, event: NumbersChecked | TextChecked | RepairJudged) -> None:
        match event:
            case NumbersChecked(step=step, numbers=numbers):
                self._tallies[step] = self._tallies.get(step, Tally()) + tally(numbers)
            case TextChecked(step=step):
                self._tallies[step] = event.tally
                self._remarks[step], self._problems[step] = event.remarks, event.problem
            case RepairJudged():
                self._judged = event

    @property
    def live(self) -> Tally | None:
        """Of the text being written, or of the last one; once it is settled, of the one that is kept."""
        if self._judged is not None:
            return self.kept
        latest = next((step for step in reversed(_STEPS) if step in self._tallies), None)
        return self._tallies[latest] if latest is not None else None

    @property
    def _kept_step(self) -> Step:
        return "repair" if self._judged is not None and self._judged.taken else "report"

    @property
    def kept(self) -> Tally | None:
        """Of the report that is kept; None where nothing of it could be checked."""
        return self._of(self._kept_step)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Of the report that is kept."""
        return self._remarks.get(self._kept_step, ())

    def repair(self, request: RequestMetrics | None) -> Repair | None:
        """What came of the second pass, `request` being the one it took; None where there was none."""
        if self._judged is None:
            return None
        before = self._of("report") or Tally()
        return Repair(self._judged.taken, self._judged.why, before, self._of("repair"), request)

    def _of(self, step: Step) -> Tally | None:
        found = self._tallies.get(step)
        return None if found is None or (self._problems.get(step) and not found.claims) else found
