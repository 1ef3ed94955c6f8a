from __future__ import annotations

import asyncio

import pytest

from chimera_tui import __version__
from chimera_tui.domain.events import Event, ModelInfo
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import EnvironmentRecorded, RequestSent, RunFinished, TelemetrySampled
from chimera_tui.domain.runs import RunRequest
from chimera_tui.engine.recording import is_local, prompt_digest
from tests.engine.scripted import Stage, stage
from tests.support import eventually

LISTED = ModelInfo("mid:latest", digest="abc123", family="gemma3", parameter_size="4.3B", quantization="Q4_K_M")


async def finish(on: Stage, request: RunRequest) -> RunFinished:
    await on.conductor.start(request)
    await eventually(lambda: on.conductor.active_run is None, "the run's end")
    end: RunFinished = on.heard.of(RunFinished)[-1]
    return end


async def test_a_run_records_once_on_what_it_was_measured() -> None:
    on = stage()
    on.server.known = (LISTED,)
    end = await finish(on, RunRequest())
    (recorded,) = on.heard.of(EnvironmentRecorded)
    environment = recorded.environment
    assert end.summary.environment == environment
    assert (environment.version, environment.commit, environment.host.os) == (__version__, "0123abc", "Linux")
    assert [model.agent for model in environment.models] == ["a", "b"]
    model = environment.models[0]
    assert (model.name, model.digest, model.family, model.quantization) == (
        "mid:latest",
        "abc123",
        "gemma3",
        "Q4_K_M",
    )
    assert (model.server_version, model.block_count, model.context_length) == ("0.33.3", 34, 131_072)
    assert model.host_is_local
    first = {event.agent: event for event in reversed(on.heard.of(RequestSent))}
    digests = {agent.value: prompt_digest(event.system, event.prompt) for agent, event in first.items()}
    assert dict(environment.prompt_digests) == digests
    assert all(len(digest) == 12 for digest in digests.values())


async def test_what_was_recorded_is_in_the_summary_that_is_saved() -> None:
    on = stage()
    await finish(on, RunRequest((AgentId.A,)))
    ((saved, _),) = on.shelf.saved
    assert saved.environment is not None
    assert saved.telemetry is not None and saved.telemetry.samples >= 1


async def test_a_run_that_never_asked_has_an_environment_all_the_same() -> None:
    on = stage()
    on.server.known = ()
    end = await finish(on, RunRequest((AgentId.A,)))
    assert end.summary.environment is not None
    assert end.summary.environment.prompt_digests == ()
    assert end.summary.environment.models[0].digest == ""


async def test_telemetry_is_told_from_before_the_first_request_until_before_the_end() -> None:
    gate = asyncio.Event()
    on = stage(hang=gate)
    run_id = await on.conductor.start(RunRequest((AgentId.A,)))
    await eventually(lambda: on.heard.of(RequestSent), "the first request")
    assert on.telemetry.open == 1
    on.telemetry.more.set()
    await eventually(lambda: len(on.heard.of(TelemetrySampled)) == 2, "the second sample")
    gate.set()
    await eventually(lambda: on.conductor.active_run is None, "the run's end")
    assert on.telemetry.open == 0
    sampled = [number for number, event in enumerate(on.heard.events) if isinstance(event, TelemetrySampled)]
    assert sampled[0] < index_of(on, RequestSent)
    assert sampled[-1] < index_of(on, RunFinished)
    assert {event.run_id for event in on.heard.of(TelemetrySampled)} == {run_id}
    summary = on.heard.of(RunFinished)[-1].summary
    assert summary.telemetry is not None and summary.telemetry.samples == 2


def index_of(on: Stage, kind: type[Event]) -> int:
    return next(number for number, event in enumerate(on.heard.events) if isinstance(event, kind))


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("http://127.0.0.1:11434", True),
        ("http://localhost:11434", True),
        ("http://[::1]:11434", True),
        ("http://0.0.0.0:11434", True),
        ("https://gpu-box:443", False),
        ("http://192.168.1.7:11434", False),
    ],
)
def test_a_host_is_local_when_its_address_says_so(host: str, local: bool) -> None:
    assert is_local(host) is local
