from __future__ import annotations

import pytest

from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentSettings, Options
from chimera_tui.domain.servers import same_model
from chimera_tui.engine.ports import LoadedModel
from chimera_tui.engine.waits import LoadMemory, Neighbour, infer_wait

HOST = "http://h:11434"
MINE = AgentSettings("mid", HOST, Options(num_gpu=80, num_ctx=512))
LOADED = (LoadedModel("mid:latest", 10, 10, 512),)


def neighbour(writes: bool = True, model: str = "mid", host: str = HOST) -> Neighbour:
    return Neighbour("A", AgentSettings(model, host), writes)


@pytest.mark.parametrize(
    ("loaded", "reloads", "other", "state"),
    [
        ((), (), None, AgentState.LOADING),
        (LOADED, (), None, AgentState.PREFILL),
        (LOADED, ("num_gpu",), None, AgentState.LOADING),
        ((LoadedModel("mid:latest", 10, 10, 4096),), (), None, AgentState.LOADING),
        (LOADED, (), neighbour(), AgentState.QUEUED),
        (LOADED, ("num_gpu",), neighbour(), AgentState.QUEUED),
        (LOADED, (), neighbour(writes=False), AgentState.PREFILL),
        (LOADED, ("num_gpu",), neighbour(writes=False), AgentState.LOADING),
        (LOADED, (), neighbour(model="tiny"), AgentState.PREFILL),
        (LOADED, (), neighbour(host="http://other"), AgentState.PREFILL),
    ],
)
def test_a_silent_request_is_named_for_what_it_waits_for(
    loaded: tuple[LoadedModel, ...], reloads: tuple[str, ...], other: Neighbour | None, state: AgentState
) -> None:
    found, why = infer_wait(MINE, loaded, reloads, other)
    assert found is state
    assert why


def test_an_omitted_option_keeps_what_is_loaded() -> None:
    memory = LoadMemory()
    memory.remember(MINE)
    assert memory.reloads(AgentSettings("mid:latest", HOST)) == ()
    memory.remember(AgentSettings("mid:latest", HOST))
    assert memory.reloads(AgentSettings("mid", HOST, Options(num_gpu=20))) == ("num_gpu",)
    memory.forget(HOST, "mid")
    assert memory.reloads(AgentSettings("mid", HOST, Options(num_gpu=20))) == ()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("m", "m:latest", True),
        ("m:7b", "m", False),
        ("hf.co:8/x/m", "hf.co:8/x/m:latest", True),
        ("m:1", "m:1", True),
    ],
)
def test_latest_is_what_no_tag_means(first: str, second: str, same: bool) -> None:
    assert same_model(first, second) is same


def test_a_server_that_was_seen_to_write_two_streams_at_once_is_not_said_to_queue() -> None:
    memory = LoadMemory()
    assert not memory.is_parallel(MINE)
    memory.saw_parallel(AgentSettings("mid:latest", HOST))
    assert memory.is_parallel(MINE)
    assert infer_wait(MINE, LOADED, (), neighbour(), parallel=True)[0] is AgentState.PREFILL
