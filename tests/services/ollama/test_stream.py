from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator

import pytest

from chimera_tui.domain import errors
from chimera_tui.domain.options import AgentSettings, Options
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine.ports import Arrived, ModelRequest, Sent, StreamItem
from chimera_tui.services.ollama.client import OllamaServer
from chimera_tui.services.ollama.readers import Readers
from chimera_tui.services.ollama.stream import keep_alive, open_stream, request_body
from tests.services.ollama.processes import probes
from tests.services.ollama.replay import Line, Reply, ndjson, replaying
from tests.services.ollama.streams import collect, request
from tests.support import eventually

DONE = {"done": True, "done_reason": "stop", "total_duration": 9, "eval_count": 2, "eval_duration": 5}


def said(text: str, **more: object) -> dict[str, object]:
    return {"message": {"role": "assistant", "content": text}, "done": False, **more}


pytestmark = pytest.mark.usefixtures("children")


# ---- what is asked ---------------------------------------------------------------------------------------


def test_a_chat_request_bears_the_persona_as_system_message_and_only_requested_options() -> None:
    settings = AgentSettings("mid", "http://h:1", Options(num_gpu=80, temperature=0.5))
    assert request_body(ModelRequest(settings, "Be terse.", "Go.")) == {
        "model": "mid",
        "messages": [{"role": "system", "content": "Be terse."}, {"role": "user", "content": "Go."}],
        "stream": True,
        "options": {"num_gpu": 80, "temperature": 0.5},
        "keep_alive": "5m",
    }


def test_a_generate_request_bears_system_and_prompt() -> None:
    settings = AgentSettings("mid", "http://h:1", api="generate", keep_alive="-1", think=False)
    assert request_body(ModelRequest(settings, "Be terse.", "Go.")) == {
        "model": "mid",
        "prompt": "Go.",
        "system": "Be terse.",
        "stream": True,
        "keep_alive": -1,
        "think": False,
    }


@pytest.mark.parametrize(("given", "sent"), [("-1", -1), ("300", 300), ("5m", "5m"), (0, 0), ("1h30m", "1h30m")])
def test_a_number_in_quotes_is_sent_as_a_number(given: str | int, sent: str | int) -> None:
    assert keep_alive(given) == sent


async def test_the_request_arrives_as_asked() -> None:
    with replaying(Reply(lines=ndjson(DONE))) as server:
        await collect(request(f"{server.url}/behind/a proxy".replace(" ", "%20"), prompt="naïve ☃ 🎈"))
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/behind/a%20proxy/api/chat")
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"
    assert seen.body["messages"][1]["content"] == "naïve ☃ 🎈"


async def test_a_prompt_of_megabytes_arrives_whole() -> None:
    prompt = "0123456789abcdef" * 200_000
    with replaying(Reply(lines=ndjson(DONE))) as server:
        collected = await collect(request(server.url, prompt=prompt))
    assert collected.error is None
    assert server.seen[0].body["messages"][1]["content"] == prompt


async def test_a_proxy_variable_does_not_reroute_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with replaying(Reply(lines=ndjson(said("x"), DONE))) as server:
        assert (await collect(request(server.url))).text == "x"


# ---- what comes ------------------------------------------------------------------------------------------


async def test_line_breaks_of_unicode_are_content() -> None:
    text = "a\u0085b\u2028c\u2029d\x0be\x1cf\r"
    with replaying(Reply(lines=ndjson(said(text), said("\u0085"), DONE))) as server:
        collected = await collect(request(server.url))
    assert collected.error is None
    assert collected.text == text + "\u0085"
    assert len(collected.chunks) == 2


async def test_thinking_is_told_apart_and_comes_first() -> None:
    both = {"message": {"thinking": "so ", "content": "yes"}, "done": False}
    with replaying(Reply(lines=ndjson({"message": {"thinking": "hm ", "content": ""}}, both, DONE))) as server:
        collected = await collect(request(server.url))
    assert collected.thinking == "hm so "
    assert collected.text == "yes"
    assert [chunk.thinking for chunk in collected.chunks] == [True, True, False]


async def test_content_of_the_done_line_counts_before_the_end() -> None:
    last = {**DONE, "message": {"content": "!"}}
    with replaying(Reply(lines=ndjson(said("Hi"), last))) as server:
        collected = await collect(request(server.url))
    assert collected.text == "Hi!"
    assert collected.finished is not None


async def test_a_server_without_stream_support_still_gives_its_answer() -> None:
    body = json.dumps({"response": "all at once", **DONE}).encode()
    reply = Reply(headers={"content-length": str(len(body))}, lines=[Line(body, newline=False)])
    with replaying(reply) as server:
        collected = await collect(request(server.url, api="generate"))
    assert collected.text == "all at once"
    assert collected.finished is not None


