"""Takes back an explicit num_gpu: leaving it out of a request does nothing while the model is loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import Notice
from chimera_tui.domain.options import AgentSettings, OptionValue
from chimera_tui.engine.ports import ModelServer
from chimera_tui.engine.waits import LoadMemory, Neighbour, asked, find_loaded

GONE_S = 10.0
"""A server answers an unload before the memory is free; `/api/ps` itself may take five seconds then."""
_LOOK_S = 0.05


class Unloader:
    """Shared by the agents of a run, so that a model which both leave to the server is unloaded once."""

    def __init__(self, server: ModelServer, memory: LoadMemory, notify: Callable[[Notice], None]) -> None:
        self._server = server
        self._memory = memory
        self._notify = notify
        self._turn = asyncio.Lock()

    async def undo(self, settings: AgentSettings, neighbour: Neighbour | None) -> str:
        """Unload the model if it was loaded with values that these settings leave to the server.

        Says what was done or why not; empty when there was nothing to undo. Never while the other agent
        works with the model, nor when that agent asks for the value itself.
        """
        async with self._turn:
            stale = self._memory.stale(settings)
            other = neighbour if neighbour is not None and neighbour.shares_model(settings) else None
            if other is not None and other.beside:
                wanted = asked(other.settings)
                if held := {name: value for name, value in stale.items() if wanted[name] is not None}:
                    return f"{', '.join(held)} is as agent {other.label} asks for it: the model is loaded once"
            if not stale or not await self._is_loaded(settings):
                return ""
            if other is not None and other.asks:
                text = f"{_words(stale)} stays in effect: agent {other.label} works with {settings.model}"
                self._notify(Notice("warning", text))
                return text
            return await self._unload(settings, stale)

    async def _unload(self, settings: AgentSettings, stale: Mapping[str, OptionValue]) -> str:
        try:
            await self._server.unload(settings.host, settings.model)
            async with asyncio.timeout(GONE_S):
                await self._until_gone(settings)
        except (ChimeraError, TimeoutError) as error:
            reason = error.info.what if isinstance(error, ChimeraError) else f"it takes longer than {GONE_S:g} s"
            text = f"{_words(stale)} stays in effect: {settings.model} can not be unloaded: {reason}"
            self._notify(Notice("warning", text))
            return text
        self._memory.unloaded(settings, tuple(stale))
        text = f"{_words(stale)} was still in effect: unloaded {settings.model} so that the server chooses again"
        self._notify(Notice("info", text))
        return text

    async def _until_gone(self, settings: AgentSettings) -> None:
        while True:
            if not await self._is_loaded(settings):
                return
            await asyncio.sleep(_LOOK_S)

    async def _is_loaded(self, settings: AgentSettings) -> bool:
        return find_loaded(await self._server.loaded(settings.host), settings.model) is not None


def _words(stale: Mapping[str, OptionValue]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in stale.items())
