"""What the server tells of one agent's model during a run: its shape, how it is loaded, what is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import ModelInfo
from chimera_tui.domain.metrics import AgentState, Offload, Phase, Step
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import OffloadMeasured
from chimera_tui.engine import factsheet
from chimera_tui.engine.before import Before, look_before
from chimera_tui.engine.load_memory import find_loaded
from chimera_tui.engine.offload import measured
from chimera_tui.engine.ports import LoadedModel
from chimera_tui.engine.waits import Silent, infer_wait
from chimera_tui.engine.workbench import Workbench

WAIT_POLL_S = 0.5
"""How often `/api/ps` is asked while a request is silent."""
MEASURE_S = 1.0
"""How long the end of an answer waits for `/api/ps` to say how the model was loaded: milliseconds, usually."""


class Tell(Protocol):
    """Tells an agent's state."""

    def __call__(self, state: AgentState, *, step: Phase | None = None, why: str = "") -> None: ...


@dataclass(slots=True)
class Waiting:
    """A request on its way to its first token."""

    sent_ns: int = 0
    sent: asyncio.Event = field(default_factory=asyncio.Event)
    first_token: asyncio.Event = field(default_factory=asyncio.Event)

    def left(self, at_ns: int) -> None:
        self.sent_ns = at_ns
        self.sent.set()


class ModelWatch:
    """Looks at the server before, during and after each of an agent's requests."""

    def __init__(self, run_id: str, agent: AgentId, settings: AgentSettings, bench: Workbench, tell: Tell) -> None:
        self.model = ModelInfo(settings.model)
        """With its shape once the server was asked."""
        self._run_id = run_id
        self._agent = agent
        self._settings = settings
        self._bench = bench
        self._tell = tell
        self._loaded: tuple[LoadedModel, ...] | None = None
        self._offload: Offload | None = None

    @property
    def _entry(self) -> LoadedModel | None:
        return find_loaded(self._loaded, self._settings.model)

    async def begin(self) -> int:
        """Learn the model's shape, tell its offload, and say how many tokens its context is believed to hold."""
        self.model = await self._bench.server.show(self._settings.host, self._settings.model)
        self._loaded = await self._ask()
        await self._undo_stale_options()
        entry = self._entry
        self._tell_offload()
        return factsheet.context_size(
            self._settings.options.num_ctx, self.model.context_length, entry.context_length if entry else None
        )

    async def before(self) -> Before:
        """What is known just before a request leaves."""
        bench = self._bench
        found = await look_before(bench.server, bench.memory, self._settings, self._agent, self._run_id)
        self._loaded = self._loaded if found.models is None else found.models
        return found

    async def _ask(self) -> tuple[LoadedModel, ...] | None:
        models = await self._bench.server.loaded(self._settings.host)
        return None if models is None else tuple(models)

    async def _look(self) -> None:
        """Only a hint while a request is open: the stream itself reports a server that is in trouble."""
        with suppress(ChimeraError):
            self._loaded = await self._ask()

    async def _undo_stale_options(self) -> None:
        """Options that this request leaves to the server may still be in effect from an earlier one."""
        bench, settings = self._bench, self._settings
        neighbour = bench.neighbour(self._agent)
        alone = neighbour is None or not (neighbour.asks and neighbour.shares_model(settings))
        if alone and self._loaded is not None:
            bench.memory.observe(settings, self._entry)
        if told := await bench.unloader.undo(settings, neighbour):
            self._tell(AgentState.LOADING, step="ingest", why=told)
            self._loaded = await self._ask()
        elif alone and self._entry is not None:
            bench.unloader.doubt(settings, self._entry)

    def _tell_offload(self) -> None:
        """As `/api/ps` said last, unless that was told before."""
        offload = measured(self._settings, self.model.block_count, self._loaded)
        if offload != self._offload:
            self._offload = offload
            now_ns = self._bench.clock.monotonic_ns()
            self._bench.emit(OffloadMeasured(self._run_id, self._agent, offload, now_ns))

    # ---- the wait before the first token -------------------------------------------------------------

    @asynccontextmanager
    async def waiting(self, step: Step) -> AsyncIterator[Waiting]:
        """Tell the state of a request from when it left until its first token, then that it writes."""
        request = Waiting()
        teller = asyncio.create_task(self._tell_wait(step, request), name=f"wait of {self._agent.label}")
        try:
            yield request
            if request.first_token.is_set():  # a short answer is over before the server has said how it loaded
                await asyncio.wait({teller}, timeout=MEASURE_S)
        finally:
            teller.cancel()
            with suppress(asyncio.CancelledError):
                await teller

    async def _tell_wait(self, step: Step, request: Waiting) -> None:
        await request.sent.wait()
        told: tuple[AgentState, str] | None = None
        was_gone = False
        while not request.first_token.is_set():
            neighbour = self._bench.neighbour(self._agent)
            silent = self._silent(request, was_gone)
            wait = infer_wait(silent, self._loaded, neighbour)
            if wait != told:
                told = wait
                self._tell(wait[0], step=step, why=wait[1])
            gone = self._loaded is not None and self._entry is None
            was_gone = was_gone or (gone and not silent.is_behind(neighbour))
            with suppress(TimeoutError):
                await asyncio.wait_for(request.first_token.wait(), WAIT_POLL_S)
            if not request.first_token.is_set():
                await self._look()
        self._bench.memory.remember(self._settings, self._agent, self._run_id)
        self._tell(AgentState.WRITING, step=step)
        await self._look()
        self._bench.memory.measured(self._settings, self._entry)
        self._tell_offload()

    def _silent(self, request: Waiting, was_gone: bool) -> Silent:
        """As it is now: the other agent may have been served since. After `was_gone` the load was for this one."""
        memory, neighbour = self._bench.memory, self._bench.neighbour(self._agent)
        shared = neighbour is not None and neighbour.shares_model(self._settings)
        return Silent(
            self._settings,
            request.sent_ns,
            reloads=() if was_gone and self._entry else memory.reloads(self._settings),
            clashes=memory.clashes(self._settings, neighbour.settings) if neighbour and shared else (),
            parallel=memory.is_parallel(self._settings),
        )
