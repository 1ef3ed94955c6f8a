"""A series of runs beside its runs: which faults a new try may heal, how it waits, and how it ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from chimera_tui.domain.errors import (
    ErrorInfo,
    LoadFailed,
    ModelCrashed,
    ServerAnsweredBadly,
    ServerBusy,
    ServerUnreachable,
    StreamCut,
)

HEALING = frozenset(
    kind.code for kind in (ServerUnreachable, ServerAnsweredBadly, ServerBusy, LoadFailed, ModelCrashed, StreamCut)
)
"""Codes of faults that may be gone at the next try; every other one comes again as often as it is tried."""

SeriesState = Literal["done", "incomplete", "cancelled"]


@dataclass(frozen=True, slots=True)
class SeriesWaits:
    """A run of the series failed of something that may heal: the same run is tried again after a pause."""

    series_id: str
    error: ErrorInfo
    failures: int
    """In a row, this one included."""
    most: int
    """So many in a row end the series."""
    pause_s: float
    until_ns: int
    """Monotonic clock of the next try, unless somebody asks for it earlier."""
    kind: Literal["series_waits"] = "series_waits"


@dataclass(frozen=True, slots=True)
class SeriesEnded:
    """Last event of a series."""

    series_id: str
    state: SeriesState
    """Done: every run that was wanted was made. Incomplete: a fault ended it, or an agent was stopped."""
    measured: int
    """Measured runs that are done."""
    wanted: int
    """Measured runs that were asked for; 0 where that is not known."""
    failed: int
    """Failed runs, of any role."""
    error: ErrorInfo | None = None
    """What ended it early, if a fault did."""
    kind: Literal["series_ended"] = "series_ended"

    def account(self) -> str:
        """How far it came, why no further, and what to do next."""
        noun = "run" if self.wanted == 1 else "runs"
        text = f"{self.measured} of {self.wanted} {noun} measured" if self.wanted else "no run measured"
        if self.failed:
            text += f", {self.failed} failed"
        if self.error is None:
            return f"{text}."
        again = "" if self.error.code in HEALING else " Repeating can not heal that."
        return f"{text}: {self.error.sentence()}{again}"

    def sentence(self) -> str:
        """The same in one line of its own."""
        return f"series {self.series_id} is {self.state}: {self.account()}"


def fault_of(errors: Iterable[ErrorInfo | None]) -> ErrorInfo | None:
    """The one to go by: a fault that no new try heals before one that may; None when there is none."""
    known = [error for error in errors if error is not None]
    return next((error for error in known if error.code not in HEALING), known[0] if known else None)
