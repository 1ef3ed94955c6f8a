"""What the older benchmark's "TTFT" is made of: the other agent's request, a load, the prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chimera_tui.domain.formatting import duration
from chimera_tui.formats.multiagent import MultiagentRun, StatedAgent, StatedResult, StatedRun

LOAD_MS = 1_000.0
"""In these files a loaded model reports a load of 150–200 ms, a real load 2,800 ms and more."""
QUEUE_MS = 100.0
_ALIKE = 0.02
"""A wait that is this near to the other's whole request, or longer, is taken to hold it."""
_MS = 1e6
LOAD_TIME = ("num_gpu", "num_ctx")
SERVERS = "server's default"

Name = Literal["collector", "insight"]
Cause = Literal["reload", "queue", "load", "none"]
"""Reload: the model was loaded anew, and the agents ask for different load-time options. Load: it was loaded anew,
and they do not. Queue: the other agent was served first. None: no wait of note."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One agent's TTFT taken apart, ms; what the file does not tell is None."""

    agent: Name
    ttft_ms: float
    behind_ms: float
    """While the other agent's request was served: the server did one after the other."""
    load_ms: float | None
    """Of its own, beyond that; of a sweep's line it is what is left, the prompt included."""
    prefill_ms: float | None
    causes: tuple[Cause, ...]
    words: str

    @property
    def share_waited(self) -> float:
        """Share of the TTFT that is no work on the prompt, as far as it is known."""
        return min(1.0, (self.behind_ms + (self.load_ms or 0.0)) / self.ttft_ms) if self.ttft_ms > 0 else 0.0


@dataclass(frozen=True, slots=True)
class RunWaits:
    """One run: the waits of both, and what is left of its speedup without them."""

    collector: Wait
    insight: Wait
    stated_speedup: float | None
    without_waiting: float | None
    """(A's span + B's span − the time each only waited for the other) / wall: 1 is one after the other."""
    differing: tuple[str, ...]
    """Load-time options that the agents ask for otherwise, e.g. `num_ctx (512 and 1024)`."""
    server: str
    """That both agents ask; empty where each has its own."""

    @property
    def reloaded(self) -> bool:
        return any("reload" in wait.causes or "load" in wait.causes for wait in (self.collector, self.insight))

    @property
    def one_after_the_other(self) -> bool:
        return self.without_waiting is not None and self.without_waiting < 1.05


def waits_of_run(run: MultiagentRun) -> RunWaits | None:
    """None when the file does not hold the durations."""
    first, second = run.collector, run.insight
    differing = differing_options(first.agent, second.agent)
    collector = _of_result("collector", first, second, bool(differing))
    insight = _of_result("insight", second, first, bool(differing))
    wall, spans = run.stated.concurrent_wall_time_s, (first.execution_time_s, second.execution_time_s)
    if collector is None or insight is None or None in spans:
        return None
    total = 1e3 * sum(span for span in spans if span is not None)
    left = _left(total, (collector, insight), wall)
    server = _shared_server(first.agent, second.agent)
    return RunWaits(collector, insight, run.stated.concurrency_speedup, left, differing, server)


def waits_of_line(stated: StatedRun, agents: tuple[StatedAgent, StatedAgent]) -> RunWaits | None:
    """Of one line of a sweep, which has no durations: the shorter span is the sum less the wall."""
    wall, total = stated.concurrent_wall_time_s, stated.sequential_estimated_s
    first, second = stated.collector_ttft_ms, stated.insight_ttft_ms
    if wall is None or total is None or first is None or second is None or wall <= 0:
        return None
    shorter = 1e3 * (total - wall)
    differing = differing_options(*agents)
    # of two waits that are long enough to hold the other's request, only the longer one does
    behind = [
        shorter if ttft >= shorter * (1 - _ALIKE) and ttft == max(first, second) else 0.0
        for ttft in (first, second)
    ]
    collector = _of_line("collector", first, min(behind[0], first), bool(differing))
    insight = _of_line("insight", second, min(behind[1], second), bool(differing))
    left = _left(1e3 * total, (collector, insight), wall)
    return RunWaits(collector, insight, stated.concurrency_speedup, left, differing, _shared_server(*agents))


def differing_options(first: StatedAgent, second: StatedAgent) -> tuple[str, ...]:
    """Load-time options with both values; what is not asked for is the server's default."""
    mine, theirs = dict(first.options), dict(second.options)
    return tuple(
        f"{name} ({_value(mine.get(name))} and {_value(theirs.get(name))})"
        for name in LOAD_TIME
        if mine.get(name) != theirs.get(name)
    )


def _shared_server(first: StatedAgent, second: StatedAgent) -> str:
    return first.base_url if first.base_url == second.base_url else ""


def _value(value: float | None) -> str:
    return SERVERS if value is None else f"{value:g}"


def _left(total_ms: float, waits: tuple[Wait, Wait], wall_s: float | None) -> float | None:
    if wall_s is None or wall_s <= 0:
        return None
    return (total_ms - sum(wait.behind_ms for wait in waits)) / (1e3 * wall_s)


def _of_result(name: Name, mine: StatedResult, other: StatedResult, differs: bool) -> Wait | None:
    """The server's load holds its wait for the other's request when it has to load the model anew after it."""
    whole = mine.whole
    parts = (whole.ttft_ms, whole.load_ms, whole.prompt_eval_ms, whole.eval_ms, whole.total_ms)
    if None in parts or other.execution_time_s is None:
        return None
    ttft, load, prefill, decode, total = (part for part in parts if part is not None)
    theirs = 1e3 * other.execution_time_s
    behind = max(0.0, total - load - prefill - decode)
    behind = behind if behind > QUEUE_MS else 0.0
    if load > LOAD_MS and load >= theirs * (1 - _ALIKE):
        behind += theirs
        load -= theirs
    return _wait(name, ttft, behind, max(0.0, load), prefill, differs)


def _of_line(name: Name, ttft: float, behind: float, differs: bool) -> Wait:
    return _wait(name, ttft, behind, max(0.0, ttft - behind), None, differs)


def _wait(
    name: Name,
    ttft: float,
    behind: float,
    load: float,
    prefill: float | None,
    differs: bool,
) -> Wait:
    causes: list[Cause] = []
    parts: list[str] = []
    other = "insight" if name == "collector" else "collector"
    if behind > QUEUE_MS:
        causes.append("queue")
        parts.append(f"{duration(behind * _MS)} while the {other} was served (queue)")
    if load > LOAD_MS:
        causes.append("reload" if differs else "load")
        why = "reload: load-time options differ" if differs else "load of the model"
        parts.append(f"{duration(load * _MS)} {why}")
    if not parts:
        causes.append("none")
        parts.append("no wait of note")
    if prefill is not None:
        parts.append(f"{duration(prefill * _MS)} prefill")
    words = f"{name}'s TTFT of {duration(ttft * _MS)}: {', '.join(parts)}"
    return Wait(name, ttft, behind, load, prefill, tuple(causes), words)
