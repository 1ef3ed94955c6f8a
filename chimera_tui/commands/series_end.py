"""How a series ended, told by its runs where its own word on it was not heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.domain.series import SeriesEnded, SeriesState, fault_of


def ended_as(runs: Sequence[RunSummary], wanted: Mapping[str, int]) -> SeriesEnded:
    """The end of a series, or of a single run, of which so many runs of each role were `wanted`."""
    done = Counter(role_of(run) for run in runs if run.state is RunState.DONE)
    last = runs[-1]
    state: SeriesState = "cancelled" if last.state is RunState.CANCELLED else "incomplete"
    if done["measured"] and all(done[role] == count for role, count in wanted.items()):
        state = "done"
    fault = fault_of(agent.error for agent in last.agents if agent.state is AgentState.FAILED)
    return SeriesEnded(
        last.series.series_id if last.series else "",
        state,
        done["measured"],
        wanted["measured"],
        sum(run.state is RunState.FAILED for run in runs),
        fault if state == "incomplete" else None,
    )


def wanted_by(request: RunRequest) -> dict[str, int]:
    """How many runs of each role were asked for."""
    each = len(request.agents) if request.solo else 0
    return {"warmup": request.warmup, "measured": request.repeat, "solo": request.repeat * each}


def wanted_of(runs: Sequence[RunSummary]) -> dict[str, int]:
    """The same by the places of the runs; no measured run, that is not known, when it ended in its warm-ups."""
    places = [run.series for run in runs if run.series is not None]
    return {"measured": 0, **{place.role: place.of for place in places}}


def role_of(run: RunSummary) -> str:
    return run.series.role if run.series else "measured"
