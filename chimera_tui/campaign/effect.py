"""What the runs of a cell come to: the same for every file that asks for the same, however it is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from chimera_tui.campaign.ports import Shape
from chimera_tui.domain.campaign import PromptVariant
from chimera_tui.domain.options import AgentId, AgentSettings, OptionValue, effective_num_gpu
from chimera_tui.domain.run_state import RunMode
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.servers import with_tag

_VERSION = 1
"""Of what is digested; another one makes every cell a new one."""
_DIGITS = 12
GREEDY_IGNORES = ("top_p", "top_k")
"""Options of a sampler that temperature 0 leaves without a choice."""

Shapes = Mapping[tuple[str, str], Shape]
"""By host and model, the model with its tag."""

LoadKey = tuple[tuple[str, ...], ...]


class Configured(Protocol):
    """A cell, or a point on its way to be one."""

    @property
    def mode(self) -> RunMode: ...

    @property
    def prompt(self) -> str: ...

    @property
    def agents(self) -> tuple[AgentId, ...]: ...

    @property
    def settings(self) -> tuple[AgentSettings, ...]: ...


def server_of(settings: AgentSettings) -> tuple[str, str]:
    """What a server holds one configuration of: host and model, the model with its tag."""
    return settings.host, with_tag(settings.model)


def effective(cell: Configured, shapes: Shapes, prompts: Sequence[PromptVariant]) -> dict[str, object]:
    """The effective configuration as JSON values, each option as it takes effect.

    An option that is left out is not the same as one with the server's default: a Modelfile may set another.
    """
    return {
        "version": _VERSION,
        "mode": cell.mode if len(cell.agents) > 1 else None,
        "prompts": prompts_digest(cell.prompt, prompts),
        "agents": {
            agent.value: _agent(settings, shapes.get(server_of(settings)))
            for agent, settings in zip(cell.agents, cell.settings, strict=True)
        },
    }


@dataclass(frozen=True, slots=True)
class _Made:
    """What a run was asked, as a cell is."""

    mode: RunMode
    prompt: str
    agents: tuple[AgentId, ...]
    settings: tuple[AgentSettings, ...]


def cell_of_run(run: RunSummary) -> str:
    """The id of the cell that a run has measured: told by its campaign, else what its settings came to on models
    of the shapes that it recorded. Empty for one that was not begun."""
    if run.campaign is not None:
        return run.campaign.cell
    if not run.agents:
        return ""
    settings = tuple(each.settings for each in run.agents)
    recorded = {model.agent: model for model in (run.environment.models if run.environment else ())}
    shapes = {server_of(each.settings): recorded[each.agent] for each in run.agents if each.agent in recorded}
    made = _Made(run.mode, "", tuple(each.agent for each in run.agents), settings)
    return digest(effective(made, shapes, ()))


def is_measured(run: RunSummary) -> bool:
    """Whether it is no warm-up and no run of one agent beside a series of both."""
    place = run.campaign or run.series
    return place is None or place.role == "measured"


def digest(configuration: Mapping[str, object]) -> str:
    """SHA-256 of canonical JSON, its first 12 hexadecimal digits."""
    text = json.dumps(configuration, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def prompts_digest(name: str, prompts: Sequence[PromptVariant]) -> str:
    """Of a variant's texts, whatever it is called; empty for the program's own prompts."""
    variant = next((each for each in prompts if each.name == name), None) if name else None
    return digest(dict(variant.texts)) if variant else ""


def _agent(settings: AgentSettings, shape: Shape | None) -> dict[str, object]:
    return {
        "model": with_tag(settings.model),
        "host": settings.host,
        "api": settings.api,
        "think": settings.think,
        "keep_alive": settings.keep_alive,
        "options": effective_options(settings, shape),
    }


def effective_options(settings: AgentSettings, shape: Shape | None) -> dict[str, OptionValue]:
    """Only what does not end up as the server's own choice."""
    found = settings.options.requested()
    layers = effective_num_gpu(settings.options.num_gpu, shape.block_count if shape else None)
    if layers is None:
        found.pop("num_gpu", None)
    else:
        found["num_gpu"] = layers
    trained = shape.context_length if shape else None
    if trained and "num_ctx" in found:
        found["num_ctx"] = min(found["num_ctx"], trained)
    if found.get("temperature") == 0:
        for name in GREEDY_IGNORES:
            found.pop(name, None)
    return found


def load_key(cell: Configured) -> LoadKey:
    """What decides whether a server reloads between two cells: host, model and load-time options as asked for.

    As asked for, since 80 and 120 layers of 35 are one effect and two loads all the same.
    """
    return tuple(sorted({_load(settings) for settings in cell.settings}))


@lru_cache(maxsize=65_536)
def _load(settings: AgentSettings) -> tuple[str, ...]:
    options = settings.load_time_options()
    return (*server_of(settings), *(f"{name}={value}" for name, value in options.items()))
