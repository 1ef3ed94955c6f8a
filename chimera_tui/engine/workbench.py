"""What an agent's workflow works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunEvent
from chimera_tui.engine.basis import Basis
from chimera_tui.engine.checks import RunChecks
from chimera_tui.engine.load_memory import LoadMemory
from chimera_tui.engine.ports import Clock, ModelServer
from chimera_tui.engine.prompts import PromptBook
from chimera_tui.engine.unloading import Unloader
from chimera_tui.engine.waits import Neighbour


@dataclass(frozen=True, slots=True)
class Workbench:
    """Shared by the agents of a run."""

    server: ModelServer
    prompts: PromptBook
    clock: Clock
    basis: Basis
    memory: LoadMemory
    unloader: Unloader
    checks: RunChecks
    emit: Callable[[RunEvent], None]
    neighbour: Callable[[AgentId], Neighbour | None]
