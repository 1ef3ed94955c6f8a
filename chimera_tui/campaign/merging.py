"""Why two points of a matrix are one cell, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chimera_tui.campaign.effect import GREEDY_IGNORES, Shapes, server_of
from chimera_tui.campaign.points import Asked
from chimera_tui.campaign.ports import Shape
from chimera_tui.campaign.spec import OPTION_NAMES, shown
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId, AgentSettings, OptionValue


def why_same(
    asked: Asked, first: Asked, written: Mapping[str, str], first_written: Mapping[str, str], shapes: Shapes
) -> tuple[str, ...]:
    """What is asked for otherwise and comes to the same as in the `first`; empty for what was written twice."""
    words = [*_of_run(asked, first)]
    of_agents: dict[str, list[str]] = {}
    for agent, settings, others in zip(asked.agents, asked.settings, first.settings, strict=True):
        for word in _of_agent(settings, others, shapes.get(server_of(settings))):
            of_agents.setdefault(word, []).append(agent.label)
    words += [f"{' and '.join(labels)}: {word}" for word, labels in of_agents.items()]
    words += _of_absent(asked, written, first_written)
    return tuple(words)


def _of_run(asked: Asked, first: Asked) -> Iterator[str]:
    if asked.scenario != first.scenario:
        yield f"{asked.scenario} asks for the same as {first.scenario}"
    if asked.mode != first.mode:
        yield "one agent alone has neither together nor sequence"
    if asked.prompt != first.prompt:
        yield f"the prompts {asked.prompt} are the texts of {first.prompt}"


def _of_agent(mine: AgentSettings, theirs: AgentSettings, shape: Shape | None) -> Iterator[str]:
    if mine.model != theirs.model:
        yield f"{printable(mine.model)} is {printable(theirs.model)}"
    for name in OPTION_NAMES:
        value, other = mine.options.get(name), theirs.options.get(name)
        if value != other:
            yield _of_option(name, value, other, shape)


def _of_option(name: str, value: OptionValue | None, other: OptionValue | None, shape: Shape | None) -> str:
    if name in GREEDY_IGNORES:
        return f"{name} {shown(value)} changes nothing at temperature 0"
    trained = shape.context_length if shape else None
    if name == "num_ctx" and trained is not None:
        if value == trained:
            return f"num_ctx {shown(value)} is what {shown(other)} is cut to"
        return f"num_ctx {shown(value)} is cut to {trained}, what the model was trained on, as {shown(other)} is"
    if value is not None and value >= 0 and shape is not None and shape.block_count is not None:
        return f"{name} {shown(value)} is all {shape.block_count + 1} layers, as {shown(other)} is"
    return f"{name} {shown(value)} is the server's choice, as {shown(other)} is"


def _of_absent(asked: Asked, written: Mapping[str, str], first_written: Mapping[str, str]) -> Iterator[str]:
    """Values for an agent that takes no part."""
    for agent in AgentId:
        if agent in asked.agents:
            continue
        for axis in (*written, *(name for name in first_written if name not in written)):
            if axis.startswith(f"{agent}.") and written.get(axis) != first_written.get(axis):
                yield f"{axis} changes nothing: {agent.label} takes no part"
