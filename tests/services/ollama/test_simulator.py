"""The client against the simulator: a server that really schedules, loads and decodes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from chimera_tui.domain import errors
from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.options import AgentSettings, Options
from chimera_tui.domain.servers import is_simulated, same_model
from chimera_tui.domain.timings import ClientTimings
from chimera_tui.engine.ports import Arrived
from chimera_tui.services.ollama.client import OllamaServer
from tests.services.ollama.streams import collect, request
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import eventually

MODEL = "gemma3:270m"


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorHandle]:
    with running_simulator("--load-s", "0.05", "--token-rate", "300", "--layers", "19") as handle:
        yield handle


@pytest.fixture
async def server() -> AsyncIterator[OllamaServer]:
    server = OllamaServer()
    yield server
    await server.aclose()


async def test_the_simulator_says_what_it_is(simulator: SimulatorHandle, server: OllamaServer) -> None:
    assert is_simulated(await server.version(simulator.url))


async def test_its_models_are_listed_and_have_a_shape(simulator: SimulatorHandle, server: OllamaServer) -> None:
    names = [model.name for model in await server.models(simulator.url)]
    assert MODEL in names
    model = await server.show(simulator.url, MODEL)
    assert model.block_count == 18
    assert model.context_length


@pytest.mark.parametrize("api", ["chat", "generate"])
async def test_a_run_gives_text_and_counters(simulator: SimulatorHandle, api: str) -> None:
    collected = await collect(request(simulator.url, api=api, model=MODEL))
    assert collected.error is None
    assert collected.text
    assert collected.finished is not None
    assert collected.finished.server.eval_tokens is not None
    assert collected.finished.server.eval_tokens >= len(collected.chunks)
    assert collected.finished.server.total_ns
    stamps = [collected.sent_ns, *(chunk.at_ns for chunk in collected.chunks), collected.finished.at_ns]
    assert stamps == sorted(stamps)


async def test_a_fresh_prompt_has_a_prefill_rate_and_a_cached_one_that_of_its_rest(
    simulator: SimulatorHandle, server: OllamaServer
) -> None:
    await server.unload(simulator.url, MODEL)  # with its cache
    prompt = "Nobody has asked this server such a thing before. " * 40
    fresh, again = [await collect(request(simulator.url, model=MODEL, prompt=prompt)) for _ in range(2)]
    assert fresh.finished is not None and again.finished is not None
    assert fresh.finished.server.prompt_cached_tokens == 0
    assert RequestMetrics("analysis", fresh.finished.server, ClientTimings(0)).prefill_rate is not None
    tokens = again.finished.server.prompt_tokens
    assert tokens == fresh.finished.server.prompt_tokens and tokens is not None
    assert again.finished.server.prompt_cached_tokens == tokens - 1


async def test_a_model_is_loaded_seen_and_unloaded(simulator: SimulatorHandle, server: OllamaServer) -> None:
    await server.preload(AgentSettings(MODEL, simulator.url, Options(num_ctx=2048, num_gpu=19)))
    (loaded,) = [each for each in await server.loaded(simulator.url) if same_model(each.name, MODEL)]
    assert loaded.context_length == 2048
    assert 0 < loaded.size_vram_bytes <= loaded.size_bytes
    await server.unload(simulator.url, MODEL)
    assert not any(same_model(each.name, MODEL) for each in await server.loaded(simulator.url))


async def test_a_cancel_stops_the_decoding(simulator: SimulatorHandle, server: OllamaServer) -> None:
    async def read() -> None:
        async with server.stream(request(simulator.url, model=MODEL)) as items:
            async for item in items:
                if isinstance(item, Arrived):
                    writing.set()

    writing = asyncio.Event()
    reading = asyncio.create_task(read())
    await asyncio.wait_for(writing.wait(), 20)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await eventually(lambda: not simulator.state()["active"], "the simulator to stop")
    last = simulator.state()["ended"][-1]
    assert last["phase"] == "aborted"


async def test_an_unknown_model_is_answered_with_those_that_exist(simulator: SimulatorHandle) -> None:
    collected = await collect(request(simulator.url, model="gemma3:271m"))
    assert type(collected.error) is errors.ModelNotFound
    assert MODEL in collected.error.info.next


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("refuse-load-oom", errors.LoadFailed),
        ("503", errors.ServerBusy),
        ("cut", errors.StreamCut),
        ("half-line", errors.StreamCut),
        ("no-done", errors.StreamCut),
        ("error-line", errors.ModelCrashed),
        ("garbage", errors.ServerAnsweredBadly),
    ],
)
async def test_every_fault_is_named(
    simulator: SimulatorHandle, fault: str, kind: type[errors.ChimeraError]
) -> None:
    await asyncio.to_thread(simulator.fault, fault, times=1)
    collected = await collect(request(simulator.url, model=MODEL))
    assert type(collected.error) is kind


async def test_counters_that_are_missing_are_not_zero(simulator: SimulatorHandle) -> None:
    await asyncio.to_thread(simulator.fault, "missing-counts", times=1)
    collected = await collect(request(simulator.url, model=MODEL))
    assert collected.finished is not None
    assert collected.finished.server.eval_tokens is None
    assert collected.finished.server.total_ns is None
