"""Runs of a series that fail: which are tried again, when, and how the series ends."""

from __future__ import annotations

import asyncio

import pytest

from chimera_tui.domain.errors import (
    ChimeraError,
    LoadFailed,
    ModelCrashed,
    RequestRejected,
    RunInProgress,
    SaveFailed,
    ServerAnsweredBadly,
    ServerBusy,
    ServerUnreachable,
    StreamCut,
)
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunFinished, RunStarted, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from chimera_tui.domain.series import SeriesEnded, SeriesWaits
from chimera_tui.engine.retries import MOST_FAILURES, PAUSES_S
from tests.engine.scripted import MS, Stage, stage
from tests.support import eventually

A, B = AgentId.A, AgentId.B
ONE = (A,)
THREE = RunRequest(repeat=3)
DOWN = ServerUnreachable("no answer from http://127.0.0.1:9", next_="Is Ollama running there?")
DONE, FAILED = RunState.DONE, RunState.FAILED


async def conduct(on: Stage, request: RunRequest) -> SeriesEnded:
    """The whole series with pauses that take no time."""
    on.pauses.over.set()
    await on.conductor.start(request)
    await eventually(lambda: on.conductor.active_run is None, "the series' end")
    (end,) = on.heard.of(SeriesEnded)
    return end


async def waiting(request: RunRequest = THREE) -> Stage:
    """A series that has failed once and waits."""
    on = stage(fail_with=DOWN)
    await on.conductor.start(request)
    await eventually(lambda: on.pauses.taken, "the first pause")
    return on


def states(on: Stage) -> list[RunState]:
    return [end.summary.state for end in on.heard.of(RunFinished)]


def places(on: Stage) -> list[tuple[str, int]]:
    return [(event.series.role, event.series.index) for event in on.heard.of(RunStarted)]


async def test_a_run_that_failed_is_made_again_in_its_place_until_as_many_succeed_as_were_wanted() -> None:
    on = stage(fail_with=DOWN, fail_requests=frozenset({3, 4}))
    end = await conduct(on, RunRequest(ONE, repeat=3))
    assert states(on) == [DONE, FAILED, FAILED, DONE, DONE]
    assert [index for _, index in places(on)] == [1, 2, 2, 2, 3]
    assert len({event.run_id for event in on.heard.of(RunStarted)}) == 5
    assert (end.state, end.measured, end.wanted, end.failed, end.error) == ("done", 3, 3, 2, None)


async def test_warm_ups_and_solo_runs_are_made_again_too() -> None:
    on = stage(fail_with=DOWN, fail_requests=frozenset({1, 12}))
    end = await conduct(on, RunRequest(repeat=1, warmup=1, solo=True))
    assert places(on) == [
        *[("warmup", 1)] * 2,
        ("measured", 1),
        *[("solo", 1)] * 2,
        ("solo", 2),
    ]
    assert (end.state, end.measured, end.wanted, end.failed) == ("done", 1, 1, 2)


async def test_five_failures_in_a_row_end_the_series_after_four_growing_pauses() -> None:
    on = stage(fail_with=DOWN)
    end = await conduct(on, RunRequest(repeat=1000))
    assert states(on) == [FAILED] * MOST_FAILURES
    assert on.pauses.taken == list(PAUSES_S) == sorted(set(PAUSES_S))
    assert (end.state, end.measured, end.wanted, end.failed) == ("incomplete", 0, 1000, MOST_FAILURES)
    assert end.error == DOWN.info
    assert "0 of 1000 runs measured, 5 failed: no answer from http://127.0.0.1:9. Is Ollama" in end.sentence()


async def test_a_run_that_succeeds_begins_the_count_anew() -> None:
    on = stage(fail_with=DOWN, fail_requests=frozenset({1, 2, 3, 4, 7, 8, 9, 10}))
    end = await conduct(on, RunRequest(ONE, repeat=2))
    assert states(on) == [*[FAILED] * 4, DONE, *[FAILED] * 4, DONE]
    assert on.pauses.taken == [*PAUSES_S, *PAUSES_S]
    assert end.state == "done"


@pytest.mark.parametrize(
    "kind", [ServerUnreachable, ServerAnsweredBadly, ServerBusy, LoadFailed, ModelCrashed, StreamCut]
)
async def test_faults_that_may_heal_are_tried_again(kind: type[ChimeraError]) -> None:
    on = stage(fail_with=kind("it failed"), fail_requests=frozenset({1}))
    end = await conduct(on, RunRequest(ONE, repeat=2))
    assert states(on) == [FAILED, DONE, DONE]
    assert end.state == "done"


async def test_a_request_that_is_refused_ends_the_series_at_once() -> None:
    on = stage(fail_with=RequestRejected("the server rejected the request", next_="Change it."), fail_at_request=3)
    end = await conduct(on, RunRequest(ONE, repeat=1000))
    assert states(on) == [DONE, FAILED]
    assert on.pauses.taken == []
    assert (end.state, end.measured, end.wanted, end.failed) == ("incomplete", 1, 1000, 1)
    assert end.sentence().endswith("Change it. Repeating can not heal that.")


async def test_a_model_that_does_not_exist_ends_the_series_at_once() -> None:
    on = stage()
    on.server.known = ()
    end = await conduct(on, RunRequest(repeat=1000, warmup=1))
    assert states(on) == [FAILED]
    assert end.error is not None and end.error.code == "model_not_found"


