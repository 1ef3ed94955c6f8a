"""A second pass over a report: what came of asking the model to mend the numbers that the files contradict."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.verdicts import Tally


@dataclass(frozen=True, slots=True)
class Repair:
    """One agent's. What it cost is in no total: a run's figures are those of its two requests."""

    taken: bool
    """Whether the mended text is the report now; else the first one stayed."""
    why: str
    """What came of it, in one sentence without a full stop, e.g. `8 of 9 contradicted numbers were mended`."""
    before: Tally
    """Of the first text."""
    after: Tally | None = None
    """Of the mended text; None where there is none, or where it was not checked."""
    request: RequestMetrics | None = None
    """The third request; None when it was not sent."""
