"""Campaigns with chosen figures, for the tests of their conclusions and of what is written of them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from chimera_tui.domain.campaign import CampaignPlan, Cell, Rules, Scenario
from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.campaign_view import CampaignRecord, Decision
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_state import RunMode, RunState
from chimera_tui.domain.runs import RunSummary
from tests.analysis.series import request
from tests.formats.records import MS, STARTED, outcome, summary

A, B = AgentId
_SEED = 7
HOST = "http://127.0.0.1:11434"
Figure = Callable[[Cell, AgentId], float]


def constant(value: float) -> Figure:
    """The same for every cell and agent."""
    return lambda cell, agent: value


def cell(
    number: int,
    values: Mapping[str, object] | None = None,
    *,
    agents: Sequence[AgentId] = (A, B),
    scenario: Scenario = "equal",
    mode: RunMode = "together",
    options: Sequence[Options] | None = None,
    repeats: int = 5,
    label: str = "",
) -> Cell:
    """Axes that are options are asked for by both agents, unless `options` tells them apart."""
    told = tuple((axis, str(value)) for axis, value in (values or {}).items())
    known = {name: int(str(value)) for name, value in (values or {}).items() if name in ("num_gpu", "num_ctx")}
    both = options or [Options(**known)] * len(agents)
    return Cell(
        cell_id=f"{number:012x}",
        number=number,
        label=label or " · ".join(f"{axis} {value}" for axis, value in told) or f"cell {number}",
        values=told,
        scenario=scenario,
        mode=mode,
        agents=tuple(agents),
        settings=tuple(AgentSettings("gemma3:latest", HOST, each) for each in both),
        repeats=repeats,
        warmup=1,
    )


def plan(*cells: Cell, rules: Rules | None = None) -> CampaignPlan:
    return CampaignPlan("night", cells, rules or Rules(seed=7), source="name = 'night'\n")


def matrix(repeats: int = 5, **axes: Sequence[object]) -> CampaignPlan:
    """A full factorial."""
    points = (dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))
    return plan(*(cell(number, point, repeats=repeats) for number, point in enumerate(points, 1)))


def record(of: CampaignPlan, *decisions: Decision) -> CampaignRecord:
    return CampaignRecord("c4mpgn", STARTED, of, (Decision("begun", STARTED), *decisions))


def run(
    of: Cell,
    place: int,
    rate: Figure,
    ttft_ms: Figure,
    *,
    repeat: int = 1,
    role: str = "measured",
    state: RunState = RunState.DONE,
    causes: Sequence[Cause] = (),
    wall_ns: int = 6_000 * MS,
) -> RunSummary:
    """`place` is when it began, in minutes."""
    outcomes = []
    for agent, settings in zip(of.agents, of.settings, strict=True):
        its = rate(of, agent), ttft_ms(of, agent)
        requests = tuple(request(step, rate=its[0], ttft_ms=its[1]) for step in ("analysis", "report"))
        outcomes.append(replace(outcome(agent, requests=requests), settings=settings))
    return replace(
        summary(*outcomes, state=state),
        run_id=f"r{of.number}x{place}",
        started_utc=STARTED + timedelta(minutes=place),
        wall_ns=wall_ns,
        flags=tuple(Flag(cause, cause.value) for cause in causes),
        campaign=CampaignPlace("c4mpgn", of.cell_id, role, repeat),  # type: ignore[arg-type]
    )


def blocks(
    of: CampaignPlan,
    rate: Figure,
    ttft_ms: Figure = lambda cell, agent: 320.0,
    *,
    repeats: int = 5,
    noise: float = 0.01,
    drift: float = 0.0,
) -> list[RunSummary]:
    """Interleaved repeats of every cell; noise and drift from first run to last are shares of each figure.

    The seed is one by which chance makes no difference where there is none.
    """
    dice = random.Random(_SEED)
    runs: list[RunSummary] = []
    last = repeats * len(of.cells) - 1

    def shaken(figure: Figure, place: int) -> Figure:
        moved = 1 + drift * place / max(1, last)
        return lambda cell, agent: figure(cell, agent) * moved * (1 + noise * dice.gauss(0, 1))

    for repeat in range(1, repeats + 1):
        order = list(of.cells)
        dice.shuffle(order)
        for each in order:
            place = len(runs)
            wall = round(6_000 * MS * (1 + noise * dice.gauss(0, 1)))
            runs.append(run(each, place, shaken(rate, place), shaken(ttft_ms, place), repeat=repeat, wall_ns=wall))
    return runs
