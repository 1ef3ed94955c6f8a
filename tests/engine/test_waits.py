from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId, AgentSettings, Options
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


BARE = AgentSettings("mid:latest", HOST)
FEWER = AgentSettings("mid", HOST, Options(num_gpu=20, num_ctx=512))


def test_an_omitted_num_gpu_keeps_what_is_loaded() -> None:
    memory = LoadMemory()
    memory.remember(MINE, AgentId.A, "run1")
    auto = AgentSettings("mid", HOST, Options(num_gpu=-1, num_ctx=512))
    assert memory.reloads(auto) == ()
    assert memory.stale(auto) == {"num_gpu": 80}
    memory.remember(auto, AgentId.B, "run1")
    assert memory.reloads(FEWER) == ("num_gpu",)
    assert memory.stale(BARE) == {"num_gpu": 80}
    memory.observe(MINE, None)
    assert memory.reloads(FEWER) == ()
    assert memory.stale(BARE) == {}


def test_an_omitted_context_reloads_by_itself_unless_it_is_the_servers_own() -> None:
    memory = LoadMemory()
    memory.remember(MINE, AgentId.A, "run1")
    auto = AgentSettings("mid", HOST, Options(num_gpu=80))
    assert memory.reloads(auto) == ("num_ctx",)
    memory.remember(auto, AgentId.A, "run2")
    memory.observe(auto, LOADED[0])
    assert memory.reloads(MINE) == ()
    memory.remember(MINE, AgentId.A, "run3")
    assert memory.reloads(auto) == ()


@pytest.mark.parametrize(
    ("agent", "run_id", "by"),
    [(AgentId.B, "run1", "other agent"), (AgentId.A, "run2", "run before"), (AgentId.A, "run1", "")],
)
def test_a_reload_is_told_by_whose_options_were_in_effect(agent: AgentId, run_id: str, by: str) -> None:
    memory = LoadMemory()
    assert memory.reload_by(FEWER, agent, run_id) == ""
    memory.remember(MINE, AgentId.A, "run1")
    assert memory.reload_by(FEWER, agent, run_id) == by
    assert memory.reload_by(MINE, agent, run_id) == ""


def test_a_context_that_changed_behind_our_back_is_another_clients() -> None:
    memory = LoadMemory()
    memory.remember(MINE, AgentId.A, "run1")
    memory.observe(MINE, LOADED[0])
    assert memory.reloads(MINE) == ()
    memory.observe(MINE, replace(LOADED[0], context_length=4096))
    assert memory.reloads(MINE) == ("num_ctx",)
    assert memory.reload_by(MINE, AgentId.A, "run1") == "other client"
    assert memory.stale(BARE) == {}


def test_a_context_that_the_server_clamped_is_not_another_clients() -> None:
    memory = LoadMemory()
    wide = AgentSettings("mid", HOST, Options(num_ctx=100_000))
    memory.remember(wide, AgentId.A, "run1")
    for _ in range(2):
        memory.observe(wide, LOADED[0])
        assert memory.reloads(wide) == ()


def test_a_model_that_was_unloaded_for_its_options_reloads_for_them() -> None:
    memory = LoadMemory()
    memory.remember(MINE, AgentId.A, "run1")
    memory.unloaded(BARE, ("num_gpu",))
    memory.observe(BARE, LOADED[0])  # the other agent had looked before
    memory.observe(BARE, None)
    assert memory.reloads(BARE) == ("num_gpu",)
    assert memory.reload_by(BARE, AgentId.A, "run2") == "run before"
    memory.remember(BARE, AgentId.A, "run2")
    assert memory.reloads(BARE) == ()


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
