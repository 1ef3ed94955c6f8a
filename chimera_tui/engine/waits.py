"""What a silent request is waiting for, as far as it can be known from outside the server.

No byte arrives before the first chunk, so the state is inferred from `/api/ps` and from what the other agent does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentSettings
from chimera_tui.domain.servers import same_model
from chimera_tui.engine.load_memory import find_loaded
from chimera_tui.engine.ports import LoadedModel


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The other agent of the run, as it is now."""

    label: str
    settings: AgentSettings
    writes: bool
    """Its open request has had its first token."""
    asks: bool = False
    """It has an open request."""
    beside: bool = False
    """It works at the same time, or is about to."""
    sent_ns: int | None = None
    """When its open request left."""

    def shares_model(self, settings: AgentSettings) -> bool:
        return self.settings.host == settings.host and same_model(self.settings.model, settings.model)


@dataclass(frozen=True, slots=True)
class Silent:
    """A request that left and has no first token yet."""

    settings: AgentSettings
    sent_ns: int
    reloads: tuple[str, ...] = ()
    """Load-time options that differ from those in effect."""
    clashes: tuple[str, ...] = ()
    """Load-time options that differ from those that the other agent asks the same model for."""
    parallel: bool = False
    """The server was seen to write two streams of this model at once."""

    def is_behind(self, neighbour: Neighbour | None) -> bool:
        """Whether the other agent's request is served first: it writes already, or it left first, for a server
        that has to reload takes requests in their order."""
        if neighbour is None or not neighbour.shares_model(self.settings):
            return False
        sooner = neighbour.sent_ns is not None and neighbour.sent_ns < self.sent_ns
        return neighbour.writes or (neighbour.asks and sooner and bool(self.clashes))


def infer_wait(
    request: Silent, loaded: Sequence[LoadedModel] | None, neighbour: Neighbour | None
) -> tuple[AgentState, str]:
    """(state, why). `loaded` is None while the server does not tell what it has loaded."""
    behind = neighbour if request.is_behind(neighbour) else None
    if behind is not None and request.clashes:
        return AgentState.QUEUED, f"behind agent {behind.label}, then a reload: {_differ(request.clashes)}"
    entry = find_loaded(loaded, request.settings.model)
    wanted, has = request.settings.options.num_ctx, entry.context_length if entry else None
    reloads = request.reloads or (("num_ctx",) if None not in (wanted, has) and wanted != has else ())
    if reloads:
        return AgentState.LOADING, f"reload: {_differ(reloads)} from what was loaded"
    if entry is None and loaded is not None:
        return AgentState.LOADING, "the server is loading the model"
    if behind is not None and not request.parallel:
        return AgentState.QUEUED, f"agent {behind.label} is busy on this model; the server may run one at a time"
    if entry is None:
        return AgentState.PREFILL, "the server loads the model or reads the prompt: it does not tell which"
    return AgentState.PREFILL, "the model is loaded and reads the prompt"


def _differ(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'differs' if len(names) == 1 else 'differ'}"
