"""Which configurations of the older benchmark's report are the same in effect, and how their results differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chimera_tui.domain.options import all_layers, effective_num_gpu
from chimera_tui.formats.multiagent_report import StatedConfiguration

MODEL = "gemma3:latest"
"""Of every run of that benchmark."""
BLOCKS = 34
"""`block_count` of it as Ollama tells it; the report speaks of 26."""
LEAST_CONTEXT = 2_048
"""Ollama's scheduler raises num_ctx to this for a model that reads pictures, as this one does, before it compares
what is asked for with what is loaded."""


@dataclass(frozen=True, slots=True)
class SameInEffect:
    """Configurations between which no setting differs once it takes effect."""

    configurations: tuple[StatedConfiguration, ...]

    @property
    def tests(self) -> str:
        return ", ".join(each.test for each in self.configurations)

    @property
    def efficiencies(self) -> tuple[float, float] | None:
        """Least and most, per cent."""
        known = [each.efficiency_percent for each in self.configurations if each.efficiency_percent is not None]
        return (min(known), max(known)) if known else None

    @property
    def spread(self) -> float:
        """Points between the least and the most efficiency; 0 for one configuration."""
        bounds = self.efficiencies
        return bounds[1] - bounds[0] if bounds else 0.0


def same_in_effect(
    configurations: Sequence[StatedConfiguration], *, blocks: int = BLOCKS, least_context: int = 0
) -> tuple[SameInEffect, ...]:
    """In the order of the first of each. `least_context` is what a smaller num_ctx is raised to."""
    groups: dict[object, list[StatedConfiguration]] = {}
    for each in configurations:
        layers = tuple(effective_num_gpu(value, blocks) for value in each.num_gpu)
        contexts = tuple(None if value is None else max(value, least_context) for value in each.num_ctx)
        groups.setdefault((each.scenario, layers, contexts, each.temperature), []).append(each)
    return tuple(SameInEffect(tuple(group)) for group in groups.values())


def differs(configuration: StatedConfiguration) -> bool:
    """Whether the two agents ask for different load-time options, whatever these come to: the server compares what
    is asked for."""
    gpus, contexts = configuration.num_gpu, configuration.num_ctx
    return gpus[0] != gpus[1] or contexts[0] != contexts[1]


def num_gpus(configurations: Sequence[StatedConfiguration]) -> tuple[int, ...]:
    """Every number that was asked for, ascending."""
    return tuple(sorted({value for each in configurations for value in each.num_gpu if value is not None}))


def without_difference(configurations: Sequence[StatedConfiguration], blocks: int = BLOCKS) -> bool:
    """Whether every num_gpu that was asked for puts all layers on the GPU."""
    return all(effective_num_gpu(value, blocks) == all_layers(blocks) for value in num_gpus(configurations))


def by_context(configurations: Sequence[StatedConfiguration]) -> dict[float, tuple[tuple[int, float], ...]]:
    """Temperature → (num_ctx, mean efficiency in per cent), ascending, of agents that are both alike."""
    found: dict[float, dict[int, list[float]]] = {}
    for each in configurations:
        first, second = each.num_ctx
        if first is not None and first == second and each.efficiency_percent is not None:
            found.setdefault(each.temperature, {}).setdefault(first, []).append(each.efficiency_percent)
    return {
        temperature: tuple((context, sum(values) / len(values)) for context, values in sorted(contexts.items()))
        for temperature, contexts in sorted(found.items())
    }
