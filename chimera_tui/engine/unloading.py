"""Takes back an explicit num_gpu: leaving it out of a request does nothing while the model is loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from chimera_tui.analysis.causes_run import WHOLE_SHARE
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import Notice
from chimera_tui.domain.formatting import percent
from chimera_tui.domain.options import AgentSettings, OptionValue
from chimera_tui.engine.basis import Basis
from chimera_tui.engine.load_memory import LoadMemory, asked, find_loaded, words
from chimera_tui.engine.ports import LoadedModel, ModelServer
from chimera_tui.engine.waits import Neighbour

GONE_S = 10.0
"""A server answers an unload before the memory is free; `/api/ps` itself may take five seconds then."""
_LOOK_S = 0.05


class Unloader:
    """Shared by the agents of a run, so that a model which both leave to the server is unloaded once."""

    def __init__(
        self, server: ModelServer, memory: LoadMemory, basis: Basis, notify: Callable[[Notice], None]
    ) -> None:
        self._server = server
        self._memory = memory
        self._basis = basis
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
            if not stale or await _is_loaded(self._server, settings) is False:
                return ""
            if other is not None and other.asks:
                text = f"{words(stale)} stays in effect: agent {other.label} works with {settings.model}"
                self._notify(Notice("warning", text))
                return text
            return await self._unload(settings, stale)

    def doubt(self, settings: AgentSettings, entry: LoadedModel) -> None:
        """Warn, once for all runs of a request, of a model that lies in VRAM partly for no reason that we know."""
        if asked(settings)["num_gpu"] is not None or self._memory.left_to_server(settings, "num_gpu"):
            return
        size, vram = entry.size_bytes, entry.size_vram_bytes
        if not size or not vram or vram >= WHOLE_SHARE * size:
            return
        text = (
            f"{percent(vram / size)} of {settings.model} lies in VRAM although num_gpu is left to the server: "
            "another client may have set it, and then it stays until the model is unloaded. "
            f"To let the server choose: ollama stop {settings.model}. Or set num_gpu here."
        )
        self._memory.forget(settings, "num_gpu")
        if self._basis.first_time(text):
            self._notify(Notice("warning", text))

    async def _unload(self, settings: AgentSettings, stale: Mapping[str, OptionValue]) -> str:
        try:
            await unload_now(self._server, settings)
        except (ChimeraError, TimeoutError) as error:
            reason = error.info.what if isinstance(error, ChimeraError) else f"it takes longer than {GONE_S:g} s"
            text = f"{words(stale)} stays in effect: {settings.model} can not be unloaded: {reason}"
            self._notify(Notice("warning", text))
            return text
        self._memory.unloaded(settings, stale)
        text = f"{words(stale)} was still in effect: unloaded {settings.model} so that the server chooses again"
        self._notify(Notice("info", text))
        return text


async def unload_now(server: ModelServer, settings: AgentSettings) -> None:
    """Unload the model and wait until it is gone. Raises ChimeraError, and TimeoutError after GONE_S."""
    async with asyncio.timeout(GONE_S):
        await server.unload(settings.host, settings.model)
        while True:
            if not await _is_loaded(server, settings):  # a server that does not tell is taken at its word
                return
            await asyncio.sleep(_LOOK_S)


async def _is_loaded(server: ModelServer, settings: AgentSettings) -> bool | None:
    """None when the server does not tell."""
    loaded = await server.loaded(settings.host)
    return None if loaded is None else find_loaded(loaded, settings.model) is not None
