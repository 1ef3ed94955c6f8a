from __future__ import annotations

import pytest

from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentSettings, Options
from chimera_tui.engine.ports import LoadedModel
from chimera_tui.engine.waits import Neighbour, Silent, infer_wait

HOST = "http://h:11434"
MINE = AgentSettings("mid", HOST, Options(num_gpu=80, num_ctx=512))
LOADED = (LoadedModel("mid:latest", 10, 10, 512),)
SENT_NS = 1_000


def neighbour(writes: bool = True, model: str = "mid", host: str = HOST, sent_ns: int | None = 1) -> Neighbour:
    return Neighbour("A", AgentSettings(model, host), writes, asks=sent_ns is not None, sent_ns=sent_ns)


def waits(
    loaded: tuple[LoadedModel, ...] | None,
    other: Neighbour | None,
    *,
    reloads: tuple[str, ...] = (),
    clashes: tuple[str, ...] = (),
    parallel: bool = False,
) -> tuple[AgentState, str]:
    return infer_wait(Silent(MINE, SENT_NS, reloads, clashes, parallel), loaded, other)


@pytest.mark.parametrize(
    ("loaded", "reloads", "other", "state"),
    [
        ((), (), None, AgentState.LOADING),
        (LOADED, (), None, AgentState.PREFILL),
        (LOADED, ("num_gpu",), None, AgentState.LOADING),
        ((), ("num_gpu",), None, AgentState.LOADING),
        ((LoadedModel("mid:latest", 10, 10, 4096),), (), None, AgentState.LOADING),
        (LOADED, (), neighbour(), AgentState.QUEUED),
        (LOADED, (), neighbour(writes=False), AgentState.PREFILL),
        (LOADED, (), neighbour(model="tiny"), AgentState.PREFILL),
        (LOADED, (), neighbour(host="http://other"), AgentState.PREFILL),
        (None, (), None, AgentState.PREFILL),
        (None, ("num_gpu",), None, AgentState.LOADING),
    ],
)
def test_a_silent_request_is_named_for_what_it_waits_for(
    loaded: tuple[LoadedModel, ...] | None,
    reloads: tuple[str, ...],
    other: Neighbour | None,
    state: AgentState,
) -> None:
    found, why = waits(loaded, other, reloads=reloads)
    assert found is state
    assert why


@pytest.mark.parametrize("loaded", [(), LOADED, None])
@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize("parallel", [True, False])
def test_options_that_differ_queue_a_request_behind_the_one_that_left_first(
    loaded: tuple[LoadedModel, ...] | None, writes: bool, parallel: bool
) -> None:
    told = waits(loaded, neighbour(writes), clashes=("num_gpu",), parallel=parallel)
    assert told == (AgentState.QUEUED, "behind agent A, then a reload: num_gpu differs")


@pytest.mark.parametrize("other", [neighbour(writes=False, sent_ns=SENT_NS + 1), neighbour(False, sent_ns=None)])
def test_the_request_that_left_first_reloads_at_once(other: Neighbour) -> None:
    told = waits(LOADED, other, reloads=("num_gpu", "num_ctx"), clashes=("num_gpu", "num_ctx"))
    assert told == (AgentState.LOADING, "reload: num_gpu, num_ctx differ from what was loaded")
    assert waits(LOADED, other, clashes=("num_gpu",))[0] is AgentState.PREFILL


def test_a_server_that_was_seen_to_write_two_streams_at_once_is_not_said_to_queue() -> None:
    assert waits(LOADED, neighbour(), parallel=True)[0] is AgentState.PREFILL