async def test_odd_counters_and_unknown_fields_do_no_harm() -> None:
    odd = {"done": True, "done_reason": 3, "eval_count": "12", "eval_duration": True, "total_duration": -4,
           "load_duration": 1.5, "prompt_eval_count": 0, "prompt_eval_cached_count": 7,
           "prompt_eval_duration": None, "logprobs": [1], "future": {}}  # fmt: skip
    with replaying(
        Reply(lines=ndjson({"message": {"content": 7, "thinking": []}}, said("x", extra=1), odd))
    ) as server:
        collected = await collect(request(server.url))
    assert collected.error is None
    assert collected.finished is not None
    assert collected.finished.server == ServerTimings(prompt_cached_tokens=7)
    assert collected.finished.done_reason == ""


async def test_invalid_utf8_and_lone_surrogates_become_replacement_characters() -> None:
    lines = [
        Line(b'{"message":{"content":"a\xff\xfeb"}}'),
        Line(rb'{"message":{"content":"\ud83d"}}'),
        Line(rb'{"message":{"content":"\ud83c\udf88"}}'),
    ]
    with replaying(Reply(lines=[*lines, *ndjson(DONE)])) as server:
        collected = await collect(request(server.url))
    assert collected.error is None
    assert collected.text == "a\ufffd\ufffdb\ufffd🎈"


async def test_blank_lines_are_skipped() -> None:
    with replaying(Reply(lines=[Line(b""), Line(b"\r"), *ndjson(said("x")), Line(b""), *ndjson(DONE)])) as server:
        collected = await collect(request(server.url))
    assert collected.error is None
    assert collected.text == "x"


async def test_a_line_of_megabytes_is_read_whole() -> None:
    text = "0123456789abcdef" * 250_000
    with replaying(Reply(lines=ndjson(said(text), DONE), chunk_bytes=4096)) as server:
        collected = await collect(request(server.url))
    assert collected.error is None
    assert collected.text == text


async def test_a_line_without_end_is_an_error_not_all_the_memory() -> None:
    with replaying(Reply(lines=[Line(b"x" * (17 << 20), newline=False)])) as server:
        collected = await collect(request(server.url))
    assert type(collected.error) is errors.ServerAnsweredBadly
    assert "16 MiB" in collected.error.info.what


async def test_bytes_one_by_one_give_the_same_answer() -> None:
    with replaying(Reply(lines=ndjson(said("Grüße, "), said("☃"), DONE), pieces=1, chunk_bytes=3)) as server:
        collected = await collect(request(server.url))
    assert collected.error is None
    assert collected.text == "Grüße, ☃"


# ---- how it ends badly -----------------------------------------------------------------------------------


async def test_a_server_that_closes_without_an_answer_cut_the_stream() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = asyncio.create_task(collect(request(f"http://127.0.0.1:{listener.getsockname()[1]}")))
        connection, _ = await asyncio.to_thread(listener.accept)
        await asyncio.to_thread(connection.recv, 65536)
        connection.close()
        collected = await answering
    assert type(collected.error) is errors.StreamCut
    assert "without an answer" in collected.error.info.what


@pytest.mark.parametrize("reset", [False, True])
async def test_a_connection_cut_in_the_middle_of_a_line_keeps_what_was_whole(reset: bool) -> None:
    lines = [*ndjson(said("kept")), Line(b'{"message":{"content":"lo', newline=False, gap_s=0.1)]
    with replaying(Reply(lines=lines, cut=True, reset=reset)) as server:
        collected = await collect(request(server.url))
    assert type(collected.error) is errors.StreamCut
    assert collected.text == "kept"


@pytest.mark.parametrize("line", [b"<html>", b"[1]", b"{broken", b"[" * 100_000, b"\x00\xff"])
async def test_lines_that_are_not_json_objects_are_named_as_such(line: bytes) -> None:
    with replaying(Reply(lines=[*ndjson(said("kept")), Line(line), *ndjson(DONE)])) as server:
        collected = await collect(request(server.url))
    assert type(collected.error) is errors.ServerAnsweredBadly
    assert collected.text == "kept"
    assert len(collected.error.info.what) < 600


async def test_a_web_page_in_place_of_a_stream_is_no_ollama() -> None:
    page = b"<html><body>Welcome</body></html>"
    with replaying(Reply(headers={"content-length": str(len(page))}, lines=[Line(page, newline=False)])) as server:
        collected = await collect(request(server.url))
    assert type(collected.error) is errors.ServerAnsweredBadly
    with replaying(Reply(404, {"content-length": str(len(page))}, [Line(page, newline=False)])) as server:
        collected = await collect(request(server.url))
    assert type(collected.error) is errors.ServerAnsweredBadly
    assert "404" in collected.error.info.what


