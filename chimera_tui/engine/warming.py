"""Loads models before a run, so that its waits hold no load that a change of settings has caused."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from chimera_tui.domain.errors import ChimeraError, ServerUnreachable
from chimera_tui.domain.load_conflict import load_time_differences
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.engine.load_memory import LoadMemory, find_loaded
from chimera_tui.engine.outside import Outside
from chimera_tui.engine.unloading import unload_now


async def warm(outside: Outside, memory: LoadMemory, settings: Mapping[AgentId, AgentSettings], by: str) -> None:
    """See `Workshop.warm`. Agents that ask one model for different load-time options reload it in the run whatever
    is done before: that is then part of what is measured, and nothing is loaded for them."""
    clash = len(settings) == 2 and bool(load_time_differences(*settings.values()))
    for agent, each in settings.items() if not clash else ():
        try:
            await _load(outside, memory, agent, each, by)
        except ServerUnreachable:
            raise
        except (ChimeraError, TimeoutError):
            continue  # the run asks for the same, and tells what is wrong with it
    for each in settings.values() if clash else ():
        with suppress(ChimeraError):
            memory.observe(each, find_loaded(await outside.server.loaded(each.host), each.model))


async def _load(outside: Outside, memory: LoadMemory, agent: AgentId, settings: AgentSettings, by: str) -> None:
    server = outside.server
    loaded = await server.loaded(settings.host)
    if loaded is not None:
        memory.observe(settings, find_loaded(loaded, settings.model))
    if (stale := memory.stale(settings)) and find_loaded(loaded, settings.model) is not None:
        await unload_now(server, settings)
        memory.unloaded(settings, stale)
    await server.preload(settings)
    memory.remember(settings, agent, by)
