"""A series of runs of one request: warm-ups, then measured and solo runs in a fixed order, one after the other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chimera_tui.domain.errors import ErrorInfo, SettingInvalid
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary, SeriesPlace
from chimera_tui.domain.series import SeriesEnded, SeriesState, SeriesWaits, fault_of
from chimera_tui.engine.ports import Clock, EventSink
from chimera_tui.engine.retries import MOST_FAILURES, Retries, Sleep
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

    Warm-ups come first, and mend nothing. With `solo`, each measured run is followed by each agent alone (both, A,
    B, both, A, B …): a machine that drifts, as one that grows warm does, drifts alike under all of them. Solo runs
    are counted together, so the series has one of each agent for every measured run.
    """
    one = replace(request, repeat=1, warmup=0, solo=False)
    if request.repeat == 1 and not request.warmup and not request.solo:
        return (Planned(one, None),)
    alone = [replace(one, agents=(agent,)) for agent in request.agents] if request.solo else []
    unmended = replace(one, repair=False)
    plan = [
        Planned(unmended, SeriesPlace(series_id, number, request.warmup, "warmup"))
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


@dataclass(frozen=True, slots=True)
class Around:
    """What a series needs beside its runs."""

    sink: EventSink
    clock: Clock
    prepare: Callable[[], Coroutine[Any, Any, None]]
    """Called before a run is tried again."""
    sleep: Sleep = asyncio.sleep


class Series:
    """Runs what was planned, a run that failed again and again, as long as that may heal it.

    A failed run is kept as it is and made anew in the same place, so that as many runs succeed as were asked for.
    A fault that no new try heals ends the series, and so do too many failures in a row.
    """

    def __init__(
        self,
        plan: Sequence[Planned],
        make: Callable[[RunRequest, SeriesPlace | None], Run],
        around: Around,
    ) -> None:
        self._plan = list(plan)
        self._wanted = Counter(map(_role, plan))
        self._done: Counter[str] = Counter()
        self._failed = 0
        self._make = make
        self._around = around
        self._retries = Retries(around.sleep)
        self._place = plan[0].place
        self._run: Run | None = None
        self._cancelled = False
        self._over = asyncio.Event()

    @property
    def run_id(self) -> str | None:
        """Of the run that goes on, or that failed last."""
        return self._run.run_id if self._run is not None else None

    @property
    def agents(self) -> tuple[AgentId, ...]:
        """Of that run."""
        return self._run.agents if self._run is not None else ()

    @property
    def waiting(self) -> bool:
        """Whether it waits to try again."""
        return self._retries.waiting

    @property
    def in_the_way(self) -> tuple[str, str]:
        """Why nothing else may be started, and what to do about it."""
        what = "the series of run {} waits to try again" if self.waiting else "run {} is still going on"
        return what.format(self.run_id), "Wait for it, or cancel it with x."

    def begin(self) -> str:
        """Announce the first run and give its id; `conduct` follows."""
        return self._next().run_id

    async def conduct(self) -> None:
        """Nothing stands between the end of a run that is done and the beginning of the next."""
        fault: ErrorInfo | None = None
        try:
            while True:
                run = await self._conduct_one()
                fault = self._judge(run)
                if self._cancelled or (fault is not None and not await self._may_try_again(fault)):
                    return
                if fault is None:
                    self._retries.succeeded()
                    self._plan.pop(0)
                if not self._plan:
                    return
                self._next()
        finally:
            self._tell_end(fault)
            self._over.set()

    async def cancel(self, agent: AgentId | None) -> None:
        """Stop one agent of the run that goes on, or that run and all that would follow; returns when done.

        While it waits, the only agent of a run is all there is to stop.
        """
        if self._run is None:
            return
        if agent is not None and not (self.waiting and self._plan[0].request.agents == (agent,)):
            await self._run.cancel(agent)
            return
        self._cancelled = True
        self._retries.stop()
        await self._run.cancel(None)
        await self._over.wait()

    async def stop(self) -> None:
        await self.cancel(None)

    def retry(self) -> None:
        """Try again now instead of after the pause; nothing when it does not wait."""
        if self.waiting:
            self._retries.now()

    def _next(self) -> Run:
        coming = self._plan[0]
        self._run = run = self._make(coming.request, coming.place)
        run.announce()
        return run

    async def _conduct_one(self) -> Run:
        assert self._run is not None, "begin() comes first"
        await self._run.conduct()
        return self._run

    def _judge(self, run: Run) -> ErrorInfo | None:
        """Count a run that has ended and give what went wrong with it."""
        summary = run.summary
        assert summary is not None, "conduct() tells the end"
        self._failed += summary.state is RunState.FAILED
        self._done[_role(self._plan[0])] += summary.state is RunState.DONE
        self._cancelled = self._cancelled or _was_cancelled(summary)
        failed = [agent.error for agent in summary.agents if agent.state is AgentState.FAILED]
        return fault_of([*failed, run.unsaved])

    async def _may_try_again(self, fault: ErrorInfo) -> bool:
        """Wait for the next try; False when there is none."""
        place = self._place
        pause_s = self._retries.failed(fault)
        if place is None or pause_s is None:
            return False
        until_ns = self._around.clock.monotonic_ns() + round(pause_s * 1e9)
        failures = self._retries.failures
        self._around.sink.emit(SeriesWaits(place.series_id, fault, failures, MOST_FAILURES, pause_s, until_ns))
        await self._retries.wait(pause_s, self._around.prepare)
        return not self._cancelled

    def _tell_end(self, fault: ErrorInfo | None) -> None:
        place = self._place
        if place is None:
            return  # a single run tells its own end
        done = self._done == self._wanted
        state: SeriesState = "done" if done else "cancelled" if self._cancelled else "incomplete"
        self._around.sink.emit(
            SeriesEnded(
                place.series_id,
                state,
                self._done["measured"],
                self._wanted["measured"],
                self._failed,
                fault if state == "incomplete" else None,
            )
        )


def _role(planned: Planned) -> str:
    return planned.place.role if planned.place is not None else "measured"


def _was_cancelled(summary: RunSummary) -> bool:
    """Whether every agent was stopped: one of two that is stopped leaves the series going."""
    return all(outcome.state is AgentState.CANCELLED for outcome in summary.agents)
