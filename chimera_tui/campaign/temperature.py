"""Waits before a run until the GPUs are cool."""

from __future__ import annotations

from chimera_tui.domain.campaign import CoolDown
from chimera_tui.engine.ports import Telemetry


class Cooling:
    """Times are seconds of the monotonic clock."""

    def __init__(self, rule: CoolDown | None, telemetry: Telemetry) -> None:
        self._rule = rule
        self._telemetry = telemetry
        self._since_s: float | None = None
        """When the wait that goes on has begun."""

    async def why_wait(self, now_s: float) -> str:
        """What is too hot, in words; empty when a run may begin: all are cool, none tells, or it took too long."""
        if self._rule is None:
            return ""
        since_s = now_s if self._since_s is None else self._since_s
        hottest = await _hottest_c(self._telemetry)
        if hottest is None or hottest < self._rule.below_c or now_s - since_s >= self._rule.at_most_s:
            self._since_s = None
            return ""
        self._since_s = since_s
        return f"the hottest GPU has {hottest:.0f} °C; it goes on below {self._rule.below_c:.0f} °C"


async def _hottest_c(telemetry: Telemetry) -> float | None:
    async with telemetry.samples() as samples:
        async for sample in samples:
            known = [gpu.temperature_c for gpu in sample.gpus if gpu.temperature_c is not None]
            return max(known, default=None)
    return None
