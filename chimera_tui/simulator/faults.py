"""Faults on demand: which generation request shall go wrong, and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class FaultKind(StrEnum):
    REFUSE_LOAD_OOM = "refuse-load-oom"
    """500 as if the model did not fit."""
    FAILS = "500"
    """500 with a text that says nothing."""
    GONE = "404"
    """As if the model had been removed."""
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
    MEGABYTE_LINE = "megabyte-line"
    """One line with a text of a megabyte; the stream goes on, here and with the odd lines below."""
    LINE_BREAKS = "line-breaks"
    """One line whose text holds U+0085, U+2028 and other breaks that end no line."""
    BAD_UTF8 = "bad-utf8"
    """One line whose text is no UTF-8."""
    WRONG_TYPES = "wrong-types"
    """Lines whose fields are of other types, at any depth."""
    MISSING_FIELDS = "missing-fields"
    """Lines that lack fields."""
    SLOW_FIRST_TOKEN = "slow-first-token"
    MISSING_COUNTS = "missing-counts"
    """The last chunk has neither counts nor durations."""
    SCRIPT_DRIFT = "script-drift"
    """The text begins with a sentence in another script."""


LINE_BREAKS = "\u0085\u2028\u2029\x0b\x0c\x1c\r one line"
ODD_TEXTS = {
    FaultKind.MEGABYTE_LINE: "m" * (1 << 20) + "\n",
    FaultKind.LINE_BREAKS: LINE_BREAKS,
    FaultKind.BAD_UTF8: "bad",
}
"""What the text of an odd line is, before it is spoiled."""
ODD_LINES = {
    FaultKind.WRONG_TYPES: (
        b'{"model":5,"created_at":null,"message":"x","response":7,"done":"no"}',
        b'{"message":{"role":3,"content":["x"],"thinking":{}},"response":null,"done":0}',
        b'{"message":{"content":4e999},"response":-1,"thinking":1,"eval_count":"many","error":null}',
    ),
    FaultKind.MISSING_FIELDS: (b"{}", b'{"message":{}}', b'{"done":false}', b'{"message":null,"response":""}'),
}
"""Lines of which nothing is of use."""


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
