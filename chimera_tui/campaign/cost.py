"""What a plan will cost: its runs, the model loads of each way to order them, and the time of all that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from chimera_tui.campaign.effect import server_of
from chimera_tui.campaign.matrix import Expanded
from chimera_tui.campaign.order import whole
from chimera_tui.domain import formatting
from chimera_tui.domain.campaign import CampaignPlan, Cell, Grouping, KnownCell, OrderCost, PlanView
from chimera_tui.domain.options import AgentSettings, OptionValue

_GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)

_Loaded = tuple[OptionValue | None, ...]
"""Load-time options as they are asked for."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Time of a whole campaign."""

    seconds: float | None
    """None where no run alike was measured before."""
    words: str
    """What it is made of."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """What a request wants loaded."""

    server: tuple[str, str]
    options: _Loaded
    accepts: frozenset[_Loaded]
    """What may be loaded instead: a num_gpu left to the server takes what the other agent has loaded."""


def runs_of(plan: CampaignPlan) -> int:
    """Measured runs and warm-ups; with an adaptive rule the most there can be: saved runs are spent once."""
    return sum(cell.repeats + cell.warmup for cell in plan.cells)


def orders_cost(plan: CampaignPlan, load_s: float | None) -> tuple[OrderCost, ...]:
    """Of the three ways to order the plan's runs, the chosen one first. `load_s`: mean time of a model load."""
    chosen = plan.rules.grouping
    groupings = (chosen, *(each for each in _GROUPINGS if each != chosen))
    found = ((grouping, _loads(plan, grouping)) for grouping in groupings)
    return tuple(
        OrderCost(grouping, loads, None if load_s is None else loads * load_s) for grouping, loads in found
    )


def estimate(plan: CampaignPlan, reloads: int, run_s: float | None, load_s: float | None) -> Estimate:
    """Of mean times, seconds, of a run and of a model load; each may be unknown."""
    if run_s is None:
        return Estimate(None, "nothing alike was measured before")
    runs, limit_s = runs_of(plan), plan.rules.limits.time_s
    seconds = runs * run_s
    adaptive = plan.rules.repeat.half_width_percent is not None
    words = [f"{'at most ' if adaptive else ''}{_several(runs, 'run')} of {_time(run_s)} as measured before"]
    if limit_s is not None and seconds > limit_s:
        seconds = limit_s
        words.append(f"which the limit of {_time(limit_s)} ends early")
    if load_s is None:
        words.append("model loads not counted: none was measured yet")
    else:
        seconds += reloads * load_s
        words.append(f"{_several(reloads, 'model load')} of {_time(load_s)}")
    if plan.rules.cool_down is not None:
        words.append("time to cool down not counted")
    return Estimate(seconds, ", ".join(words))


def plan_view(
    expanded: Expanded,
    known: Sequence[KnownCell] = (),
    *,
    run_s: float | None = None,
    load_s: float | None = None,
) -> PlanView:
    """A plan with what it will cost. `run_s` and `load_s`: mean times of a run and of a model load, seconds."""
    plan = expanded.plan
    orders = orders_cost(plan, load_s)
    time = estimate(plan, orders[0].reloads, run_s, load_s)
    return PlanView(
        plan,
        points=expanded.points,
        excluded=expanded.excluded,
        runs=runs_of(plan),
        orders=orders,
        run_s=run_s,
        estimate_s=time.seconds,
        estimate_from=time.words,
        known=tuple(known),
    )


def _loads(plan: CampaignPlan, grouping: Grouping) -> int:
    """Warm-ups stand right before the first measured run of their cell."""
    asks = {cell.cell_id: _asks(cell) for cell in plan.cells}
    warmups = {cell.cell_id: cell.warmup for cell in plan.cells}
    holds: dict[tuple[str, str], _Loaded] = {}
    loads = 0
    for cell_id in whole(plan, grouping):
        for _ in range(1 + warmups.pop(cell_id, 0)):
            for ask in asks[cell_id]:
                if holds.get(ask.server) not in ask.accepts:
                    holds[ask.server] = ask.options
                    loads += 1
    return loads


def _asks(cell: Cell) -> tuple[_Ask, ...]:
    """Analysis and report of each agent; both agents' come by turns when they work at the same time."""
    own = [_loaded(settings) for settings in cell.settings]
    servers = [server_of(settings) for settings in cell.settings]
    asks = [
        _Ask(
            server,
            options,
            frozenset(
                other
                for other, where in zip(own, servers, strict=True)
                if where == server and (other == options or _takes(options, other))
            ),
        )
        for server, options in zip(servers, own, strict=True)
    ]
    fight = len(asks) == 2 and servers[0] == servers[1] and own[0] != own[1]
    return (*asks, *asks) if fight and cell.mode == "together" else tuple(asks)


def _loaded(settings: AgentSettings) -> _Loaded:
    """num_gpu first."""
    options = settings.load_time_options()
    return (options["num_gpu"], *(value for name, value in options.items() if name != "num_gpu"))


def _takes(wanted: _Loaded, loaded: _Loaded) -> bool:
    return wanted[0] is None and wanted[1:] == loaded[1:]


def _several(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"


def _time(seconds: float) -> str:
    return formatting.duration(seconds * 1e9)
