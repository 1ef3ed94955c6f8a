"""Load-time options that two agents ask one server for otherwise, and what the server makes of each."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.domain.options import AgentSettings, OptionValue, all_layers, effective_num_gpu
from chimera_tui.domain.servers import same_model


@dataclass(frozen=True, slots=True)
class LoadDifference:
    """One such option. The server compares what was asked for, not what it comes to."""

    name: str
    first: OptionValue | None
    """None leaves it to the server."""
    second: OptionValue | None
    layers: int | None = None
    """All of the model's, when both numbers come to that: equal in effect, and reloading all the same."""

    @property
    def recurs(self) -> bool:
        """Whether every change between the agents reloads. A num_gpu that one of them leaves to the server does so
        once at most: that one takes whatever is loaded."""
        return self.name != "num_gpu" or (self.first is not None and self.second is not None)


def load_time_differences(
    first: AgentSettings,
    second: AgentSettings,
    *,
    block_count: int | None = None,
    context_length: int | None = None,
) -> tuple[LoadDifference, ...]:
    """What two agents would fight over; `block_count` and `context_length` are their model's, where known.

    Empty when they use different hosts or models, or when the server sees no difference.
    """
    if first.host != second.host or not same_model(first.model, second.model):
        return ()
    mine, theirs = first.load_time_options(), second.load_time_options()
    return tuple(
        LoadDifference(name, mine[name], theirs[name], _shared_layers(name, mine[name], theirs[name], block_count))
        for name in mine
        if _compared(name, mine[name], context_length) != _compared(name, theirs[name], context_length)
    )


def _compared(name: str, value: OptionValue | None, context_length: int | None) -> OptionValue | None:
    """As the server compares it: a context is cut to what the model was trained on before, num_gpu is not cut."""
    if name == "num_ctx" and value is not None and context_length:
        return min(value, context_length)
    return value


def _shared_layers(
    name: str, first: OptionValue | None, second: OptionValue | None, block_count: int | None
) -> int | None:
    if name != "num_gpu" or first is None or second is None or block_count is None:
        return None
    layers = all_layers(block_count)
    return (
        layers if all(effective_num_gpu(int(value), block_count) == layers for value in (first, second)) else None
    )
