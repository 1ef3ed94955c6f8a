"""A daemon that stands still is named on the screen, and no longer than it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from chimera_tui.domain.errors import DaemonUnreachable
from chimera_tui.tui.silence import Silence
from tests.support import eventually

Said = list[tuple[str, str]]


class Daemon:
    """Answers as long as it may; counts how often it was asked."""

    def __init__(self) -> None:
        self.answering = asyncio.Event()
        self.asked = 0
        self.is_gone = False

    async def status(self) -> None:
        self.asked += 1
        if self.is_gone:
            raise DaemonUnreachable("the daemon is gone")
        await self.answering.wait()


@asynccontextmanager
async def watching(daemon: Daemon) -> AsyncIterator[tuple[Said, Callable[[], None]]]:
    """What was said, and what to call when something is heard."""
    said: Said = []
    silence = Silence(lambda level, text: said.append((level, text)), silent_s=0.02, answer_s=0.02)
    task = asyncio.create_task(silence.watch(daemon, lambda: 4711))
    try:
        yield said, silence.heard
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_a_daemon_that_does_not_answer_is_named_until_something_is_heard() -> None:
    daemon = Daemon()
    async with watching(daemon) as (said, heard):
        await eventually(lambda: said, "the word")
        assert said[0][0] == "warning" and "kill -9 4711" in said[0][1]
        daemon.answering.set()
        heard()
        assert said[-1] == ("info", "")


async def test_an_answer_takes_the_word_back() -> None:
    daemon = Daemon()
    async with watching(daemon) as (said, _):
        await eventually(lambda: said, "the word")
        daemon.answering.set()
        await eventually(lambda: said[-1] == ("info", ""), "the word to be taken back")


async def test_a_daemon_that_answers_or_is_gone_is_nothing_to_speak_of() -> None:
    daemon = Daemon()
    daemon.answering.set()
    async with watching(daemon) as (said, _):
        await eventually(lambda: daemon.asked > 2, "some questions")
        daemon.is_gone = True
        asked = daemon.asked
        await eventually(lambda: daemon.asked > asked + 2, "some more questions")
    assert not said
