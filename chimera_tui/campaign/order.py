"""In which order a campaign makes its runs: random blocks, so that a drifting machine does so under all alike."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from chimera_tui.campaign.effect import LoadKey, load_key
from chimera_tui.domain.campaign import CampaignPlan, Grouping

_PLANS_KNOWN = 4
_BLOCKS_KNOWN = 64


def upcoming(
    plan: CampaignPlan,
    done: Mapping[str, int],
    wanted: Mapping[str, int],
    *,
    first: Sequence[str] = (),
    limit: int = 50,
) -> list[str]:
    """Ids of the cells of the measured runs to come, in order, at most `limit`.

    `done` and `wanted` are measured runs by cell. Cells in `first` come before all others, one after the other,
    until they have what they want. It follows from the plan and these counts alone: a resumed campaign goes on as
    it would have without a break.
    """
    return list(itertools.islice(_order_of(_Same(plan)).runs(done, wanted, first), limit))


def whole(plan: CampaignPlan, grouping: Grouping) -> Iterator[str]:
    """The cell of every measured run that the plan asks for, as one of the three ways would order them."""
    order = Order(plan, grouping)
    return order.runs({}, {cell.cell_id: cell.repeats for cell in plan.cells}, ())


class Order:
    """The order of one plan. Blocks are made as they are needed, and kept."""

    def __init__(self, plan: CampaignPlan, grouping: Grouping) -> None:
        self._grouping = grouping
        self._seed = plan.rules.seed
        self._cells = tuple(cell.cell_id for cell in plan.cells)
        self._ids = tuple(sorted(self._cells))
        self._groups = _groups(plan) if grouping == "grouped" else ()
        self._lasts: list[int] = []
        self._blocks: dict[int, tuple[str, ...]] = {}

    def runs(self, done: Mapping[str, int], wanted: Mapping[str, int], first: Sequence[str]) -> Iterator[str]:
        """A cell's next run belongs to the block of as many runs as it has; older blocks come first."""
        known = set(self._ids)
        early = dict.fromkeys(cell_id for cell_id in first if cell_id in known)
        for cell_id in early:
            yield from itertools.repeat(cell_id, max(0, wanted.get(cell_id, 0) - done.get(cell_id, 0)))
        left = {
            cell_id: (done.get(cell_id, 0), wanted.get(cell_id, 0))
            for cell_id in self._cells
            if cell_id not in early and wanted.get(cell_id, 0) > done.get(cell_id, 0)
        }
        if self._grouping == "sequential":
            for cell_id, (begun, end) in left.items():
                yield from itertools.repeat(cell_id, end - begun)
            return
        block = min((begun for begun, _ in left.values()), default=0)
        while left:
            now = {cell_id for cell_id, (begun, _) in left.items() if begun <= block}
            yield from (cell_id for cell_id in self._block(block) if cell_id in now) if len(now) > 1 else now
            block += 1
            left = {cell_id: bounds for cell_id, bounds in left.items() if bounds[1] > block}
            if left and not now:
                block = max(block, min(begun for begun, _ in left.values()))

    def _block(self, number: int) -> tuple[str, ...]:
        """Every cell once."""
        if number not in self._blocks:
            if len(self._blocks) >= _BLOCKS_KNOWN:
                self._blocks.clear()
            made = self._grouped(number) if self._groups else self._shuffled(number)
            self._blocks[number] = tuple(made)
        return self._blocks[number]

    def _shuffled(self, number: int) -> list[str]:
        cells = list(self._ids)
        self._random(number).shuffle(cells)
        return cells

    def _grouped(self, number: int) -> Iterator[str]:
        """Begins with the group that ended the block before: ABBA cancels an even drift, and saves a reload."""
        last = self._last(number)
        ends = {last} if number == 0 else {last, self._last(number - 1)}
        between = [group for group in range(len(self._groups)) if group not in ends]
        chance = self._random(number)
        chance.shuffle(between)
        begins = [] if number == 0 or len(self._groups) == 1 else [self._last(number - 1)]
        for group in (*begins, *between, last):
            cells = list(self._groups[group])
            chance.shuffle(cells)
            yield from cells

    def _last(self, number: int) -> int:
        """The group that ends a block, at random among those that do not begin it."""
        while len(self._lasts) <= number:
            chance = random.Random(f"{self._seed}:{len(self._lasts)}:end")
            if not self._lasts or len(self._groups) == 1:
                self._lasts.append(chance.randrange(len(self._groups)))
                continue
            found = chance.randrange(len(self._groups) - 1)
            self._lasts.append(found + (found >= self._lasts[-1]))
        return self._lasts[number]

    def _random(self, number: int) -> random.Random:
        return random.Random(f"{self._seed}:{number}")


def _groups(plan: CampaignPlan) -> tuple[tuple[str, ...], ...]:
    """Cells between which no server reloads, each group and all of them in the order of ids."""
    groups: dict[LoadKey, list[str]] = {}
    for cell in sorted(plan.cells, key=lambda cell: cell.cell_id):
        groups.setdefault(load_key(cell), []).append(cell.cell_id)
    return tuple(map(tuple, groups.values()))


class _Same:
    """The very same plan: to compare all its cells would take longer than to order them."""

    __slots__ = ("plan",)

    def __init__(self, plan: CampaignPlan) -> None:
        self.plan = plan

    def __hash__(self) -> int:
        return id(self.plan)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.plan is self.plan


@lru_cache(maxsize=_PLANS_KNOWN)
def _order_of(same: _Same) -> Order:
    return Order(same.plan, same.plan.rules.grouping)
