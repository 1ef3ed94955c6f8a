"""What is known of the servers: versions, models and their shapes, and what is loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import ModelInfo, ServerLost, ServerSeen
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import OffloadMeasured
from chimera_tui.domain.servers import is_simulated, same_model
from chimera_tui.engine.offload import measured
from chimera_tui.engine.ports import Clock, EventSink, ModelServer

LOOK_S = 3.0
"""For a look before a run: somebody has pressed a key. A server that lives answers in a millisecond."""


class ServerWatch:
    """Asks the servers when told to, remembers, and tells it through events."""

    def __init__(
        self, server: ModelServer, sink: EventSink, clock: Clock, at_work: Callable[[], Iterable[AgentId]]
    ) -> None:
        """`at_work` names the agents of the run that goes on: it measures their offload itself."""
        self._server = server
        self._sink = sink
        self._clock = clock
        self._at_work = at_work
        self._seen: dict[str, ServerSeen] = {}
        self._shapes: dict[tuple[str, str, str], ModelInfo] = {}
        """By host, name and digest: a model that was pulled anew may have another shape."""

    def models(self, host: str) -> Sequence[ModelInfo]:
        seen = self._seen.get(host)
        return seen.models if seen else ()

    async def any_simulated(self, hosts: Iterable[str]) -> bool:
        """Ask each host now: another server may have come to its address since the last look."""
        return any(await asyncio.gather(*map(self._simulated, dict.fromkeys(hosts))))

    async def _simulated(self, host: str) -> bool:
        try:
            async with asyncio.timeout(LOOK_S):
                return is_simulated(await self._server.version(host))
        except (ChimeraError, TimeoutError):  # the run itself will tell what is wrong with it
            seen = self._seen.get(host)
            return seen is not None and seen.simulated

    async def refresh(self, settings: Mapping[AgentId, AgentSettings]) -> None:
        hosts = dict.fromkeys(agent.host for agent in settings.values())
        await asyncio.gather(*(self._refresh_host(host, settings) for host in hosts))

    async def _refresh_host(self, host: str, settings: Mapping[AgentId, AgentSettings]) -> None:
        try:
            version, models = await asyncio.gather(self._server.version(host), self._server.models(host))
            wanted = {agent: s for agent, s in settings.items() if s.host == host}
            await self._learn_shapes(host, models, {s.model for s in wanted.values()})
            loaded = await self._server.loaded(host)
        except ChimeraError as error:
            self._sink.emit(ServerLost(host, error.info))
            return
        shaped = tuple(self._shaped(host, model) for model in models)
        self._seen[host] = ServerSeen(host, version, shaped, is_simulated(version))
        self._sink.emit(self._seen[host])
        at_work = self._at_work()  # now: a run may have begun since the server was asked
        for agent, agent_settings in wanted.items():
            if agent not in at_work:
                shape = next((m for m in shaped if same_model(m.name, agent_settings.model)), None)
                offload = measured(agent_settings, shape.block_count if shape else None, loaded)
                self._sink.emit(OffloadMeasured("", agent, offload, self._clock.monotonic_ns()))

    async def _learn_shapes(self, host: str, models: Sequence[ModelInfo], wanted: set[str]) -> None:
        """Ask `/api/show` once per model that an agent uses."""
        for model in models:
            key = host, model.name, model.digest
            if key not in self._shapes and any(same_model(model.name, name) for name in wanted):
                self._shapes[key] = await self._server.show(host, model.name)

    def _shaped(self, host: str, model: ModelInfo) -> ModelInfo:
        """What the list tells of a model, with its shape where it was asked for."""
        shape = self._shapes.get((host, model.name, model.digest), model)
        return replace(model, block_count=shape.block_count, context_length=shape.context_length)
