"""What is told of an agent's offload: by its run once it is known and when it changes, by a look otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import get_args

from chimera_tui.domain.flags import Cause
from chimera_tui.domain.metrics import Offload
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import OffloadMeasured, RequestFinished, RunEvent, RunFinished, TokensArrived
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.engine.conductor import Conductor
from chimera_tui.engine.fold import RunFold
from chimera_tui.engine.outside import Outside
from chimera_tui.engine.ports import LoadedModel
from chimera_tui.engine.prompts import PromptBook
from chimera_tui.resources import folder
from tests.engine.scripted import HOST, Bench, ScriptedServer, Stage, stage
from tests.support import eventually

A, B = AgentId
WHOLE = LoadedModel("mid:latest", 100, 100, 4_096)
PARTLY = LoadedModel("mid:latest", 100, 50, 8_192)


async def first_token(on: Stage, request: RunRequest) -> asyncio.Event:
    """Start a run that waits after the first token of each request for the event that is returned."""
    on.server.hang = asyncio.Event()
    await on.conductor.start(request)
    await eventually(lambda: len(on.heard.of(TokensArrived)) == len(request.agents), "the first tokens")
    return on.server.hang


async def ended(on: Stage) -> RunSummary:
    await eventually(lambda: on.conductor.active_run is None, "the run's end")
    summary: RunSummary = on.heard.of(RunFinished)[-1].summary
    return summary


def told(on: Stage, agent: AgentId = A) -> list[Offload]:
    return [event.offload for event in on.heard.of(OffloadMeasured) if event.agent is agent]


async def test_an_offload_that_stays_the_same_is_told_once() -> None:
    on = stage()
    on.server.loaded_models = [WHOLE]
    (await first_token(on, RunRequest((A,)))).set()
    summary = await ended(on)
    (event,) = on.heard.of(OffloadMeasured)
    assert (event.run_id, event.agent) == (summary.run_id, A)
    assert event.offload == Offload(None, 34, 100, 100, 4_096)
    assert 0 < event.at_ns < on.clock.now_ns


async def test_an_offload_that_the_second_request_finds_changed_is_told_again() -> None:
    on = stage()
    first = await first_token(on, RunRequest((A,)))
    assert told(on) == [Offload(None, 34)]
    on.server.loaded_models = [PARTLY]
    on.server.hang = second = asyncio.Event()
    first.set()
    await eventually(lambda: len(told(on)) == 2, "the measurement")
    second.set()
    summary = await ended(on)
    assert told(on) == [Offload(None, 34), Offload(None, 34, 100, 50, 8_192)]
    assert summary.agents[0].offload == told(on)[-1]
    assert Cause.PARTIAL_OFFLOAD in [flag.cause for flag in summary.flags]


class LoadsWhenAsked(ScriptedServer):
    """Has the model from its first request on, and takes longer to say so than to answer that."""

    async def loaded(self, host: str) -> Sequence[LoadedModel]:
        found = (PARTLY,) if self.requests else ()
        for _ in range(50):
            await asyncio.sleep(0)
        return found


async def test_an_answer_that_is_over_at_once_has_its_offload_measured_all_the_same() -> None:
    on = stage()
    server = LoadsWhenAsked(on.clock, chunks=("word ",) * 10)
    outside = Outside(
        server, on.facts, on.shelf, on.heard, on.clock, PromptBook.load(folder("prompts")), on.telemetry, Bench()
    )
    conductor = Conductor(outside, {A: AgentSettings("mid:latest", HOST)})
    await conductor.start(RunRequest((A,)))
    await eventually(lambda: conductor.active_run is None, "the run's end")
    assert told(on) == [Offload(None, 34), Offload(None, 34, 100, 50, 8_192)]
    last = on.heard.events.index(on.heard.of(OffloadMeasured)[-1])
    assert last < on.heard.events.index(on.heard.of(RequestFinished)[0])


async def test_the_events_of_a_run_alone_bring_its_offload_and_its_flags() -> None:
    on = stage()
    await on.conductor.change(A, "num_gpu", "20")
    on.server.loaded_models = [PARTLY]
    (await first_token(on, RunRequest())).set()
    summary = await ended(on)
    fold = RunFold()
    for event in on.heard.events:
        if isinstance(event, get_args(RunEvent)) and not isinstance(event, RunFinished):
            fold.apply(event)
    again = fold.summarise(fold.last_ns)
    assert [outcome.offload for outcome in again.agents] == [outcome.offload for outcome in summary.agents]
    assert [outcome.offload for outcome in again.agents] == [told(on, A)[-1], told(on, B)[-1]]
    assert again.flags == summary.flags


async def test_a_model_chosen_for_the_next_run_does_not_replace_what_this_run_measured() -> None:
    on = stage()
    on.server.loaded_models = [WHOLE]
    go_on = await first_token(on, RunRequest((A,)))
    for agent in AgentId:
        await on.conductor.change(agent, "model", "tiny")
    await eventually(lambda: told(on, B), "the look at the server")
    await on.conductor.refresh()
    assert told(on, A) == [Offload(None, 34, 100, 100, 4_096)]
    go_on.set()
    await ended(on)
    await on.conductor.refresh()
    assert told(on, A)[1:] == [Offload(None, 34)]
    assert {event.run_id for event in on.heard.of(OffloadMeasured) if event.agent is B} == {""}
    await on.conductor.close()
