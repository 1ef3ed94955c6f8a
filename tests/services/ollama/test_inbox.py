from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Iterator

import pytest

from chimera_tui.domain.beat import BEAT_S, nearest_beat_s, next_beat_s
from chimera_tui.services.ollama import inbox as inbox_module
from chimera_tui.services.ollama.inbox import Inbox, open_inbox
from tests.support import eventually

LINE = b'{"message":{"content":"x"},"done":false}'
END = b'{"message":{"content":""},"done":true,"eval_count":1}'


@pytest.fixture
async def pipe() -> Iterator[tuple[Inbox, int]]:  # type: ignore[misc]  # pytest's plug-in takes coroutines
    inbox, theirs = open_inbox()
    yield inbox, theirs
    inbox.close()


@pytest.fixture
def beats(monkeypatch: pytest.MonkeyPatch) -> Beats:
    """No pause, and no beat, but those of the test."""
    made = Beats()
    monkeypatch.setattr(inbox_module, "_PAUSE_S", math.inf)
    monkeypatch.setattr(inbox_module, "next_beat_s", made.next)
    return made


class Beats:
    """Tells when the next beat is, and how often that was asked."""

    def __init__(self) -> None:
        self.in_s = 3_600.0
        self.asked = 0

    def next(self, now_s: float) -> float:
        self.asked += 1
        return now_s + self.in_s


async def test_what_comes_waits_for_the_beat(pipe: tuple[Inbox, int], beats: Beats) -> None:
    inbox, theirs = pipe
    beats.in_s = 0
    os.write(theirs, LINE)
    assert await inbox.read(patient=True) == LINE
    assert beats.asked == 1


async def test_what_comes_after_a_pause_is_told_at_once(
    pipe: tuple[Inbox, int], beats: Beats, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, theirs = pipe
    monkeypatch.setattr(inbox_module, "_PAUSE_S", -1)
    os.write(theirs, LINE)
    assert await inbox.read(patient=True) == LINE
    assert not beats.asked


@pytest.mark.parametrize("end", [END, b'\x05{"clean": true, "why": ""}'], ids=["last line", "last frame"])
async def test_the_end_of_an_answer_waits_for_no_beat_and_takes_along_what_did(
    pipe: tuple[Inbox, int], beats: Beats, end: bytes
) -> None:
    inbox, theirs = pipe
    os.write(theirs, LINE)
    reading = asyncio.create_task(inbox.read(patient=True))
    await eventually(lambda: beats.asked, "the wait for the beat")
    os.write(theirs, LINE)
    os.write(theirs, end)
    assert await reading == LINE + LINE + end


async def test_nothing_is_lost_when_a_wait_is_cancelled_or_the_writer_leaves(
    pipe: tuple[Inbox, int], beats: Beats
) -> None:
    inbox, theirs = pipe
    os.write(theirs, LINE)
    reading = asyncio.create_task(inbox.read(patient=True))
    await eventually(lambda: beats.asked, "the wait for the beat")
    reading.cancel()
    await asyncio.wait({reading})
    os.close(theirs)
    assert await inbox.read(patient=True) == LINE
    assert await inbox.read(patient=True) == b""
    assert await inbox.read(patient=True) == b""


async def test_more_than_a_pipe_holds_comes_whole(pipe: tuple[Inbox, int]) -> None:
    inbox, theirs = pipe
    whole = os.urandom(9 << 20)
    writing = asyncio.create_task(asyncio.to_thread(_write, theirs, whole))
    parts = []
    while data := await inbox.read(patient=True):
        parts.append(data)
    await writing
    assert b"".join(parts) == whole


def _write(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]
    os.close(fd)


def test_a_beat_comes_after_each_moment_and_within_a_tenth_of_a_second() -> None:
    for step in range(1_000):
        now_s = 86_400 + step * 0.0137
        assert 0 < next_beat_s(now_s) - now_s <= BEAT_S + 1e-6
        assert abs(nearest_beat_s(now_s) - now_s) <= BEAT_S / 2 + 1e-6
        assert next_beat_s(next_beat_s(now_s)) == pytest.approx(next_beat_s(now_s) + BEAT_S, abs=1e-6)
