"""What the program itself takes: processor time of screen and daemon, bytes to the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from chimera_tui.tui import formatting
from chimera_tui.tui.widgets.lines import roomiest


class OwnCost(NamedTuple):
    """Shares and rates are since the reading before, None in the first."""

    screen_cpu_percent: float | None
    """Of one core: this process."""
    daemon_cpu_percent: float | None
    """Of one core: the daemon with its probes, watcher and reader, as its newest sample tells."""
    bytes_per_s: float | None
    sent_bytes: int | None
    """Since the start; None where nothing counts them."""


class OwnMeter:
    """Costs two clock readings a call: nothing measures between them."""

    def __init__(
        self, cpu_s: Callable[[], float] = time.process_time, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._cpu_s = cpu_s
        self._clock_s = clock_s
        self._before: tuple[float, float, int | None] | None = None

    def read(self, sent_bytes: int | None, daemon_cpu_percent: float | None) -> OwnCost:
        now, cpu = self._clock_s(), self._cpu_s()
        before, self._before = self._before, (now, cpu, sent_bytes)
        if before is None or now <= before[0]:
            return OwnCost(None, daemon_cpu_percent, None, sent_bytes)
        seconds = now - before[0]
        rate = None if sent_bytes is None or before[2] is None else (sent_bytes - before[2]) / seconds
        return OwnCost(100 * (cpu - before[1]) / seconds, daemon_cpu_percent, rate, sent_bytes)


def own_words(cost: OwnCost, width: int) -> str:
    """As much as fits: the sum goes first, since both parts of it stand there."""
    screen, daemon = _percent(cost.screen_cpu_percent), _percent(cost.daemon_cpu_percent)
    rate = formatting.MISSING if cost.bytes_per_s is None else f"{formatting.size(cost.bytes_per_s)}/s"
    sent = f"{rate} to the terminal, {formatting.size(cost.sent_bytes)} in all"
    short = f"sent {rate}, {formatting.size(cost.sent_bytes)}"
    known = [each for each in (cost.screen_cpu_percent, cost.daemon_cpu_percent) if each is not None]
    both = f"CPU {_percent(sum(known))} % of a core: " if len(known) > 1 else "CPU "
    parts = f"screen {screen} % + daemon {daemon} %"
    return roomiest(
        width, f"{both}{parts} · {sent}", f"CPU {parts} · {sent}", f"CPU {parts} · {short}", f"{parts} · {short}"
    )


def _percent(value: float | None) -> str:
    """One digit behind the point: more would only flicker."""
    return formatting.MISSING if value is None else f"{value:.1f}"
