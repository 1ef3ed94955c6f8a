"""Servers that can not be reached: how long to wait for each, and which cells that leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chimera_tui.domain.campaign import Cell, HostRule
from chimera_tui.domain.errors import ErrorInfo

PAUSES_S = (2.0, 5.0, 15.0, 60.0)
"""Between looks at a server that is down, the last one for ever: a machine that restarts is waited for."""


@dataclass(slots=True)
class _Down:
    since_s: float
    next_s: float
    looks: int
    error: ErrorInfo


class Hosts:
    """Times are seconds of the monotonic clock."""

    def __init__(self, rule: HostRule) -> None:
        self._rule = rule
        self._down: dict[str, _Down] = {}

    def is_up(self, host: str) -> None:
        self._down.pop(host, None)

    def is_down(self, host: str, error: ErrorInfo, now_s: float) -> None:
        known = self._down.get(host)
        looks = known.looks + 1 if known else 0
        pause_s = PAUSES_S[min(looks, len(PAUSES_S) - 1)]
        self._down[host] = _Down(known.since_s if known else now_s, now_s + pause_s, looks, error)

    def try_now(self) -> None:
        """Look at all of them at once, whenever the next look was due."""
        for down in self._down.values():
            down.next_s = 0.0

    def _left_out(self, host: str, now_s: float) -> bool:
        down, rule = self._down.get(host), self._rule
        if down is None:
            return False
        waited_out = rule.wait_s is not None and now_s - down.since_s >= rule.wait_s
        return rule.when_down == "skip" or waited_out

    def left_out(self, cells: Iterable[Cell], now_s: float) -> dict[str, str]:
        """Cell ids with why they are not waited for any more."""
        found: dict[str, str] = {}
        for cell in cells:
            for settings in cell.settings:
                if self._left_out(settings.host, now_s):
                    found[cell.cell_id] = self._down[settings.host].error.what
        return found

    def waiting(self, cells: Iterable[Cell], now_s: float) -> set[str]:
        """Cell ids that can not be run before the next look at their server."""
        return {
            cell.cell_id
            for cell in cells
            if any(
                (down := self._down.get(each.host)) is not None and down.next_s > now_s for each in cell.settings
            )
        }

    def next_look(self, now_s: float) -> tuple[float, ErrorInfo] | None:
        """Seconds until the earliest, and what is wrong there; None when no server is waited for."""
        waited = [down for host, down in self._down.items() if not self._left_out(host, now_s)]
        first = min(waited, key=lambda down: down.next_s, default=None)
        return None if first is None else (max(0.0, first.next_s - now_s), first.error)
