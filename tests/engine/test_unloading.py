from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from chimera_tui.domain.errors import RequestRejected
from chimera_tui.domain.events import Notice
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_events import AgentStateChanged, RequestSent, RunFinished
from chimera_tui.domain.runs import RunRequest
from chimera_tui.engine.basis import Basis
from chimera_tui.engine.load_memory import LoadMemory
from chimera_tui.engine.ports import LoadedModel, ModelRequest
from chimera_tui.engine.prompts import TokenEstimator
from chimera_tui.engine.unloading import Unloader
from chimera_tui.engine.waits import Neighbour
from tests.engine.scripted import HOST, MS, FactsInMemory, Listener, ManualClock, ScriptedServer, Stage, stage
from tests.support import eventually

LOADED = LoadedModel("mid:latest", 100, 50, 4096)
EXPLICIT = AgentSettings("mid:latest", HOST, Options(num_gpu=20))
LEFT = AgentSettings("mid:latest", HOST)


async def finish(on: Stage, request: RunRequest) -> None:
    await on.conductor.start(request)
    await eventually(lambda: on.conductor.active_run is None, "the run's end")


async def loaded_with_20() -> Stage:
    """A stage whose server holds the model as an earlier run with num_gpu 20 left it."""
    on = stage()
    await on.conductor.change(AgentId.A, "num_gpu", "20")
    on.server.loaded_models = [LOADED]
    await finish(on, RunRequest((AgentId.A,)))
    await on.conductor.change(AgentId.A, "num_gpu", None)
    return on


def informed(on: Stage) -> list[str]:
    return [notice.text for notice in on.heard.of(Notice)]


async def test_a_num_gpu_that_is_left_to_the_server_again_unloads_the_model_first_and_says_so() -> None:
    on = await loaded_with_20()
    await finish(on, RunRequest((AgentId.A,)))
    text = "num_gpu 20 was still in effect: unloaded mid:latest so that the server chooses again"
    assert on.server.unloaded == ["mid:latest"]
    assert informed(on) == [text]
    assert text in [event.why for event in on.heard.of(AgentStateChanged) if event.state is AgentState.LOADING]


async def test_the_request_after_an_unloading_tells_what_would_have_stayed_and_the_run_is_flagged_for_it() -> None:
    on = await loaded_with_20()
    on.server.final = replace(on.server.final, load_ns=300 * MS)
    on.server.first_token_ns = 600 * MS
    await finish(on, RunRequest((AgentId.A,)))
    assert [event.undone for event in on.heard.of(RequestSent)] == ["", "", "num_gpu 20", ""]
    flags = on.heard.of(RunFinished)[-1].summary.flags
    (reload,) = (flag for flag in flags if flag.cause is Cause.RELOAD_RUN_BEFORE)
    assert reload.text.endswith("unloaded first, since num_gpu 20 of the run before would have stayed")


async def test_minus_one_is_the_servers_choice_too() -> None:
    on = await loaded_with_20()
    await on.conductor.change(AgentId.A, "num_gpu", "-1")
    await finish(on, RunRequest((AgentId.A,)))
    assert on.server.unloaded == ["mid:latest"]


async def test_two_agents_that_leave_it_to_the_server_unload_once() -> None:
    on = await loaded_with_20()
    await finish(on, RunRequest())
    assert on.server.unloaded == ["mid:latest"]
    assert on.heard.of(RunFinished)[-1].summary.state.value == "done"


async def test_a_value_that_stays_the_same_unloads_nothing() -> None:
    on = await loaded_with_20()
    await on.conductor.change(AgentId.A, "num_gpu", "20")
    await finish(on, RunRequest((AgentId.A,)))
    assert on.server.unloaded == []


async def test_a_model_that_is_gone_already_needs_no_unloading() -> None:
    on = await loaded_with_20()
    on.server.loaded_models = []
    await finish(on, RunRequest((AgentId.A,)))
    assert on.server.unloaded == []
    assert informed(on) == []


async def test_what_an_earlier_daemon_asked_for_is_undone_as_well() -> None:
    on = stage()
    on.conductor.recall([(AgentId.A, EXPLICIT)], "before")
    on.server.loaded_models = [LOADED]
    await finish(on, RunRequest((AgentId.A,)))
    assert on.server.unloaded == ["mid:latest"]


def basis() -> Basis:
    return Basis(FactsInMemory(), ManualClock(), lambda settings: TokenEstimator())


def unloader(**settings: object) -> tuple[Unloader, ScriptedServer, Listener]:
    server = ScriptedServer(ManualClock(), loaded_models=[LOADED], **settings)  # type: ignore[arg-type]
    memory, heard = LoadMemory(), Listener()
    memory.remember(EXPLICIT, AgentId.B, "run1")
    return Unloader(server, memory, basis(), heard.emit), server, heard


