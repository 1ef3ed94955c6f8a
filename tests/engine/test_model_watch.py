"""What the other agent's load-time options make a request wait for, on a server that serves one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_events import AgentStateChanged
from chimera_tui.domain.runs import RunRequest
from chimera_tui.engine.conductor import Conductor
from chimera_tui.engine.outside import Outside
from chimera_tui.engine.ports import LoadedModel
from chimera_tui.engine.prompts import PromptBook
from chimera_tui.resources import folder
from tests.engine.scripted import (
    HOST,
    Bench,
    FactsInMemory,
    Listener,
    ManualClock,
    Samples,
    ScriptedServer,
    Shelf,
)
from tests.support import eventually

A, B = AgentId
LOADED = LoadedModel("mid:latest", 100, 100, 4096)


@dataclass
class OneSlot(ScriptedServer):
    """Serves requests in the order in which they came, each when `may_load` lets it."""

    may_load: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    looks_at_nothing: int = 0
    """How often it said that nothing is loaded."""

    async def loaded(self, host: str) -> Sequence[LoadedModel]:
        self.looks_at_nothing += not self.loaded_models
        return await super().loaded(host)

    async def _items(self, number: int):  # type: ignore[no-untyped-def]
        items = super()._items(number)
        yield await anext(items)
        async with self.turn:
            await self.may_load.acquire()
            async for item in items:
                yield item


def waits(heard: Listener, agent: AgentId) -> list[tuple[AgentState, str]]:
    """Of the agent's first request."""
    told = [event for event in heard.of(AgentStateChanged) if event.agent is agent and event.step == "analysis"]
    return [(event.state, event.why) for event in told]


def conductor_of(a: int, b: int) -> tuple[Conductor, OneSlot, Listener]:
    """With the agents' num_gpu."""
    clock, heard = ManualClock(), Listener()
    server = OneSlot(clock, loaded_models=[LOADED])
    book = PromptBook.load(folder("prompts"))
    outside = Outside(server, FactsInMemory(), Shelf(), heard, clock, book, Samples(clock), Bench())
    asked = {A: a, B: b}
    settings = {agent: AgentSettings("mid:latest", HOST, Options(num_gpu=n)) for agent, n in asked.items()}
    return Conductor(outside, settings), server, heard


async def test_a_request_behind_one_with_other_load_options_is_queued_then_reloads() -> None:
    conductor, server, heard = conductor_of(10, 80)
    await conductor.start(RunRequest())
    queued = (AgentState.QUEUED, "behind agent A, then a reload: num_gpu differs")
    reloads = (AgentState.LOADING, "reload: num_gpu differs from what was loaded")
    await eventually(lambda: queued in waits(heard, B), "B behind A, which has no token yet")
    server.may_load.release()
    await eventually(lambda: reloads in waits(heard, B), "B's own reload once A is served")
    behind = "behind agent B, then a reload: num_gpu differs"
    await eventually(lambda: behind in [event.why for event in heard.of(AgentStateChanged)], "A behind B in turn")
    for _ in range(3):
        server.may_load.release()
    await eventually(lambda: conductor.active_run is None, "the run's end")
    assert waits(heard, B)[:3] == [queued, reloads, (AgentState.WRITING, "")]
    assert queued not in waits(heard, A)


async def test_a_model_that_was_gone_and_is_there_again_was_loaded_for_the_request_that_waits() -> None:
    conductor, server, heard = conductor_of(10, 80)
    conductor.recall([(A, AgentSettings("mid:latest", HOST, Options(num_gpu=80)))], "before")
    await conductor.start(RunRequest((A,)))
    await eventually(lambda: AgentState.LOADING in dict(waits(heard, A)), "the reload")
    server.loaded_models = []
    await eventually(lambda: server.looks_at_nothing >= 2, "looks at a model that is gone")
    server.loaded_models = [LOADED]
    await eventually(lambda: AgentState.PREFILL in dict(waits(heard, A)), "the prompt to be read")
    await conductor.cancel()
    assert [state for state, _ in waits(heard, A)][:2] == [AgentState.LOADING, AgentState.PREFILL]
