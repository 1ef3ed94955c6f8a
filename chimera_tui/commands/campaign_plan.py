"""A campaign's plan as text: its cells, what is merged, the ways to order it, the time it will take."""

from __future__ import annotations

from collections.abc import Iterator

from chimera_tui.commands.console import print_table, tell
from chimera_tui.domain import formatting
from chimera_tui.domain.campaign import Cell, KnownCell, OrderCost, PlanView, Rules

HEADINGS = ("cell", "id", "runs", "settings")
_MOST_RUNS_NAMED = 5


def print_plan(view: PlanView) -> None:
    plan = view.plan
    tell(f"campaign {plan.name}: {_several(len(plan.cells), 'cell')}, {_several(view.runs, 'run')}")
    tell(_points(view))
    for sentence in _rules(plan.rules):
        tell(sentence)
    print()
    print_table([HEADINGS, *map(_row, plan.cells)], right=(0,), keys=2)
    _print_merged(plan.cells)
    _print_orders(view)
    _print_known(view)
    if plan.notes:
        print("\nMind")
        for note in plan.notes:
            tell(f"- {note}")


def _points(view: PlanView) -> str:
    merged = sum(len(cell.merged) for cell in view.plan.cells)
    parts = [f"{_several(view.points, 'point')} as written"]
    if view.excluded:
        parts.append(f"{view.excluded:,} excluded")
    parts.append(f"{merged:,} the same in effect as another one" if merged else "no two the same in effect")
    return ", ".join(parts)


def _rules(rules: Rules) -> Iterator[str]:
    repeat = rules.repeat
    if repeat.half_width_percent is not None:
        saved = "; saved runs go to cells that can not be told from the best" if repeat.spend_saved else ""
        yield (
            f"repeats: until ±{formatting.sig3(repeat.half_width_percent)} % of the mean {repeat.metric}, "
            f"{repeat.least} to {repeat.most} of a cell{saved}"
        )
    limits = rules.limits
    told = [f"{_time(limits.time_s)} of runs"] if limits.time_s is not None else []
    told += [f"{limits.tokens:,} tokens"] if limits.tokens is not None else []
    told += [f"{_time(limits.run_s)} for one run"] if limits.run_s is not None else []
    if told:
        yield f"limits: {', '.join(told)}"
    if rules.cool_down is not None:
        rule = rules.cool_down
        yield f"before each measured run: below {rule.below_c:g} °C, or after {_time(rule.at_most_s)}"


def _row(cell: Cell) -> tuple[str, ...]:
    warmup = f"{cell.warmup}+" if cell.warmup else ""
    return (str(cell.number), cell.cell_id, f"{warmup}{cell.repeats}", cell.label)


def _print_merged(cells: tuple[Cell, ...]) -> None:
    if not any(cell.merged for cell in cells):
        return
    print("\nThe same in effect")
    for cell in cells:
        if cell.merged:
            tell(f"cell {cell.number}, {cell.label}, is also", indent=4)
        for each in cell.merged:
            tell(f"  {each.label}: {'; '.join(each.why) or 'written twice'}", indent=4)


def _print_orders(view: PlanView) -> None:
    print("\nOrder")
    chosen, *others = view.orders
    rows = [("", "model loads", "time of loads")]
    rows += [_order_row(chosen, " (chosen)"), *(_order_row(each, "") for each in others)]
    print_table(rows, right=(1, 2))
    tell(_trade(view))
    time = "not known" if view.estimate_s is None else f"about {_time(view.estimate_s)}"
    tell(f"time of the whole campaign: {time} ({view.estimate_from})")


def _order_row(order: OrderCost, mark: str) -> tuple[str, str, str]:
    return (f"{order.grouping}{mark}", f"{order.reloads:,}", _time(order.extra_s))


def _trade(view: PlanView) -> str:
    """What the chosen order gives up, and what it saves."""
    chosen = view.orders[0]
    loads = {each.grouping: each.reloads for each in view.orders}
    saved = loads["shuffled"] - chosen.reloads
    saves = f"saves {_several(saved, 'model load')} over all at random" if saved > 0 else "saves no model load"
    match chosen.grouping:
        case "grouped":
            return (
                f"Grouped {saves}: cells that need no reload stay together, and every block of one repeat each is "
                "in a new random order, so that a machine that grows warm does so under all cells alike."
            )
        case "shuffled":
            more = chosen.reloads - loads["grouped"]
            return (
                "Shuffled mixes cells best: every block of one repeat each is in random order. "
                f"Grouped would take {_several(more, 'model load')} less."
            )
        case "sequential":
            return (
                f"Sequential {saves}, but every repeat of a cell comes after the other: a machine that grows warm "
                "looks like an effect of the settings."
            )


def _print_known(view: PlanView) -> None:
    if not view.known:
        return
    print("\nMeasured before")
    rows = [("cell", "runs", "which")]
    print_table([*rows, *(_known_row(view, each) for each in view.known)], right=(0, 1))


def _known_row(view: PlanView, known: KnownCell) -> tuple[str, str, str]:
    cell = view.plan.cell(known.cell_id)
    named = known.runs[:_MOST_RUNS_NAMED]
    more = len(known.runs) - len(named)
    which = ", ".join(named) + (f" and {more} more" if more else "")
    return (str(cell.number) if cell else known.cell_id, str(len(known.runs)), which)


def _several(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"


def _time(seconds: float | None) -> str:
    return formatting.duration(None if seconds is None else seconds * 1e9)
