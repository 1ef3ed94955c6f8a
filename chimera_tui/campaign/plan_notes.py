"""What a person should know of a plan before it is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chimera_tui.campaign.effect import Shapes, server_of
from chimera_tui.campaign.points import Bases
from chimera_tui.campaign.spec import OPTION_NAMES, CampaignSpec, Exclude
from chimera_tui.domain.campaign import Cell
from chimera_tui.domain.load_conflict import load_time_differences
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId, AgentSettings, all_layers


def notes_of(
    spec: CampaignSpec, bases: Bases, cells: Sequence[Cell], shapes: Shapes, idle: Sequence[Exclude]
) -> Iterator[str]:
    """A sentence each; `idle` are the exclusions that dropped nothing."""
    yield from _merged(cells)
    yield from _same_layers(cells, shapes)
    yield from _unknown_shapes(cells, shapes)
    yield from _unequal(bases, cells)
    yield from _conflicts(cells, shapes)
    for each in idle:
        yield f"The exclude in {printable(each.where)} drops nothing."
    used = {cell.prompt for cell in cells}
    for variant in spec.prompts:
        if variant.name not in used:
            yield f"No cell uses the prompts {variant.name}."


def _merged(cells: Sequence[Cell]) -> Iterator[str]:
    merged = sum(len(cell.merged) for cell in cells)
    if not merged:
        return
    yield (
        f"{merged} of {merged + len(cells)} points are the same in effect as one before them and are not run of "
        "their own. Their repeats do not add up: a cell has the most that any of its points asks for."
    )
    if any("layers" in why for cell in cells for each in cell.merged for why in each.why):
        yield (
            "A cell asks for the first of several num_gpu that come to all layers: the server would reload for "
            "each other number all the same."
        )


def _same_layers(cells: Sequence[Cell], shapes: Shapes) -> Iterator[str]:
    """Numbers that come to all layers of one model, in different cells."""
    numbers: dict[tuple[str, str], dict[int, None]] = {}
    for settings in _all_settings(cells):
        shape, number = shapes.get(server_of(settings)), settings.options.num_gpu
        blocks = shape.block_count if shape is not None else None
        if blocks is not None and number is not None and number >= all_layers(blocks):
            numbers.setdefault(server_of(settings), {})[number] = None
    for (host, model), found in numbers.items():
        if len(found) > 1:
            named = " and ".join(map(str, found))
            yield (
                f"num_gpu {named} are all layers of {printable(model)} on {printable(host)}, which is loaded anew "
                "for each change between them: one number for all cells saves these loads."
            )


def _unknown_shapes(cells: Sequence[Cell], shapes: Shapes) -> Iterator[str]:
    asked: dict[tuple[str, str], set[str]] = {}
    for settings in _all_settings(cells):
        shape = shapes.get(server_of(settings))
        unknown = asked.setdefault(server_of(settings), set())
        if (settings.options.num_gpu or -1) > 0 and (shape is None or shape.block_count is None):
            unknown.add("num_gpu")
        if settings.options.num_ctx is not None and (shape is None or shape.context_length is None):
            unknown.add("num_ctx")
    for (host, model), names in asked.items():
        if names:
            what = " and ".join(sorted(names, reverse=True))
            yield (
                f"The shape of {printable(model)} on {printable(host)} is not known: values of {what} that are "
                "the same in effect could not be merged."
            )


def _unequal(bases: Bases, cells: Sequence[Cell]) -> Iterator[str]:
    if not any(cell.scenario == "equal" for cell in cells):
        return
    first, second = bases[AgentId.A], bases[AgentId.B]
    names = [name for name in OPTION_NAMES if first.options.get(name) != second.options.get(name)]
    others = replace(first, options=second.options), replace(second, host=first.host)
    names += [
        name
        for name in ("model", "api", "keep_alive", "think")
        if getattr(others[0], name) != getattr(others[1], name)
    ]
    if names:
        yield f"The scenario is equal, but the settings that agents begin with differ in {', '.join(names)}."


def _conflicts(cells: Sequence[Cell], shapes: Shapes) -> Iterator[str]:
    """Cells whose agents take the model from each other."""
    fights: dict[str, list[int]] = {}
    for cell in cells:
        if len(cell.settings) != 2:
            continue
        first, second = cell.settings
        shape = shapes.get(server_of(first))
        differences = load_time_differences(
            first,
            second,
            block_count=shape.block_count if shape else None,
            context_length=shape.context_length if shape else None,
        )
        if any(each.recurs for each in differences):
            fights.setdefault(first.host, []).append(cell.number)
    for host, numbers in fights.items():
        what = f"In {len(numbers)} of {len(cells)} cells" if len(numbers) > 1 else f"In cell {numbers[0]}"
        yield (
            f"{what} both agents ask {printable(host)} for one model with other load-time options: it is loaded "
            "anew within every run. A server for each agent avoids that."
        )


def _all_settings(cells: Sequence[Cell]) -> Iterator[AgentSettings]:
    for cell in cells:
        yield from cell.settings
