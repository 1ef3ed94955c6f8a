"""Which models are loaded, who may use them, and who waits: one runner per model, as in Ollama's scheduler."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from chimera_tui.simulator.models import Model
from chimera_tui.simulator.timing import LoadOptions, Machine, Placement
from chimera_tui.simulator.tokens import common_prefix

_DECISION_S = 0.001
"""What a request costs the scheduler when its model is loaded already."""


class ServerFull(Exception):
    """As many requests wait for the scheduler as it lets wait."""


@dataclass(slots=True, eq=False)
class Slot:
    """One of a runner's parallel places, with what it has in its KV cache."""

    tokens: list[int] = field(default_factory=list)


class Runner:
    """One loaded model. Its slots are handed out in the order of asking."""

    def __init__(self, model: Model, options: LoadOptions, placement: Placement, num_parallel: int) -> None:
        self.model = model
        self.options = options
        self.placement = placement
        self.keep_alive_s = 0.0
        self.users = 0
        self.gone = asyncio.Event()
        self.expires_at = float("inf")
        """Unix time; only meaningful while nobody uses it."""
        self.timer: asyncio.TimerHandle | None = None
        self._free = [Slot() for _ in range(num_parallel)]
        self._places = asyncio.Semaphore(num_parallel)

    def needs_reload(self, options: LoadOptions) -> bool:
        """Whether a request can not be served as loaded; an automatic num_gpu takes what is there."""
        if options.num_gpu < 0:
            options = replace(options, num_gpu=self.options.num_gpu)
        return options != self.options

    @asynccontextmanager
    async def slot(self, prompt: list[int]) -> AsyncIterator[Slot]:
        """Wait for a place; of the free ones, that which has most of the prompt in its cache."""
        async with self._places:
            best = max(self._free, key=lambda slot: common_prefix(slot.tokens, prompt))
            self._free.remove(best)
            try:
                yield best
            finally:
                self._free.append(best)


class Scheduler:
    """Loads, reloads, evicts and expires runners. Requests pass one at a time, first come, first served."""

    def __init__(self, machine: Machine, *, max_queue: int, max_loaded: int) -> None:
        self._machine = machine
        self._max_queue = max_queue
        self._max_loaded = max_loaded
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._runners: dict[str, Runner] = {}
        self.loads = 0

    @property
    def runners(self) -> tuple[Runner, ...]:
        """What is loaded; a model that is still loading is missing, as in `/api/ps`."""
        return tuple(self._runners.values())

    @asynccontextmanager
    async def runner(self, model: Model, options: LoadOptions, keep_alive_s: float) -> AsyncIterator[Runner]:
        """A runner loaded with these options, kept loaded while the context lasts.

        Raises ServerFull or OutOfMemory. Cancelling the wait aborts a load.
        """
        runner = await self._acquire(model, options)
        runner.keep_alive_s = keep_alive_s
        try:
            yield runner
        finally:
            self._release(runner)

    async def _acquire(self, model: Model, options: LoadOptions) -> Runner:
        if (self._turn.locked() or self._waiting) and self._waiting >= self._max_queue:
            raise ServerFull
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            await asyncio.sleep(_DECISION_S)
            runner = await self._loaded_as(model, options)
            runner.users += 1
            if runner.timer is not None:
                runner.timer.cancel()
            return runner
        finally:
            self._turn.release()

    async def _loaded_as(self, model: Model, options: LoadOptions) -> Runner:
        while (runner := self._runners.get(model.name)) is not None:
            if not runner.needs_reload(options):
                return runner
            self.retire(runner)
            await runner.gone.wait()
        return await self._load(model, options)

    async def _load(self, model: Model, options: LoadOptions) -> Runner:
        placement = self._machine.place(model, options)
        while self._runners and not self._has_room(placement):
            victim = min(self._runners.values(), key=lambda runner: (runner.users > 0, runner.keep_alive_s))
            self.retire(victim)
            await victim.gone.wait()
        await asyncio.sleep(self._machine.load_time_s(model, placement))
        runner = Runner(model, options, placement, self._machine.num_parallel)
        self._runners[model.name] = runner
        self.loads += 1
        return runner

    def _has_room(self, placement: Placement) -> bool:
        used = sum(runner.placement.size_vram_bytes for runner in self._runners.values())
        fits = used + placement.size_vram_bytes <= self._machine.vram_bytes
        return fits and len(self._runners) < self._max_loaded

    def _release(self, runner: Runner) -> None:
        runner.users -= 1
        if runner.users or runner.gone.is_set():
            return
        if runner.keep_alive_s <= 0:
            self.drop(runner)
        elif runner.keep_alive_s < float("inf"):
            runner.timer = asyncio.get_running_loop().call_later(runner.keep_alive_s, self.drop, runner)
        runner.expires_at = time.time() + runner.keep_alive_s

    def retire(self, runner: Runner) -> None:
        """Unload as soon as nobody uses it."""
        runner.keep_alive_s = 0.0
        if not runner.users:
            self.drop(runner)

    def unload(self, model: Model) -> None:
        """What an empty prompt with `keep_alive: 0` does."""
        runner = self._runners.get(model.name)
        if runner is not None:
            self.retire(runner)

    def drop(self, runner: Runner) -> None:
        """Unload at once: expired, evicted or crashed."""
        if runner.timer is not None:
            runner.timer.cancel()
        if self._runners.get(runner.model.name) is runner:
            del self._runners[runner.model.name]
        runner.gone.set()
