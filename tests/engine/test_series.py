from __future__ import annotations

import asyncio

import pytest

from chimera_tui.domain.errors import RunInProgress, SettingInvalid
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunFinished, RunStarted, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from chimera_tui.engine.series import planned
from tests.engine.scripted import Stage, stage
from tests.support import eventually

A, B = AgentId.A, AgentId.B


async def conduct(on: Stage, request: RunRequest) -> list[RunFinished]:
    await on.conductor.start(request)
    await eventually(lambda: on.conductor.active_run is None, "the series' end")
    return on.heard.of(RunFinished)


def order(request: RunRequest) -> list[tuple[str, int, int, str]]:
    places = [(part.request.agents, part.place) for part in planned(request, "s3ries")]
    return [(place.role, place.index, place.of, "".join(agents)) for agents, place in places if place is not None]


def test_warm_ups_come_first_and_are_counted_apart() -> None:
    assert order(RunRequest(repeat=2, warmup=1)) == [
        ("warmup", 1, 1, "ab"),
        ("measured", 1, 2, "ab"),
        ("measured", 2, 2, "ab"),
    ]


def test_warm_ups_mend_no_reports() -> None:
    parts = planned(RunRequest(repeat=2, warmup=1, repair=True), "s3ries")
    assert [part.request.repair for part in parts] == [False, True, True]


def test_solo_runs_take_turns_with_the_measured_ones() -> None:
    assert order(RunRequest(repeat=2, warmup=1, solo=True)) == [
        ("warmup", 1, 1, "ab"),
        ("measured", 1, 2, "ab"),
        ("solo", 1, 4, "a"),
        ("solo", 2, 4, "b"),
        ("measured", 2, 2, "ab"),
        ("solo", 3, 4, "a"),
        ("solo", 4, 4, "b"),
    ]


def test_a_single_run_belongs_to_no_series() -> None:
    (only,) = planned(RunRequest(), "s3ries")
    assert only.place is None


async def test_each_run_of_a_series_is_a_whole_run_with_its_own_id_and_place() -> None:
    on = stage()
    ends = await conduct(on, RunRequest(repeat=2, warmup=1))
    started = on.heard.of(RunStarted)
    assert len({event.run_id for event in started}) == 3
    assert [event.series.role for event in started] == ["warmup", "measured", "measured"]
    assert {event.series.series_id for event in started} == {started[0].series.series_id}
    assert [end.summary.series for end in ends] == [event.series for event in started]
    assert [end.summary.state for end in ends] == [RunState.DONE] * 3
    kinds = [event.kind for event in on.heard.events if isinstance(event, RunStarted | RunFinished)]
    assert kinds == ["run_started", "run_finished"] * 3
    assert len(on.shelf.saved) == 3


async def test_nothing_is_told_between_the_end_of_a_run_and_the_beginning_of_the_next() -> None:
    on = stage()
    await conduct(on, RunRequest(repeat=2))
    first_end = next(n for n, event in enumerate(on.heard.events) if isinstance(event, RunFinished))
    assert isinstance(on.heard.events[first_end + 1], RunStarted)


async def test_solo_runs_have_one_agent_each() -> None:
    on = stage()
    ends = await conduct(on, RunRequest(repeat=1, solo=True))
    assert [tuple(agent.agent for agent in end.summary.agents) for end in ends] == [(A, B), (A,), (B,)]
    assert len(on.server.requests) == 8


async def test_start_gives_the_first_runs_id_and_the_series_counts_as_one_that_goes_on() -> None:
    gate = asyncio.Event()
    on = stage(hang=gate)
    first = await on.conductor.start(RunRequest((A,), repeat=2))
    assert on.conductor.active_run == first == on.heard.of(RunStarted)[0].run_id
    with pytest.raises(RunInProgress, match=first):
        await on.conductor.start(RunRequest())
    gate.set()
    await eventually(lambda: on.conductor.active_run is None, "the series' end")
    assert len(on.heard.of(RunFinished)) == 2


async def test_cancelling_stops_the_run_and_all_that_would_follow() -> None:
    on = stage(hang=asyncio.Event())
    await on.conductor.start(RunRequest(repeat=3))
    await eventually(lambda: len(on.heard.of(TokensArrived)) == 2, "both agents' first tokens")
    await on.conductor.cancel()
    assert on.conductor.active_run is None
    (end,) = on.heard.of(RunFinished)
    assert end.summary.state is RunState.CANCELLED


async def test_cancelling_one_agent_leaves_the_rest_of_the_series() -> None:
    gate = asyncio.Event()
    on = stage(hang=gate)
    await on.conductor.start(RunRequest(repeat=2))
    await eventually(lambda: len(on.heard.of(TokensArrived)) == 2, "both agents' first tokens")
    await on.conductor.cancel(B)
    gate.set()
    await eventually(lambda: on.conductor.active_run is None, "the series' end")
    states = [[agent.state for agent in end.summary.agents] for end in on.heard.of(RunFinished)]
    assert states == [[AgentState.DONE, AgentState.CANCELLED], [AgentState.DONE, AgentState.DONE]]


async def test_cancelling_the_only_agent_ends_the_series() -> None:
    on = stage(hang=asyncio.Event())
    await on.conductor.start(RunRequest((A,), repeat=3))
    await eventually(lambda: on.heard.of(TokensArrived), "the first token")
    await on.conductor.cancel(A)
    await eventually(lambda: on.conductor.active_run is None, "the series' end")
    assert len(on.heard.of(RunFinished)) == 1


async def test_settings_that_change_during_a_series_are_for_what_comes_after_it() -> None:
    gate = asyncio.Event()
    on = stage(hang=gate)
    await on.conductor.start(RunRequest((A,), repeat=2))
    await on.conductor.change(A, "temperature", "0.2")
    gate.set()
    await eventually(lambda: on.conductor.active_run is None, "the series' end")
    assert {request.settings.options.temperature for request in on.server.requests} == {None}


@pytest.mark.parametrize(
    "request_",
    [
        RunRequest(repeat=0),
        RunRequest(repeat=1_001),
        RunRequest(warmup=-1),
        RunRequest(warmup=101),
        RunRequest((A,), solo=True),
    ],
)
async def test_a_series_that_can_not_be_run_is_refused(request_: RunRequest) -> None:
    on = stage()
    with pytest.raises(SettingInvalid):
        await on.conductor.start(request_)
    assert not on.heard.of(RunStarted)