async def test_an_error_line_comes_after_what_was_written() -> None:
    crashed = {"error": "an error was encountered while running the model: \x1b[31mCUDA error" + "!" * 9000}
    with replaying(Reply(lines=ndjson(said("kept"), crashed))) as server:
        collected = await collect(request(server.url))
    assert type(collected.error) is errors.ModelCrashed
    assert collected.text == "kept"
    assert "\x1b" not in str(collected.error)
    assert len(str(collected.error)) < 900


async def test_a_load_that_fails_says_which_settings_to_lower() -> None:
    body = b'{"error":"llama-server process has terminated: cudaMalloc failed: out of memory"}'
    with replaying(Reply(500, {"content-length": str(len(body))}, [Line(body, newline=False)])) as server:
        collected = await collect(request(server.url))
    assert type(collected.error) is errors.LoadFailed
    assert "num_gpu" in collected.error.info.next


async def test_what_is_not_http_is_named_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = asyncio.create_task(collect(request(f"http://127.0.0.1:{listener.getsockname()[1]}")))
        connection, _ = await asyncio.to_thread(listener.accept)
        connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
        collected = await answering
        connection.close()
    assert type(collected.error) is errors.ServerAnsweredBadly
    assert "not HTTP" in collected.error.info.what


async def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    collected = await collect(request("http://no-such-host.invalid:11434"))
    assert type(collected.error) is errors.ServerUnreachable
    assert "no-such-host.invalid" in collected.error.info.what
    assert "OLLAMA_HOST" in collected.error.info.next


async def test_a_host_that_is_no_address_is_a_wrong_setting() -> None:
    collected = await collect(request("gpu-box:eighty"))
    assert type(collected.error) is errors.SettingInvalid


async def test_a_reader_that_dies_is_told_as_a_cut_stream() -> None:
    with replaying(Reply(lines=ndjson(said("kept")), hold=True)) as server:
        asked = request(server.url)
        with pytest.raises(errors.StreamCut, match="reader"):
            async with open_stream(asked, Readers()) as items:
                async for item in items:
                    if isinstance(item, Arrived):
                        (pid,) = probes()
                        os.kill(pid, 9)


# ---- leaving ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [[], ndjson(said("x"))], ids=["before the first token", "while writing"])
async def test_leaving_the_context_closes_the_connection(lines: list[Line]) -> None:
    with replaying(Reply(lines=lines, hold=True)) as server:
        client = OllamaServer()
        async with client.stream(request(server.url)) as items:
            await _first(items, Arrived if lines else Sent)
            await eventually(lambda: server.seen, "the request")
            left_ns = time.monotonic_ns()
        await eventually(lambda: server.seen[0].closed_ns, "the server to see the close")
        assert server.seen[0].closed_ns is not None
        assert server.seen[0].closed_ns - left_ns < 500e6
        await client.aclose()


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_a_cancelled_reader_closes_the_connection_however_often_it_is_cancelled(times: int) -> None:
    with replaying(Reply(lines=ndjson(said("x")), hold=True)) as server:
        reading = asyncio.create_task(collect(request(server.url)))
        await eventually(lambda: server.seen and server.seen[0].sent_ns, "the first line")
        left_ns = time.monotonic_ns()
        for _ in range(times):
            reading.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await reading
        await eventually(lambda: server.seen[0].closed_ns, "the server to see the close")
        assert server.seen[0].closed_ns is not None
        assert server.seen[0].closed_ns - left_ns < 500e6


async def test_a_cancel_at_any_moment_of_the_start_leaves_no_process() -> None:
    with replaying(Reply(lines=ndjson(said("x")), hold=True)) as server:
        for turns in range(8):
            reading = asyncio.create_task(collect(request(server.url)))
            for _ in range(turns):
                await asyncio.sleep(0)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading


async def test_a_reader_that_falls_behind_loses_nothing_and_can_be_left() -> None:
    text = "x" * 4000
    with replaying(Reply(lines=ndjson(*[said(text)] * 1000, DONE))) as server:
        async with open_stream(request(server.url), Readers()) as items:
            await _first(items, Sent)
            await eventually(lambda: server.seen and len(server.seen[0].sent_ns) > 1000, "all to be sent")
            received = 0
            async for item in items:
                received += sum(len(chunk.text) for chunk in item.chunks) if isinstance(item, Arrived) else 0
        assert received == 4_000_000
        async with open_stream(request(server.url), Readers()) as items:
            await _first(items, Sent)
            await eventually(lambda: len(server.seen) > 1 and len(server.seen[1].sent_ns) > 1000, "all again")


async def _first(items: AsyncIterator[StreamItem], kind: type[Sent] | type[Arrived]) -> None:
    async for item in items:
        if isinstance(item, kind):
            return
