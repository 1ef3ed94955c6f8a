"""The points of a matrix, and what each of them asks of which agent."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from chimera_tui.campaign.spec import POINT_NAMES, Axis, CampaignSpec, Matrix, Setting, shown
from chimera_tui.domain.campaign import Scenario
from chimera_tui.domain.errors import CampaignInvalid
from chimera_tui.domain.options import OPTIONS_BY_NAME, AgentId, AgentSettings, Options
from chimera_tui.domain.run_state import RunMode

Bases = Mapping[AgentId, AgentSettings]
"""What an agent is asked before a point changes it."""

WORKLOAD = ("model", "host", "api", "think", "num_predict", "seed")
"""What a baseline shares with what is compared to it: the work to do rather than how it is tuned."""
_KEPT = tuple(name for name in WORKLOAD if name in OPTIONS_BY_NAME)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the matrix, or a cell of its own."""

    settings: tuple[Setting, ...]
    """An agent's own ones after those for both."""
    written: Mapping[str, str]
    """Axis → value, of the axes that the point has."""
    where: str
    axes: tuple[Axis, ...] = ()
    """Of the matrix it comes from."""
    label: str = ""
    repeats: int | None = None
    warmup: int | None = None

    def place(self, setting: Setting) -> str:
        """`file:line` of what sets it."""
        return next(
            (axis.where for axis in self.axes if any(setting in choice.settings for choice in axis.choices)),
            self.where,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the runs of a point ask for."""

    scenario: Scenario
    mode: RunMode
    prompt: str
    agents: tuple[AgentId, ...]
    settings: tuple[AgentSettings, ...]


def bases_of(spec: CampaignSpec, defaults: Bases) -> dict[AgentId, AgentSettings]:
    """The program's own settings, changed by `[agents]` and then by each agent's own table."""
    return {
        agent: applied(defaults[agent], [each for each in spec.base if each.agent in (None, agent)])
        for agent in AgentId
    }


def applied(settings: AgentSettings, changes: Iterable[Setting]) -> AgentSettings:
    """With each change, a later one winning; values are checked already."""
    options: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for each in changes:
        (options if each.name in OPTIONS_BY_NAME else others)[each.name] = each.value
    if options:
        others["options"] = replace(settings.options, **options)
    return replace(settings, **others) if others else settings


def points_of(spec: CampaignSpec) -> Iterator[Point]:
    """Matrices in the order of the file, the last axis changing fastest, then the cells."""
    for matrix in spec.matrices:
        yield from _of_matrix(matrix)
    for cell in spec.cells:
        written = {setting.axis: shown(setting.value) for setting in cell.settings}
        yield Point(cell.settings, written, cell.where, (), cell.label, cell.repeats, cell.warmup)


def servers_only(spec: CampaignSpec) -> CampaignSpec:
    """Reduced to what decides which models are asked on which servers: no more points than that takes."""
    matrices = (replace(matrix, axes=tuple(map(_server_axis, matrix.axes))) for matrix in spec.matrices)
    cells = {_deciding(cell.settings): cell for cell in reversed(spec.cells)}
    return replace(spec, matrices=tuple(matrices), cells=tuple(reversed(cells.values())))


def _server_axis(axis: Axis) -> Axis:
    choices = {_deciding(choice.settings): choice for choice in reversed(axis.choices)}
    return replace(axis, choices=tuple(reversed(choices.values())))


def _deciding(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    return tuple(each for each in settings if each.name in ("scenario", "model", "host"))


def _of_matrix(matrix: Matrix) -> Iterator[Point]:
    for choices in itertools.product(*(axis.choices for axis in matrix.axes)):
        settings = [setting for choice in choices for setting in choice.settings]
        settings.sort(key=lambda setting: setting.agent is not None)  # stable: an agent's own one wins
        written = {axis.name: choice.text for axis, choice in zip(matrix.axes, choices, strict=True)}
        yield Point(tuple(settings), written, matrix.where, matrix.axes)


def resolve(point: Point, spec: CampaignSpec, bases: Bases) -> Asked:
    """Who is asked what."""
    run = {each.name: str(each.value) for each in (*spec.run, *point.settings) if each.name in POINT_NAMES}
    scenario = cast(Scenario, run.get("scenario") or _scenario(point, bases))
    agents = _AGENTS_OF.get(scenario, tuple(AgentId))
    changes = [each for each in point.settings if each.name not in POINT_NAMES]
    return Asked(
        scenario,
        cast(RunMode, run.get("mode", "together")),
        run.get("prompt", ""),
        agents,
        tuple(_asked_of(agent, scenario, bases[agent], changes) for agent in agents),
    )


_AGENTS_OF: Mapping[Scenario, tuple[AgentId, ...]] = {"a-alone": (AgentId.A,), "b-alone": (AgentId.B,)}


def _scenario(point: Point, bases: Bases) -> Scenario:
    """Of a file that names none: `different` where anything is set for one agent, its host aside."""
    first, second = (replace(bases[agent], host="") for agent in AgentId)
    own = any(each.agent and each.name != "host" for each in point.settings)
    return "different" if own or first != second else "equal"


def _asked_of(
    agent: AgentId, scenario: Scenario, base: AgentSettings, changes: Sequence[Setting]
) -> AgentSettings:
    mine = [each for each in changes if each.agent in (None, agent)]
    if scenario == "baseline-vs-tuned" and agent is AgentId.A:
        kept = Options(**{name: base.options.get(name) for name in _KEPT})  # type: ignore[arg-type]  # each has its own type
        return applied(replace(base, options=kept), [each for each in mine if each.name in WORKLOAD])
    return applied(base, mine)


def refuse_contradiction(point: Point, scenario: Scenario) -> None:
    """CampaignInvalid where a point sets for one agent what its scenario gives to both, or to the other one."""
    own = [each for each in point.settings if each.agent]
    match scenario:
        case "equal":
            wrong = next((each for each in own if each.name != "host"), None)
        case "baseline-vs-tuned":
            tuned = (each for each in own if each.agent is AgentId.A and each.name not in WORKLOAD)
            wrong = next(tuned, None)
        case _:
            return
    if wrong is None:
        return
    gives = "gives both agents the same" if scenario == "equal" else "leaves A's options to the server"
    named = next((each for each in point.settings if each.name == "scenario"), None)
    stands = f" in {point.place(named)}" if named and point.place(named) != point.place(wrong) else ""
    raise CampaignInvalid(
        f'scenario = "{scenario}"{stands} {gives}, but {wrong.axis} is set',
        where=point.place(wrong),
        next_=f'Write scenario = "different", or take {wrong.axis} out.',
    )
