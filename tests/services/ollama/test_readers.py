"""Processes that are there before they are needed, and are used again."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.engine.ports import Arrived
from chimera_tui.services.ollama.client import OllamaServer
from tests.services.ollama.processes import children, probes
from tests.services.ollama.replay import Reply, ndjson, replaying
from tests.services.ollama.streams import request
from tests.support import eventually

DONE = {"done": True, "done_reason": "stop"}
SAID = {"message": {"role": "assistant", "content": "x"}, "done": False}

pytestmark = pytest.mark.usefixtures("children")


async def _read_all(server: OllamaServer, url: str) -> int:
    async with server.stream(request(url)) as items:
        return sum([len(item.chunks) async for item in items if isinstance(item, Arrived)])


async def test_the_readers_of_a_run_are_there_before_its_first_request_and_go_with_it() -> None:
    server = OllamaServer()
    async with server.ready(2):
        started = probes()
        assert len(started) == 2
        with replaying(*[Reply(lines=ndjson(SAID, DONE))] * 4) as replay:
            for _ in range(2):
                first, second = await asyncio.gather(*(_read_all(server, replay.url) for _ in range(2)))
                assert (first, second) == (1, 1)
                assert probes() == started
    assert probes() == set()


async def test_a_refused_request_does_not_cost_the_reader() -> None:
    server = OllamaServer()
    async with server.ready(1):
        started = probes()
        refusal = Reply(status=500, lines=ndjson({"error": "no"}))
        with replaying(refusal, Reply(lines=ndjson(SAID, DONE))) as replay:
            with pytest.raises(ChimeraError, match="no"):
                await _read_all(server, replay.url)
            assert await _read_all(server, replay.url) == 1
        assert probes() == started


async def test_a_reader_that_is_left_in_the_middle_is_not_used_again() -> None:
    server = OllamaServer()
    async with server.ready(1):
        started = probes()
        with replaying(Reply(lines=ndjson(SAID), hold=True), Reply(lines=ndjson(SAID, DONE))) as replay:
            async with server.stream(request(replay.url)) as items:
                async for item in items:
                    if isinstance(item, Arrived):
                        break
            assert not probes() & started
            assert await _read_all(server, replay.url) == 1


async def test_a_reader_that_died_while_it_waited_is_replaced() -> None:
    server = OllamaServer()
    async with server.ready(1):
        (pid,) = probes()
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: pid not in children(), "the reader to be reaped")
        with replaying(Reply(lines=ndjson(SAID, DONE))) as replay:
            assert await _read_all(server, replay.url) == 1
