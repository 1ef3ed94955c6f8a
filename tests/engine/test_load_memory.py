from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.servers import same_model
from chimera_tui.engine.load_memory import LoadMemory
from chimera_tui.engine.ports import LoadedModel

HOST = "http://h:11434"
MINE = AgentSettings("mid", HOST, Options(num_gpu=80, num_ctx=512))
LOADED = (LoadedModel("mid:latest", 10, 10, 512),)
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
    memory.unloaded(BARE, {"num_gpu": 80})
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


def test_a_server_that_wrote_two_streams_at_once_is_parallel_for_that_model() -> None:
    memory = LoadMemory()
    assert not memory.is_parallel(MINE)
    memory.saw_parallel(AgentSettings("mid:latest", HOST))
    assert memory.is_parallel(MINE)


@pytest.mark.parametrize(
    ("mine", "other", "names"),
    [
        (MINE, FEWER, ("num_gpu",)),
        (MINE, MINE, ()),
        (MINE, BARE, ("num_gpu", "num_ctx")),
        (AgentSettings("mid", HOST, Options(num_ctx=512)), FEWER, ()),
        (BARE, FEWER, ("num_ctx",)),
    ],
)
def test_what_the_other_agent_asks_for_clashes_unless_it_stays_by_itself(
    mine: AgentSettings, other: AgentSettings, names: tuple[str, ...]
) -> None:
    assert LoadMemory().clashes(mine, other) == names


def test_options_that_the_other_agent_leaves_as_they_were_loaded_do_not_clash() -> None:
    memory = LoadMemory()
    memory.remember(MINE, AgentId.A, "run1")
    assert memory.clashes(MINE, AgentSettings("mid", HOST, Options(num_ctx=512))) == ()


def test_who_chose_num_gpu_is_known_only_of_a_model_that_was_loaded_for_us() -> None:
    memory = LoadMemory()
    assert not memory.left_to_server(BARE, "num_gpu")
    memory.observe(BARE, LOADED[0])
    memory.remember(BARE, AgentId.A, "run1")
    assert not memory.left_to_server(BARE, "num_gpu"), "it was loaded before we asked"
    memory.observe(BARE, None)
    memory.remember(BARE, AgentId.A, "run2")
    assert not memory.left_to_server(BARE, "num_gpu"), "as if an earlier daemon had remembered it"
    memory.measured(BARE, LOADED[0])
    assert memory.left_to_server(BARE, "num_gpu")
    memory.observe(BARE, LOADED[0])
    assert memory.left_to_server(BARE, "num_gpu")


def test_a_size_that_changed_behind_our_back_is_another_clients() -> None:
    memory = LoadMemory()
    memory.remember(MINE, AgentId.A, "run1")
    memory.measured(MINE, LOADED[0])
    memory.observe(MINE, LOADED[0])
    assert memory.stale(BARE) == {"num_gpu": 80}
    memory.observe(MINE, replace(LOADED[0], size_vram_bytes=5))
    assert memory.stale(BARE) == {}
    assert memory.reloads(FEWER) == (), "nobody knows the num_gpu of another client"
