from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys

import pytest

from chimera_tui import resources
from chimera_tui.domain import errors
from chimera_tui.domain.options import AgentSettings
from chimera_tui.domain.servers import is_simulated, same_model
from chimera_tui.engine.ports import ModelServer
from chimera_tui.services.ollama.client import OllamaServer, PullProgress
from tests.services.ollama.replay import Line, Reply, ndjson, replaying
from tests.services.ollama.streams import collect, request
from tests.support import eventually


def answer(body: bytes, status: int = 200) -> Reply:
    return Reply(status, {"content-length": str(len(body))}, [Line(body, newline=False)])


def ask(server: OllamaServer, url: str) -> dict[str, object]:
    """Every question of the port, by name."""
    settings = AgentSettings("mid", url)
    return {
        "version": server.version(url),
        "models": server.models(url),
        "show": server.show(url, "mid"),
        "loaded": server.loaded(url),
        "preload": server.preload(settings),
        "unload": server.unload(url, "mid"),
    }


QUESTIONS = ["version", "models", "show", "loaded", "preload", "unload"]


async def put(question: str, url: str) -> object:
    server = OllamaServer()
    asked = ask(server, url)
    try:
        for name, waiting in asked.items():
            if name != question:
                waiting.close()  # type: ignore[attr-defined]
        return await asked[question]  # type: ignore[misc]
    finally:
        await server.aclose()


def test_the_client_is_the_model_server_of_the_engine() -> None:
    server: ModelServer = OllamaServer()
    assert callable(server.stream)


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_server_that_is_down_is_unreachable(question: str) -> None:
    with replaying(Reply()) as server:
        pass
    with pytest.raises(errors.ServerUnreachable) as caught:
        await put(question, server.url)
    assert server.url in caught.value.info.what
    assert "OLLAMA_HOST" in caught.value.info.next


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b'"text"', b"3", b"\xff\xfe", b""])
async def test_what_is_not_ollamas_answer_is_an_error_of_ours(question: str, body: bytes) -> None:
    with replaying(answer(body)) as server, pytest.raises(errors.ServerAnsweredBadly):
        await put(question, server.url)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b'"text"', b'{"error":"boom"}', b""])
async def test_a_status_is_an_error_of_ours_whatever_its_body(question: str, body: bytes) -> None:
    with replaying(answer(body, 500)) as server, pytest.raises(errors.ChimeraError) as caught:
        await put(question, server.url)
    assert caught.value.info.where == server.url


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_connection_that_breaks_is_an_error_of_ours(question: str) -> None:
    reply = Reply(headers={"content-length": "99"}, lines=[Line(b"{}")])
    with replaying(reply) as server, pytest.raises(errors.ServerAnsweredBadly):
        await put(question, server.url)


async def test_a_kept_connection_that_a_restart_has_closed_is_made_anew() -> None:
    requests: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = len(requests)
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            requests.append(connection)
            writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 19\r\n\r\n{"version":"1.2.3"}')
            await reader.readuntil(b"\r\n\r\n")
            requests.append(connection)
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    server = OllamaServer()
    async with listener:
        assert [await server.version(url), await server.version(url)] == ["1.2.3", "1.2.3"]
        await server.aclose()
    assert requests == [0, 0, 2]


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_host_that_is_no_address_is_a_wrong_setting(question: str) -> None:
    with pytest.raises(errors.SettingInvalid):
        await put(question, "gpu-box:eighty")


async def test_a_preload_that_fails_says_which_settings_to_lower() -> None:
    body = b'{"error":"llama-server process has terminated: out of memory"}'
    with replaying(answer(body, 500)) as server, pytest.raises(errors.LoadFailed, match="num_gpu"):
        await put("preload", server.url)


async def test_a_preload_that_is_cancelled_closes_the_connection() -> None:
    with replaying(Reply(hold=True)) as server:
        client = OllamaServer()
        loading = asyncio.create_task(client.preload(AgentSettings("mid", server.url)))
        await eventually(lambda: server.seen, "the request")
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading
        await eventually(lambda: server.seen[0].closed_ns, "the server to see the close")
        await client.aclose()


async def test_show_without_a_shape_leaves_it_unknown() -> None:
    with replaying(answer(b'{"model_info":{"general.architecture":"x","x.block_count":"26"}}')) as server:
        client = OllamaServer()
        model = await client.show(server.url, "mid")
        await client.aclose()
    assert (model.block_count, model.context_length) == (None, None)


async def test_a_pull_tells_its_progress() -> None:
    steps = ndjson(
        {"status": "pulling manifest"},
        {"status": "pulling abc", "digest": "sha256:abc", "total": 100, "completed": 40},
        {"status": "success"},
    )
    with replaying(Reply(lines=steps)) as server:
        client = OllamaServer()
        progress = [part async for part in client.pull(server.url, "mid")]
        await client.aclose()
    assert progress == [
        PullProgress("pulling manifest"),
        PullProgress("pulling abc", "sha256:abc", 100, 40),
        PullProgress("success"),
    ]


async def test_a_pull_of_what_does_not_exist_says_so() -> None:
    lines = ndjson({"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"})
    with replaying(Reply(lines=lines)) as server:
        client = OllamaServer()
        with pytest.raises(errors.ModelNotFound):
            async for _ in client.pull(server.url, "nope"):
                pass
        await client.aclose()


async def test_a_pull_that_is_left_closes_the_connection() -> None:
    with replaying(Reply(lines=ndjson({"status": "pulling"}), hold=True)) as server:
        client = OllamaServer()
        pulling = client.pull(server.url, "mid")
        assert await anext(pulling) == PullProgress("pulling")
        await pulling.aclose()
        await eventually(lambda: server.seen[0].closed_ns, "the server to see the close")
        await client.aclose()


async def test_a_key_goes_out_with_questions_and_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "k3y")
    with replaying(answer(b'{"version":"1"}'), Reply(lines=ndjson({"done": True}))) as server:
        assert await put("version", server.url) == "1"
        await collect(request(server.url))
    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer k3y", "Bearer k3y"]


async def test_proxy_variables_do_not_reroute_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with replaying(answer(b'{"models":[],"version":"1"}')) as server:
        assert await put("version", server.url) == "1"
        assert await put("models", server.url) == ()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("mid", "mid:latest", True),
        ("Mid", "mid:LATEST", True),
        ("mid", "mid:4b", False),
        ("host:5000/team/mid", "host:5000/team/mid:latest", True),
        ("team/mid", "mid", False),
    ],
)
def test_a_model_is_the_same_with_and_without_its_latest_tag(first: str, second: str, same: bool) -> None:
    assert same_model(first, second) is same
    assert same_model(second, first) is same


def test_the_simulator_is_known_by_its_version() -> None:
    assert is_simulated("0.33.3-chimera-simulator")
    assert not is_simulated("0.33.3")


def test_importing_the_client_does_not_import_heavy_libraries() -> None:
    code = "import sys, chimera_tui.services.ollama.client; print(*sys.modules)"
    environment = resources.child_environment()
    listed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment, timeout=60, check=True
    )
    assert set(listed.stdout.decode().split()) & {"httpx", "ollama", "pydantic", "textual"} == set()
