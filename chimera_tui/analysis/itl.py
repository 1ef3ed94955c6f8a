"""Inter-token latency: the gaps between chunks of one answer, over all answers of all runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chimera_tui.analysis.statistics import FEWEST_FOR_P95, FEWEST_FOR_P99, percentile
from chimera_tui.domain.metrics import Step
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RequestSent, RunEvent, TokensArrived


@dataclass(slots=True)
class ItlGaps:
    """One agent's gaps in ns, in the order of arrival. Never between two requests."""

    gaps_ns: list[int] = field(default_factory=list)
    backwards: int = 0
    """Chunks stamped before the one they follow (a clock that stepped): counted, and no gap."""


@dataclass(frozen=True, slots=True)
class ItlStatistics:
    """Over all tokens, not over runs. A chunk may hold more than one token, so gaps ≤ tokens."""

    gaps: int
    mean_ns: float | None
    p50_ns: float | None
    p95_ns: float | None
    """None below 20 gaps."""
    p99_ns: float | None
    """None below 100 gaps."""
    max_ns: float | None


def itl_gaps(events: Iterable[RunEvent]) -> dict[AgentId, ItlGaps]:
    """Gaps of each agent, from the events of one run or of several after one another."""
    found: dict[AgentId, ItlGaps] = {}
    last: dict[tuple[str, AgentId, Step], int] = {}
    for event in events:
        match event:
            case RequestSent():
                last.pop((event.run_id, event.agent, event.step), None)  # sent again: another answer
            case TokensArrived() if event.step != "repair":  # what mends a report is in no figure of the run
                gaps = found.setdefault(event.agent, ItlGaps())
                key = (event.run_id, event.agent, event.step)
                for chunk in event.chunks:
                    _add(gaps, last.get(key), chunk.at_ns)
                    last[key] = chunk.at_ns
            case _:
                pass
    return found


def _add(gaps: ItlGaps, before_ns: int | None, at_ns: int) -> None:
    if before_ns is None:
        return
    if at_ns < before_ns:
        gaps.backwards += 1
    else:
        gaps.gaps_ns.append(at_ns - before_ns)


def merged_gaps(runs: Iterable[Mapping[AgentId, ItlGaps]]) -> dict[AgentId, tuple[int, ...]]:
    """The gaps of several runs together."""
    merged: dict[AgentId, list[int]] = {}
    for run in runs:
        for agent, gaps in run.items():
            merged.setdefault(agent, []).extend(gaps.gaps_ns)
    return {agent: tuple(gaps) for agent, gaps in merged.items()}


def itl_statistics(gaps_ns: Sequence[int]) -> ItlStatistics:
    """Percentiles over all gaps; None is what so few of them do not tell."""
    ordered = sorted(gaps_ns)
    n = len(ordered)
    return ItlStatistics(
        gaps=n,
        mean_ns=sum(ordered) / n if n else None,
        p50_ns=percentile(ordered, 50),
        p95_ns=percentile(ordered, 95) if n >= FEWEST_FOR_P95 else None,
        p99_ns=percentile(ordered, 99) if n >= FEWEST_FOR_P99 else None,
        max_ns=ordered[-1] if n else None,
    )
