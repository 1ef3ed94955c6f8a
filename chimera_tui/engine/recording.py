"""What is recorded beside a run: the hardware once a second, and once on what the run was measured."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from chimera_tui import __version__
from chimera_tui.domain.environment import Environment, HostInfo, ModelFacts
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import ModelInfo
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import EnvironmentRecorded, RequestSent, RunEvent, TelemetrySampled
from chimera_tui.domain.servers import same_model
from chimera_tui.engine.outside import Outside

_PATIENCE_S = 2.0
"""How long the end of a run waits for a server that does not say what it is."""
_HOST_PATIENCE_S = 20.0
"""For the machine itself, whose driver may have to wake its GPUs; it answers at once from the second run on."""


class Recording:
    """Begins just before the first request and ends before the run's last event."""

    def __init__(
        self,
        run_id: str,
        settings: Mapping[AgentId, AgentSettings],
        outside: Outside,
        emit: Callable[[RunEvent], None],
        shape: Callable[[AgentId], ModelInfo],
    ) -> None:
        """`shape` gives what the agent itself has learnt of its model: the server is not asked twice."""
        self._run_id = run_id
        self._settings = settings
        self._outside = outside
        self._emit = emit
        self._shape = shape
        self._versions: dict[str, str] = {}
        self._models: dict[str, tuple[ModelInfo, ...]] = {}
        self._digests: dict[AgentId, str] = {}
        self._prompts_known = asyncio.Event()
        self._telemetry: asyncio.Task[None] | None = None
        self._servers: asyncio.Task[None] | None = None
        self._environment: asyncio.Task[None] | None = None

    def begin(self) -> None:
        name = f"of {self._run_id}"
        self._telemetry = asyncio.create_task(self._sample(), name=f"telemetry {name}")
        self._servers = asyncio.create_task(self._ask_servers(), name=f"server versions {name}")
        self._environment = asyncio.create_task(self._record(self._servers), name=f"environment {name}")

    def sent(self, event: RequestSent) -> None:
        """The first request of an agent tells its prompts."""
        if event.agent not in self._digests:
            self._digests[event.agent] = prompt_digest(event.system, event.prompt)
            if len(self._digests) == len(self._settings):
                self._prompts_known.set()

    async def end(self) -> None:
        """Stop sampling; record the environment of a run whose agents did not all get to ask."""
        if self._telemetry is None or self._servers is None or self._environment is None:
            return
        self._telemetry.cancel()
        self._prompts_known.set()
        await asyncio.wait({self._servers}, timeout=_PATIENCE_S)
        self._servers.cancel()
        # what fails here is a defect: the loop reports it, and the run is saved all the same
        _, late = await asyncio.wait({self._telemetry, self._environment}, timeout=_HOST_PATIENCE_S)
        for task in late:
            task.cancel()

    async def _sample(self) -> None:
        async with self._outside.telemetry.samples() as samples:
            async for sample in samples:
                self._emit(TelemetrySampled(self._run_id, sample))

    # ---- the environment -----------------------------------------------------------------------------

    async def _ask_servers(self) -> None:
        hosts = {settings.host for settings in self._settings.values()}
        await asyncio.gather(*map(self._ask, hosts))

    async def _ask(self, host: str) -> None:
        try:
            self._versions[host] = await self._outside.server.version(host)
            self._models[host] = tuple(await self._outside.server.models(host))
        except ChimeraError:
            return  # the run itself tells what is wrong with it; what is not known stays empty

    async def _record(self, servers: asyncio.Task[None]) -> None:
        host = await self._outside.surroundings.host()
        await asyncio.wait({servers})
        await self._prompts_known.wait()
        self._emit(EnvironmentRecorded(self._run_id, self._composed(host)))

    def _composed(self, host: HostInfo) -> Environment:
        digests = self._digests
        return Environment(
            version=__version__,
            commit=self._outside.surroundings.commit,
            host=host,
            models=tuple(self._facts(agent, settings) for agent, settings in self._settings.items()),
            prompt_digests=tuple((agent.value, digests[agent]) for agent in AgentId if agent in digests),
        )

    def _facts(self, agent: AgentId, settings: AgentSettings) -> ModelFacts:
        shape = self._shape(agent)
        listed = next(
            (model for model in self._models.get(settings.host, ()) if same_model(model.name, settings.model)),
            shape,
        )
        return ModelFacts(
            agent=agent.value,
            host_is_local=is_local(settings.host),
            server_version=self._versions.get(settings.host, ""),
            name=settings.model,
            digest=listed.digest or shape.digest,
            family=listed.family or shape.family,
            parameter_size=listed.parameter_size or shape.parameter_size,
            quantization=listed.quantization or shape.quantization,
            block_count=shape.block_count,
            context_length=shape.context_length,
        )


def prompt_digest(system: str, prompt: str) -> str:
    """First 12 hex digits of SHA-256 over persona and prompt; a NUL stands between them."""
    return hashlib.sha256(f"{system}\0{prompt}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def is_local(host: str) -> bool:
    """Whether a base URL names the machine itself; a name that is not `localhost` is not looked up."""
    name = urlsplit(host).hostname or ""
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