async def test_the_other_agents_model_is_not_taken_away_while_it_works() -> None:
    undoing, server, heard = unloader()
    told = await undoing.undo(LEFT, Neighbour("B", LEFT, writes=True, asks=True, beside=True))
    assert server.unloaded == []
    assert told == "num_gpu 20 stays in effect: agent B works with mid:latest"
    assert [notice.level for notice in heard.of(Notice)] == ["warning"]


async def test_a_value_that_the_other_agent_asks_for_stays() -> None:
    undoing, server, heard = unloader()
    told = await undoing.undo(LEFT, Neighbour("B", EXPLICIT, writes=False, beside=True))
    assert server.unloaded == []
    assert "as agent B asks for it" in told
    assert heard.events == []


async def test_another_agents_other_model_is_in_nobodys_way() -> None:
    undoing, server, _ = unloader()
    other = AgentSettings("tiny:latest", HOST)
    await undoing.undo(LEFT, Neighbour("B", other, writes=True, asks=True, beside=True))
    assert server.unloaded == ["mid:latest"]


class Refusing(ScriptedServer):
    async def unload(self, host: str, model: str) -> None:
        raise RequestRejected("unloading is not allowed here")


async def test_a_server_that_does_not_unload_is_told_and_the_run_goes_on() -> None:
    memory, heard = LoadMemory(), Listener()
    memory.remember(EXPLICIT, AgentId.A, "run1")
    server = Refusing(ManualClock(), loaded_models=[LOADED])
    told = await asyncio.wait_for(Unloader(server, memory, basis(), heard.emit).undo(LEFT, None), 10)
    assert "stays in effect" in told and "unloading is not allowed here" in told
    assert memory.stale(LEFT) == {"num_gpu": 20}


PARTLY = LoadedModel("mid:latest", 1000, 857, 4096)


def warnings(on: Stage) -> list[str]:
    return [notice.text for notice in on.heard.of(Notice) if notice.level == "warning"]


async def test_a_model_that_lies_in_vram_partly_for_no_known_reason_is_warned_of_once_a_series() -> None:
    on = stage()
    on.server.loaded_models = [PARTLY]
    await finish(on, RunRequest(repeat=2))
    (text,) = warnings(on)
    assert text.startswith("85.7 % of mid:latest lies in VRAM although num_gpu is left to the server: another ")
    assert "ollama stop mid:latest" in text
    await finish(on, RunRequest())
    assert len(warnings(on)) == 2


@pytest.mark.parametrize(
    "entry",
    [
        None,
        replace(PARTLY, size_vram_bytes=1000),
        replace(PARTLY, size_vram_bytes=0),
        replace(PARTLY, size_vram_bytes=None),
        replace(PARTLY, size_bytes=None),
    ],
)
async def test_a_model_that_is_whole_or_gone_or_told_of_in_part_is_no_reason_to_warn(
    entry: LoadedModel | None,
) -> None:
    on = stage()
    on.server.loaded_models = [entry] if entry else []
    await finish(on, RunRequest())
    assert warnings(on) == []


async def test_a_num_gpu_that_is_asked_for_explains_a_partial_share() -> None:
    on = stage()
    for agent in AgentId:
        await on.conductor.change(agent, "num_gpu", "20")
    on.server.loaded_models = [PARTLY]
    await finish(on, RunRequest())
    assert warnings(on) == []


def loading(on: Stage, entry: LoadedModel) -> None:
    """The server lists the model as soon as somebody asks it."""
    stream = on.server.stream

    def loads(request: ModelRequest):  # type: ignore[no-untyped-def]
        on.server.loaded_models = [entry]
        return stream(request)

    on.server.stream = loads  # type: ignore[method-assign]


async def test_a_share_that_the_server_chose_for_us_is_not_a_strangers_until_it_changes() -> None:
    on = stage()
    loading(on, PARTLY)
    await finish(on, RunRequest(repeat=2))
    assert warnings(on) == []
    on.server.loaded_models = [replace(PARTLY, size_vram_bytes=300)]
    await finish(on, RunRequest())
    assert len(warnings(on)) == 1


async def test_what_an_earlier_daemon_left_to_the_server_may_have_been_changed_since() -> None:
    on = stage()
    on.conductor.recall([(AgentId.A, LEFT)], "before")
    on.server.loaded_models = [PARTLY]
    for count in (1, 2):
        await finish(on, RunRequest((AgentId.A,)))
        assert len(warnings(on)) == count