async def test_a_run_that_can_not_be_saved_counts_and_ends_the_series() -> None:
    on = stage()
    on.shelf.fail_with = SaveFailed("the disk is full", next_="Free some space.")
    end = await conduct(on, RunRequest(ONE, repeat=1000))
    assert states(on) == [DONE]
    assert (end.state, end.measured, end.failed) == ("incomplete", 1, 0)
    assert end.error is not None and end.error.code == "save_failed"


async def test_a_single_run_is_not_tried_again_and_is_no_series() -> None:
    on = stage(fail_with=DOWN)
    await on.conductor.start(RunRequest())
    await eventually(lambda: on.conductor.active_run is None, "the run's end")
    assert states(on) == [FAILED]
    assert not on.heard.of(SeriesWaits) and not on.heard.of(SeriesEnded)


async def test_what_it_waits_for_is_told_with_the_time_of_the_next_try() -> None:
    on = await waiting()
    (told,) = on.heard.of(SeriesWaits)
    assert told.series_id == on.heard.of(RunStarted)[0].series.series_id
    assert (told.error, told.failures, told.most) == (DOWN.info, 1, MOST_FAILURES)
    assert told.pause_s == on.pauses.taken[0]
    assert 0 < told.until_ns - on.clock.now_ns <= told.pause_s * 1000 * MS
    await on.conductor.close()


async def test_while_it_waits_the_series_goes_on_and_no_other_run_begins() -> None:
    on = await waiting()
    assert on.conductor.active_run == on.heard.of(RunFinished)[0].run_id
    with pytest.raises(RunInProgress, match="waits to try again"):
        await on.conductor.start(RunRequest())
    await on.conductor.close()


async def test_asking_for_it_cuts_the_pause_short() -> None:
    on = await waiting(RunRequest(ONE, repeat=2))
    on.server.fail_with = None
    await on.conductor.retry()
    await eventually(lambda: on.conductor.active_run is None, "the series' end")
    assert states(on) == [FAILED, DONE, DONE]
    assert len(on.pauses.taken) == 1


async def test_asking_while_a_run_goes_on_does_not_shorten_the_next_pause() -> None:
    gate = asyncio.Event()
    on = stage(hang=gate, fail_with=DOWN, fail_at_request=2)
    await on.conductor.start(RunRequest(ONE, repeat=2))
    await eventually(lambda: on.heard.of(TokensArrived), "the first token")
    await on.conductor.retry()
    gate.set()
    await eventually(lambda: on.pauses.taken, "the first pause")
    assert len(on.heard.of(RunStarted)) == 1
    await on.conductor.close()


async def test_without_a_series_there_is_nothing_to_try_again() -> None:
    on = stage()
    await on.conductor.retry()
    assert not on.heard.of(RunStarted)


async def test_cancelling_while_it_waits_ends_it_at_once() -> None:
    on = await waiting()
    await on.conductor.cancel()
    assert on.conductor.active_run is None
    assert states(on) == [FAILED]
    (end,) = on.heard.of(SeriesEnded)
    assert (end.state, end.measured, end.wanted, end.failed, end.error) == ("cancelled", 0, 3, 1, None)


async def test_cancelling_ends_it_also_while_the_servers_are_asked_before_the_next_try() -> None:
    on = await waiting()
    asked, never = asyncio.Event(), asyncio.Event()

    async def version(host: str) -> str:
        asked.set()
        await never.wait()
        return ""

    on.server.version = version  # type: ignore[method-assign]  # a server that takes the question and is silent
    on.pauses.over.set()
    await asked.wait()
    await on.conductor.cancel()
    assert on.conductor.active_run is None
    assert states(on) == [FAILED]


async def test_cancelling_the_only_agent_while_it_waits_ends_it() -> None:
    on = await waiting(RunRequest(ONE, repeat=3))
    await on.conductor.cancel(A)
    assert on.conductor.active_run is None


async def test_cancelling_one_of_two_agents_while_it_waits_stops_nothing() -> None:
    on = await waiting()
    await on.conductor.cancel(B)
    on.server.fail_with = None
    on.pauses.over.set()
    await eventually(lambda: on.conductor.active_run is None, "the series' end")
    assert states(on) == [FAILED, DONE, DONE, DONE]


async def test_an_agent_that_was_stopped_leaves_the_series_incomplete_without_a_fault() -> None:
    gate = asyncio.Event()
    on = stage(hang=gate)
    await on.conductor.start(RunRequest(repeat=2))
    await eventually(lambda: len(on.heard.of(TokensArrived)) == 2, "both agents' first tokens")
    await on.conductor.cancel(B)
    gate.set()
    await eventually(lambda: on.conductor.active_run is None, "the series' end")
    (end,) = on.heard.of(SeriesEnded)
    assert (end.state, end.measured, end.failed, end.error) == ("incomplete", 1, 0, None)


async def test_a_simulator_that_comes_in_the_servers_place_is_recognised_at_the_next_try() -> None:
    on = await waiting(RunRequest(ONE, repeat=1, warmup=1))
    on.server.version_text, on.server.fail_with = "0.33.3-chimera-simulator", None
    on.pauses.over.set()
    await eventually(lambda: on.conductor.active_run is None, "the series' end")
    assert [event.simulated for event in on.heard.of(RunStarted)] == [False, True, True]
