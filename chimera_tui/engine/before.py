"""What is known of a model just before a request for it leaves."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.metrics import Step
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import ReloadBy, RequestSent
from chimera_tui.engine.load_memory import LoadMemory, find_loaded, words
from chimera_tui.engine.plan import Plan
from chimera_tui.engine.ports import LoadedModel, ModelServer

LOOK_S = 1.0
"""A server that frees memory answers `/api/ps` late: no request is kept back for longer than that."""


@dataclass(frozen=True, slots=True)
class Before:
    """The evidence that a request's `RequestSent` carries."""

    run_id: str
    agent: AgentId
    models: tuple[LoadedModel, ...] | None
    """What the server had loaded; None when it did not say, or not in time."""
    is_loaded: bool | None
    reloads: tuple[str, ...]
    reload_by: ReloadBy
    undone: str

    def sent(self, step: Step, at_ns: int, system: str, plan: Plan) -> RequestSent:
        return RequestSent(
            self.run_id,
            self.agent,
            step,
            at_ns,
            system,
            plan.prompt,
            prompt_tokens_estimated=plan.tokens_estimated,
            loaded_before=self.is_loaded,
            reloads=self.reloads,
            reload_by=self.reload_by,
            undone=self.undone,
        )


async def look_before(
    server: ModelServer, memory: LoadMemory, settings: AgentSettings, agent: AgentId, run_id: str
) -> Before:
    """Ask `/api/ps` and our own memory; takes LOOK_S at most and fails never: the request itself will tell."""
    models: tuple[LoadedModel, ...] | None = None
    with suppress(ChimeraError, TimeoutError):
        async with asyncio.timeout(LOOK_S):
            told = await server.loaded(settings.host)
            models = None if told is None else tuple(told)
    is_loaded = None if models is None else find_loaded(models, settings.model) is not None
    reload_by = memory.reload_by(settings, agent, run_id)
    undone = words(memory.undone(settings))
    return Before(run_id, agent, models, is_loaded, memory.reloads(settings), reload_by, undone)
