"""Faults on demand: which generation request shall go wrong, and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class FaultKind(StrEnum):
    REFUSE_LOAD_OOM = "refuse-load-oom"
    """500 as if the model did not fit."""
    BUSY = "503"
    HANG = "hang"
    """The request is taken and never answered."""
    CUT = "cut"
    """The connection ends mid-stream, without the last HTTP chunk."""
    ERROR_LINE = "error-line"
    """The runner dies: an error line inside the 200 stream; the next request loads again."""
    NO_DONE = "no-done"
    """The stream ends properly but without its `done` line."""
    GARBAGE = "garbage"
    """One line that is not JSON; the stream goes on."""
    HALF_LINE = "half-line"
    """The connection ends in the middle of a line."""
    SLOW_FIRST_TOKEN = "slow-first-token"
    MISSING_COUNTS = "missing-counts"
    """The last chunk has neither counts nor durations."""
    SCRIPT_DRIFT = "script-drift"
    """The text begins with a sentence in another script."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    after_chunks: int | None = None
    """When a mid-stream fault strikes; None is after 5 chunks, and for `no-done` after the whole text."""
    seconds: float = 3.0
    """How much later the first token comes (`slow-first-token`)."""
    request: int | None = None
    """Only this generation request, counted from 1 since the server started."""
    times: int | None = None
    """How many requests it strikes; None is every one."""

    def strikes_after(self, chunks: int) -> bool:
        """Whether a mid-stream fault is due once so many chunks have been sent."""
        if self.after_chunks is None:
            return self.kind is not FaultKind.NO_DONE and chunks >= 5
        return chunks >= self.after_chunks


def parse_fault(text: str) -> Fault:
    """Read `KIND[:AMOUNT][@N]`; the amount is seconds for slow-first-token and chunks for mid-stream faults.

    Raises ValueError naming the kinds.
    """
    rest, _, request = text.partition("@")
    name, _, amount = rest.partition(":")
    try:
        fault = Fault(FaultKind(name), request=int(request) if request else None)
        if not amount:
            return fault
        if fault.kind is FaultKind.SLOW_FIRST_TOKEN:
            return replace(fault, seconds=float(amount))
        return replace(fault, after_chunks=int(amount))
    except ValueError as error:
        kinds = ", ".join(FaultKind)
        raise ValueError(f"{text!r} is no fault; write KIND[:AMOUNT][@N] with one of {kinds}") from error


class FaultPlan:
    """Faults still to come; each generation request takes at most one, the oldest that fits."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = list(faults)
        self.requests = 0

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self) -> Fault | None:
        """Count one generation request and give the fault that strikes it."""
        self.requests += 1
        for index, fault in enumerate(self._faults):
            if fault.request not in (None, self.requests):
                continue
            if fault.request is not None or fault.times == 1:
                del self._faults[index]
            elif fault.times is not None:
                self._faults[index] = replace(fault, times=fault.times - 1)
            return fault
        return None
