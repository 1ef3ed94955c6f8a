"""How each server's models were loaded, as far as our own requests and `/api/ps` tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chimera_tui.domain.options import AgentId, AgentSettings, OptionValue
from chimera_tui.domain.run_events import ReloadBy
from chimera_tui.domain.servers import same_model, with_tag
from chimera_tui.engine.ports import LoadedModel

LoadOptions = dict[str, OptionValue | None]
STICKY = ("num_gpu",)
"""Load-time options that stay as they were loaded when a request omits them; num_ctx goes back by itself."""


def find_loaded(loaded: Sequence[LoadedModel] | None, model: str) -> LoadedModel | None:
    """None also while nobody knows what is loaded."""
    return next((entry for entry in loaded or () if same_model(entry.name, model)), None)


@dataclass(slots=True)
class _Load:
    """How a model was loaded, as far as known."""

    options: LoadOptions
    """Explicit values, and None where the server chose; what is not known is missing."""
    agent: AgentId | None = None
    """Who asked last; None for another program."""
    run_id: str = ""
    context: int | None = None
    """What `/api/ps` said of it since."""
    sizes: tuple[int | None, int | None] | None = None
    """In all and in VRAM, as `/api/ps` said when it had answered us last."""
    undone: Mapping[str, OptionValue] = field(default_factory=dict)
    """It was unloaded to leave these to the server again; until then they had these values."""


class LoadMemory:
    """What earlier requests taught about each server's models: load-time options in effect, parallel slots."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], _Load] = {}
        self._parallel: set[tuple[str, str]] = set()
        self._own_context: dict[tuple[str, str], int | None] = {}
        """The context that a server chose itself."""

    def remember(self, settings: AgentSettings, agent: AgentId, run_id: str) -> None:
        """A request was answered: what it asked for is in effect, what it omitted is the server's or sticks."""
        before = self._known.get(_key(settings))
        options = _in_effect(settings, before)
        context = before.context if before and before.options == options else None
        self._known[_key(settings)] = _Load(options, agent, run_id, context)

    def measured(self, settings: AgentSettings, entry: LoadedModel | None) -> None:
        """Take what `/api/ps` says while the model answers us: until it is loaded anew, its sizes stay."""
        known = self._known.get(_key(settings))
        if known is not None and entry is not None:
            known.sizes = _sizes(entry)

    def observe(self, settings: AgentSettings, entry: LoadedModel | None) -> None:
        """Take what `/api/ps` says while none of ours asks: a model that is gone is forgotten, one of another
        context or size was loaded by another program."""
        key = _key(settings)
        known = self._known.get(key)
        if entry is None:
            if known is not None and not known.undone:
                del self._known[key]
        elif known is not None and known.undone:
            return  # looked at before it was unloaded
        elif known is None or known.context not in (None, entry.context_length) or _resized(known, entry):
            self._known[key] = _Load({"num_ctx": entry.context_length}, context=entry.context_length)
        else:
            known.context = entry.context_length
            if known.options.get("num_ctx") is None:
                self._own_context[key] = entry.context_length

    def unloaded(self, settings: AgentSettings, stale: Mapping[str, OptionValue]) -> None:
        """The model was unloaded so that the server chooses these options again."""
        before = self._known.get(_key(settings), _Load({}))
        nothing: LoadOptions = dict.fromkeys(asked(settings))
        self._known[_key(settings)] = _Load(nothing, before.agent, before.run_id, undone=dict(stale))

    def undone(self, settings: AgentSettings) -> Mapping[str, OptionValue]:
        """What the model was unloaded for since it was asked last."""
        known = self._known.get(_key(settings))
        return known.undone if known is not None else {}

    def left_to_server(self, settings: AgentSettings, name: str) -> bool:
        """Whether the server is known to have chosen this option itself when it loaded the model; what an earlier
        daemon remembers may be outdated."""
        known = self._known.get(_key(settings))
        return known is not None and known.sizes is not None and known.options.get(name, "unknown") is None

    def forget(self, settings: AgentSettings, name: str) -> None:
        """Whatever was known of this option does not explain how the model is loaded."""
        known = self._known.get(_key(settings))
        if known is not None:
            known.options.pop(name, None)

    def stale(self, settings: AgentSettings) -> dict[str, OptionValue]:
        """Explicit values in effect that a request with these settings would leave to the server, and not undo."""
        known = self._known.get(_key(settings))
        if known is None or known.agent is None:
            return {}
        wanted = asked(settings)
        sticking = {name: known.options.get(name) for name in STICKY if wanted[name] is None}
        return {name: value for name, value in sticking.items() if value is not None}

    def saw_parallel(self, settings: AgentSettings) -> None:
        """Two streams of this model were written at once: the server has more than one slot."""
        self._parallel.add(_key(settings))

    def is_parallel(self, settings: AgentSettings) -> bool:
        return _key(settings) in self._parallel

    def reloads(self, settings: AgentSettings) -> tuple[str, ...]:
        """Load-time options whose change makes the next request reload; empty when none is known."""
        known = self._known.get(_key(settings))
        if known is None:
            return ()
        if known.undone:
            return tuple(name for name in asked(settings) if name in known.undone)
        return self._differences(settings, known)

    def clashes(self, settings: AgentSettings, other: AgentSettings) -> tuple[str, ...]:
        """Load-time options that will reload the model when a request with `other` settings is served before."""
        before = self._known.get(_key(other))
        options = _in_effect(other, before)
        context = self._own_context.get(_key(other)) if options["num_ctx"] is None else None
        return self._differences(settings, _Load(options, AgentId.A, context=context))

    def _differences(self, settings: AgentSettings, known: _Load) -> tuple[str, ...]:
        wanted = asked(settings).items()
        return tuple(name for name, value in wanted if self._differs(settings, known, name, value))

    def _differs(self, settings: AgentSettings, known: _Load, name: str, value: OptionValue | None) -> bool:
        if name not in known.options or (name == "num_ctx" and value is not None and value == known.context):
            return False
        if value is not None:
            return value != known.options[name]
        if name in STICKY or known.agent is None or known.options[name] is None:
            return False
        return known.options[name] != self._own_context.get(_key(settings))

    def reload_by(self, settings: AgentSettings, agent: AgentId, run_id: str) -> ReloadBy:
        """Whose options were in effect before the reload that `reloads` tells; empty when there is none."""
        known = self._known.get(_key(settings))
        if known is None or not self.reloads(settings):
            return ""
        if known.agent is None:
            return "other client"
        if known.run_id != run_id:
            return "run before"
        return "other agent" if known.agent is not agent else ""


def words(options: Mapping[str, OptionValue]) -> str:
    """`num_gpu 20`."""
    return ", ".join(f"{name} {value:g}" for name, value in options.items())


def _sizes(entry: LoadedModel) -> tuple[int | None, int | None]:
    return entry.size_bytes, entry.size_vram_bytes


def _resized(known: _Load, entry: LoadedModel) -> bool:
    return known.sizes is not None and known.sizes != _sizes(entry)


def _key(settings: AgentSettings) -> tuple[str, str]:
    return settings.host, with_tag(settings.model)


def asked(settings: AgentSettings) -> LoadOptions:
    """The load-time options of a request; None is left to the server, as a negative num_gpu is."""
    wanted = settings.load_time_options()
    return {name: None if name == "num_gpu" and (value or 0) < 0 else value for name, value in wanted.items()}


def _in_effect(settings: AgentSettings, before: _Load | None) -> LoadOptions:
    """The load-time options after a request was served: what it omits is the server's, or sticks."""
    options = asked(settings)
    for name in STICKY:
        if options[name] is None and before is not None:
            if name in before.options:
                options[name] = before.options[name]
            else:
                del options[name]
    return options
