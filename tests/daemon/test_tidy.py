from __future__ import annotations

import asyncio
import weakref

from chimera_tui.daemon.tidy import MOST, QUIET_S, Tidying, give_back


class Timers:
    """The event loop's `call_later`, without the waiting."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._real = loop.call_later
        self.due: list[tuple[float, asyncio.TimerHandle, object]] = []

    def __call__(self, delay: float, callback: object, *args: object) -> asyncio.TimerHandle:
        handle = self._real(3600, lambda: None)
        self.due.append((delay, handle, callback))
        return handle

    def fire(self) -> None:
        waiting, self.due = self.due, []
        for _, handle, callback in waiting:
            if not handle.cancelled():
                callback()  # type: ignore[operator]


def test_circles_are_collected_and_memory_is_given_back() -> None:
    class Circle:
        def __init__(self) -> None:
            self.me = self

    gone = weakref.ref(Circle())
    give_back()
    assert gone() is None


async def test_one_collection_follows_when_nothing_runs(monkeypatch) -> None:
    loop = asyncio.get_running_loop()
    timers, collected, busy = Timers(loop), [], [False]
    monkeypatch.setattr(loop, "call_later", timers)
    tidying = Tidying(running=lambda: busy[0], collect=lambda: collected.append(1))
    tidying.wanted()
    tidying.wanted()
    assert [delay for delay, handle, _ in timers.due if not handle.cancelled()] == [QUIET_S]
    timers.fire()
    assert len(collected) == 1
    busy[0] = True
    tidying.wanted()
    timers.fire()
    assert len(collected) == 1
    for _ in range(MOST - 1):
        tidying.wanted()
    assert len(collected) == 2, "a series without a pause is tidied up after as well"
    busy[0] = False
    tidying.wanted()
    tidying.close()
    timers.fire()
    assert len(collected) == 2
