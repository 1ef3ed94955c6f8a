"""Older Ollama lacks fields and whole questions: what it does not tell is not reported, and a run goes on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from chimera_tui.domain.errors import ModelNotFound, ServerAnsweredBadly
from chimera_tui.domain.events import ModelInfo, ServerLost, ServerSeen
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_events import RunFinished
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.engine.conductor import Conductor
from chimera_tui.engine.outside import Outside
from chimera_tui.engine.ports import LoadedModel
from chimera_tui.engine.prompts import PromptBook
from chimera_tui.resources import folder
from chimera_tui.services.ollama.client import OllamaServer
from tests.engine.scripted import Bench, FactsInMemory, Listener, ManualClock, Samples, Shelf
from tests.services.ollama.replay import Line, ReplayServer, Reply, Seen, ndjson
from tests.support import eventually


def whole(body: bytes, status: int = 200) -> Reply:
    """The server ends each connection, and says so."""
    return Reply(status, {"content-length": str(len(body)), "connection": "close"}, [Line(body, newline=False)])


def of_json(value: object, status: int = 200) -> Reply:
    return whole(json.dumps(value).encode(), status)


ABSENT = whole(b"404 page not found", 404)


TAGS = of_json({"models": [{"name": "mid:latest"}]})
ANSWER = Reply(
    lines=ndjson(
        {"message": {"role": "assistant", "content": "It holds "}, "done": False},
        {"message": {"role": "assistant", "content": "2 files."}, "done": False},
        {"message": {"role": "assistant", "content": ""}, "done": True},
    )
)
OLD: Mapping[str, Reply] = {"/api/tags": TAGS, "/api/chat": ANSWER, "/api/generate": of_json({"done": True})}
"""It knows these questions and no other."""


@contextmanager
def serving(replies: Mapping[str, Reply]) -> Iterator[ReplayServer]:
    choose: Callable[[Seen], Reply] = lambda seen: replies.get(seen.path, ABSENT)  # noqa: E731
    server = ReplayServer(choose)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
async def client() -> AsyncIterator[OllamaServer]:
    client = OllamaServer()
    yield client
    await client.aclose()


@pytest.mark.parametrize("reply", [of_json({}), of_json({"version": None}), ABSENT])
async def test_a_version_that_is_not_told_is_empty(client: OllamaServer, reply: Reply) -> None:
    with serving({"/api/version": reply}) as server:
        assert await client.version(server.url) == ""


@pytest.mark.parametrize(
    "reply",
    [
        of_json({}),
        of_json({"details": None, "model_info": None}),
        of_json({"model_info": {}}),
        of_json({"model_info": {"general.architecture": "x", "x.block_count": None, "x.context_length": 0}}),
        ABSENT,
    ],
)
async def test_a_model_without_a_shape_is_a_model(client: OllamaServer, reply: Reply) -> None:
    with serving({"/api/show": reply}) as server:
        assert await client.show(server.url, "mid:latest") == ModelInfo("mid:latest")


async def test_what_a_model_does_tell_is_kept(client: OllamaServer) -> None:
    told = {"details": {"family": "gemma3"}, "model_info": {"general.architecture": "g", "g.block_count": 34}}
    with serving({"/api/show": of_json(told)}) as server:
        assert await client.show(server.url, "mid") == ModelInfo("mid", family="gemma3", block_count=34)


async def test_a_model_that_does_not_exist_is_still_told_by_its_own_error(client: OllamaServer) -> None:
    missing = of_json({"error": "model 'x' not found"}, 404)
    with (
        serving({"/api/show": missing, "/api/tags": TAGS}) as server,
        pytest.raises(ModelNotFound) as caught,
    ):
        await client.show(server.url, "x")
    assert "mid:latest" in caught.value.info.next


@pytest.mark.parametrize(
    ("reply", "loaded"),
    [
        (ABSENT, None),
        (of_json({}), None),
        (of_json({"models": None}), ()),
        (of_json({"models": [{"name": "mid:latest"}]}), (LoadedModel("mid:latest", None, None, None),)),
        (of_json({"models": [{"model": "m", "size": 9, "size_vram": 0}]}), (LoadedModel("m", 9, 0, None),)),
    ],
)
async def test_what_is_loaded_is_unknown_or_told_in_part(
    client: OllamaServer, reply: Reply, loaded: tuple[LoadedModel, ...] | None
) -> None:
    with serving({"/api/ps": reply}) as server:
        assert await client.loaded(server.url) == loaded


async def test_a_list_that_is_null_is_empty(client: OllamaServer) -> None:
    with serving({"/api/tags": of_json({"models": None})}) as server:
        assert await client.models(server.url) == ()


@pytest.mark.parametrize("reply", [ABSENT, of_json({}), of_json({"models": ["mid"]})])
async def test_what_lists_no_models_is_no_ollama(client: OllamaServer, reply: Reply) -> None:
    with serving({"/api/tags": reply}) as server, pytest.raises(ServerAnsweredBadly) as caught:
        await client.models(server.url)
    assert "pydantic" not in str(caught.value)


async def run_on(url: str, client: OllamaServer, options: Options, earlier: Options | None = None) -> Listener:
    """A run of agent A and a look at the servers, with everything else in memory."""
    clock, heard = ManualClock(), Listener()
    book = PromptBook.load(folder("prompts"))
    outside = Outside(client, FactsInMemory(), Shelf(), heard, clock, book, Samples(clock), Bench())
    conductor = Conductor(outside, {agent: AgentSettings("mid:latest", url, options) for agent in AgentId})
    if earlier is not None:
        conductor.recall([(AgentId.A, AgentSettings("mid:latest", url, earlier))], "before")
    await conductor.refresh()
    await conductor.start(RunRequest((AgentId.A,)))
    await eventually(lambda: conductor.active_run is None, "the run's end")
    await conductor.close()
    return heard


def summary_of(heard: Listener) -> RunSummary:
    (end,) = heard.of(RunFinished)
    summary: RunSummary = end.summary
    return summary


@pytest.mark.usefixtures("children")
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"/api/show": of_json({}), "/api/ps": of_json({}), "/api/version": of_json({})},
        {"/api/ps": of_json({"models": [{"name": "mid:latest"}]})},
    ],
)
async def test_a_run_on_a_server_that_tells_nothing_of_itself_is_done(
    client: OllamaServer, more: Mapping[str, Reply]
) -> None:
    with serving({**OLD, **more}) as server:
        heard = await run_on(server.url, client, Options())
    summary = summary_of(heard)
    assert summary.state is RunState.DONE
    (agent,) = summary.agents
    assert agent.offload is not None
    assert (agent.offload.layers_all, agent.offload.measured_share) == (None, None)
    assert [request.server.eval_tokens for request in agent.requests] == [None, None]
    assert Cause.NO_DONE not in {flag.cause for flag in summary.flags}, "its done line came, without a reason"
    assert summary.environment is not None
    assert summary.environment.models[0].server_version == ""
    (seen,) = heard.of(ServerSeen)
    assert (seen.version, seen.simulated) == ("", False)
    assert heard.of(ServerLost) == []


@pytest.mark.usefixtures("children")
async def test_a_num_gpu_is_undone_also_where_nobody_tells_what_is_loaded(client: OllamaServer) -> None:
    with serving(OLD) as server:
        heard = await run_on(server.url, client, Options(), earlier=Options(num_gpu=20))
        asked = [seen.body for seen in server.seen if seen.path == "/api/generate"]
    assert [body["keep_alive"] for body in asked] == [0]
    assert summary_of(heard).state is RunState.DONE
