from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from chimera_tui.domain.errors import ServerUnreachable
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.engine.before import look_before
from chimera_tui.engine.load_memory import LoadMemory
from chimera_tui.engine.ports import LoadedModel
from tests.engine.scripted import HOST, ManualClock, ScriptedServer

A, B = AgentId
MINE = AgentSettings("mid", HOST, Options(num_gpu=80))
LOADED = LoadedModel("mid:latest", 10, 10, 512)


@dataclass
class DeafServer(ScriptedServer):
    """Does not say what it has loaded."""

    async def loaded(self, host: str) -> Sequence[LoadedModel]:
        raise ServerUnreachable("nothing listens", where=host)


@pytest.mark.parametrize(("models", "loaded"), [([], False), ([LOADED], True)])
async def test_whether_the_model_is_loaded_is_asked_just_before(models: list[LoadedModel], loaded: bool) -> None:
    server = ScriptedServer(ManualClock(), loaded_models=models)
    before = await look_before(server, LoadMemory(), MINE, A, "r")
    assert (before.is_loaded, before.models) == (loaded, tuple(models))


async def test_a_server_that_does_not_say_what_is_loaded_keeps_no_request_back() -> None:
    before = await look_before(DeafServer(ManualClock()), LoadMemory(), MINE, A, "r")
    assert (before.is_loaded, before.models) == (None, None)


@pytest.mark.parametrize(
    ("agent", "run_id", "by"),
    [(B, "r", "other agent"), (A, "earlier", "run before"), (B, "earlier", "run before")],
)
async def test_whose_options_a_reload_replaces_is_told(agent: AgentId, run_id: str, by: str) -> None:
    memory = LoadMemory()
    memory.remember(AgentSettings("mid", HOST, Options(num_gpu=20)), agent, run_id)
    before = await look_before(ScriptedServer(ManualClock(), loaded_models=[LOADED]), memory, MINE, A, "r")
    assert (before.reloads, before.reload_by) == (("num_gpu",), by)
