"""What a server answers to plain questions, of any shape and size: an error of ours or what can be used of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chimera_tui.domain.errors import ChimeraError, ServerAnsweredBadly
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentSettings, Options
from chimera_tui.engine import unloading
from chimera_tui.services.ollama.client import OllamaServer
from tests.faults.table import LONG, cell
from tests.services.ollama.replay import Line, Reply, replaying
from tests.services.ollama.test_client import QUESTIONS, put

MOMENT = "asked for models, version, what is loaded; told to load, unload"
HOLDS = "one short line says what came instead of an answer; nothing of ours breaks"


def answer(body: bytes, status: int = 200, *more: tuple[str, str]) -> Reply:
    headers = {"content-length": str(len(body)), "connection": "close", **dict(more)}
    return Reply(status, headers, [Line(body, newline=False)])


ENDLESS = answer(b'{"models":[{"name":"' + b"A" * (17 << 20) + b'"}]}')
BAD = {
    "deep": answer(b"[" * 200_000),
    "deep error": answer(b'{"error":' * 100_000, 500),
    "packed": answer(b"hello", 200, ("content-encoding", "gzip")),
    "odd codec": answer(b"hello", 500, ("content-type", "application/json; charset=zlib_codec")),
    "too long": ENDLESS,
    "no UTF-8": answer(b'{"models":"\xff\xfe'),
    "huge number": answer(b'{"models":' + b"9" * 100_000 + b"}"),
    "no length": Reply(200, {"content-length": "-5"}, [Line(b"x")]),
    "cut": Reply(200, {"content-length": "500", "connection": "close"}, [Line(b'{"models":[')]),
    "elsewhere": Reply(302, {"content-length": "0", "location": "http://[bad"}),
    "controls": answer(b'{"error":"\x1b]52;c;aGk=\x07\xe2\x80\xae gone"}', 500),
}


@cell("server sends garbage", MOMENT, HOLDS)
@cell("server sends a megabyte line", MOMENT, "no more than 16 MiB of an answer are read")
@cell("server sends invalid UTF-8", MOMENT, HOLDS)
@cell("server answers 500", MOMENT, "its text is told as one line without controls")
@pytest.mark.parametrize("body", BAD)
async def test_what_is_no_answer_is_a_short_line(
    body: str, record_property: Callable[[str, object], None]
) -> None:
    questions = QUESTIONS if LONG else ("models", "preload")
    record_property("tried", len(questions))
    with replaying(BAD[body]) as server:
        for question in questions:
            with pytest.raises(ChimeraError) as caught:
                await put(question, server.url)
            said = str(caught.value)
            assert len(said) < 1000 and said == printable(said)


@cell("server leaves fields out", MOMENT, "what it tells is used, what it leaves out is unknown")
@cell(
    "server sends wrong types", MOMENT, "what is of no use is left out; nothing that UTF-8 can not carry comes in"
)
async def test_words_that_can_not_be_carried_or_shown_do_not_come_in() -> None:
    models = [
        {"name": "m\ud800", "details": {"family": "f\udfff" + "x" * 10_000, "quantization_level": 4}},
        {"name": "n" * 5000},
        {"name": 7, "model": None, "size": "big"},
        {},
        {"model": "good", "size": -1, "size_vram": 1e400, "context_length": "4096", "details": []},
    ]
    body = json.dumps({"version": "1\ud800" + "2" * 10_000, "models": models}).encode()
    with replaying(answer(body)) as server:
        client = OllamaServer()
        version, found = await client.version(server.url), await client.models(server.url)
        loaded = await client.loaded(server.url)
        await client.aclose()
    assert len(version) <= 200 and [model.name for model in found] == ["m\ufffd", "good"]
    assert loaded is not None and [model.name for model in loaded] == ["m\ufffd", "", "", "", "good"]
    assert loaded[-1].size_bytes is loaded[-1].size_vram_bytes is loaded[-1].context_length is None
    for word in (version, *(model.name for model in found), found[0].family):
        assert len(word.encode()) < 1000


async def test_a_long_list_is_no_endless_one() -> None:
    body = json.dumps({"models": [{"name": f"model-{number:06}"} for number in range(20_000)]}).encode()
    with replaying(answer(body)) as server:
        client = OllamaServer()
        found = await client.models(server.url)
        await client.aclose()
    assert len(found) == 20_000


@cell(
    "server hangs", "told to unload a model", "given up after 10 s; the run goes on and says what stays in effect"
)
async def test_an_unload_that_is_never_answered_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unloading, "GONE_S", 0.2)
    with replaying(Reply(hold=True, headers={"content-length": "5"})) as server:
        client = OllamaServer()
        with pytest.raises(TimeoutError):
            await unloading.unload_now(client, AgentSettings("m", server.url, Options()))
        await client.aclose()


async def test_too_much_is_called_so() -> None:
    with replaying(ENDLESS) as server, pytest.raises(ServerAnsweredBadly, match="more than 16 MiB"):
        await put("models", server.url)
