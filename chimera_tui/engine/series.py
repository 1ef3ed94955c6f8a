"""A series of runs of one request: warm-ups, then measured and solo runs in a fixed order, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunRequest, RunSummary, SeriesPlace
from chimera_tui.engine.run import Run

MOST_REPEATS = 1_000
MOST_WARMUPS = 100


@dataclass(frozen=True, slots=True)
class Planned:
    """One run to come."""

    request: RunRequest
    place: SeriesPlace | None


def check(request: RunRequest) -> None:
    """Raises SettingInvalid when a request asks for no series that can be run."""
    for name, value, low, high in (
        ("repeat", request.repeat, 1, MOST_REPEATS),
        ("warmup", request.warmup, 0, MOST_WARMUPS),
    ):
        if not low <= value <= high:
            raise SettingInvalid(
                f"{name} must be from {low} to {high}, not {value}",
                where=name,
                next_=f"Choose a number from {low} to {high}.",
            )
    if request.solo and len(request.agents) < 2:
        raise SettingInvalid(
            "solo runs are compared with runs of both agents, and only one was asked for",
            where="solo",
            next_="Leave out solo, or ask for both agents.",
        )


def planned(request: RunRequest, series_id: str) -> tuple[Planned, ...]:
    """Every run of a request, in order. A single run belongs to no series.

    Warm-ups come first. With `solo`, each measured run is followed by each agent alone (both, A, B, both, A, B …):
    a machine that drifts, as one that grows warm does, drifts alike under all of them. Solo runs are counted
    together, so the series has one of each agent for every measured run.
    """
    one = replace(request, repeat=1, warmup=0, solo=False)
    if request.repeat == 1 and not request.warmup and not request.solo:
        return (Planned(one, None),)
    alone = [replace(one, agents=(agent,)) for agent in request.agents] if request.solo else []
    plan = [
        Planned(one, SeriesPlace(series_id, number, request.warmup, "warmup"))
        for number in range(1, request.warmup + 1)
    ]
    solos = request.repeat * len(alone)
    for number in range(1, request.repeat + 1):
        plan.append(Planned(one, SeriesPlace(series_id, number, request.repeat, "measured")))
        first = (number - 1) * len(alone) + 1
        plan.extend(
            Planned(each, SeriesPlace(series_id, index, solos, "solo"))
            for index, each in enumerate(alone, start=first)
        )
    return tuple(plan)


class Series:
    """Runs what was planned; a run that fails does not stop it, one that is cancelled does."""

    def __init__(self, plan: Sequence[Planned], make: Callable[[RunRequest, SeriesPlace | None], Run]) -> None:
        self._plan = list(plan)
        self._make = make
        self._run: Run | None = None
        self._cancelled = False
        self._over = asyncio.Event()

    @property
    def run_id(self) -> str | None:
        """Of the run that goes on."""
        return self._run.run_id if self._run is not None else None

    @property
    def agents(self) -> tuple[AgentId, ...]:
        """Of the run that goes on."""
        return self._run.agents if self._run is not None else ()

    def begin(self) -> str:
        """Announce the first run and give its id; `conduct` follows."""
        return self._next().run_id

    async def conduct(self) -> None:
        """Nothing stands between the end of a run and the beginning of the next."""
        assert self._run is not None, "begin() comes first"
        run = self._run
        try:
            while True:
                await run.conduct()
                if self._cancelled or not self._plan or _was_cancelled(run.summary):
                    return
                run = self._next()
        finally:
            self._over.set()

    async def cancel(self, agent: AgentId | None) -> None:
        """Stop one agent of the run that goes on, or that run and all that would follow; returns when done."""
        if self._run is None:
            return
        if agent is not None:
            await self._run.cancel(agent)
            return
        self._cancelled = True
        await self._run.cancel(None)
        await self._over.wait()

    def _next(self) -> Run:
        coming = self._plan.pop(0)
        self._run = run = self._make(coming.request, coming.place)
        run.announce()
        return run


def _was_cancelled(summary: RunSummary | None) -> bool:
    """Whether every agent was stopped: one of two that is stopped leaves the series going."""
    return summary is not None and all(outcome.state is AgentState.CANCELLED for outcome in summary.agents)
