"""Which cells let the values of one axis be compared: those that are alike in every other axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chimera_tui.domain.campaign import Cell
from chimera_tui.domain.conclusion_text import listed

Setting = tuple[str, ...]
"""Values of all other axes."""


@dataclass(frozen=True, slots=True)
class Design:
    """The balanced part of a campaign, seen from one axis."""

    levels: tuple[str, ...]
    """Values that can be compared, in the order of the file; fewer than two: none can."""
    cells: Mapping[str, tuple[str, ...]]
    """Level → ids of its cells, one for each setting of the other axes, in the same order for every level."""
    cautions: tuple[str, ...] = ()


def levels_of(axis: str, cells: Sequence[Cell]) -> tuple[str, ...]:
    """Values of an axis in the order of the file; cells that do not have the axis have none."""
    return tuple(dict.fromkeys(cell.value(axis) for cell in cells if cell.value(axis)))


def design_of(axis: str, axes: Sequence[str], cells: Sequence[Cell]) -> Design:
    """Settings of the other axes at which every value of this one was measured.

    Where there is none, values are left out, those with the fewest companions first.
    """
    others = [name for name in axes if name != axis]
    settings: dict[Setting, dict[str, str]] = {}
    for cell in cells:
        if value := cell.value(axis):
            setting = tuple(cell.value(name) for name in others)
            settings.setdefault(setting, {}).setdefault(value, cell.cell_id)
    every = levels_of(axis, cells)
    levels = list(every)
    while len(levels) > 1 and not _full(levels, settings):
        levels.remove(min(reversed(levels), key=lambda level: _company(level, levels, settings)))
    if len(levels) < 2:
        return Design((), {}, (_confounded(axis, others, cells),) if len(every) > 1 else ())
    full = _full(levels, settings)
    dropped = [f"{axis} {level}" for level in every if level not in levels]
    found = [f"{listed(dropped)} was measured at no setting that the other values share"] if dropped else []
    if len(full) < len(settings) and not dropped:
        found.append(
            f"unbalanced: {len(full)} of {len(settings)} settings of the other axes have every value of {axis}; "
            "the others are left out of its effect"
        )
    return Design(tuple(levels), {level: tuple(each[level] for each in full) for level in levels}, tuple(found))


def _full(levels: Sequence[str], settings: Mapping[Setting, Mapping[str, str]]) -> list[Mapping[str, str]]:
    return [each for each in settings.values() if all(level in each for level in levels)]


def _company(level: str, levels: Sequence[str], settings: Mapping[Setting, Mapping[str, str]]) -> int:
    """How often a value stands beside another one of these."""
    return sum(len(each.keys() & set(levels)) - 1 for each in settings.values() if level in each)


def _confounded(axis: str, others: Sequence[str], cells: Sequence[Cell]) -> str:
    with_it = [name for name in others if _moves_with(axis, name, cells)]
    whom = listed(with_it) if with_it else "several other axes at once"
    return f"{axis} changes only together with {whom}: their effects can not be told apart"


def _moves_with(axis: str, other: str, cells: Sequence[Cell]) -> bool:
    """Whether no value of the other axis was measured with two values of this one."""
    seen: dict[str, set[str]] = {}
    for cell in cells:
        if cell.value(axis):
            seen.setdefault(cell.value(other), set()).add(cell.value(axis))
    return len(seen) > 1 and all(len(values) == 1 for values in seen.values())
