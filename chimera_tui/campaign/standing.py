"""How a campaign that goes on stands, and how it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from chimera_tui.domain.campaign_outline import CampaignState
from chimera_tui.domain.errors import SaveFailed

DISK_S = 10.0
"""Between looks whether the disk takes what is written again."""

Pause = Callable[[asyncio.Event, float], Awaitable[None]]
"""Waits for the event, so many seconds at most."""


class Standing:
    """State and reason, each told when it changes; a wait ends early when somebody decides anything."""

    def __init__(self, changed: Callable[[], None], pause: Pause | None = None) -> None:
        self.state = CampaignState.RUNNING
        self.why = ""
        """What it waits for, or what ended it."""
        self.stopping = False
        """Whatever is said of it afterwards, nothing new begins."""
        self._changed = changed
        self._pause = pause or _until
        self._wake = asyncio.Event()

    def set(self, state: CampaignState, why: str = "") -> None:
        if (self.state, self.why) != (state, why):
            self.state, self.why = state, why
            self._changed()

    def stop(self) -> None:
        self.stopping = True
        self._wake.set()

    def go_on(self) -> bool:
        """Take a stop back; False when nothing goes on any more."""
        if not self.state.is_active or not self.stopping:
            return False
        self.stopping = False
        self.set(CampaignState.RUNNING)
        return True

    def wake(self) -> None:
        """Something was decided: look again now."""
        self._wake.set()

    async def wait(self, why: str, seconds: float) -> None:
        """So long, or until it is woken."""
        self.set(CampaignState.WAITING, why)
        self._wake.clear()
        await self._pause(self._wake, seconds)

    async def keep(self, write: Callable[[], object]) -> bool:
        """Have something written, however long the disk refuses it; False when the campaign was stopped before."""
        while not self.stopping:
            try:
                await asyncio.to_thread(write)
            except SaveFailed as error:
                await self.wait(str(error), DISK_S)
            else:
                return True
        return False


async def _until(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
