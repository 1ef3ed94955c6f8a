"""What a silent request is waiting for, as far as it can be known from outside the server.

No byte arrives before the first chunk, so the state is inferred from `/api/ps` and from what the other agent does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentSettings, OptionValue
from chimera_tui.domain.servers import same_model, with_tag
from chimera_tui.engine.ports import LoadedModel

LoadOptions = dict[str, OptionValue | None]


def find_loaded(loaded: Sequence[LoadedModel], model: str) -> LoadedModel | None:
    return next((entry for entry in loaded if same_model(entry.name, model)), None)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The other agent of the run, as it is now."""

    label: str
    settings: AgentSettings
    writes: bool
    """Its open request has had its first token."""


class LoadMemory:
    """What earlier requests taught about each server's models: load-time options in effect, parallel slots."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], LoadOptions] = {}
        self._parallel: set[tuple[str, str]] = set()

    def remember(self, settings: AgentSettings) -> None:
        """A request was answered: what it asked for is in effect, what it omitted stays as it was."""
        key = settings.host, with_tag(settings.model)
        known = self._known.get(key, {})
        wanted = settings.load_time_options()
        self._known[key] = {name: known.get(name) if value is None else value for name, value in wanted.items()}

    def forget(self, host: str, model: str) -> None:
        self._known.pop((host, with_tag(model)), None)

    def saw_parallel(self, settings: AgentSettings) -> None:
        """Two streams of this model were written at once: the server has more than one slot."""
        self._parallel.add((settings.host, with_tag(settings.model)))

    def is_parallel(self, settings: AgentSettings) -> bool:
        return (settings.host, with_tag(settings.model)) in self._parallel

    def reloads(self, settings: AgentSettings) -> tuple[str, ...]:
        """Load-time options whose change makes the next request reload; empty when nothing of ours is loaded."""
        known = self._known.get((settings.host, with_tag(settings.model)))
        if known is None:
            return ()
        wanted = settings.load_time_options()
        # an omitted option keeps what is loaded, and what was loaded without it is not known
        return tuple(name for name, value in wanted.items() if value is not None and value != known[name])


def infer_wait(
    settings: AgentSettings,
    loaded: Sequence[LoadedModel],
    reloads: Sequence[str],
    neighbour: Neighbour | None,
    *,
    parallel: bool = False,
) -> tuple[AgentState, str]:
    """(state, why) of a request that was sent and has no first token yet.

    `parallel` says that the server was seen to write two streams of this model at once.
    """
    entry = find_loaded(loaded, settings.model)
    # only an agent that writes is known to be in front: of two silent ones nobody can say who is first
    behind = (
        neighbour is not None
        and neighbour.writes
        and neighbour.settings.host == settings.host
        and same_model(neighbour.settings.model, settings.model)
    )
    if entry is None:
        return AgentState.LOADING, "the server is loading the model"
    if reloads and behind and neighbour is not None:
        return AgentState.QUEUED, f"behind agent {neighbour.label}, then a reload: {', '.join(reloads)} differs"
    wanted_ctx = settings.options.num_ctx
    if reloads or (wanted_ctx is not None and entry.context_length not in (None, wanted_ctx)):
        return AgentState.LOADING, f"reload: {', '.join(reloads) or 'num_ctx'} differs from the loaded model"
    if behind and neighbour is not None and not parallel:
        return (
            AgentState.QUEUED,
            f"agent {neighbour.label} is busy on this model; the server may run one at a time",
        )
    return AgentState.PREFILL, "the model is loaded and reads the prompt"
